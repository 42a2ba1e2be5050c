"""Batches of points: the same ones again and again, or always fresh ones."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from cfg_core.mixture import GaussianMixture
from cfg_core.process import Array
from cfg_core.train.objective import Batch


class FixedPoints:
    """Batches drawn again and again from the same n points."""

    def __init__(self, x: Array, c: NDArray[np.int64]) -> None:
        self.x, self.c = torch.from_numpy(x).float(), torch.from_numpy(c)

    def __call__(self, n: int, generator: torch.Generator) -> Batch:
        index = torch.randint(len(self.x), (n,), generator=generator)
        return self.x[index], self.c[index]


class MixturePoints:
    """Fresh points of a mixture for every batch."""

    def __init__(self, mixture: GaussianMixture) -> None:
        self.mixture = mixture

    def __call__(self, n: int, generator: torch.Generator) -> Batch:
        seed = int(torch.randint(2**31, (1,), generator=generator))
        x, c = self.mixture.sample(n, np.random.default_rng(seed))
        return torch.from_numpy(x).float(), torch.from_numpy(c)
