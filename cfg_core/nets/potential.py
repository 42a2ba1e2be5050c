"""A network whose output is a log-density: its eps is a gradient by construction."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Potential(nn.Module):
    """forward(z [N, dim], lam [N], c [N] in 0..classes) -> eps [N, dim] = -sigma ∇_z f, f the unnormalised log-density.

    f = -|z|²/2 + g(z, lam, c): the noise's own density, corrected by a network. Called and trained like `MLP`, at about
    three times its cost, since training differentiates the gradient once more. c = classes is the null class.
    """

    def __init__(self, dim: int = 2, classes: int = 3, width: int = 96, blocks: int = 3) -> None:
        super().__init__()
        self.freqs: Tensor
        self.register_buffer("freqs", torch.exp(torch.linspace(-2, 1.5, 16)), persistent=False)
        self.embed_lam, self.embed_class = nn.Linear(32, width), nn.Embedding(classes + 1, width)
        self.stem = nn.Linear(dim, width)
        self.body = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.out = nn.Linear(width, 1)

    def log_density(self, z: Tensor, lam: Tensor, c: Tensor) -> Tensor:
        """f [N]: log p_lam(z|c) up to a constant of each (lam, c)."""
        phase = 0.25 * lam[:, None] * self.freqs
        emb = self.embed_lam(torch.cat([phase.sin(), phase.cos()], dim=1)) + self.embed_class(c)
        h = self.stem(z)
        for layer in self.body:
            h = h + layer(F.silu(h + emb))
        return self.out(F.silu(h + emb))[:, 0] - 0.5 * (z**2).sum(1)

    def forward(self, z: Tensor, lam: Tensor, c: Tensor) -> Tensor:
        with torch.inference_mode(False), torch.enable_grad():
            at = z if z.requires_grad else z.clone().requires_grad_()
            lam, c = lam.clone(), c.clone()  # an inference tensor may not enter a graph
            f = self.log_density(at, lam, c)
            (gradient,) = torch.autograd.grad(f.sum(), at, create_graph=self.training or z.requires_grad)
            eps = -torch.sigmoid(-lam).sqrt()[:, None] * gradient
        return eps
