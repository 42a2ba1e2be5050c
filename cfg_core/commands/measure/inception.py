"""The FID and the Inception Score that papers print, by torch-fidelity where it is installed and has its weights.

pip install torch-fidelity (brings torchvision); on its first use it downloads Inception's weights.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

NAMES = {"frechet_inception_distance": "inception_fid", "inception_score_mean": "inception_score"}  # theirs: ours


class Unavailable(RuntimeError):
    """Why there are no such figures, in a sentence."""


class Pictures(Dataset[Tensor]):
    """Images [N, 3, 32, 32] uint8 as torch-fidelity takes them."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = torch.from_numpy(pixels)

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, i: int) -> Tensor:
        return self.pixels[i]


class Inception:
    """FID to the training images, as papers take it, and the Inception Score of ten splits."""

    def __init__(self, train: NDArray[np.uint8]) -> None:
        """Raises Unavailable where the package is not installed."""
        try:
            self.package: Any = importlib.import_module("torch_fidelity")
        except ImportError as problem:
            raise Unavailable(f"no Inception figures: {problem} (pip install torch-fidelity)") from problem
        self.train = train
        self.name = f"Inception-v3 by torch-fidelity {self.package.__version__}, {len(train):,} training images"

    def score(self, pixels: NDArray[np.uint8]) -> dict[str, float]:
        """{"inception_fid", "inception_score"} of n >= 10 images. Raises Unavailable where weights cannot be had."""
        try:
            found = self.package.calculate_metrics(
                input1=Pictures(pixels), input2=Pictures(self.train), input2_cache_name=f"cifar10-{len(self.train)}",
                isc=True, fid=True, cuda=torch.cuda.is_available(), save_cpu_ram=True, verbose=False,
            )  # fmt: skip
        except (OSError, RuntimeError) as problem:
            raise Unavailable(f"no Inception figures: its weights cannot be had ({problem})") from problem
        return {ours: float(found[theirs]) for theirs, ours in NAMES.items()}
