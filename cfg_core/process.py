"""The continuous-time forward process in log-SNR (Ho & Salimans 2022, section 2).

`lam` is the log signal-to-noise ratio: alpha² = sigmoid(lam), sigma² = sigmoid(-lam), so alpha² + sigma² = 1.
`lam < lam_` means `lam` is the noisier of the two. Everything here is numpy float64 and broadcasts.
At lam = -20, 1/alpha = 2.2e4: that is why the exact core does not use float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr, ndtri

Array = NDArray[np.float64]

LAM_MIN, LAM_MAX = -20.0, 20.0


def alpha(lam: ArrayLike) -> Array:
    """Signal amplitude sqrt(sigmoid(lam)), in (0, 1); any shape."""
    return np.sqrt(expit(np.asarray(lam, dtype=np.float64)))


def sigma(lam: ArrayLike) -> Array:
    """Noise amplitude sqrt(sigmoid(-lam)), in (0, 1); any shape."""
    return np.sqrt(expit(-np.asarray(lam, dtype=np.float64)))


def diffuse(x: ArrayLike, lam: ArrayLike, eps: ArrayLike) -> Array:
    """z = alpha x + sigma eps, a draw of q(z_lam | x). `lam` broadcasts against `x`."""
    return alpha(lam) * np.asarray(x) + sigma(lam) * np.asarray(eps)


def x_from_eps(z: ArrayLike, lam: ArrayLike, eps: ArrayLike) -> Array:
    """x^ = (z - sigma eps) / alpha, the clean point that `eps` predicts."""
    return (np.asarray(z) - sigma(lam) * np.asarray(eps)) / alpha(lam)


def score_from_eps(eps: ArrayLike, lam: ArrayLike) -> Array:
    """∇_z log p_lam(z) = -eps / sigma."""
    return -np.asarray(eps) / sigma(lam)


def _ordered(lam: ArrayLike, lam_: ArrayLike) -> tuple[Array, Array]:
    lo, hi = np.asarray(lam, dtype=np.float64), np.asarray(lam_, dtype=np.float64)
    if np.any(lo > hi):
        raise ValueError("lam must be the noisier of the two: lam <= lam_")
    return lo, hi


def transition(lam: ArrayLike, lam_: ArrayLike) -> tuple[Array, Array]:
    """q(z_lam | z_lam_) for lam <= lam_: the factor on z_lam_ and the variance.

    Mean (alpha/alpha_) z_lam_, variance (1 - e^{lam - lam_}) sigma² (section 2, eq. 2).
    Raises ValueError where lam > lam_.
    """
    lo, hi = _ordered(lam, lam_)
    return alpha(lo) / alpha(hi), -np.expm1(lo - hi) * sigma(lo) ** 2


def posterior(lam: ArrayLike, lam_: ArrayLike) -> tuple[Array, Array, Array]:
    """q(z_lam_ | z_lam, x) for lam <= lam_: the factors on z_lam and on x, and the variance sigma~².

    Mean e^{lam - lam_} (alpha_/alpha) z_lam + (1 - e^{lam - lam_}) alpha_ x, variance (1 - e^{lam - lam_}) sigma_²
    (section 2, eq. 3). Raises ValueError where lam > lam_.
    """
    lo, hi = _ordered(lam, lam_)
    ratio, rest = np.exp(lo - hi), -np.expm1(lo - hi)
    return ratio * alpha(hi) / alpha(lo), rest * alpha(hi), rest * sigma(hi) ** 2


def reverse_variance(lam: ArrayLike, lam_: ArrayLike, v: ArrayLike) -> Array:
    """Variance of one reverse step lam -> lam_: (sigma~²)^{1-v} (sigma²_{lam|lam_})^v (section 2, eq. 4).

    `v` in [0, 1] interpolates in the logarithm between the two bounds: 0 is the posterior's variance, 1 the
    transition's. Raises ValueError for v outside [0, 1] or lam > lam_.
    """
    v = np.asarray(v, dtype=np.float64)
    if not np.all((v >= 0) & (v <= 1)):
        raise ValueError("v must lie in [0, 1]")
    small, large = posterior(lam, lam_)[2], transition(lam, lam_)[1]
    return small ** (1 - v) * large**v


@dataclass(frozen=True)
class UniformLaw:
    """p(lam) = 1 / (lam_max - lam_min): the first of the two laws of lam."""

    lam_min: float = LAM_MIN
    lam_max: float = LAM_MAX

    def __post_init__(self) -> None:
        _check_range(self.lam_min, self.lam_max)

    def lam(self, u: ArrayLike) -> Array:
        """Quantile: u in [0, 1] -> lam, u = 1 is noise (lam_min), u = 0 is clean (lam_max)."""
        return self.lam_max + (self.lam_min - self.lam_max) * np.asarray(u, dtype=np.float64)

    def density(self, lam: ArrayLike) -> Array:
        """p(lam); zero outside the range."""
        lam = np.asarray(lam, dtype=np.float64)
        inside = (lam >= self.lam_min) & (lam <= self.lam_max)
        return np.where(inside, 1 / (self.lam_max - self.lam_min), 0.0)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n independent draws, shape (n,)."""
        return self.lam(rng.random(n))


@dataclass(frozen=True)
class HyperbolicSecantLaw:
    """lam = -2 log tan(a u + b), u ~ U(0, 1): the truncated hyperbolic secant law (section 3, the cosine schedule).

    With theta = a u + b: alpha = cos theta, sigma = sin theta, and p(lam) = sech(lam / 2) / (4 a) on the range.
    """

    lam_min: float = LAM_MIN
    lam_max: float = LAM_MAX

    def __post_init__(self) -> None:
        _check_range(self.lam_min, self.lam_max)

    @property
    def b(self) -> float:
        return float(np.arctan(np.exp(-self.lam_max / 2)))

    @property
    def a(self) -> float:
        return float(np.arctan(np.exp(-self.lam_min / 2))) - self.b

    def lam(self, u: ArrayLike) -> Array:
        """Quantile: u in [0, 1] -> lam, u = 1 is noise (lam_min), u = 0 is clean (lam_max)."""
        theta = self.a * np.asarray(u, dtype=np.float64) + self.b
        return np.clip(-2 * np.log(np.tan(theta)), self.lam_min, self.lam_max)  # clip removes rounding only

    def density(self, lam: ArrayLike) -> Array:
        """p(lam) = sech(lam / 2) / (4 a); zero outside the range."""
        lam = np.asarray(lam, dtype=np.float64)
        inside = (lam >= self.lam_min) & (lam <= self.lam_max)
        half = np.clip(lam / 2, -350, 350)
        return np.where(inside, 1 / (4 * self.a * np.cosh(half)), 0.0)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n independent draws, shape (n,)."""
        return self.lam(rng.random(n))


@dataclass(frozen=True)
class NormalLaw:
    """lam ~ N(mean, std²) truncated to the range: a law for *training* images, where most is learned near lam = 2.

    Not one of the paper's two laws; the log-normal law of Karras et al. 2022 (arXiv 2206.00364) written in lam.
    """

    lam_min: float = -10.0
    lam_max: float = 13.0
    mean: float = 2.0
    std: float = 2.4

    def __post_init__(self) -> None:
        _check_range(self.lam_min, self.lam_max)

    def lam(self, u: ArrayLike) -> Array:
        """Quantile: u in [0, 1] -> lam, u = 1 is noise (lam_min), u = 0 is clean (lam_max)."""
        lo, hi = self._cdf(self.lam_min), self._cdf(self.lam_max)
        q = self.mean + self.std * ndtri(hi + (lo - hi) * np.asarray(u, dtype=np.float64))
        return np.clip(q, self.lam_min, self.lam_max)

    def density(self, lam: ArrayLike) -> Array:
        """p(lam); zero outside the range."""
        lam = np.asarray(lam, dtype=np.float64)
        bell = np.exp(-0.5 * ((lam - self.mean) / self.std) ** 2) / (self.std * np.sqrt(2 * np.pi))
        inside = (lam >= self.lam_min) & (lam <= self.lam_max)
        return np.where(inside, bell / (self._cdf(self.lam_max) - self._cdf(self.lam_min)), 0.0)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n independent draws, shape (n,)."""
        return self.lam(rng.random(n))

    def _cdf(self, lam: float) -> float:
        return float(ndtr((lam - self.mean) / self.std))


Law = UniformLaw | HyperbolicSecantLaw | NormalLaw


def _check_range(lam_min: float, lam_max: float) -> None:
    if not (np.isfinite(lam_min) and np.isfinite(lam_max) and -30 <= lam_min < lam_max <= 30):
        raise ValueError("the range of lam must satisfy -30 <= lam_min < lam_max <= 30")


LAWS: dict[str, type[UniformLaw] | type[HyperbolicSecantLaw]] = {
    "hyperbolic secant": HyperbolicSecantLaw,
    "uniform": UniformLaw,
}


def lam_grid(steps: int, lam_min: float = LAM_MIN, lam_max: float = LAM_MAX, law: str = "hyperbolic secant") -> Array:
    """The steps + 1 values of lam that a sampler walks, from lam_min (noise) up to lam_max (clean).

    They are the quantiles of the law at u = 1, ..., 0 (Algorithm 2: "an increasing sequence").
    Raises ValueError for steps outside [1, 100 000] or an unknown law.
    """
    if not 1 <= steps <= 100_000:
        raise ValueError("steps must lie in [1, 100000]")
    if law not in LAWS:
        raise ValueError(f"law must be one of {', '.join(LAWS)}")
    return LAWS[law](lam_min, lam_max).lam(np.linspace(1.0, 0.0, steps + 1))
