"""Several processes of one job, as `torchrun` starts them on one machine or on many; one alone without it.

torchrun --nproc-per-node 2 -m cfg_core.commands.train cifar --out runs/cifar
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """This process, `rank` of `count`: it takes every count-th item, from its rank on."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def of(self, items: Any) -> Any:
        """This process's items of an array, tensor or list."""
        return items if self.count == 1 else items[self.rank :: self.count]

    def joined(self, mine: T) -> list[T]:
        """What each process gives here, in the order of their ranks, in every process."""
        out: list[Any] = [None] * self.count
        if self.count == 1:
            return [mine]
        dist.all_gather_object(out, mine)
        return out

    def whole(self, mine: NDArray) -> NDArray:
        """The rows of all processes in their order, in every process: the inverse of `of` for an array [n, ...]."""
        parts = self.joined(mine)
        out = np.empty((sum(map(len, parts)), *mine.shape[1:]), mine.dtype)
        for rank, part in enumerate(parts):
            out[rank :: self.count] = part
        return out

    def told(self, said: T) -> T:
        """What the first process says here, in every process."""
        box = [said]
        if self.count > 1:
            dist.broadcast_object_list(box, src=0)
        return box[0]


@contextmanager
def shares() -> Iterator[Share]:
    """The share of this process: one of torchrun's, by its environment, or the whole. Leaves the others at the end."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        yield Share()
        return
    cards = torch.cuda.device_count()
    if cards:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)) % cards)
    each_its_own = int(os.environ.get("LOCAL_WORLD_SIZE", 1)) <= cards
    dist.init_process_group("nccl" if each_its_own else "gloo")
    try:
        yield Share(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
