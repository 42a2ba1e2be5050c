"""A small network learning points of the plane by Algorithm 1, step by step, and what it knows beside the truth.

All of it runs in the worker's process (see `worker`), where torch has one thread: such small matrices are fastest so.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cfg_core.density import grid
from cfg_core.fit import Points
from cfg_core.guidance import guided
from cfg_core.implicit import affine_score
from cfg_core.metrics import classified
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.moments import reach
from cfg_core.nets.mlp import MLP
from cfg_core.nets.network import Network
from cfg_core.process import LAWS, diffuse, lam_grid
from cfg_core.samplers import final, seeded_noise, walk
from cfg_core.train import TrainConfig, Trainer, algorithm1
from cfg_core.train.objective import least_loss
from cfg_core.train.points import FixedPoints
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.train_it.settings import TrainIt

Array = NDArray[np.float64]

SIZES = {"small": (32, 2), "medium": (64, 2), "large": (128, 3)}  # units of a layer, residual layers
SEED = 0  # of the network, its batches and the points of the three Gaussians
BATCH = 512
POOL = 50_000  # points of the three Gaussians that batches are drawn from
HALF = 6.0  # half the side of the view, of the three Gaussians and of points of one's own
FARTHER = 1.25  # of the view of samples, which overshoot
W_LEARNED = np.array([-1, 0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10.0])
LAMS = np.linspace(-8.0, 8.0, 17)
POINTS = 120  # samples of each class
WALK = lam_grid(14, -10.0, 10.0)  # of the snapshots' sampler
CELLS, ARROWS, PROBES = 28, 13, 1000


class Session:
    """One network in training: stepped, paused and looked at by one visitor.

    With `points` it learns those, otherwise the three Gaussians. `losses` has the loss of every step so far. Pausing is
    not stepping: `advance` goes on exactly where the last call stopped.
    """

    def __init__(self, settings: TrainIt, mixture: GaussianMixture, points: Points | None = None) -> None:
        self.settings, self.points = settings, points
        if points is None:
            x, c = mixture.sample(POOL, np.random.default_rng(SEED))
        else:
            x, c = points.x, points.c
        width, blocks = SIZES[settings.size]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            net = MLP(classes=mixture.classes, width=width, blocks=blocks)
        config = TrainConfig(
            steps=settings.steps, batch=BATCH, lr=settings.lr, weight_decay=0.0, warmup=20, ema=(0.99,),
            cooldown=settings.steps // 2, seed=SEED, fused=True,
        )  # fmt: skip
        loss = algorithm1(LAWS[settings.law](), settings.p_uncond, null=mixture.classes)
        self.trainer = Trainer(net, loss, FixedPoints(x, c), config)
        self.losses: list[float] = []
        self.lock = threading.Lock()

    @property
    def step_count(self) -> int:
        return self.trainer.step_count

    @property
    def done(self) -> bool:
        return self.step_count >= self.settings.steps

    @property
    def net(self) -> torch.nn.Module:
        """The average of the weights, which is what is looked at."""
        return self.trainer.averages[0]

    def advance(self, steps: int, seconds: float = np.inf) -> int:
        """Up to that many steps, fewer where the time is up or the run is over; returns how many were done.

        Raises FloatingPointError where the loss is not finite: the learning rate is too high.
        """
        began, first = time.monotonic(), self.step_count
        with self.lock:
            while not self.done and self.step_count < first + steps and time.monotonic() - began < seconds:
                self.losses.append(self.trainer.step())
        return self.step_count - first


@dataclass(frozen=True)
class Truth:
    """The exact side of the view, and the places where a network is compared with it; computed once for a mixture."""

    mixture: GaussianMixture
    names: tuple[str, ...]
    half: float  # half the side of the view
    cells: Array  # [y, x, 2]
    seats: Array  # of the arrows [n, 2]
    probes: Array  # [lam, m, 2], drawn from p_lam(z)
    classes: NDArray[np.int64]  # [m], the probes'
    cell_eps: tuple[Array, Array]  # conditional [class, lam, y, x, 2], unconditional [lam, y, x, 2]
    seat_eps: tuple[Array, Array]
    probe_eps: tuple[Array, Array]  # [lam, m, 2] each
    relative: Array  # p_lam(z) over its peak, [lam, y, x]
    samples: Array  # [w, class, point, 2]


def truth(mixture: GaussianMixture, names: tuple[str, ...] = CLASS_NAMES, half: float = HALF) -> Truth:
    """Everything exact that a snapshot shows."""
    cells = grid((-half, half), (-half, half), CELLS)
    seats = grid((-half, half), (-half, half), ARROWS).reshape(-1, 2)
    x, classes = mixture.sample(PROBES, np.random.default_rng(1))
    probes = diffuse(x, LAMS[:, None, None], np.random.default_rng(2).standard_normal((len(LAMS), *x.shape)))
    lam_cells = LAMS[:, None, None]
    tall = np.broadcast_to(cells, (len(LAMS), *cells.shape))
    log = mixture.log_density(tall, lam_cells)
    return Truth(
        mixture,
        names,
        half,
        cells,
        seats,
        probes,
        classes,
        _exact_fields(mixture, tall, lam_cells),
        _exact_fields(mixture, np.broadcast_to(seats, (len(LAMS), *seats.shape)), LAMS[:, None]),
        mixture.eps_pair(probes, LAMS[:, None], classes),
        np.exp(log - log.max((1, 2), keepdims=True)),
        np.asarray(_sampled(mixture, mixture.classes, seeded_noise(0, (mixture.classes, POINTS, 2))(0))),
    )


@lru_cache(maxsize=1)
def toy_truth() -> Truth:
    """Of the three Gaussians."""
    return truth(three_gaussians())


def truth_of(settings: TrainIt) -> Truth:
    """Of the classes that the settings describe: the three Gaussians, or a mixture of one's own."""
    if not settings.mixture:
        return toy_truth()
    return truth(settings.gaussians, half=float(np.ceil(reach(settings.gaussians, 4))))


def _exact_fields(mixture: GaussianMixture, z: Array, lam: Array) -> tuple[Array, Array]:
    return np.stack([mixture.eps(z, lam, c) for c in range(mixture.classes)]), mixture.eps(z, lam)


def _sampled(model: Any, classes: int, noise: Any) -> Any:
    """Samples [w, class, point, 2] from the same noise for every w, by DPM-Solver++(2M)."""
    eps = guided(model, np.arange(classes)[:, None], W_LEARNED[:, None, None])
    start = np.broadcast_to(noise, (len(W_LEARNED), *noise.shape))
    return final(walk("dpmpp_2m", eps, WALK, lambda i: None, start=start))


# ---- what a network gets wrong -----------------------------------------------------------------------------------


def _eps(model: Network, z: Array, c: int | NDArray[np.int64] | None) -> Array:
    """The network's eps at z [lam, ..., 2], one noise level after another: float64."""
    return np.stack([model.eps(p, lam, c) for p, lam in zip(z, LAMS, strict=True)])


def branch_errors(model: Network, t: Truth) -> tuple[Array, Array]:
    """Root mean square over z ~ p_lam(z) of the length of eps_theta - eps*, for every lam: conditional, unconditional.

    Two [lam]. The conditional branch is asked for the class that each point has.
    """
    mine = _eps(model, t.probes, t.classes), _eps(model, t.probes, None)
    cond, uncond = (_rms(a - b) for a, b in zip(mine, t.probe_eps, strict=True))
    return cond, uncond


def _rms(gap: Array) -> Array:
    return np.sqrt((gap**2).sum(-1).mean(-1))


def overall(errors: Array) -> float:
    """One number of an error at every lam: root mean square over LAMS, -8 to 8."""
    return float(np.sqrt((errors**2).mean()))


# ---- what is seen ------------------------------------------------------------------------------------------------


def exact_sweep(t: Truth, c: int, points: Points | None = None) -> Sweep:
    """The exact side and the training points: what does not change while a network learns.

    Arrays: exact_samples [w, class, point, xy], exact_own [w]; at [arrow, xy], exact_base, exact_push [lam, arrow, xy]
    (score of class c, guided = base + w push); relative [lam, y, x]; data_A, data_B, data_C [n, xy]; noise [lam].
    """
    base, push = _score(t.seat_eps[0][c], t.seat_eps[1])
    shown = points
    if shown is None:
        x, k = t.mixture.sample(300, np.random.default_rng(0))
        shown = Points(x, k, t.names)
    data = {
        f"data_{name}": (shown.x[shown.c == k] if k < len(t.names) else np.zeros((0, 2)), ("point", "xy"))
        for k, name in enumerate(CLASS_NAMES)
    }
    return Sweep(
        axes={"w": W_LEARNED, "lam": LAMS},
        arrays={
            "exact_samples": (t.samples, ("w", "class", "point", "xy")),
            "exact_own": (_own(t, t.samples), ("w",)),
            "at": (t.seats, ("arrow", "xy")),
            "exact_base": (base, ("lam", "arrow", "xy")),
            "exact_push": (push, ("lam", "arrow", "xy")),
            "relative": (t.relative, ("lam", "y", "x")),
            "noise": (LAMS, ("lam",)),
            **data,
        },
        labels={"class": t.names},
        meta={"extent": [-t.half, t.half, -t.half, t.half], "reach": FARTHER * t.half},
    )


def learned_sweep(net: torch.nn.Module, t: Truth, c: int, loss: Array, steps: int) -> Sweep:
    """What a network has learned by now, of class c where one is meant.

    Arrays: samples [w, class, point, xy], own [w]: share of them that the exact posterior gives to their class,
    outside [w]: share beyond their view, or diverged; base, push [lam, arrow, xy]; wrong_c, wrong_u [lam, y, x] and
    curve_c, curve_u [lam]: log10 of the length of eps_theta - eps* over z, and of its root mean square over the points;
    rms_c, rms_u [lam]; all_c, all_u, count [one]; loss [k, xy]: as given, a curve of cfg_core.train.loss_curve.
    """
    model = Network(net, null=t.mixture.classes, event_ndim=1)
    noise = seeded_noise(0, (t.mixture.classes, POINTS, 2))(0)
    samples = _sampled(model, t.mixture.classes, noise)
    tall = np.broadcast_to(t.cells, (len(LAMS), *t.cells.shape))
    wrong = [
        np.linalg.norm(_eps(model, tall, k) - exact, axis=-1)
        for k, exact in ((c, t.cell_eps[0][c]), (None, t.cell_eps[1]))
    ]
    places = np.broadcast_to(t.seats, (len(LAMS), *t.seats.shape))
    base, push = _score(_eps(model, places, c), _eps(model, places, None))
    rms_c, rms_u = branch_errors(model, t)
    return Sweep(
        axes={"w": W_LEARNED, "lam": LAMS},
        arrays={
            "samples": (samples, ("w", "class", "point", "xy")),
            "own": (_own(t, samples), ("w",)),
            "outside": (1 - (np.abs(samples).max(-1) <= FARTHER * t.half).mean((1, 2)), ("w",)),
            "base": (base, ("lam", "arrow", "xy")),
            "push": (push, ("lam", "arrow", "xy")),
            "wrong_c": (_log10(wrong[0]), ("lam", "y", "x")),
            "wrong_u": (_log10(wrong[1]), ("lam", "y", "x")),
            "rms_c": (rms_c, ("lam",)),
            "rms_u": (rms_u, ("lam",)),
            "curve_c": (_log10(rms_c), ("lam",)),
            "curve_u": (_log10(rms_u), ("lam",)),
            "all_c": (np.array([overall(rms_c)]), ("one",)),
            "all_u": (np.array([overall(rms_u)]), ("one",)),
            "count": (np.array([float(steps)]), ("one",)),
            "loss": (loss, ("k", "xy")),
        },
    )


def floor_sweep(settings: TrainIt, mixture: GaussianMixture, steps: int) -> Sweep:
    """The loss of exact scores as a line over the steps of a run: floor [k, (step, loss)]."""
    level = least_loss(LAWS[settings.law](), settings.p_uncond, mixture)
    return Sweep({}, {"floor": (np.array([[0.0, level], [steps, level]]), ("k", "xy"))})


def _score(eps_c: Array, eps_u: Array) -> tuple[Array, Array]:
    """(base, push) of the guided score over lam, which is base + w push."""
    return affine_score((eps_c, eps_u), LAMS[:, None, None])


def _own(t: Truth, samples: Array) -> Array:
    """Share of the samples [w, class, point, 2] that the exact posterior gives to their class: [w]."""
    return classified(t.mixture.posterior(samples), np.arange(t.mixture.classes)).mean(-1)


def _log10(x: Array) -> Array:
    return np.log10(np.maximum(x, 1e-4))
