"""A small CIFAR-10 classifier: it judges the generated images, so it is ours and named as such."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PATCH = 2  # the first layer looks at 2x2 patches


def block(n_in: int, n_out: int, pool: bool) -> nn.Sequential:
    """3x3 convolution, halved in size on request, batch norm, silu."""
    halve: list[nn.Module] = [nn.MaxPool2d(2)] if pool else []
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), *halve, nn.BatchNorm2d(n_out), nn.SiLU(inplace=True)
    )


class Classifier(nn.Module):
    """forward(x [N, 3, 32, 32] in [-1, 1]) -> logits [N, classes]: 0.07 GMAC an image, 1.2 M parameters.

    After the speed-run network of Jordan 2024 (airbench, arXiv 2404.00498), slimmer: a fixed whitening layer on 2x2
    patches, then three levels of two convolutions, at 31x31, 15x15 and 7x7.
    """

    def __init__(self, widths: tuple[int, int, int] = (64, 128, 256), classes: int = 10) -> None:
        super().__init__()
        a, b, c = widths
        whitened = 2 * 3 * PATCH**2  # each whitening filter and its negative
        self.stem = nn.Conv2d(3, whitened, PATCH)
        self.stem.weight.requires_grad_(False)
        self.body = nn.Sequential(
            block(whitened, a, True), block(a, a, False),
            block(a, b, True), block(b, b, False),
            block(b, c, True), block(c, c, False),
        )  # fmt: skip
        self.head = nn.Linear(c, classes)

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features, [N, widths[-1]]: the space of the diversity figures."""
        return F.adaptive_max_pool2d(self.body(F.silu(self.stem(x))), 1).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))

    @torch.no_grad()
    def whiten(self, images: Tensor, floor: float = 5e-4) -> None:
        """Set the first layer to whiten the 2x2 patches of images [N, 3, 32, 32]: it is not trained."""
        patches = F.unfold(images.float(), PATCH).transpose(1, 2).reshape(-1, 3 * PATCH**2)
        values, vectors = torch.linalg.eigh(torch.cov(patches.T))
        filters = (vectors / (values + floor).sqrt()).T.reshape(-1, 3, PATCH, PATCH)
        self.stem.weight.copy_(torch.cat([filters, -filters]))
