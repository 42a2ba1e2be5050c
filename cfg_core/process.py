"""The continuous-time forward process in log-SNR (Ho & Salimans 2022, section 2), and the laws of lam.

`lam` is the log signal-to-noise ratio: alpha² = sigmoid(lam), sigma² = sigmoid(-lam), so alpha² + sigma² = 1.
`lam < lam_` means `lam` is the noisier of the two; +-inf are clean data and pure noise. The functions broadcast, and
take numbers and numpy arrays (the result is float64) or torch tensors (the result is a tensor of their dtype) alike;
a lam that is a number goes with both. At lam = -20, 1/alpha = 2.2e4: that is why the exact core does not use float32.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr, ndtri

Array = NDArray[np.float64]

LAM_MIN, LAM_MAX = -20.0, 20.0


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "new_tensor")  # so that torch need not be there


def _values(value: Any) -> Any:
    """A tensor as it is, anything else in float64: a scalar (which leaves a tensor's dtype alone) or an array."""
    return value if _is_tensor(value) else np.asarray(value, dtype=np.float64)[()]


def _of(name: str, value: Any) -> Any:
    """exp, sqrt, ...: methods of a tensor, functions of numpy."""
    return getattr(value, name)() if _is_tensor(value) else getattr(np, name)(_values(value))


def sigmoid(value: Any) -> Any:
    """1 / (1 + e^-value), in [0, 1]; any shape."""
    return value.sigmoid() if _is_tensor(value) else expit(_values(value))


# ---- one noise level ---------------------------------------------------------------------------------------------


def alpha(lam: Any) -> Any:
    """Signal amplitude sqrt(sigmoid(lam)), in [0, 1]; any shape."""
    return _of("sqrt", sigmoid(lam))


def sigma(lam: Any) -> Any:
    """Noise amplitude sqrt(sigmoid(-lam)), in [0, 1]; any shape."""
    return _of("sqrt", sigmoid(-_values(lam)))


def noise_to_signal(lam: Any) -> Any:
    """sigma / alpha = e^{-lam/2}, the noise level of Karras et al. 2022 (arXiv 2206.00364); any shape."""
    return _of("exp", -_values(lam) / 2)


def theta(lam: Any) -> Any:
    """The angle in [0, pi/2] with alpha = cos theta, sigma = sin theta: 0 is clean, pi/2 is noise; any shape."""
    return _of("arctan", noise_to_signal(lam))


def lam_at(angle: Any) -> Any:
    """lam = -2 log tan theta, the inverse of `theta`; any shape."""
    return -2 * _of("log", _of("tan", angle))


def per_point(lam: Any, z: Any) -> Any:
    """lam [...], one for each point of z [..., point], with axes of length 1 appended so that it multiplies z.

    A number stays as it is.
    """
    lam = _values(lam)
    return lam.reshape(*lam.shape, *[1] * (z.ndim - lam.ndim)) if lam.ndim else lam


# ---- x, eps, v and the score, any of them from another -----------------------------------------------------------


def diffuse(x: Any, lam: Any, eps: Any) -> Any:
    """z = alpha x + sigma eps, a draw of q(z_lam | x). `lam` broadcasts against `x`, here and below."""
    return alpha(lam) * _values(x) + sigma(lam) * _values(eps)


def x_from_eps(z: Any, lam: Any, eps: Any) -> Any:
    """x^ = (z - sigma eps) / alpha, the clean point that `eps` predicts."""
    return (_values(z) - sigma(lam) * _values(eps)) / alpha(lam)


def eps_from_x(z: Any, lam: Any, x: Any) -> Any:
    """eps = (z - alpha x) / sigma, the noise that leads from `x` to z."""
    return (_values(z) - alpha(lam) * _values(x)) / sigma(lam)


def score_from_eps(eps: Any, lam: Any) -> Any:
    """∇_z log p_lam(z) = -eps / sigma."""
    return -_values(eps) / sigma(lam)


def v_target(x: Any, eps: Any, lam: Any) -> Any:
    """v = alpha eps - sigma x (Salimans & Ho 2022, arXiv 2202.00512): dz/dtheta with alpha = cos theta."""
    return alpha(lam) * _values(eps) - sigma(lam) * _values(x)


def x_from_v(z: Any, lam: Any, v: Any) -> Any:
    """x^ = alpha z - sigma v."""
    return alpha(lam) * _values(z) - sigma(lam) * _values(v)


def eps_from_v(z: Any, lam: Any, v: Any) -> Any:
    """eps = alpha v + sigma z."""
    return alpha(lam) * _values(v) + sigma(lam) * _values(z)


def v_from_eps(z: Any, lam: Any, eps: Any) -> Any:
    """v = (eps - sigma z) / alpha: where eps is a model's, dz/dtheta of its probability-flow ODE."""
    return (_values(eps) - sigma(lam) * _values(z)) / alpha(lam)


# ---- what a network is asked for ---------------------------------------------------------------------------------

PREDICTIONS = ("eps", "v", "x")


def eps_from_output(out: Any, z: Any, lam: Any, prediction: str) -> Any:
    """The eps that a network's output means: out and z [..., point], lam [...] or a number -> [..., point].

    All three outputs are affine in one another at fixed (z, lam). Raises ValueError for others than PREDICTIONS.
    """
    _check_prediction(prediction)
    if prediction == "eps":
        return out
    return {"v": eps_from_v, "x": eps_from_x}[prediction](z, per_point(lam, z), out)


def target(x: Any, eps: Any, lam: Any, prediction: str) -> Any:
    """What the network is asked for at x, eps [..., point] and lam [...], as `eps_from_output` reads it."""
    _check_prediction(prediction)
    return v_target(x, eps, per_point(lam, x)) if prediction == "v" else {"eps": eps, "x": x}[prediction]


def _check_prediction(prediction: str) -> None:
    if prediction not in PREDICTIONS:
        raise ValueError(f"prediction must be one of {', '.join(PREDICTIONS)}")


def loss_weights(lam: Any) -> dict[str, Any]:
    """What a mean squared error on each output amounts to in terms of the error in eps: 1, e^{-lam}, 1 + e^{-lam}.

    At fixed z: eps = (z - alpha x)/sigma and eps = alpha v + sigma z, so ‖Δx‖² = e^{-lam} ‖Δeps‖² and
    ‖Δv‖² = ‖Δeps‖² / alpha² = (1 + e^{-lam}) ‖Δeps‖².
    """
    noise = _of("exp", -_values(lam))
    return {"eps": 0 * noise + 1, "x": noise, "v": 1 + noise}


def amplification(lam: Any) -> dict[str, Any]:
    """Error in x^ per unit of error in each output: eps sigma/alpha = e^{-lam/2}, x 1, v sigma.

    x^ = (z - sigma eps)/alpha = alpha z - sigma v.
    """
    return {"eps": noise_to_signal(lam), "x": 0 * sigma(lam) + 1, "v": sigma(lam)}


# ---- steps between two noise levels ------------------------------------------------------------------------------


def _ordered(lam: Any, lam_: Any) -> tuple[Any, Any]:
    lo, hi = _values(lam), _values(lam_)
    if not (lo <= hi).all():  # NaN is not
        raise ValueError("lam must be the noisier of the two: lam <= lam_")
    return lo, hi


def transition(lam: Any, lam_: Any) -> tuple[Any, Any]:
    """q(z_lam | z_lam_) for lam <= lam_: the factor on z_lam_ and the variance.

    Mean (alpha/alpha_) z_lam_, variance (1 - e^{lam - lam_}) sigma² (section 2, eq. 2).
    Raises ValueError where lam > lam_ or either is NaN.
    """
    lo, hi = _ordered(lam, lam_)
    return alpha(lo) / alpha(hi), -_of("expm1", lo - hi) * sigma(lo) ** 2


def posterior(lam: Any, lam_: Any) -> tuple[Any, Any, Any]:
    """q(z_lam_ | z_lam, x) for lam <= lam_: the factors on z_lam and on x, and the variance sigma~².

    Mean e^{lam - lam_} (alpha_/alpha) z_lam + (1 - e^{lam - lam_}) alpha_ x, variance (1 - e^{lam - lam_}) sigma_²
    (section 2, eq. 3). Raises ValueError where lam > lam_ or either is NaN.
    """
    lo, hi = _ordered(lam, lam_)
    ratio, rest = _of("exp", lo - hi), -_of("expm1", lo - hi)
    return ratio * alpha(hi) / alpha(lo), rest * alpha(hi), rest * sigma(hi) ** 2


def reverse_variance(lam: Any, lam_: Any, v: Any) -> Any:
    """Variance of one reverse step lam -> lam_: (sigma~²)^{1-v} (sigma²_{lam|lam_})^v (section 2, eq. 4).

    `v` in [0, 1] interpolates in the logarithm between the two bounds: 0 is the posterior's variance, 1 the
    transition's. Raises ValueError for v outside [0, 1] or lam > lam_.
    """
    v = _values(v)
    if not ((v >= 0) & (v <= 1)).all():
        raise ValueError("v must lie in [0, 1]")
    small, large = posterior(lam, lam_)[2], transition(lam, lam_)[1]
    return small ** (1 - v) * large**v


# ---- the laws of lam ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Law(ABC):
    """A law p(lam) on [lam_min, lam_max], in numpy float64. Raises ValueError for a range outside [-30, 30]."""

    lam_min: float = LAM_MIN
    lam_max: float = LAM_MAX

    def __post_init__(self) -> None:
        if not -30 <= self.lam_min < self.lam_max <= 30:  # NaN is not
            raise ValueError("the range of lam must satisfy -30 <= lam_min < lam_max <= 30")

    @abstractmethod
    def lam(self, u: Any) -> Any:
        """Quantile: u in [0, 1] -> lam, u = 1 is noise (lam_min), u = 0 is clean (lam_max). Of a tensor, a tensor."""

    @abstractmethod
    def _density(self, lam: Array) -> Array:
        """p(lam) inside the range."""

    @abstractmethod
    def _cdf(self, lam: Array) -> Array:
        """P(lam' <= lam) inside the range."""

    def density(self, lam: ArrayLike) -> Array:
        """p(lam); zero outside the range."""
        lam = np.asarray(lam, dtype=np.float64)
        inside = (lam >= self.lam_min) & (lam <= self.lam_max)
        return np.where(inside, self._density(np.clip(lam, self.lam_min, self.lam_max)), 0.0)

    def cdf(self, lam: ArrayLike) -> Array:
        """P(lam' <= lam) = 1 - u, the inverse of `lam`; 0 below the range and 1 above it."""
        return self._cdf(np.clip(np.asarray(lam, dtype=np.float64), self.lam_min, self.lam_max))

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n independent draws, shape (n,)."""
        return self.lam(rng.random(n))


@dataclass(frozen=True)
class UniformLaw(Law):
    """p(lam) = 1 / (lam_max - lam_min): the first of the two laws of lam."""

    def lam(self, u: Any) -> Any:
        return self.lam_max + (self.lam_min - self.lam_max) * _values(u)

    def _density(self, lam: Array) -> Array:
        return np.full_like(lam, 1 / (self.lam_max - self.lam_min))

    def _cdf(self, lam: Array) -> Array:
        return (lam - self.lam_min) / (self.lam_max - self.lam_min)


@dataclass(frozen=True)
class HyperbolicSecantLaw(Law):
    """lam = -2 log tan(a u + b), u ~ U(0, 1): the truncated hyperbolic secant law (section 2, the cosine schedule).

    With theta = a u + b: alpha = cos theta, sigma = sin theta, and p(lam) = sech(lam / 2) / (4 a) on the range.
    """

    @property
    def b(self) -> float:
        return float(theta(self.lam_max))

    @property
    def a(self) -> float:
        return float(theta(self.lam_min)) - self.b

    def lam(self, u: Any) -> Any:
        return lam_at(self.a * _values(u) + self.b).clip(self.lam_min, self.lam_max)  # clip removes rounding only

    def _density(self, lam: Array) -> Array:
        return 1 / (4 * self.a * np.cosh(lam / 2))

    def _cdf(self, lam: Array) -> Array:
        return 1 - (theta(lam) - self.b) / self.a


@dataclass(frozen=True)
class NormalLaw(Law):
    """lam ~ N(mean, std²) truncated to the range: a law for *training* images, where most is learned near lam = 2.

    Not one of the paper's two laws; the log-normal law of Karras et al. 2022 (arXiv 2206.00364) written in lam.
    Raises ValueError for std outside [1e-6, 1e6] and for a range with next to no mass.
    """

    lam_min: float = -10.0
    lam_max: float = 13.0
    mean: float = 2.0
    std: float = 2.4

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.isfinite(self.mean):
            raise ValueError("mean must be finite")
        if not 1e-6 <= self.std <= 1e6:
            raise ValueError("std must lie in [1e-06, 1e+06]")
        ends = self._tail(np.array([self.lam_min, self.lam_max]))
        if abs(ends[1] - ends[0]) < max(1e-300, 1e-9 * ends.max()):
            raise ValueError(
                f"the range [{self.lam_min:g}, {self.lam_max:g}] has next to no mass under "
                f"N({self.mean:g}, {self.std:g}²): there is nothing to draw"
            )

    def lam(self, u: Any) -> Any:
        """As `Law.lam`; of a float64 tensor to 1e-8 where the range lies within five deviations of the mean."""
        lo, hi = self._tail(self.lam_min), self._tail(self.lam_max)
        p = hi + (lo - hi) * _values(u)
        q = self.mean + self._side * self.std * ((2 * p - 1).erfinv() * np.sqrt(2) if _is_tensor(p) else ndtri(p))
        return q.clip(self.lam_min, self.lam_max)

    def _density(self, lam: Array) -> Array:
        bell = np.exp(-0.5 * ((lam - self.mean) / self.std) ** 2) / (self.std * np.sqrt(2 * np.pi))
        return bell / np.abs(self._tail(self.lam_max) - self._tail(self.lam_min))

    def _cdf(self, lam: Array) -> Array:
        lo, hi = self._tail(self.lam_min), self._tail(self.lam_max)
        return (self._tail(lam) - lo) / (hi - lo)

    @property
    def _side(self) -> float:
        """-1 where the range lies above the mean: what is nearly 1 is computed from the other side."""
        return -1.0 if self.lam_min + self.lam_max > 2 * self.mean else 1.0

    def _tail(self, lam: Any) -> Any:
        """The untruncated normal's mass below lam, or above it where the range lies above the mean."""
        return ndtr(self._side * (lam - self.mean) / self.std)


LAWS: dict[str, type[Law]] = {
    "hyperbolic secant": HyperbolicSecantLaw,
    "uniform": UniformLaw,
}


def lam_grid(steps: int, lam_min: float = LAM_MIN, lam_max: float = LAM_MAX, law: str = "hyperbolic secant") -> Array:
    """The steps + 1 values of lam that a sampler walks, from lam_min (noise) up to lam_max (clean).

    They are the quantiles of the law at u = 1, ..., 0 (Algorithm 2: "an increasing sequence").
    Raises ValueError for steps that are no whole number in [1, 100 000], a range that is none, or an unknown law.
    """
    if not 1 <= steps <= 100_000 or steps % 1:
        raise ValueError("steps must be a whole number in [1, 100000]")
    if law not in LAWS:
        raise ValueError(f"law must be one of {', '.join(LAWS)}")
    return LAWS[law](lam_min, lam_max).lam(np.linspace(1.0, 0.0, int(steps) + 1))
