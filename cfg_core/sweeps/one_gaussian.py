"""Guidance with every answer in closed form: p(x|c) = N(c, 1), p(x) = N(0, 2), one dimension, gamma = 1 + w.

The marginal is one Gaussian, so every eps is linear in z and the laws of the tilt, of the guided SDE and of the guided
ODE are Gaussians whose means and variances are formulas (for the whole line of lam).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.corrected import corrected, systematic
from cfg_core.guidance import guided
from cfg_core.process import alpha, lam_grid, sigma
from cfg_core.samplers import final, seeded_noise, walk
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import W_WHOLE, W

Array = NDArray[np.float64]

LAWS = ("tilt", "sde", "ode")
SHOWN = (-6.0, 14.0)  # the range of x that is drawn
BOUNDS: dict[str, tuple[float, float]] = {"c": (0.5, 3.0), "steps": (8, 256), "seed": (0, 2**32 - 1)}


class OneGaussian:
    """The model: eps = sigma (z - alpha c) given the class, sigma z / (1 + alpha²) without. c is any number."""

    event_ndim = 1

    def eps(self, z: Any, lam: Any, c: Any = None) -> Any:
        a, s = alpha(lam), sigma(lam)
        return s * z / (1 + a * a) if c is None else s * (z - a * c)

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]:
        return self.eps(z, lam, c), self.eps(z, lam)


def law(name: str, w: ArrayLike) -> tuple[Array, Array]:
    """(mean / c, variance) of "tilt", "sde" or "ode" at w >= -1, any shape. Raises ValueError for others.

    tilt: 2g/(1+g), 2/(1+g); SDE: 2 - 2^{1-g}, (2 - 2^{2-2g})/(2g - 1); ODE: 2^{(1-g)/2} (g/2) times the integral of
    (u-1)^{-1/2} u^{(g-1)/2} over [1, 2], 2^{1-g}; with g = 1 + w.
    """
    g = 1 + np.asarray(w, dtype=np.float64)
    if not (g >= 0).all():
        raise ValueError("w must be >= -1")
    if name == "tilt":
        return 2 * g / (1 + g), 2 / (1 + g)
    if name == "sde":
        t = (2 * g - 1) * np.log(2)
        share = np.where(np.abs(t) < 1e-9, 1.0, -np.expm1(-t) / np.where(np.abs(t) < 1e-9, 1.0, t))
        return 2 - 2 ** (1 - g), 2 * np.log(2) * share
    if name == "ode":
        nodes, weights = np.polynomial.legendre.leggauss(64)  # u = 1 + q², which takes the singularity away
        q = (nodes + 1) / 2
        integral = (2 * (1 + q**2) ** ((g[..., None] - 1) / 2)) @ (weights / 2)
        return 2 ** ((1 - g) / 2) * g / 2 * integral, 2 ** (1 - g)
    raise ValueError(f"the law must be one of {', '.join(LAWS)}")


def measured(c: float, w: Array, steps: int, seed: int, n: int = 4000) -> dict[str, Array]:
    """Samples [w, n] of the corrected sampler ("tilt"), ancestral sampling with v = 1 ("sde") and Heun ("ode")."""
    noise, lams, model = seeded_noise(seed, (n, 1)), lam_grid(steps), OneGaussian()
    start = np.broadcast_to(noise(0), (len(w), n, 1))
    eps = guided(model, c, w[:, None])
    *_, last = corrected(model, c, w[:, None], lams, noise, start=start)
    even = [x[systematic(log, 0.5)] for x, log in zip(last.x, last.log_weight, strict=True)]
    return {
        "tilt": np.stack(even)[..., 0],
        "sde": final(walk("ancestral", eps, lams, noise, v=1.0, start=start))[..., 0],
        "ode": final(walk("heun", eps, lams, noise, start=start))[..., 0],
    }


def one_gaussian_sweep(c: float = 1.0, steps: int = 64, seed: int = 0) -> Sweep:
    """The three laws by formula and as measured, over w.

    Arrays over w: mean_NAME, var_NAME by formula; density_NAME [w, k, 2]: (x, p(x)). Over w:coarse: got_mean_NAME,
    got_var_NAME as measured, histogram_NAME [w:coarse, k, 2], a step line. Raises ValueError naming a bound.
    """
    for name, value in {"c": c, "steps": steps, "seed": seed}.items():
        low, high = BOUNDS[name]
        if not (np.isfinite(value) and low <= value <= high):
            raise ValueError(f"{name} must be a number in [{low:g}, {high:g}]")
    x = np.linspace(*SHOWN, 301)
    arrays: dict[str, Any] = {"w_axis": (W, ("w",)), "coarse_axis": (W_WHOLE, ("w:coarse",))}
    samples = measured(c, W_WHOLE, steps, seed)
    for name in LAWS:
        mean, variance = law(name, W)
        p = np.exp(-((x - c * mean[:, None]) ** 2) / (2 * variance[:, None])) / np.sqrt(2 * np.pi * variance[:, None])
        arrays[f"mean_{name}"] = (c * mean, ("w",))
        arrays[f"var_{name}"] = (variance, ("w",))
        arrays[f"density_{name}"] = (np.stack([np.broadcast_to(x, p.shape), p], -1), ("w", "k", "xy"))
        got = samples[name]
        arrays[f"got_mean_{name}"] = (got.mean(-1), ("w:coarse",))
        arrays[f"got_var_{name}"] = (got.var(-1, ddof=1), ("w:coarse",))
        arrays[f"histogram_{name}"] = (np.stack([_histogram(row) for row in got]), ("w:coarse", "k", "xy"))
    meta = {"source": "exact", "c": c, "steps": steps, "seed": seed, "samples": len(samples["ode"][0])}
    return Sweep(axes={"w": W, "w:coarse": W_WHOLE}, arrays=arrays, meta=meta)


def _histogram(x: Array, bins: int = 100) -> Array:
    """The outline of a histogram as a line [2 bins + 2, xy]: densities over SHOWN."""
    edges = np.linspace(*SHOWN, bins + 1)
    height = np.histogram(x, edges)[0] / (len(x) * (edges[1] - edges[0]))
    return np.stack([np.repeat(edges, 2), np.concatenate([[0], np.repeat(height, 2), [0]])], axis=-1)
