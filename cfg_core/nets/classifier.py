"""A small residual CIFAR-10 classifier: it judges the generated images, so it is ours and named as such."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Residual(nn.Module):
    """x + two 3x3 convolutions with batch norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*conv(channels, channels), *conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def conv(n_in: int, n_out: int) -> list[nn.Module]:
    return [nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.SiLU(inplace=True)]


class Classifier(nn.Module):
    """forward(x [N, 3, 32, 32] in [-1, 1]) -> logits [N, classes]. The ResNet-9 of the DAWNBench entries, slimmer.

    Pixels are folded 2x2 into channels first, as in the U-Net: 0.15 GMAC an image.
    """

    def __init__(self, widths: tuple[int, int, int] = (64, 128, 256), classes: int = 10) -> None:
        super().__init__()
        a, b, c = widths
        self.stem = nn.Sequential(nn.Conv2d(3, a, 3, padding=1, stride=1, bias=False), nn.BatchNorm2d(a), nn.SiLU())
        self.body = nn.Sequential(
            *conv(a, b), nn.MaxPool2d(2), Residual(b), *conv(b, c), nn.MaxPool2d(2), *conv(c, c), nn.MaxPool2d(2), Residual(c)
        )
        self.head = nn.Linear(c, classes)

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features, [N, widths[-1]]: the space of the diversity figures."""
        return F.adaptive_max_pool2d(self.body(self.stem(x)), 1).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x)) * 0.25
