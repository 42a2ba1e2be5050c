"""What the temperature tab shows: a softmax at every T, and the four methods beside p^{1/T} on a mixture of two."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.density import grid
from cfg_core.mixture import GaussianMixture
from cfg_core.samplers import seeded_noise
from cfg_core.sweeps import Sweep
from cfg_core.temperature import (
    METHODS,
    LoneGaussian,
    entropy,
    limit_variance,
    ode_variance,
    sample_all,
    sde_variance,
    softmax_at,
    tempered_log_density,
)

Array = NDArray[np.float64]

LOGITS = (2.0, 1.0, 0.5, -1.0)
T_SOFTMAX = np.round(np.arange(0.05, 5.001, 0.05), 2)
T = np.round(np.arange(0.25, 1.601, 0.05), 2)  # every position of the slider: nothing measured is interpolated
BOUNDS: dict[str, tuple[float, float]] = {
    "logit": (-5.0, 5.0),
    "weight": (0.05, 0.95),
    "width_a": (0.15, 1.5),
    "width_b": (0.15, 1.5),
    "separation": (0.0, 3.0),
    "steps": (64, 256),
    "lam_min": (-20.0, -6.0),
    "seed": (0, 2**32 - 1),
    "width": (0.2, 2.0),
}
LAM_MAX = 10.0  # clean: what noise is left has variance 5e-5
POINTS = {1: 1600, 2: 400}  # of each sampling, by dimension
BINS = 60


@dataclass(frozen=True)
class TemperatureSettings:
    """Two classes, A left and B right, in 1 or 2 dimensions. Raises ValueError naming the bound that is broken."""

    weight: float = 0.7  # of class A; B has the rest
    width_a: float = 0.35  # standard deviations
    width_b: float = 0.9
    separation: float = 1.5  # A is centred at minus this on the first axis, B at plus this
    steps: int = 160
    lam_min: float = -12.0
    seed: int = 0
    dim: int = 1

    def __post_init__(self) -> None:
        for f in fields(self):
            if f.name != "dim":
                check(f.name, getattr(self, f.name))
        if self.dim not in (1, 2):
            raise ValueError("dim must be 1 or 2")

    @property
    def mixture(self) -> GaussianMixture:
        means = np.zeros((2, self.dim))
        means[:, 0] = -self.separation, self.separation
        covs = np.array([self.width_a**2, self.width_b**2])[:, None, None] * np.eye(self.dim)
        return GaussianMixture(means, covs, np.array([self.weight, 1 - self.weight]), np.array([0, 1]))

    @property
    def lams(self) -> Array:
        """Evenly spaced in lam: with the score scaled up, long steps at high noise would be unstable."""
        return np.linspace(self.lam_min, LAM_MAX, self.steps + 1)

    @property
    def half(self) -> float:
        """Half the width of the view."""
        return float(np.ceil(2 * (self.separation + 3.2 * max(self.width_a, self.width_b))) / 2)


def check(name: str, value: float) -> None:
    """Raise ValueError naming the bound where `value` is outside BOUNDS[name] or not a finite number."""
    low, high = BOUNDS[name]
    if not (np.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name.replace('_', ' ')} must be a number in [{low:g}, {high:.10g}]")


# ---- softmax ----------------------------------------------------------------------------------------------------


def softmax_sweep(logits: tuple[float, ...] = LOGITS) -> Sweep:
    """Bars p_i(T) for T in [0.05, 5]: bars [T, k, xy] (one closed outline), p_1, p_2, ... [T], entropy [T] in nats.

    `certainty` [T] is 1 - entropy / log n. Raises ValueError for logits out of bounds.
    """
    for z in logits:
        check("logit", z)
    p = softmax_at(logits, T_SOFTMAX)  # [T, n]
    h = entropy(p)
    return Sweep(
        axes={"T": T_SOFTMAX},
        arrays={
            "bars": (_bars(p), ("T", "k", "xy")),
            **{f"p_{i + 1}": (p[:, i], ("T",)) for i in range(len(logits))},
            "entropy": (h, ("T",)),
            "entropy_share": (h / np.log(len(logits)), ("T",)),
            "temperature": (T_SOFTMAX, ("T",)),
        },
        meta={"source": "exact", "logits": list(logits)},
    )


def _bars(p: Array, width: float = 0.7) -> Array:
    """The outline of n bars of heights p [T, n], centred at 1 .. n: [T, 4 n, 2]."""
    n = p.shape[-1]
    x = np.arange(1, n + 1)[:, None] + width / 2 * np.array([-1, -1, 1, 1])
    y = p[..., None] * np.array([0.0, 1.0, 1.0, 0.0])
    return np.stack([np.broadcast_to(x, y.shape), y], axis=-1).reshape(len(p), 4 * n, 2)


# ---- on the mixture ---------------------------------------------------------------------------------------------


def mixture_sweep(s: TemperatureSettings) -> Sweep:
    """The four methods on the mixture at every T, beside p^{1/T} normalised on a grid.

    In one dimension: true [T, k, xy] and plain [k, xy] curves, hist_METHOD [T, k, xy] outlines of histograms. In
    two: log_true [T, y, x], samples_METHOD [T, point, xy]. Always share_METHOD, width_METHOD [T] and share_true,
    width_true [T]: the share of mass on class A's side (p(A|x) > 1/2) and its root mean variance per axis there;
    and the weight of `_guidance`.
    """
    mixture, n = s.mixture, POINTS[s.dim]
    noise = seeded_noise(s.seed, (n, s.dim))
    labels = (np.arange(n) >= round(s.weight * n)).astype(np.int64)  # as many of each class as it has weight
    x = sample_all(mixture, T, labels, noise, s.lams)
    arrays: dict = {}
    for name, cloud in x.items():
        share, width = mode_a(mixture, cloud)
        arrays |= {f"share_{name}": (share, ("T",)), f"width_{name}": (width, ("T",))}
        if s.dim == 1:
            arrays[f"hist_{name}"] = (_outlines(cloud[..., 0], s.half), ("T", "k", "xy"))
        else:
            arrays[f"samples_{name}"] = (cloud, ("T", "point", "xy"))
    return Sweep(
        axes={"T": T},
        arrays={**arrays, **_truth(s), **_guidance()},
        meta={"source": "exact", "extent": [-s.half, s.half] * 2, "settings": asdict(s)},
    )


def mode_a(mixture: GaussianMixture, x: Array, mass: Array | None = None) -> tuple[Array, Array]:
    """(share, width) of class A's side, p(A|x) > 1/2, for clouds x [T, n, D] or a grid x [n, D] with mass [T, n].

    width is the root mean variance per axis of what lies there; 0 where nothing does.
    """
    inside = mixture.posterior(x)[..., 0] > 0.5
    weight = inside / x.shape[-2] if mass is None else inside * mass
    share = np.minimum(weight.sum(-1), 1.0)  # rounding
    safe = np.where(share > 0, share, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = (weight[..., None] * x).sum(-2) / safe[..., None]
        square = (weight[..., None] * (x - mean[..., None, :]) ** 2).sum(-2) / safe[..., None]
    return share, np.sqrt(square.mean(-1))


def _truth(s: TemperatureSettings) -> dict:
    """p^{1/T} on a grid, and its share and width of mode A."""
    mixture, far = s.mixture, 1.6 * s.half  # the grid for the numbers reaches beyond the view: p^{1/T} is wide at T > 1
    if s.dim == 1:
        n = 1601
        at = np.linspace(-far, far, n)[:, None]
        log = tempered_log_density(mixture.log_density(at), T, 2 * far / (n - 1))
        share, width = mode_a(mixture, at, np.exp(log) * (2 * far / (n - 1)))
        view = np.linspace(-1.02 * s.half, 1.02 * s.half, 241)
        true = np.stack([np.interp(view, at[:, 0], row) for row in np.exp(log)])
        plain = np.exp(mixture.log_density(view[:, None]))
        curves = {
            "true": (np.stack([np.broadcast_to(view, true.shape), true], axis=-1), ("T", "k", "xy")),
            "plain": (np.stack([view, plain], axis=-1), ("k", "xy")),
            "top": (np.array(true.max()), ()),
        }
    else:
        n = 400  # cells of 1.2 standard deviations of the narrowest class at the coldest T
        at = grid((-far, far), (-far, far), n)
        cell = (2 * far / n) ** 2
        log = tempered_log_density(mixture.log_density(at), T, cell)
        share, width = mode_a(mixture, at.reshape(-1, 2), np.exp(log).reshape(len(T), -1) * cell)
        shown = mixture.log_density(grid((-s.half, s.half), (-s.half, s.half), 44))
        curves = {"log_true": (shown / T[:, None, None], ("T", "y", "x"))}
    return {**curves, "share_true": (share, ("T",)), "width_true": (width, ("T",))}


def _guidance() -> dict:
    """The guidance that stands for T, scale 1 + w = 1/T, in both conventions: guide_w, guide_scale [T]."""
    return {"guide_w": (1 / T - 1, ("T",)), "guide_scale": (1 / T, ("T",))}


def _outlines(x: Array, half: float) -> Array:
    """Histograms of x [T, n] as densities, as closed outlines [T, 2 BINS + 2, 2]; what lies outside is not shown."""
    edges = np.linspace(-half, half, BINS + 1)
    height = np.stack([np.histogram(row, edges)[0] for row in x]) / (x.shape[1] * (edges[1] - edges[0]))
    return outline(edges, height)


def outline(edges: ArrayLike, height: ArrayLike) -> Array:
    """The stairs of a histogram: edges [b + 1], height [..., b] -> [..., 2 b + 2, 2], from the axis and back to it."""
    edges, height = np.asarray(edges, dtype=np.float64), np.asarray(height, dtype=np.float64)
    zero = np.zeros((*height.shape[:-1], 1))
    y = np.concatenate([zero, np.repeat(height, 2, axis=-1), zero], axis=-1)
    return np.stack([np.broadcast_to(np.repeat(edges, 2), y.shape), y], axis=-1)


# ---- on one Gaussian --------------------------------------------------------------------------------------------


def gaussian_sweep(
    width: float = 1.0, lam_min: float = -12.0, steps: int = 160, seed: int = 0, points: int = 6000
) -> Sweep:
    """Variance on N(0, width²): var_true, var_METHOD [T] in closed form, got_METHOD [T] measured on samples.

    sd_METHOD, root_METHOD are their roots and temperature [T] the abscissa; limit [T] is width² / (2k - 1).
    curve_METHOD, curve_true [T, k, xy] are the Gaussian densities of those variances.
    """
    for name, value in (("width", width), ("lam_min", lam_min), ("steps", steps), ("seed", seed)):
        check(name, value)
    lams = np.linspace(lam_min, LAM_MAX, steps + 1)
    noise = seeded_noise(seed, (points, 1))
    samples = sample_all(LoneGaussian(width), T, np.zeros(points, np.int64), noise, lams)
    exact = exact_variances(width, T, lam_min)
    x = np.linspace(-4.2 * width, 4.2 * width, 141)
    arrays: dict = {"temperature": (T, ("T",)), **_guidance()}
    for name, variance in exact.items():
        bell = np.exp(-0.5 * x**2 / variance[:, None]) / np.sqrt(2 * np.pi * variance[:, None])
        curve = np.stack([np.broadcast_to(x, bell.shape), bell], axis=-1)
        arrays[f"var_{name}"] = (variance, ("T",))
        arrays[f"sd_{name}"] = (np.sqrt(variance), ("T",))
        arrays[f"curve_{name}"] = (curve, ("T", "k", "xy"))
    for name in METHODS:
        variance = samples[name][..., 0].var(-1, ddof=1)
        arrays |= {f"got_{name}": (variance, ("T",)), f"root_{name}": (np.sqrt(variance), ("T",))}
    arrays["limit"] = (limit_variance(width, 1 / T), ("T",))
    return Sweep(
        axes={"T": T},
        arrays=arrays,
        meta={"source": "exact", "width": width, "lam_min": lam_min, "steps": steps, "points": points},
    )


def exact_variances(width: float, temperature: Array, lam_min: float) -> dict[str, Array]:
    """Closed-form variance on N(0, width²) of p^{1/T} ("true") and of each method, with many steps: name -> [T]."""
    k = 1 / temperature
    return {
        "true": width**2 * temperature,
        "score_sde": sde_variance(width, k, 1.0, lam_min),
        "score_ode": ode_variance(width, k, lam_min),
        "noise": sde_variance(width, 1.0, np.sqrt(temperature), lam_min),
        "guidance": sde_variance(width, np.ones_like(k), 1.0, lam_min),  # a lone class: eps_c = eps_u, nothing to add
    }
