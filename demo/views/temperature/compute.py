"""What "Temperature" shows: a softmax at every T, and four methods beside p^{1/T} on a mixture and on one Gaussian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cfg_core.density import grid
from cfg_core.samplers import seeded_noise
from cfg_core.temperature import (
    METHODS,
    LoneGaussian,
    entropy,
    exact_variances,
    limit_variance,
    mode_a,
    sample_all,
    softmax_at,
    tempered_log_density,
)
from demo.shapes import bars, bell, histogram
from demo.sweep import Sweep
from demo.views.temperature.settings import Temperature

Array = NDArray[np.float64]

T_SOFTMAX = np.round(np.arange(0.05, 5.001, 0.05), 2)
T = np.round(np.arange(0.25, 1.601, 0.05), 2)  # every position of the slider: nothing measured is interpolated
POINTS = {1: 1600, 2: 400}  # of each sampling, by dimension
BINS = 60


def softmax(s: Temperature) -> Sweep:
    """Bars p_i(T) for T in [0.05, 5]: bars [T, k, xy] (one closed outline), p_1, p_2, ... [T], entropy [T] in nats."""
    p = softmax_at(s.logits, T_SOFTMAX)  # [T, n]
    h = entropy(p)
    return Sweep(
        axes={"T": T_SOFTMAX},
        arrays={
            "bars": (bars(p, 0.7), ("T", "k", "xy")),
            **{f"p_{i + 1}": (p[:, i], ("T",)) for i in range(len(s.logits))},
            "entropy": (h, ("T",)),
            "entropy_share": (h / np.log(len(s.logits)), ("T",)),
            "temperature": (T_SOFTMAX, ("T",)),
        },
    )


def mixture(s: Temperature) -> Sweep:
    """The four methods on the mixture at every T, beside p^{1/T} normalised on a grid.

    In one dimension: true [T, k, xy] and plain [k, xy] curves, hist_METHOD [T, k, xy] outlines of histograms. In
    two: log_true [T, y, x], samples_METHOD [T, point, xy]. Always share_METHOD, width_METHOD [T] and share_true,
    width_true [T]: the share of mass on class A's side (p(A|x) > 1/2) and its root mean variance per axis there;
    and the weight of `_guidance`.
    """
    classes, n = s.mixture, POINTS[s.dim]
    noise = seeded_noise(s.seed, (n, s.dim))
    labels = (np.arange(n) >= round(s.weight * n)).astype(np.int64)  # as many of each class as it has weight
    x = sample_all(classes, T, labels, noise, s.lams)
    arrays: dict = {}
    for name, cloud in x.items():
        share, width = mode_a(classes, cloud)
        arrays |= {f"share_{name}": (share, ("T",)), f"width_{name}": (width, ("T",))}
        if s.dim == 1:
            arrays[f"hist_{name}"] = (histogram(cloud[..., 0], -s.half, s.half, BINS), ("T", "k", "xy"))
        else:
            arrays[f"samples_{name}"] = (cloud, ("T", "point", "xy"))
    return Sweep(
        axes={"T": T},
        arrays={**arrays, **_truth(s), **_guidance()},
        meta={"extent": [-s.half, s.half] * 2},
    )


def _truth(s: Temperature) -> dict:
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


def one_gaussian(s: Temperature, points: int = 6000) -> Sweep:
    """Variance on N(0, width²): var_true, var_METHOD [T] in closed form, got_METHOD [T] measured on samples.

    sd_METHOD, root_METHOD are their roots and temperature [T] the abscissa; limit [T] is width² / (2k - 1).
    curve_METHOD, curve_true [T, k, xy] are the Gaussian densities of those variances.
    """
    noise = seeded_noise(s.seed, (points, 1))
    samples = sample_all(LoneGaussian(s.width), T, np.zeros(points, np.int64), noise, s.lams)
    x = np.linspace(-4.2 * s.width, 4.2 * s.width, 141)
    arrays: dict = {"temperature": (T, ("T",)), **_guidance()}
    for name, variance in exact_variances(s.width, T, s.lam_min).items():
        arrays[f"var_{name}"] = (variance, ("T",))
        arrays[f"sd_{name}"] = (np.sqrt(variance), ("T",))
        arrays[f"curve_{name}"] = (bell(np.zeros(len(T)), variance, x), ("T", "k", "xy"))
    for name in METHODS:
        variance = samples[name][..., 0].var(-1, ddof=1)
        arrays |= {f"got_{name}": (variance, ("T",)), f"root_{name}": (np.sqrt(variance), ("T",))}
    arrays["limit"] = (limit_variance(s.width, 1 / T), ("T",))
    return Sweep({"T": T}, arrays)
