"""A classifier of noised points: p(c | z, lam)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class NoisyClassifier(nn.Module):
    """forward(z [N, dim], lam [N]) -> logits [N, classes]; `blocks` residual layers, shifted by an embedding of lam.

    logits = prior + alpha h(z, lam): in noise the classes overlap, and log-odds and gradients vanish as alpha does.
    """

    def __init__(self, dim: int = 2, classes: int = 3, width: int = 64, blocks: int = 2) -> None:
        super().__init__()
        self.freqs: Tensor
        self.register_buffer("freqs", torch.exp(torch.linspace(-2, 1.5, 16)), persistent=False)
        self.embed_lam, self.stem = nn.Linear(32, width), nn.Linear(dim, width)
        self.body = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.out, self.prior = nn.Linear(width, classes), nn.Parameter(torch.zeros(classes))

    def forward(self, z: Tensor, lam: Tensor) -> Tensor:
        phase = 0.25 * lam[:, None] * self.freqs
        emb = self.embed_lam(torch.cat([phase.sin(), phase.cos()], dim=1))
        h = self.stem(z)
        for layer in self.body:
            h = h + layer(F.silu(h + emb))
        return self.prior + torch.sigmoid(lam).sqrt()[:, None] * self.out(F.silu(h))
