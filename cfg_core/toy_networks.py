"""Small networks on the three Gaussians that can be doubted: noise-conditioned classifiers, and eps networks.

`python -m cfg_core.toy_networks` trains and measures everything in assets/toy_doubt: for each training size two
classifiers, on the two halves of one pool of points and from different seeds; one conservative eps network; and plain
eps networks for several p_uncond.
"""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from cfg_core.learned import Learned
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.nets.mlp import MLP
from cfg_core.nets.noisy_classifier import NoisyClassifier
from cfg_core.nets.potential import Potential
from cfg_core.process import HyperbolicSecantLaw, UniformLaw, diffuse
from cfg_core.train import TrainConfig, Trainer, algorithm1, loss_curve
from cfg_core.train.objective import Batch, noisy_classification
from cfg_core.vector_calculus import NetField
from cfg_core.weights import ROOT, AssetError, export, load_into, read_record

Array = NDArray[np.float64]
Losses = list[float]

ASSETS = ROOT / "assets" / "toy_doubt"
SIZES = (30, 200, 5000)  # training points of a classifier
ROLES = ("guide", "judge")  # of the same size: one guides, the other was trained on other points from another seed
CLASSIFIER_STEPS = 3000
POTENTIAL_STEPS = 8000
P_UNCOND = (0.02, 0.1, 0.2, 0.5, 0.8)  # of the plain networks
PLAIN_STEPS = 4000
MEASURED_LAMS = (-2.0, 0.0, 2.0, 6.0)


class Judge:
    """A trained classifier as numpy: p(c|z, lam) and its gradient, callable like the exact mixture's.

    z [..., D]; lam a number or an array that broadcasts to the leading axes. float32 inside, float64 outside.
    """

    event_ndim = 1

    def __init__(self, net: nn.Module) -> None:
        self.net = net.eval().requires_grad_(False)

    def log_posterior(self, z: ArrayLike, lam: ArrayLike) -> Array:
        """log p(c|z, lam) of every class: [..., C]."""
        points, lams, lead = self._tensors(z, lam)
        with torch.no_grad():
            log = F.log_softmax(self.net(points, lams), dim=1)
        return log.numpy().astype(np.float64).reshape(*lead, -1)

    def posterior(self, z: ArrayLike, lam: ArrayLike) -> Array:
        """p(c|z, lam) of every class: [..., C]."""
        return np.exp(self.log_posterior(z, lam))

    def grad_log_posterior(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> Array:
        """∇_z log p(c|z, lam) by automatic differentiation: [..., D]."""
        points, lams, lead = self._tensors(z, lam)
        classes = torch.from_numpy(np.broadcast_to(np.asarray(c, dtype=np.int64), lead).reshape(-1).copy())
        points.requires_grad_()
        loss = F.cross_entropy(self.net(points, lams), classes, reduction="sum")
        (gradient,) = torch.autograd.grad(-loss, points)
        return gradient.numpy().astype(np.float64).reshape(*lead, -1)

    def _tensors(self, z: ArrayLike, lam: ArrayLike) -> tuple[Tensor, Tensor, tuple[int, ...]]:
        z = np.asarray(z, dtype=np.float32)
        lead = z.shape[:-1]
        lams = np.broadcast_to(np.asarray(lam, dtype=np.float32), lead).reshape(-1).copy()
        return torch.from_numpy(z.reshape(-1, z.shape[-1]).copy()), torch.from_numpy(lams), lead


class ClassifierGuided:
    """A base model whose classifier is another's: what the rules of classifier guidance need, for `guided`."""

    def __init__(self, base: Any, classifier: Any) -> None:
        self.base, self.classifier = base, classifier
        self.event_ndim = base.event_ndim

    def eps(self, z: Any, lam: Any, c: Any = None) -> Any:
        return self.base.eps(z, lam, c)

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]:
        return self.base.eps_pair(z, lam, c)

    def grad_log_posterior(self, z: Any, lam: Any, c: Any) -> Any:
        return self.classifier.grad_log_posterior(z, lam, c)


# ---- what is shipped ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def load_judge(size: int, role: str, folder: Path = ASSETS) -> Judge:
    """The shipped classifier of a training size in SIZES, role "guide" or "judge".

    Raises ValueError for other sizes and roles, AssetError naming a file that is missing or damaged.
    """
    if size not in SIZES or role not in ROLES:
        raise ValueError(f"the classifier must be of {', '.join(map(str, SIZES))} points, and a {' or '.join(ROLES)}")
    net = NoisyClassifier()
    load_into(net, folder / f"{role}_{size}.safetensors")
    return Judge(net)


@lru_cache(maxsize=2)
def load_potential(folder: Path = ASSETS) -> NetField:
    """The shipped conservative network. Raises AssetError naming a file that is missing or damaged."""
    net = Potential()
    load_into(net, folder / "potential.safetensors")
    return NetField(net, null=3)


@lru_cache(maxsize=8)
def load_plain(p_uncond: float, folder: Path = ASSETS) -> Learned:
    """The shipped plain eps network for a p_uncond in P_UNCOND.

    Raises ValueError for others, AssetError naming a file that is missing or damaged.
    """
    if p_uncond not in P_UNCOND:
        raise ValueError(f"p_uncond must be one of {', '.join(map(str, P_UNCOND))}")
    net = MLP()
    load_into(net, folder / f"plain_{p_uncond:g}.safetensors")
    return Learned(net, null=3, event_ndim=1)


def plain_loss(p_uncond: float, folder: Path = ASSETS) -> Array:
    """The loss of the shipped plain network while it was trained: [k, (step, running mean)]."""
    return np.array(read_record(folder / f"plain_{p_uncond:g}.json")["loss_curve"])


# ---- training ----------------------------------------------------------------------------------------------------


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


def eps_error(model: Any, mixture: GaussianMixture, lam: float, n: int = 4000, seed: int = 1) -> dict[str, float]:
    """Root mean square of eps_theta - eps* per dimension at noise level lam, conditional and unconditional."""
    rng = np.random.default_rng(seed)
    x, c = mixture.sample(n, rng)
    z = diffuse(x, lam, rng.standard_normal(x.shape))
    pairs = zip(model.eps_pair(z, lam, c), mixture.eps_pair(z, lam, c), strict=True)
    return {k: float(np.sqrt(((a - b) ** 2).mean())) for k, (a, b) in zip(("cond", "uncond"), pairs, strict=True)}


def main() -> None:
    torch.set_num_threads(1)  # small matrices are fastest on one
    mixture, command = three_gaussians(), "python -m cfg_core.toy_networks"
    for size in SIZES:
        for seed, (role, data) in enumerate(zip(ROLES, pool(mixture, size), strict=True)):
            net = train_classifier(data, seed)
            measured = {f"lam {lam:g}": accuracy(Judge(net), mixture, lam) for lam in MEASURED_LAMS}
            record = {"command": command, "seed": seed, "points": size, "steps": CLASSIFIER_STEPS, "measured": measured}
            export(net, ASSETS, f"{role}_{size}", record)
            print(role, size, json.dumps(measured), flush=True)
    nets: list[tuple[str, float, int, Any]] = [("potential", 0.1, POTENTIAL_STEPS, lambda: train_potential(mixture))]
    nets += [(f"plain_{p:g}", p, PLAIN_STEPS, lambda p=p: train_plain(mixture, p)) for p in P_UNCOND]
    for name, p_uncond, steps, train in nets:
        net, losses = train()
        measured = {f"lam {lam:g}": eps_error(NetField(net, 3), mixture, lam) for lam in MEASURED_LAMS}
        record = {"command": command, "seed": 0, "p_uncond": p_uncond, "steps": steps, "measured": measured}
        export(net, ASSETS, name, {**record, "loss_curve": loss_curve(losses).round(4).tolist()})
        print(name, json.dumps(measured), flush=True)


if __name__ == "__main__":
    try:
        main()
    except AssetError as problem:
        sys.exit(str(problem))
