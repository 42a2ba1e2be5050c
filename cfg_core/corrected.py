"""The sampler that does reach the tilted density: guided particles that carry weights and are resampled.

Guided by eps~ = eps_c + w (eps_c - eps_u), the reverse SDE does not sample p(x|c) p(c|x)^w. It does once each particle
is weighted by d log W = w (1 + w) ||eps_c - eps_u||² / 2 dlam (Feynman-Kac correctors, Skreta et al. 2025,
arXiv 2503.02819): exact as the steps get small and the particles many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from cfg_core.process import alpha, posterior, reverse_variance, sigma
from cfg_core.samplers import Lams, Noise

Array = NDArray[np.float64]


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
    model: Any, c: Any, w: Any, lams: Lams, noise: Noise, *, start: Array | None = None, threshold: float = 0.5
) -> Iterator[Weighted]:
    """Ancestral guided sampling with weights, resampled where the effective sample size falls below the threshold.

    z = noise(0) or `start`, [..., n, D], the particles along the last axis but one; c and w broadcast to [..., n] as in
    `cfg_core.guidance.guided`, and w must be the same for all particles of a row. The uniform number of resampling i is
    a function of noise(i), so a run is a function of its noise. The reverse variance is the larger one, v = 1, whose
    laws are nearest the SDE's at a given number of steps. Raises ValueError for a threshold outside [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError("threshold must lie in [0, 1]")
    z = np.array(noise(0) if start is None else start, dtype=np.float64)
    lead = z.shape[:-1]
    weight = np.broadcast_to(np.asarray(w, dtype=np.float64), lead)
    log_w, count = np.full(lead, -np.log(lead[-1])), np.zeros(lead[:-1], dtype=np.int64)
    steps = np.diff(np.asarray(lams, dtype=np.float64))
    for i, lam in enumerate(map(float, lams)):
        eps_c, eps_u = model.eps_pair(z, lam, c)
        rate = 0.5 * weight * (1 + weight) * ((eps_c - eps_u) ** 2).sum(-1)
        log_w = _normalised(log_w + (0.5 * steps[i - 1] * rate if i else 0.0))  # the trapezoidal rule, its second half
        ess = effective_size(log_w)
        x = (z - float(sigma(lam)) * (eps_c + weight[..., None] * (eps_c - eps_u))) / float(alpha(lam))
        if i == len(steps):
            yield Weighted(lam, z, x, log_w, ess, count.copy())
            return
        draw = np.asarray(noise(i + 1), dtype=np.float64)
        for row in map(tuple, np.argwhere(ess < threshold)):
            pick = systematic(log_w[row], float(ndtr(draw.flat[0])))
            z[row], x[row], rate[row], log_w[row] = z[row][pick], x[row][pick], rate[row][pick], -np.log(lead[-1])
            count[row] += 1
        yield Weighted(lam, z, x, log_w, ess, count.copy())
        log_w = log_w + 0.5 * steps[i] * rate  # and its first half for the next step
        lam_ = float(lams[i + 1])
        on_z, on_x, _ = posterior(lam, lam_)
        z = float(on_z) * z + float(on_x) * x + float(np.sqrt(reverse_variance(lam, lam_, 1.0))) * draw


def _normalised(log_w: Array) -> Array:
    return log_w - logsumexp(log_w, axis=-1, keepdims=True)
