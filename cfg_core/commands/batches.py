"""Batches of CIFAR-10's training images."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from cfg_core.images import cifar
from cfg_core.train.objective import Batch


class CifarBatches:
    """Random training images [n, 3, 32, 32] in [-1, 1], flipped left-right, on request shifted by up to `shift`."""

    def __init__(self, root: Path, shift: int = 0, device: str = "cpu") -> None:
        images, labels = cifar.load(root, "train")
        self.images, self.labels = torch.from_numpy(images).to(device), torch.from_numpy(labels).to(device)
        self.shift, self.device = shift, device

    def __call__(self, n: int, generator: torch.Generator) -> Batch:
        where = generator.device
        index = torch.randint(len(self.images), (n,), generator=generator, device=where).to(self.device)
        flip = (torch.rand(n, generator=generator, device=where) < 0.5).to(self.device)
        x = self.images[index].float().div_(127.5).sub_(1)
        x = torch.where(flip[:, None, None, None], x.flip(3), x)
        if self.shift:
            x = _shifted(x, self.shift, generator)
        return x.contiguous(memory_format=torch.channels_last), self.labels[index]


def _shifted(x: Tensor, by: int, generator: torch.Generator) -> Tensor:
    """Each image moved by its own whole number of pixels, edges reflected."""
    padded = nn.functional.pad(x, (by, by, by, by), mode="reflect")
    moved = torch.randint(2 * by + 1, (2, len(x)), generator=generator, device=generator.device)
    top, left = moved.to(x.device).unbind(0)
    rows = top[:, None] + torch.arange(32, device=x.device)  # [n, 32]
    cols = left[:, None] + torch.arange(32, device=x.device)
    i = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[i, rows[:, :, None], cols[:, None, :]].permute(0, 3, 1, 2)
