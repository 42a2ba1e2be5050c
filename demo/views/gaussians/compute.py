"""What "Three Gaussians" shows: guided samples over w beside the tilted target, and the paper's figure."""

from __future__ import annotations

import numpy as np

from cfg_core.density import drawn, grid, guided_log_density
from cfg_core.guidance import RULES
from cfg_core.metrics import classified
from cfg_core.moments import class_moments, separation, spread, spread_of
from cfg_core.samplers import final, seeded_noise, walk
from cfg_core.targets import DENSITY_W, FAINTEST, half_range, paper_figure, trade_off
from demo.fields import Toy, W
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.gaussians.settings import FIGURE, Gaussians

FIGURE_W = (0.0, 10.0, 100.0, 1000.0)  # the four panels of the paper's figure


def compute(s: Gaussians) -> Sweep:
    """The sweep of the view that is chosen."""
    if s.view == FIGURE:
        return figure_sweep(s)
    sweep = gaussians_sweep(s)
    if s.actual and RULES[s.rule].strength is not None:
        return sweep.merged(actual_density_sweep(s, sweep.meta["extent"][1]))
    return sweep


def gaussians_sweep(s: Toy, cells: int = 56) -> Sweep:
    """Guided samples of the three classes at every w, the tilted target, and the trade-off between class and spread.

    Arrays: samples [w, class, point, xy], NaN where one diverged; outside [w]: share of them beyond the view, and
    outside_most, the largest; extent [4] of the view; separation [] of the classes; class_share [class, y, x] = p(c|x)
    and log_pxc, log_pcx, whose sum with weight w is the log of the target up to a
    constant; prob, own, keep [w, class]: mean p(c|x) of the samples, share classified as their class, and spread
    relative to p(x|c) (own_A, keep_A, ... [w] again one by one); prob_mean, own_mean, keep_mean [w] over the classes;
    target_prob, target_keep [w] of the target.
    """
    mixture, classes = s.gaussians, np.arange(3)
    noise = seeded_noise(s.seed, (3, s.points, 2))
    eps = s.guided(classes[:, None], W[:, None, None])
    start = np.broadcast_to(noise(0), (len(W), 3, s.points, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        x = final(walk(s.sampler, eps, s.lams, noise, v=s.v, start=start))
    x = np.where(np.isfinite(x).all(-1, keepdims=True), x, np.nan)
    posterior = mixture.posterior(x)  # [W, 3, points, 3]
    own = np.take_along_axis(posterior, classes[None, :, None, None], -1)[..., 0]
    prob, right = np.nan_to_num(own).mean(-1), classified(posterior, classes)
    keep = spread(x) / spread_of(class_moments(mixture)[1])
    half = half_range(mixture, x)
    points = grid((-half, half), (-half, half), cells)
    log_pxc = np.stack([mixture.log_density(points, c=c) for c in classes])
    log_pcx = np.moveaxis(mixture.log_posterior(points), -1, 0)
    target_prob, target_keep = trade_off(mixture, W)
    plane, outside = ("class", "y", "x"), 1 - (np.abs(x).max(-1) <= half).mean((1, 2))
    return Sweep(
        axes={"w": W},
        arrays={
            "samples": (x, ("w", "class", "point", "xy")),
            "outside": (outside, ("w",)),
            "outside_most": (outside.max(), ()),
            "extent": (np.array([-half, half, -half, half]), ("edge",)),
            "separation": (np.array(separation(mixture)), ()),
            "log_pxc": (log_pxc, plane),
            "log_pcx": (log_pcx, plane),
            "class_share": (np.exp(log_pcx), plane),
            "prob": (prob, ("w", "class")),
            "own": (right, ("w", "class")),
            "keep": (keep, ("w", "class")),
            **{f"own_{name}": (right[:, c], ("w",)) for c, name in enumerate(CLASS_NAMES)},
            **{f"keep_{name}": (keep[:, c], ("w",)) for c, name in enumerate(CLASS_NAMES)},
            "prob_mean": (prob.mean(-1), ("w",)),
            "own_mean": (right.mean(-1), ("w",)),
            "keep_mean": (keep.mean(-1), ("w",)),
            "target_prob": (target_prob, ("w",)),
            "target_keep": (target_keep, ("w",)),
        },
        labels={"class": CLASS_NAMES},
        meta={"extent": [-half, half, -half, half]},
    )


def actual_density_sweep(s: Toy, half: float, cells: int = 40) -> Sweep:
    """What the guided ODE really samples: log_actual [w:coarse, class, y, x] by the instantaneous change of variables.

    The limit of DDIM with many steps, whatever sampler is chosen; ancestral sampling has another law. NaN where the
    mass on the grid is not 1; actual_off [w:coarse]: by how much at most.
    """
    points, w = grid((-half, half), (-half, half), cells), np.array(DENSITY_W)
    shape = (len(w), 3, *points.shape)
    log = guided_log_density(
        s.gaussians,
        np.broadcast_to(points, shape),
        np.arange(3)[:, None, None],
        w[:, None, None, None],
        name=s.rule,
        lam_min=s.lam_min,
        lam_max=s.lam_max,
        **s.params,
    )
    log, off = drawn(log, (2 * half / cells) ** 2)
    return Sweep(
        axes={"w:coarse": w},
        arrays={
            "log_actual": (np.maximum(log, FAINTEST), ("w:coarse", "class", "y", "x")),
            "actual_off": (off.max(-1), ("w:coarse",)),
            "actual_extent": (np.array([-half, half, -half, half]), ("edge",)),
        },
        labels={"class": CLASS_NAMES},
    )


def figure_sweep(s: Toy, cells: int = 128) -> Sweep:
    """The paper's figure: mixtures of the normalised guided conditionals at w = 0, 10, 100, 1000.

    log_mixture [panel, y, x]; extent [4] of a window that holds the targets, or as much of them as fits; in_view [],
    the least share of a target that it holds, and out_of_view [], the rest.
    """
    log, half, in_view = paper_figure(s.gaussians, FIGURE_W, cells)
    return Sweep(
        axes={},
        arrays={
            "log_mixture": (np.maximum(log, FAINTEST), ("panel", "y", "x")),
            "extent": (np.array([-half, half, -half, half]), ("edge",)),
            "in_view": (np.array(in_view), ()),
            "out_of_view": (np.array(1 - in_view), ()),
        },
        labels={"panel": tuple(f"w = {w:g}" for w in FIGURE_W)},
        meta={"extent": [-half, half, -half, half]},
    )
