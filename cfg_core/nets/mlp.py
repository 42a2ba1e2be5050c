"""A small network for points in the plane: the same call as the U-Net, trained by the same trainer."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MLP(nn.Module):
    """forward(z [N, dim], lam [N], c [N] in 0..classes) -> [N, dim]; c = classes is the null class.

    `blocks` residual layers of `width` units, each shifted by an embedding of (lam, c).
    """

    def __init__(self, dim: int = 2, classes: int = 3, width: int = 128, blocks: int = 3) -> None:
        super().__init__()
        self.freqs: Tensor
        self.register_buffer("freqs", torch.exp(torch.linspace(-2, 1.5, 16)), persistent=False)
        self.embed_lam, self.embed_class = nn.Linear(32, width), nn.Embedding(classes + 1, width)
        self.stem = nn.Linear(dim, width)
        self.body = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.out = nn.Linear(width, dim)

    def forward(self, z: Tensor, lam: Tensor, c: Tensor) -> Tensor:
        phase = 0.25 * lam[:, None] * self.freqs
        emb = self.embed_lam(torch.cat([phase.sin(), phase.cos()], dim=1)) + self.embed_class(c)
        h = self.stem(z)
        for layer in self.body:
            h = h + layer(F.silu(h + emb))
        return self.out(F.silu(h))
