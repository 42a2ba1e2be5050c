"""`python -m cfg_core.commands.toy_networks`: small networks on the three Gaussians that can be doubted.

It trains and measures everything in assets/toy_doubt: for each training size two
classifiers, on the two halves of one pool of points and from different seeds; one conservative eps network; and plain
eps networks for several p_uncond.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.nets.mlp import MLP
from cfg_core.nets.network import Network, NoisedClassifier
from cfg_core.nets.noisy_classifier import NoisyClassifier
from cfg_core.nets.potential import Potential
from cfg_core.nets.toys import P_UNCOND, PLAIN_STEPS, ROLES, SIZES, TOYS, accuracy
from cfg_core.nets.weights import AssetError, export
from cfg_core.process import HyperbolicSecantLaw, UniformLaw, diffuse
from cfg_core.train import TrainConfig, Trainer, algorithm1, loss_curve
from cfg_core.train.objective import noisy_classification
from cfg_core.train.points import FixedPoints, MixturePoints

Array = NDArray[np.float64]
Losses = list[float]

CLASSIFIER_STEPS = 3000
POTENTIAL_STEPS = 8000
MEASURED_LAMS = (-2.0, 0.0, 2.0, 6.0)


# ---- training ----------------------------------------------------------------------------------------------------


def pool(mixture: GaussianMixture, size: int, seed: int = 0) -> tuple[FixedPoints, FixedPoints]:
    """Two disjoint training sets of `size` points each, the guide's and the judge's, a third from each class."""
    rng = np.random.default_rng([seed, size])
    c = np.arange(2 * size) // 2 % mixture.classes
    x = np.concatenate([mixture.sample(1, rng, int(k))[0] for k in c])
    return FixedPoints(x[::2], c[::2]), FixedPoints(x[1::2], c[1::2])


def train_classifier(data: FixedPoints, seed: int, steps: int = CLASSIFIER_STEPS) -> NoisyClassifier:
    """A classifier of all noise levels trained on those points alone, its noise fresh at every step."""
    torch.manual_seed(seed)
    net = NoisyClassifier()
    config = TrainConfig(steps=steps, batch=256, lr=3e-3, weight_decay=0.0, cooldown=steps // 2, ema=(0.99,), seed=seed)
    return _run(Trainer(net, noisy_classification(UniformLaw(-10.0, 20.0)), data, config))[0]


def train_potential(mixture: GaussianMixture, seed: int = 0, steps: int = POTENTIAL_STEPS) -> tuple[Potential, Losses]:
    """The conservative network by Algorithm 1, p_uncond = 0.1, and the loss of every step."""
    torch.manual_seed(seed)
    config = TrainConfig(
        steps=steps, batch=512, lr=2e-3, weight_decay=0.0, cooldown=steps // 2, ema=(0.999,), seed=seed
    )
    loss = algorithm1(HyperbolicSecantLaw(), 0.1, null=mixture.classes)
    return _run(Trainer(Potential(classes=mixture.classes), loss, MixturePoints(mixture), config))


def train_plain(
    mixture: GaussianMixture, p_uncond: float, seed: int = 0, steps: int = PLAIN_STEPS
) -> tuple[MLP, Losses]:
    """A plain eps network by Algorithm 1, and the loss of every step."""
    torch.manual_seed(seed)
    config = TrainConfig(steps=steps, batch=512, lr=2e-3, weight_decay=0.0, cooldown=steps // 2, seed=seed)
    loss = algorithm1(HyperbolicSecantLaw(), p_uncond, null=mixture.classes)
    return _run(Trainer(MLP(classes=mixture.classes), loss, MixturePoints(mixture), config))


def _run(trainer: Trainer) -> tuple[Any, Losses]:
    return trainer.averages[0], [trainer.step() for _ in range(trainer.config.steps)]


# ---- measuring ---------------------------------------------------------------------------------------------------


def eps_error(model: Any, mixture: GaussianMixture, lam: float, n: int = 4000, seed: int = 1) -> dict[str, float]:
    """Root mean square of eps_theta - eps* per dimension at noise level lam, conditional and unconditional."""
    rng = np.random.default_rng(seed)
    x, c = mixture.sample(n, rng)
    z = diffuse(x, lam, rng.standard_normal(x.shape))
    pairs = zip(model.eps_pair(z, lam, c), mixture.eps_pair(z, lam, c), strict=True)
    return {k: float(np.sqrt(((a - b) ** 2).mean())) for k, (a, b) in zip(("cond", "uncond"), pairs, strict=True)}


def main() -> None:
    torch.set_num_threads(1)  # small matrices are fastest on one
    mixture, command = three_gaussians(), "python -m cfg_core.commands.toy_networks"
    for size in SIZES:
        for seed, (role, data) in enumerate(zip(ROLES, pool(mixture, size), strict=True)):
            net = train_classifier(data, seed)
            measured = {f"lam {lam:g}": accuracy(NoisedClassifier(net), mixture, lam) for lam in MEASURED_LAMS}
            record = {"command": command, "seed": seed, "points": size, "steps": CLASSIFIER_STEPS, "measured": measured}
            export(net, TOYS, f"{role}_{size}", record)
            print(role, size, json.dumps(measured), flush=True)
    nets: list[tuple[str, float, int, Any]] = [("potential", 0.1, POTENTIAL_STEPS, lambda: train_potential(mixture))]
    nets += [(f"plain_{p:g}", p, PLAIN_STEPS, lambda p=p: train_plain(mixture, p)) for p in P_UNCOND]
    for name, p_uncond, steps, train in nets:
        net, losses = train()
        measured = {f"lam {lam:g}": eps_error(Network(net, dtype=torch.float64), mixture, lam) for lam in MEASURED_LAMS}
        record = {"command": command, "seed": 0, "p_uncond": p_uncond, "steps": steps, "measured": measured}
        export(net, TOYS, name, {**record, "loss_curve": loss_curve(losses).round(4).tolist()})
        print(name, json.dumps(measured), flush=True)


if __name__ == "__main__":
    try:
        main()
    except AssetError as problem:
        sys.exit(str(problem))
