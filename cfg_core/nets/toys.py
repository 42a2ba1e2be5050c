"""The small networks on the three Gaussians that ship, by what they were trained on: eps networks and classifiers.

`python -m cfg_core.commands.toy_networks` makes them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cfg_core.files import ASSETS
from cfg_core.mixture import GaussianMixture
from cfg_core.nets.mlp import MLP
from cfg_core.nets.network import Network, NoisedClassifier
from cfg_core.nets.noisy_classifier import NoisyClassifier
from cfg_core.nets.potential import Potential
from cfg_core.nets.weights import load_into, read_record
from cfg_core.process import Array, diffuse

TOYS = ASSETS / "toy_doubt"
SIZES = (30, 200, 5000)  # training points of a classifier
ROLES = ("guide", "judge")  # of the same size: one guides, the other was trained on other points from another seed
P_UNCOND = (0.02, 0.1, 0.2, 0.5, 0.8)  # of the plain networks
PLAIN_STEPS = 4000


@lru_cache(maxsize=16)
def load_judge(size: int, role: str, folder: Path = TOYS) -> NoisedClassifier:
    """The shipped classifier of a training size in SIZES, role "guide" or "judge".

    Raises ValueError for other sizes and roles, AssetError naming a file that is missing or damaged.
    """
    if size not in SIZES or role not in ROLES:
        raise ValueError(f"the classifier must be of {', '.join(map(str, SIZES))} points, and a {' or '.join(ROLES)}")
    return NoisedClassifier(_filled(NoisyClassifier(), folder / f"{role}_{size}.safetensors"))


@lru_cache(maxsize=2)
def load_potential(folder: Path = TOYS) -> Network:
    """The shipped conservative network, in float64. Raises AssetError naming a file that is missing or damaged."""
    return Network(_filled(Potential(), folder / "potential.safetensors"), dtype=torch.float64)


@lru_cache(maxsize=16)
def load_plain(p_uncond: float, folder: Path = TOYS, dtype: torch.dtype = torch.float32) -> Network:
    """The shipped plain eps network for a p_uncond in P_UNCOND.

    Raises ValueError for others, AssetError naming a file that is missing or damaged.
    """
    if p_uncond not in P_UNCOND:
        raise ValueError(f"p_uncond must be one of {', '.join(map(str, P_UNCOND))}")
    return Network(_filled(MLP(), folder / f"plain_{p_uncond:g}.safetensors"), dtype=dtype)


def plain_loss(p_uncond: float, folder: Path = TOYS) -> Array:
    """The loss of the shipped plain network while it was trained: [k, (step, running mean)]."""
    return np.array(read_record(folder / f"plain_{p_uncond:g}.json")["loss_curve"])


def accuracy(classifier: Any, mixture: GaussianMixture, lam: float, n: int = 4000, seed: int = 1) -> dict[str, float]:
    """Of a classifier at noise level lam, on n fresh points: share right, Bayes's share, and its error in probability.

    "error" is the root mean square over points and classes of p(c|z) - p*(c|z).
    """
    rng = np.random.default_rng(seed)
    x, c = mixture.sample(n, rng)
    z = diffuse(x, lam, rng.standard_normal(x.shape))
    mine, exact = classifier.posterior(z, lam), mixture.posterior(z, lam)
    return {
        "right": float((mine.argmax(-1) == c).mean()),
        "bayes": float((exact.argmax(-1) == c).mean()),
        "error": float(np.sqrt(((mine - exact) ** 2).mean())),
    }


def _filled(net: nn.Module, path: Path) -> nn.Module:
    load_into(net, path)
    return net
