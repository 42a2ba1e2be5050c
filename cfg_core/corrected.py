"""The sampler that does reach the tilted density: guided particles that carry weights and are resampled.

Guidance does not sample p(x|c) p(c|x)^w; particles with weights do (Feynman-Kac correctors, Skreta et al. 2025, arXiv
2503.02819). The weights are those of the steps that are made: annealed importance sampling (Neal 2001, arXiv
physics/9803008) along G_lam(z) = p_lam(z|c)^{1+w} p_lam(z)^-w, where a move z -> z' by a kernel F weighs G'(z') B(z|z')
/ (G(z) F(z'|z)) with any kernel B back. B is the forward process for the ancestral move (Doucet et al. 2022, arXiv
2208.07698) and the step itself for a Langevin step. The weighted law is right for
steps of any length; for its error see `standard_error`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, ndtr

from cfg_core.guidance import past
from cfg_core.process import alpha, sigma, transition
from cfg_core.samplers import Lams, Noise

Array = NDArray[np.float64]

SAFE = 0.7  # share of effective particles that the weights of one move must leave
HALVINGS = 6  # of a move
APART = 1_000_000  # between the numbers of noises with different tasks: more than there can be moves


class Weighted(NamedTuple):
    """One step: z and x^ [..., n, D] of n particles, their normalised log-weights [..., n]."""

    lam: float
    z: Array
    x: Array
    log_weight: Array
    ess: Array  # [...] effective sample size as a share of n, before any resampling at this step: since the last one
    resampled: NDArray[np.int64]  # [...] times so far


def effective_size(log_weight: Array) -> Array:
    """(sum W)² / (n sum W²), in (0, 1]: log-weights [..., n] -> [...]."""
    weight = np.exp(log_weight - log_weight.max(-1, keepdims=True))
    return weight.sum(-1) ** 2 / (log_weight.shape[-1] * _dot(weight, weight))


def standard_error(figures: ArrayLike) -> Array:
    """Of the mean of figures [B, ...] of B >= 2 independent rows, each resampled on its own: [...]. Else ValueError."""
    each = np.asarray(figures, dtype=np.float64)
    if each.ndim < 1 or len(each) < 2 or not np.isfinite(each).all():
        raise ValueError(f"figures must be [B, ...] with B >= 2, and finite, not {list(each.shape)}")
    return each.std(0, ddof=1) / np.sqrt(len(each))


def systematic(log_weight: Array, u: float) -> NDArray[np.int64]:
    """Indices [n] of a systematic resampling of log-weights [n], u in [0, 1): each kept n W times, up to rounding."""
    n = len(log_weight)
    cumulative = np.cumsum(np.exp(log_weight - logsumexp(log_weight)))
    return np.searchsorted(cumulative / cumulative[-1], (np.arange(n) + u) / n, side="right").clip(0, n - 1)


def corrected(
    model: Any,
    c: Any,
    w: Any,
    lams: Lams,
    noise: Noise,
    *,
    start: Array | None = None,
    threshold: float = 0.5,
    langevin: float = 0.2,
) -> Iterator[Weighted]:
    """Ancestral guided sampling with weights, resampled where the effective sample size falls below the threshold.

    z = noise(0) or `start`, [..., n, D], standard normal; the model gives `eps_pair` and `log_density`; c and w
    broadcast to [..., n], w the same in a row. A move that would leave fewer than SAFE effective particles is halved,
    up to HALVINGS times. `langevin` is the ratio r of noise to score of the Langevin step after each resampling, 2 r² D
    / mean ||score||² in time; 0 leaves it out. The reverse variance is Analytic-DPM's (Bao et al. 2022).

    Raises ValueError for another w or start, lams that do not increase, a threshold outside [0, 1], a ratio outside [0,
    0.5].
    """
    if not 0 <= threshold <= 1:
        raise ValueError("threshold must lie in [0, 1]")
    if not 0 <= langevin <= 0.5:
        raise ValueError("langevin must lie in [0, 0.5]")
    lam, *later = _levels(lams)
    z = np.array(noise(0) if start is None else start, dtype=np.float64)
    if z.ndim < 2 or not z.size or not np.isfinite(z).all():
        raise ValueError(f"start must be [..., n, D] with n and D >= 1, and finite, not {list(z.shape)}")
    lead, dim = z.shape[:-1], z.shape[-1]
    weight = _one_a_row(np.broadcast_to(np.asarray(w, dtype=np.float64), lead))
    log_w, count = 0.5 * _dot(z, z), np.zeros(lead[:-1], dtype=np.int64)  # less log N(z; 0, I), of the start

    def fields(z: Array, lam: float) -> tuple[Array, Array]:
        """eps~ and, in the limit of small steps, d log W / dlam."""
        eps_c, eps_u = model.eps_pair(z, lam, c)
        apart = eps_c - eps_u
        return past(eps_c, eps_u, weight[..., None]), 0.5 * weight * (1 + weight) * _dot(apart, apart)

    for m in count_from(0):
        a, s = float(alpha(lam)), float(sigma(lam))
        eps, rate = fields(z, lam)
        log_g = (1 + weight) * model.log_density(z, lam, c) - weight * model.log_density(z, lam)
        log_w = _normalised(log_w + log_g)
        ess = effective_size(log_w)
        yield Weighted(lam, z, (z - s * eps) / a, log_w, ess, count.copy())
        if not later:
            return
        if (few := ess < threshold).any():
            pick = _picks(few, log_w, ndtr(noise(2 * APART + m + 1)[..., 0, 0]))
            z, eps = (np.take_along_axis(v, pick[..., None], -2) for v in (z, eps))
            rate, log_g = (np.take_along_axis(v, pick, -1) for v in (rate, log_g))
            log_w = np.where(few[..., None], -np.log(lead[-1]), log_w)
            count[few] += 1
        size = (np.exp(log_w) * _dot(eps, eps)).sum(-1)[..., None, None] / dim  # mean ||eps~||² / D, [..., 1, 1]
        log_w = log_w - log_g
        if langevin:
            step, xi, before = 2 * langevin**2 / size, noise(APART + m + 1), eps  # the time in units of sigma²
            z = z + s * (np.sqrt(2 * step) * xi - step * eps)
            eps, rate = fields(z, lam)
            log_w = log_w + _dot(before + eps, np.sqrt(step / 2) * xi - step / 4 * (before + eps))  # log B / F
        gap = _safe(later[0] - lam, rate)
        lam_ = later.pop(0) if lam + gap >= later[0] - 1e-12 else lam + gap
        z, gain = _moved(z, eps, size, lam, lam_, noise(m + 1))
        log_w, lam = log_w + gain, lam_


def _moved(z: Array, eps: Array, size: Array, lam: float, lam_: float, xi: Array) -> tuple[Array, Array]:
    """z after the ancestral move to lam_ > lam by noise xi, and its log B / F up to a constant of the row."""
    rho, variance = (float(v) for v in transition(lam, lam_))
    s = float(sigma(lam))
    g = variance / s**2
    k = rho / np.sqrt(rho**2 + g * np.minimum(size, 1))
    back = k * xi - np.sqrt(g) * eps
    return (z - g * s * eps + k * np.sqrt(variance) * xi) / rho, 0.5 * (_dot(xi, xi) - _dot(back, back))


def _levels(lams: Lams) -> list[float]:
    levels = np.asarray(lams, dtype=np.float64)
    if levels.ndim != 1 or len(levels) < 2 or not (np.isfinite(levels).all() and (np.diff(levels) > 0).all()):
        raise ValueError("lams must be at least two finite, increasing values")
    return levels.tolist()


def _one_a_row(weight: Array) -> Array:
    if not np.isfinite(weight).all():
        raise ValueError("w must be finite")
    if (weight != weight[..., :1]).any():
        raise ValueError("w must be the same for all particles of a row")
    return weight


def _dot(x: Array, y: Array) -> Array:
    return np.einsum("...d,...d->...", x, y)


def _picks(rows: NDArray[np.bool_], log_w: Array, u: Array) -> NDArray[np.int64]:
    """Which particle each one becomes: drawn by the weights [..., n] in these rows [...], itself in the others.

    u [...] broadcasts to the rows.
    """
    u, pick = np.broadcast_to(u, rows.shape), np.broadcast_to(np.arange(log_w.shape[-1]), log_w.shape).copy()
    for row in map(tuple, np.argwhere(rows)):
        pick[row] = systematic(log_w[row], u[row])
    return pick


def _safe(gap: float, rate: Array) -> float:
    """The gap in lam, halved until weights exp(gap rate) [..., n] leave at least SAFE effective particles."""
    for _ in range(HALVINGS):
        if effective_size(gap * rate).min() >= SAFE:
            break
        gap /= 2
    return gap


def _normalised(log_w: Array) -> Array:
    return log_w - logsumexp(log_w, axis=-1, keepdims=True)
