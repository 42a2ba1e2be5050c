"""What the view "Is it a gradient?" shows: curl, work round a circle and implicit classifier of a guided score field.

Everything is in terms of the guided score s~ = -eps~/sigma, which would be the gradient of a log-density if there were
one: its work round a closed curve is then the change of that log-density, so it must be zero. Both are affine in w.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp

from cfg_core.density import grid
from cfg_core.implicit import affine_score, implicit_log_posterior
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.nets.toys import load_plain, load_potential
from cfg_core.vector_calculus import circle, curl, disc, loop_integral
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.gradient.settings import HALF, Gradient

Array = NDArray[np.float64]

LAMS = np.linspace(-6.0, 6.0, 25)  # the slider stops at these, so that nothing shown there is interpolated
W_GRID = np.concatenate([np.arange(-1.0, 4.0, 0.5), np.arange(4.0, 10.1, 1.0)])
NEAR = 0.01  # "where the data are": where p_lam(z) has at least this share of its peak
FLOOR = 1e-3  # the least curl that is given full colour: below it there is nothing to see


def fields(s: Gradient) -> Sweep:
    """What does not depend on the circle."""
    model, mixture = field_model(s.kind, float(s.p), single=True), three_gaussians()
    return curl_sweep(model, mixture, s.c).merged(implicit_sweep(model, mixture, s.c))


def round_the_circle(s: Gradient) -> Sweep:
    """The circle, and what goes on along it."""
    return circle_sweep(field_model(s.kind, float(s.p)), three_gaussians(), s.c, (s.z1, s.z2), s.radius)


@lru_cache(maxsize=16)
def field_model(kind: str, p_uncond: float = 0.1, single: bool = False) -> Any:
    """The eps field of that kind, with jacobian_pair; `single`: the learned one in float32, for maps."""
    if kind == "exact":
        return three_gaussians()
    if kind == "potential":
        return load_potential()
    return load_plain(p_uncond, dtype=torch.float32 if single else torch.float64)


def curl_sweep(model: Any, mixture: GaussianMixture, c: int, cells: int = 28, arrows: int = 13) -> Sweep:
    """Curl and arrows of the guided score of `model` beside the exact one's, over LAMS.

    Arrays: curl_base, curl_slope [lam, y, x], the curl being base + w slope; score_base, score_slope [lam, arrow, xy]
    at `at` [arrow, xy]; top [lam, w], the largest |curl| where p_lam is at least NEAR times its peak; turning, ratio
    [lam, w], the root mean square of the curl weighted by p_lam and its ratio to that of the whole Jacobian. The same
    with exact_. colour [lam, w] is the curl to draw in full colour, relative [lam, y, x] the density over its peak.
    """
    points, seats = grid((-HALF, HALF), (-HALF, HALF), cells), grid((-HALF, HALF), (-HALF, HALF), arrows).reshape(-1, 2)
    tall, lams = np.broadcast_to(points, (len(LAMS), *points.shape)), LAMS[:, None, None]
    share = _shares(mixture, tall, lams)
    relative = share / share.max((1, 2), keepdims=True)
    plane = ("lam", "y", "x")
    arrays: dict[str, Any] = {"relative": (relative, plane), "at": (seats, ("arrow", "xy"))}
    for prefix, field in (("", model), ("exact_", mixture)):
        base, slope = affine_score(field.jacobian_pair(tall, lams, c), LAMS[:, None, None, None, None])
        curls = curl(base), curl(slope)
        size = np.abs(curls[0][:, None] + W_GRID[:, None, None] * curls[1][:, None])  # [lam, w, y, x]
        turning, whole = _rms(*curls, share), _rms(base, slope, share[..., None, None])
        arrays[f"{prefix}top"] = (size * (relative > NEAR)[:, None]).max((2, 3)), ("lam", "w")
        arrays[f"{prefix}turning"] = turning, ("lam", "w")
        arrays[f"{prefix}ratio"] = turning / whole, ("lam", "w")
        scores = affine_score(field.eps_pair(np.broadcast_to(seats, (len(LAMS), *seats.shape)), LAMS[:, None], c), lams)
        for name, turn, score in zip(("base", "slope"), curls, scores, strict=True):
            arrays[f"{prefix}curl_{name}"] = turn, plane
            arrays[f"{prefix}score_{name}"] = score, ("lam", "arrow", "xy")
    arrays["colour"] = np.maximum(arrays["top"][0], FLOOR), ("lam", "w")
    meta = {"extent": [-HALF, HALF, -HALF, HALF]}
    return Sweep({"lam": LAMS, "w": W_GRID}, arrays, {"class": CLASS_NAMES}, meta)


def circle_sweep(model: Any, mixture: GaussianMixture, c: int, centre: tuple[float, float], radius: float) -> Sweep:
    """The work of the guided score once round a circle, anticlockwise, and the integral of its curl over the disc.

    work_base, work_slope, area_base, area_slope [lam], affine in w; the same with the prefix exact_; centre [xy],
    radius [one].
    """
    line, elements = circle(centre, radius)
    inside, areas = disc(centre, radius)
    arrays: dict[str, Any] = {"centre": (np.asarray(centre), ("xy",)), "radius": (np.array([radius]), ("one",))}
    for prefix, field in (("", model), ("exact_", mixture)):
        tall = np.broadcast_to(line, (len(LAMS), *line.shape))
        score = affine_score(field.eps_pair(tall, LAMS[:, None], c), LAMS[:, None, None])
        tall = np.broadcast_to(inside, (len(LAMS), *inside.shape))
        jacobians = affine_score(field.jacobian_pair(tall, LAMS[:, None], c), LAMS[:, None, None, None])
        for name, s, j in zip(("base", "slope"), score, jacobians, strict=True):
            arrays[f"{prefix}work_{name}"] = loop_integral(s, elements), ("lam",)
            arrays[f"{prefix}area_{name}"] = curl(j) @ areas, ("lam",)
    return Sweep({"lam": LAMS}, arrays)


def implicit_sweep(model: Any, mixture: GaussianMixture, c: int, cells: int = 28) -> Sweep:
    """The implicit classifier of `model` beside the true posterior, over LAMS.

    Arrays: implicit, posterior [lam, y, x] of class c; miss [lam], root mean square of their difference, and excess
    [lam], by what share the sum over the classes differs from 1 before normalising (geometric mean), both where the
    data are (weighted by p_lam).
    """
    points = grid((-HALF, HALF), (-HALF, HALF), cells)
    tall, lams = np.broadcast_to(points, (len(LAMS), *points.shape)), LAMS[:, None, None]
    raw = implicit_log_posterior(model, mixture, points, LAMS)
    total = logsumexp(raw, axis=-1)
    mine, exact = np.exp(raw[..., c] - total), mixture.posterior(tall, lams)[..., c]
    share = _shares(mixture, tall, lams)
    return Sweep(
        {"lam": LAMS},
        {
            "implicit": (mine, ("lam", "y", "x")),
            "posterior": (exact, ("lam", "y", "x")),
            "miss": (np.sqrt((share * (mine - exact) ** 2).sum((1, 2))), ("lam",)),
            "excess": (np.expm1((share * np.abs(total)).sum((1, 2))), ("lam",)),
        },
    )


def _shares(mixture: GaussianMixture, tall: Array, lams: Array) -> Array:
    """p_lam(z) on a grid, as shares that sum to 1 at each lam: [lam, y, x]."""
    log = mixture.log_density(tall, lams)
    return np.exp(log - logsumexp(log, axis=(1, 2), keepdims=True))


def _rms(base: Array, slope: Array, share: Array) -> Array:
    """Root mean square of base + w slope over all but the first axis, with these shares: [lam, w]."""
    axes = tuple(range(1, base.ndim))
    aa, ab, bb = ((share * p * q).sum(axes)[:, None] for p, q in ((base, base), (base, slope), (slope, slope)))
    return np.sqrt(np.maximum(aa + 2 * W_GRID * ab + W_GRID**2 * bb, 0))
