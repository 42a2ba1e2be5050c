"""What the process tab shows: the forward process along lam, the laws of lam, and single steps of it in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfg_core.density import grid
from cfg_core.mixture import three_gaussians
from cfg_core.process import (
    LAWS,
    alpha,
    amplification,
    diffuse,
    loss_weights,
    posterior,
    reverse_variance,
    sigma,
    transition,
    v_target,
)
from cfg_core.sweeps import Sweep

Array = NDArray[np.float64]

LAM = np.round(np.arange(-10.0, 10.05, 0.1), 1)  # of the numbers, every position of the slider
LAM_CLOUD = np.arange(-10.0, 10.1, 0.5)  # of the clouds and maps, smooth in lam
V = np.round(np.arange(0.0, 1.001, 0.02), 2)
BOUNDS: dict[str, tuple[float, float]] = {
    "lam_min": (-20.0, 0.0),
    "lam_max": (0.0, 20.0),
    "points": (200, 20_000),
    "seed": (0, 2**32 - 1),
    "lam": (-10.0, 10.0),
    "lam_": (-10.0, 10.0),
    "x": (-3.0, 3.0),
    "eps": (-3.0, 3.0),
    "coordinate": (-3.0, 3.0),
}
LAW_NAMES = tuple(LAWS)
HALF = 5.0  # half the side of the plane that is shown
CLOUD = 90  # points of each class


def check(name: str, value: float) -> None:
    """Raise ValueError naming the bound where `value` is outside BOUNDS[name] or not a finite number."""
    low, high = BOUNDS[name]
    if not (np.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} must be a number in [{low:g}, {high:.10g}]")


# ---- the laws of lam ---------------------------------------------------------------------------------------------


def law_sweep(
    name: str = "hyperbolic secant", lam_min: float = -20.0, lam_max: float = 20.0, points: int = 4000, seed: int = 0
) -> Sweep:
    """The density of a law and a histogram of real draws: hist [k, xy], curve_LAW [k, xy] of both laws, p_lam [lam].

    drawn, expected: the share with |lam| < 2 among the draws, and by the law; top: the height of the view.
    Raises ValueError for an unknown law or numbers out of bounds.
    """
    if name not in LAWS:
        raise ValueError(f"law must be one of {', '.join(LAWS)}")
    for key, value in (("lam_min", lam_min), ("lam_max", lam_max), ("points", points), ("seed", seed)):
        check(key, value)
    law = LAWS[name](lam_min, lam_max)
    draws = law.sample(int(points), np.random.default_rng(seed))
    edges = np.linspace(lam_min, lam_max, 61)
    height = np.histogram(draws, edges)[0] / (len(draws) * (edges[1] - edges[0]))
    at = np.linspace(lam_min, lam_max, 301)
    curves = {key: LAWS[key](lam_min, lam_max).density(at) for key in LAWS}
    expected = law.cdf(2.0) - law.cdf(-2.0)
    return Sweep(
        axes={"lam": LAM},
        arrays={
            "hist": (_stairs(edges, height), ("k", "xy")),
            **{f"curve_{key}": (np.stack([at, y], axis=-1), ("k", "xy")) for key, y in curves.items()},
            "p_lam": (law.density(LAM), ("lam",)),
            "drawn": (np.array(np.mean(np.abs(draws) < 2)), ()),
            "expected": (np.array(expected), ()),
        },
        meta={
            "law": name,
            "range": [lam_min, lam_max],
            "points": int(points),
            "top": float(max(height.max(), *(y.max() for y in curves.values()))),
        },
    )


def _stairs(edges: Array, height: Array) -> Array:
    """A histogram's outline, from the axis and back to it: [2 b + 2, 2]."""
    return np.stack([np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(height, 2), [0.0]])], axis=-1)


# ---- along lam ---------------------------------------------------------------------------------------------------


def process_sweep(x: tuple[float, float] = (0.3, 2.1), eps: tuple[float, float] = (1.2, -0.8), seed: int = 0) -> Sweep:
    """The three classes on their way to noise, and one marked particle, z = alpha x + sigma eps with eps fixed.

    Arrays over lam: alpha, sigma, alpha2, sigma2, snr [lam]; cloud [lam:cloud, class, point, xy]; log_p
    [lam:cloud, y, x]; particle, part_x, part_eps (alpha x and sigma eps), target_eps, target_x, target_v, z [lam, xy],
    and their coordinates z_1, v_1, ... [lam]; weight_KIND, gain_KIND and their log10s [lam], KIND in eps, x, v.
    path [k, xy] is the particle's whole path. Raises ValueError for a particle out of bounds.
    """
    for value in (*x, *eps):
        check("coordinate", value)
    clean, e = np.asarray(x, dtype=np.float64), np.asarray(eps, dtype=np.float64)
    rng = np.random.default_rng(seed)
    mixture = three_gaussians()
    start = np.stack([mixture.sample(CLOUD, rng, c)[0] for c in range(3)])
    noise = rng.standard_normal(start.shape)
    points = grid((-HALF, HALF), (-HALF, HALF), 40)
    tall = np.broadcast_to(points, (len(LAM_CLOUD), *points.shape))
    column, a, s = LAM[:, None], alpha(LAM), sigma(LAM)
    z, v = diffuse(clean, column, e), v_target(clean, e, column)
    numbers = {"alpha": a, "sigma": s, "alpha2": a**2, "sigma2": s**2, "snr": np.exp(LAM), "axis": LAM}
    for kind, weight in loss_weights(LAM).items():
        gain = amplification(LAM)[kind]
        numbers |= {f"weight_{kind}": weight, f"log_weight_{kind}": np.log10(weight)}
        numbers |= {f"gain_{kind}": gain, f"log_gain_{kind}": np.log10(gain)}
    for i in range(2):
        numbers |= {f"z_{i + 1}": z[:, i], f"v_{i + 1}": v[:, i]}
    vectors = {
        "particle": z,
        "part_x": a[:, None] * clean,
        "part_eps": s[:, None] * e,
        "target_eps": np.broadcast_to(e, z.shape),
        "target_x": np.broadcast_to(clean, z.shape),
        "target_v": v,
    }
    return Sweep(
        axes={"lam": LAM, "lam:cloud": LAM_CLOUD},
        arrays={
            **{name: (values, ("lam",)) for name, values in numbers.items()},
            **{name: (values, ("lam", "xy")) for name, values in vectors.items()},
            "cloud": (diffuse(start, LAM_CLOUD[:, None, None, None], noise), ("lam:cloud", "class", "point", "xy")),
            "log_p": (mixture.log_density(tall, LAM_CLOUD[:, None, None]), ("lam:cloud", "y", "x")),
            "path": (z[::-1], ("k", "xy")),
        },
        labels={"class": ("A", "B", "C")},
        meta={"source": "exact", "extent": [-HALF, HALF] * 2, "x": list(x), "eps": list(eps)},
    )


# ---- one step, in one dimension ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepSettings:
    """A step between lam (noisier) and lam_ (cleaner) for one number x and its noise eps. Raises ValueError."""

    lam: float = -1.0
    lam_: float = 1.0
    x: float = 1.0
    eps: float = -0.6

    def __post_init__(self) -> None:
        for name in ("lam", "lam_", "x", "eps"):
            check(name, getattr(self, name))
        if not self.lam <= self.lam_ - 0.05:
            raise ValueError("lam must be below lam' by at least 0.05: it is the noisier of the two")


def step_sweep(s: StepSettings) -> Sweep:
    """The Gaussians of one step in closed form, and the reverse variance as v goes from 0 to 1.

    forward: q(z_lam | z_lam'), back: q(z_lam' | z_lam, x), as curves [k, xy] with numbers forward_factor, _mean, _var
    and back_on_z, _on_x, _mean, _var; reverse [v, k, xy], reverse_var, reverse_sd [v]: the sampler's step at v, with
    its bounds reverse_low and reverse_high as curves; z, z_ and clean the values at lam, at lam' and x.
    """
    z_, z = float(diffuse(s.x, s.lam_, s.eps)), float(diffuse(s.x, s.lam, s.eps))
    factor, wide = (float(n) for n in transition(s.lam, s.lam_))
    on_z, on_x, narrow = (float(n) for n in posterior(s.lam, s.lam_))
    mean = on_z * z + on_x * s.x
    variance = reverse_variance(s.lam, s.lam_, V)  # [v]
    reverse = np.stack([_bell(mean, float(var)) for var in variance])
    numbers = {
        "z": z,
        "z_": z_,
        "clean": s.x,
        "forward_factor": factor,
        "forward_mean": factor * z_,
        "forward_var": wide,
        "back_on_z": on_z,
        "back_on_x": on_x,
        "back_mean": mean,
        "back_var": narrow,
    }
    return Sweep(
        axes={"v": V},
        arrays={
            **{name: (np.array(value), ()) for name, value in numbers.items()},
            "forward": (_bell(factor * z_, wide), ("k", "xy")),
            "marginal": (_bell(float(alpha(s.lam)) * s.x, float(sigma(s.lam)) ** 2), ("k", "xy")),
            "reverse": (reverse, ("v", "k", "xy")),
            "reverse_low": (reverse[0], ("k", "xy")),
            "reverse_high": (reverse[-1], ("k", "xy")),
            "reverse_var": (variance, ("v",)),
            "reverse_sd": (np.sqrt(variance), ("v",)),
            "v_axis": (V, ("v",)),
        },
        meta={
            "source": "exact",
            "lam": s.lam,
            "lam_": s.lam_,
            "x": s.x,
            "eps": s.eps,
            "top": float(1 / np.sqrt(2 * np.pi * min(narrow, wide))),
        },
    )


def _bell(mean: float, variance: float) -> Array:
    """The density of N(mean, variance) as a curve over 5 standard deviations either way: [161, 2]."""
    at = np.linspace(-5.0, 5.0, 161)
    sd = np.sqrt(variance)
    return np.stack([mean + sd * at, np.exp(-0.5 * at**2) / (sd * np.sqrt(2 * np.pi))], axis=-1)
