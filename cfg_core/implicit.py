"""The classifier that a pair of fields implies: p^i(c|z) with ∇ log p^i = -(eps_c - eps_u) / sigma (section 3.2).

Guided scores s~ = -eps~/sigma are affine in w, base + w slope, and so are their derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, RectBivariateSpline

from cfg_core.mixture import GaussianMixture
from cfg_core.process import score_from_eps

Array = NDArray[np.float64]


def affine_score(pair: tuple[Array, Array], lams: Array) -> tuple[Array, Array]:
    """(base, slope) in w of the guided score, or of its derivative, from the pair of the same of eps_c and eps_u.

    lams broadcasts against them.
    """
    of_c, of_u = pair
    return score_from_eps(of_c, lams), score_from_eps(of_c - of_u, lams)


def implicit_log_posterior(model: Any, mixture: GaussianMixture, points: Array, lams: Array) -> Array:
    """log p^i(c|z) of every class before normalising: points [y, x, 2] of a square grid -> [lam, y, x, C].

    It starts from the true log p(c|0) at the centre. From there to z it changes by the integral of
    -(eps_c - eps_u)/sigma along the straight line, or, where the model has a log-density f, by the difference of
    f_c - f_u, for which no path needs to be chosen.
    """
    classes = np.arange(mixture.classes)
    start = mixture.log_posterior(np.zeros((len(lams), 2)), lams)[:, None, None]
    if getattr(model, "conservative", False):
        tall = np.broadcast_to(points, (len(lams), *points.shape))
        f = [_pinned(model, tall, lams, c) for c in (*classes, None)]
        return start + np.stack([own - f[-1] for own in f[:-1]], axis=-1)
    reach = float(np.hypot(points[..., 0], points[..., 1]).max())
    radius, angle = np.linspace(0, reach, 21), np.linspace(-np.pi, np.pi, 49)
    spoke = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    tall = np.broadcast_to(radius[:, None, None] * spoke, (len(lams), len(radius), len(angle), 2))
    eps_u = model.eps(tall, lams[:, None, None])
    r, t = np.hypot(points[..., 0], points[..., 1]), np.arctan2(points[..., 1], points[..., 0])
    out = np.empty((len(lams), *points.shape[:-1], len(classes)))
    for c in classes:
        push = score_from_eps(model.eps(tall, lams[:, None, None], c) - eps_u, lams[:, None, None, None])
        along = CubicSpline(radius, (push * spoke).sum(-1), axis=1).antiderivative()(radius)  # [lam, r, angle]
        for i in range(len(lams)):
            out[i, ..., c] = RectBivariateSpline(radius, angle, along[i])(r, t, grid=False)
    return start + out


def _pinned(model: Any, tall: Array, lams: Array, c: ArrayLike | None) -> Array:
    """The model's log-density less its value at the centre: [lam, y, x]."""
    at_centre = model.log_density(np.zeros((len(lams), 2)), lams, c)
    return model.log_density(tall, lams[:, None, None], c) - at_centre[:, None, None]
