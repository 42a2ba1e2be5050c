"""The sampler that does reach the tilted density: guided particles that carry weights and are resampled.

Guided by eps~ = eps_c + w (eps_c - eps_u), the reverse SDE does not sample p(x|c) p(c|x)^w. It does once each particle
is weighted by d log W = w (1 + w) ||eps_c - eps_u||² / 2 dlam (Feynman-Kac correctors, Skreta et al. 2025,
arXiv 2503.02819): exact as the steps get small and the particles many. How many is another matter: weights choose among
the particles that are there, and strong guidance has carried them all away from where the target is. A Langevin step at
each noise level (Song et al. 2021, arXiv 2011.13456, Algorithm 5) leaves that level's p(z|c)^{1+w} p(z)^-w as it is,
so the weights stay what they are, and brings the particles back to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from cfg_core.process import alpha, posterior, reverse_variance, sigma
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
    ess: Array  # [...] effective sample size as a share of n, before any resampling at this step
    resampled: NDArray[np.int64]  # [...] times so far


def effective_size(log_weight: Array) -> Array:
    """(sum W)² / (n sum W²), in (0, 1]: log-weights [..., n] -> [...]."""
    n = log_weight.shape[-1]
    return np.exp(2 * logsumexp(log_weight, axis=-1) - logsumexp(2 * log_weight, axis=-1)) / n


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

    z = noise(0) or `start`, [..., n, D], the particles along the last axis but one; c and w broadcast to [..., n] as in
    `cfg_core.guidance.guided`, and w must be the same for all particles of a row. Where a move from one level of `lams`
    to the next would by its own weights leave fewer than SAFE effective particles in some row, it is halved for all
    rows, up to HALVINGS times, so there may be more moves than levels. `langevin` is the ratio r of noise to score that
    sets the Langevin step, 2 r² D / mean ||score||² in time; 0 leaves it out. noise(i) is move i's, noise(APART + i)
    the Langevin steps' and noise(2 APART + i) the resamplings', so a run is a function of its noise. The reverse
    variance is the larger one, v = 1, whose laws are nearest the SDE's at a given number of steps. Raises ValueError
    for a threshold outside [0, 1] and a ratio outside [0, 0.5].
    """
    if not 0 <= threshold <= 1:
        raise ValueError("threshold must lie in [0, 1]")
    if not 0 <= langevin <= 0.5:
        raise ValueError("langevin must lie in [0, 0.5]")
    z = np.array(noise(0) if start is None else start, dtype=np.float64)
    lead = z.shape[:-1]
    weight = np.broadcast_to(np.asarray(w, dtype=np.float64), lead)
    log_w, count = np.full(lead, -np.log(lead[-1])), np.zeros(lead[:-1], dtype=np.int64)
    levels = [float(lam) for lam in lams]

    def fields(z: Array, lam: float) -> tuple[Array, Array]:
        """eps~ and d log W / dlam."""
        eps_c, eps_u = model.eps_pair(z, lam, c)
        apart = eps_c - eps_u
        return eps_c + weight[..., None] * apart, 0.5 * weight * (1 + weight) * (apart**2).sum(-1)

    lam, gap, later = levels[0], 0.0, levels[1:]
    for m in count_from(0):
        a, s = float(alpha(lam)), float(sigma(lam))
        eps, rate = fields(z, lam)
        log_w = _normalised(log_w + 0.5 * gap * rate)  # the trapezoidal rule, its second half
        ess = effective_size(log_w)
        if not later:
            yield Weighted(lam, z, (z - s * eps) / a, log_w, ess, count)
            return
        if (few := ess < threshold).any():
            _resample(few, log_w, float(ndtr(noise(2 * APART + m + 1).flat[0])), z, eps, rate)
            count[few] += 1
        if langevin:
            time = 2 * (langevin * s) ** 2 * z.shape[-1] / (eps**2).sum(-1).mean(-1)[..., None, None]
            z = z - time / s * eps + np.sqrt(2 * time) * noise(APART + m + 1)
            eps, rate = fields(z, lam)
        x = (z - s * eps) / a
        yield Weighted(lam, z, x, log_w, ess, count.copy())
        gap = _safe(later[0] - lam, rate)
        log_w = log_w + 0.5 * gap * rate  # and its first half for the next move
        lam_ = later.pop(0) if lam + gap >= later[0] - 1e-12 else lam + gap
        on_z, on_x, _ = posterior(lam, lam_)
        z = float(on_z) * z + float(on_x) * x + float(np.sqrt(reverse_variance(lam, lam_, 1.0))) * noise(m + 1)
        lam = lam_


def _resample(rows: NDArray[np.bool_], log_w: Array, u: float, *arrays: Array) -> None:
    """In place, in these rows [...]: particles of `arrays` [..., n, ...] drawn by their weights, which become even."""
    for row in map(tuple, np.argwhere(rows)):
        pick = systematic(log_w[row], u)
        for array in arrays:
            array[row] = array[row][pick]
        log_w[row] = -np.log(len(pick))


def _safe(gap: float, rate: Array) -> float:
    """The gap in lam, halved until weights exp(gap rate) [..., n] leave at least SAFE effective particles."""
    for _ in range(HALVINGS):
        if effective_size(gap * rate).min() >= SAFE:
            break
        gap /= 2
    return gap


def _normalised(log_w: Array) -> Array:
    return log_w - logsumexp(log_w, axis=-1, keepdims=True)
