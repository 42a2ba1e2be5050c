"""Temperature, and three things on a diffusion model that are taken for it.

For a density it is p^{1/T}, normalised. Three knobs look alike: the score times k = 1/T (in the SDE or the ODE), the
noise times tau = sqrt(T), and guidance with scale 1 + w = 1/T. None of them samples p^{1/T} in general: on x ~ N(0, s²)
the variance U of z/alpha obeys, in y = s² + e^{-lam},

    SDE: dU/dy = 2 k U / y - tau²        ODE: dU/dy = k U / y

so that U ends at tau² s² / (2k - 1) through the SDE (k > 1/2), and through the ODE at 0 for k > 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from cfg_core.guidance import EpsFn
from cfg_core.mixture import GaussianMixture
from cfg_core.process import alpha, sigma
from cfg_core.samplers import Lams, Noise, final, walk

Array = NDArray[np.float64]

TINY, HUGE = -690.0, 690.0  # logs within which exp neither vanishes nor overflows


# ---- softmax ----------------------------------------------------------------------------------------------------


def softmax_at(logits: ArrayLike, temperature: ArrayLike) -> Array:
    """p_i ∝ exp(z_i / T): logits [n], T > 0 of any shape [*T] -> [*T, n]. Raises ValueError for T <= 0."""
    return _normalised(np.asarray(logits, dtype=np.float64) / _temperatures(temperature)[..., None])


def entropy(p: ArrayLike) -> Array:
    """-sum p log p over the last axis, in nats; 0 log 0 = 0."""
    p = np.asarray(p, dtype=np.float64)
    return -(p * np.log(np.where(p > 0, p, 1.0))).sum(-1)


# ---- three knobs, and the truth ---------------------------------------------------------------------------------


def scaled_score(eps: EpsFn, k: Any) -> EpsFn:
    """The model with its score times k: eps -> k eps. k broadcasts against z."""
    return lambda z, lam: k * eps(z, lam)


def scaled_noise(noise: Noise, tau: Any) -> Noise:
    """Every step's noise times tau; the start noise(0) is left alone, since it is the forward process's own end."""
    return lambda i: noise(i) if i == 0 else tau * noise(i)


def tempered_log_density(log_p: ArrayLike, temperature: ArrayLike, cell: float) -> Array:
    """log of p^{1/T}, normalised over a grid whose cells have volume `cell`: log_p [...], T [*T] -> [*T, ...].

    Raises ValueError for T <= 0 or a cell that is not > 0.
    """
    log_p, t = np.asarray(log_p, dtype=np.float64), _temperatures(temperature)
    if not (np.isfinite(cell) and cell > 0):
        raise ValueError("the cell must be > 0")
    log = log_p / t.reshape(t.shape + (1,) * log_p.ndim)
    axes = tuple(range(t.ndim, log.ndim))
    return log - logsumexp(log, axis=axes, keepdims=True) - np.log(cell)


def separate_shares(weights: ArrayLike, widths: ArrayLike, temperature: ArrayLike, dim: int = 1) -> Array:
    """Shares of the modes of p^{1/T} where they do not overlap: ∝ weight^{1/T} width^{D (1 - 1/T)}. [*T, K].

    Each mode's mass is the integral of (weight N(0, width² I))^{1/T}. Raises ValueError for T <= 0.
    """
    k = 1 / _temperatures(temperature)[..., None]
    log = k * np.log(np.asarray(weights)) + dim * (1 - k) * np.log(np.asarray(widths))
    return _normalised(log)


def _temperatures(temperature: ArrayLike) -> Array:
    t = np.asarray(temperature, dtype=np.float64)
    if not (np.isfinite(t).all() and (t > 0).all()):
        raise ValueError("T must be > 0")
    return t


def _normalised(log: Array) -> Array:
    """exp(log), scaled to sum to 1 over the last axis."""
    p = np.exp(log - log.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


# ---- exact variances on one Gaussian ----------------------------------------------------------------------------


def sde_variance(
    s: ArrayLike, k: ArrayLike = 1.0, tau: ArrayLike = 1.0, lam_min: float = -20.0, lam_max: float = np.inf
) -> Array:
    """Variance of z/alpha at lam_max from the reverse SDE on N(0, s²), score times k, noise times tau, unit start.

    dz = (½ sigma² z - k sigma eps) dlam + tau sigma dB, solved exactly (see the module). As lam_min -> -inf it tends to
    tau² s² / (2k - 1) for k > 1/2, and grows without bound below.
    """
    s, k, tau = (np.asarray(v, dtype=np.float64) for v in (s, k, tau))
    first = s**2 + np.exp(-lam_min)
    last = s**2 + np.exp(-lam_max)
    log = np.log(first / last)
    # integral of (last / y)^{2k} dy from last to first; (2k - 1) -> 0 has its own limit
    power = 2 * k - 1
    near = np.abs(power * log) < 1e-8
    gain = np.where(near, log, -np.expm1(np.clip(-power * log, TINY, HUGE)) / np.where(near, 1.0, power))
    start = (1 + np.exp(-lam_min)) * np.exp(np.clip(-2 * k * log, TINY, HUGE))
    return tau**2 * last * gain + start


def ode_variance(s: ArrayLike, k: ArrayLike = 1.0, lam_min: float = -20.0, lam_max: float = np.inf) -> Array:
    """Variance of z/alpha at lam_max from the ODE dz/dlam = ½(sigma² z - k sigma eps) on N(0, s²), unit start.

    (1 + e^{-lam_min}) (last/first)^k with first, last = s² + e^{-lam}: as lam_min -> -inf, s² at k = 1, else
    0 (k > 1) or infinite (k < 1).
    """
    s, k = np.asarray(s, dtype=np.float64), np.asarray(k, dtype=np.float64)
    log = np.log((s**2 + np.exp(-lam_max)) / (s**2 + np.exp(-lam_min)))
    return (1 + np.exp(-lam_min)) * np.exp(np.clip(k * log, TINY, HUGE))


def limit_variance(s: ArrayLike, k: ArrayLike) -> Array:
    """s² / (2k - 1): the SDE's variance with the score times k, over all noise levels; inf for k <= 1/2."""
    s, k = np.asarray(s, dtype=np.float64), np.asarray(k, dtype=np.float64)
    return np.where(k > 0.5, s**2 / np.where(k > 0.5, 2 * k - 1, 1.0), np.inf)


@dataclass(frozen=True)
class LoneGaussian:
    """N(0, s² I) as a model with a single class, so that eps_c = eps_u = sigma z / (alpha² s² + sigma²)."""

    s: float

    def eps(self, z: Any, lam: float, c: Any = None) -> Any:
        return sigma(lam) / (alpha(lam) ** 2 * self.s**2 + sigma(lam) ** 2) * z

    def eps_pair(self, z: Any, lam: float, c: Any) -> tuple[Any, Any]:
        eps = self.eps(z, lam)
        return eps, eps


# ---- sampling ---------------------------------------------------------------------------------------------------

METHODS = ("score_sde", "score_ode", "noise", "guidance")
V = 1.0  # reverse variance of the steps, the transition's: with it the plain sampler keeps N(0, 1) exactly


def sample_all(
    model: GaussianMixture | LoneGaussian, temperature: Array, labels: NDArray[np.int64], noise: Noise, lams: Lams
) -> dict[str, Array]:
    """Samples of each method at every T: noise of shape [n, D], T [T], labels [n] the class that guidance is given.

    Returns METHODS -> x [T, n, D]. score_sde, score_ode: score times 1/T; noise: steps' noise times sqrt(T);
    guidance: scale 1 + w = 1/T for the particle's class, through the SDE. All scores exact, the same noises throughout;
    the ODE takes every second level, being of second order. Raises ValueError for T <= 0.
    """
    k = (1 / _temperatures(temperature))[:, None, None]
    start = np.broadcast_to(noise(0), (len(k), *noise(0).shape))

    def uncond(z: Any, lam: float) -> Array:
        return model.eps(z, lam)

    def guided(z: Any, lam: float) -> Array:
        eps_c, eps_u = model.eps_pair(z, lam, labels)
        return eps_u + k * (eps_c - eps_u)  # scale s = 1 + w = 1/T

    sharp = scaled_score(uncond, k)
    return {
        "score_sde": final(walk("ancestral", sharp, lams, noise, v=V, start=start)),
        "score_ode": final(walk("heun", sharp, [*lams[:-1:2], lams[-1]], noise, start=start)),
        "noise": final(walk("ancestral", uncond, lams, scaled_noise(noise, np.sqrt(1 / k)), v=V, start=start)),
        "guidance": final(walk("ancestral", guided, lams, noise, v=V, start=start)),
    }


# ---- what a method yields, in numbers -----------------------------------------------------------------------------


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
