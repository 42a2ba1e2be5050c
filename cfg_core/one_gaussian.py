"""Guidance with every answer in closed form: p(x|c) = N(c, 1), p(x) = N(0, 2), one dimension, gamma = 1 + w.

The marginal is one Gaussian, so every eps is linear in z and the laws of the tilt, of the guided SDE and of the guided
ODE are Gaussians whose means and variances are formulas (for the whole line of lam).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.process import alpha, sigma

Array = NDArray[np.float64]

LAWS = ("tilt", "sde", "ode")


class OneGaussian:
    """The model: eps = sigma (z - alpha c) given the class, sigma z / (1 + alpha²) without. c is any number."""

    event_ndim = 1

    def eps(self, z: Any, lam: Any, c: Any = None) -> Any:
        a, s = alpha(lam), sigma(lam)
        return s * z / (1 + a * a) if c is None else s * (z - a * c)

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]:
        return self.eps(z, lam, c), self.eps(z, lam)

    def log_density(self, z: Any, lam: Any, c: Any = None) -> Any:
        """log N(z; alpha c, 1) given the class, log N(z; 0, 1 + alpha²) without: z [..., 1] -> [...]."""
        a = alpha(lam)
        mean, variance = (0.0, 1 + a * a) if c is None else (a * c, 1.0)
        return -0.5 * (np.log(2 * np.pi * variance) + (z[..., 0] - mean) ** 2 / variance)


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
