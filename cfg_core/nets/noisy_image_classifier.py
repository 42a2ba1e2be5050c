"""A classifier of noised images, p(c | z, lam): the way down of the U-Net, then a mean over positions."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from cfg_core.nets.unet import Block, LamEmbedding, UNetConfig, norm_of, way_down
from cfg_core.process import alpha


class NoisyImageClassifier(nn.Module):
    """forward(z [N, 3, 32, 32], lam [N]) -> logits [N, config.classes], float32; z is a noised image.

    logits = alpha h(z, lam), since log-odds vanish in noise as alpha does: to first order in alpha those of
    p(c|z) are alpha <z, E[x|c] - E[x]> / sigma^2. The classes of CIFAR-10 are equally frequent, so there is no prior.
    """

    def __init__(self, config: UNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or UNetConfig(attention=(8,), norm="layer")
        n = config.channels[-1]
        self.embed_lam = LamEmbedding(config.embed)
        self.stem = nn.Conv2d(12, config.channels[0], 3, padding=1)
        self.down = way_down(config)[0]
        self.middle = Block(n, n, config, True)
        self.norm, self.head = norm_of(config.norm, n), nn.Linear(n, config.classes)
        nn.init.zeros_(self.head.weight)

    def forward(self, z: Tensor, lam: Tensor) -> Tensor:
        emb = F.silu(self.embed_lam(lam))
        h = self.stem(F.pixel_unshuffle(z, 2))
        for layer in self.down:
            h = layer(h, emb) if isinstance(layer, Block) else layer(h)
        h = F.silu(self.norm(self.middle(h, emb))).mean((2, 3))
        return alpha(lam.float())[:, None] * self.head(h).float()
