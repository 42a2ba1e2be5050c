"""Samplers, one interface: generators that walk eps(z, lam) along increasing lam and yield each step.

`eps` is any callable (z, lam) -> eps~: usually `cfg_core.guidance.guided(...)`. z is a numpy array or a torch tensor of
any shape. All have one signature: `clip` bounds |x^|, `noise` and `v` are ancestral sampling's, the others leave them
be. `lams` has steps + 1 finite and increasing values (`cfg_core.process.lam_grid`), or ValueError is raised. The
last yield is at lam_max, where the sample is its x^ (Algorithm 2). The caller decides what to keep.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfg_core.guidance import EpsFn, Model, guided
from cfg_core.process import (
    alpha,
    diffuse,
    eps_from_x,
    lam_grid,
    posterior,
    reverse_variance,
    sigma,
    theta,
    v_from_eps,
    x_from_eps,
)

Lams = Sequence[float] | NDArray[np.float64]
Noise = Callable[[int], Any]  # i -> standard normal noise; 0 is the start, i > 0 is for step i


class Step(NamedTuple):
    lam: float
    z: Any
    x: Any  # x^, the clean point predicted from z


def seeded_noise(seed: int, shape: tuple[int, ...]) -> Noise:
    """Standard normal noise [shape] for each step, a pure function of (seed, i), so that every w sees the same.

    Raises ValueError for seeds outside [0, 2^32).
    """
    if not 0 <= seed < 2**32:
        raise ValueError("seed must lie in [0, 2^32)")
    return lambda i: np.random.default_rng([seed, i]).standard_normal(shape)


def _predict(eps: EpsFn, z: Any, lam: float, clip: float | None) -> tuple[Any, Any]:
    """x^ = (z - sigma eps~) / alpha, clipped on request, and the eps that leads to it."""
    e = eps(z, lam)
    x = x_from_eps(z, lam, e)
    if clip is None:
        return x, e
    x = x.clip(-clip, clip)
    return x, eps_from_x(z, lam, x)


def euler(eps: EpsFn, z: Any, lams: Lams, *, clip: float | None = None, **_: Any) -> Iterator[Step]:
    """Euler's method in lam on dz/dlam = (sigma² z - sigma eps~) / 2: the naive sampler. First order.

    On the default grid, whose steps in lam grow towards both ends, its error falls as steps^-0.8.
    """
    for lam, lam_ in _pairs(lams):
        x, e = _predict(eps, z, lam, clip)
        yield Step(lam, z, x)
        s = sigma(lam)
        z = z + (lam_ - lam) / 2 * (s * s * z - s * e)
    yield _last(eps, z, lams, clip)


def ddim(eps: EpsFn, z: Any, lams: Lams, *, clip: float | None = None, **_: Any) -> Iterator[Step]:
    """DDIM (Song et al. 2021, arXiv 2010.02502): z' = alpha' x^ + sigma' eps~. First order."""
    for lam, lam_ in _pairs(lams):
        x, e = _predict(eps, z, lam, clip)
        yield Step(lam, z, x)
        z = diffuse(x, lam_, e)
    yield _last(eps, z, lams, clip)


def heun(eps: EpsFn, z: Any, lams: Lams, *, clip: float | None = None, **_: Any) -> Iterator[Step]:
    """Heun's method on the probability-flow ODE dz/dlam = (sigma² z - sigma eps~) / 2. Second order, two eps a step.

    It is stepped in theta = arccos alpha, where dz/dtheta = v = (eps~ - sigma z) / alpha is smooth at both ends.
    """
    for lam, lam_ in _pairs(lams):
        h = theta(lam_) - theta(lam)
        x, e = _predict(eps, z, lam, clip)
        yield Step(lam, z, x)
        slope = v_from_eps(z, lam, e)
        guess = z + h * slope
        _, e_ = _predict(eps, guess, lam_, clip)
        slope_ = v_from_eps(guess, lam_, e_)
        z = z + 0.5 * h * (slope + slope_)
    yield _last(eps, z, lams, clip)


def dpmpp_2m(eps: EpsFn, z: Any, lams: Lams, *, clip: float | None = None, **_: Any) -> Iterator[Step]:
    """DPM-Solver++(2M) (Lu et al. 2022, arXiv 2211.01095, Algorithm 2), in lam / 2. Second order, one eps a step.

    The first and the last step are of first order. On the default grid, whose steps in lam grow towards both ends, its
    error falls as steps^-1.8.
    """
    before: tuple[Any, float] | None = None
    pairs = list(_pairs(lams))
    for i, (lam, lam_) in enumerate(pairs):
        h = (lam_ - lam) / 2
        x, _ = _predict(eps, z, lam, clip)
        yield Step(lam, z, x)
        d = x
        if before is not None and i < len(pairs) - 1:
            x_before, h_before = before
            d = x + (h / (2 * h_before)) * (x - x_before)
        z = sigma(lam_) / sigma(lam) * z - alpha(lam_) * math.expm1(-h) * d
        before = (x, h)
    yield _last(eps, z, lams, clip)


def ancestral(
    eps: EpsFn, z: Any, lams: Lams, *, clip: float | None = None, noise: Noise, v: float = 0.0
) -> Iterator[Step]:
    """Ancestral sampling, Algorithm 2 of Ho & Salimans 2022: a draw of the reverse process at each step.

    z' ~ N(mu~(z, x^), (sigma~²)^{1-v} (sigma²_{lam|lam'})^v), v in [0, 1]; `noise(i)` broadcasts to z.
    """
    for i, (lam, lam_) in enumerate(_pairs(lams), start=1):
        x, _ = _predict(eps, z, lam, clip)
        yield Step(lam, z, x)
        on_z, on_x, _ = posterior(lam, lam_)
        deviation = np.sqrt(reverse_variance(lam, lam_, v))
        z = on_z * z + on_x * x + deviation * noise(i)
    yield _last(eps, z, lams, clip)


SAMPLERS: dict[str, Callable[..., Iterator[Step]]] = {
    "ancestral": ancestral,
    "ddim": ddim,
    "heun": heun,
    "dpmpp_2m": dpmpp_2m,
    "euler": euler,
}


def walk(
    name: str,
    eps: EpsFn,
    lams: Lams,
    noise: Noise,
    *,
    v: float = 0.0,
    clip: float | None = None,
    start: Any = None,
) -> Iterator[Step]:
    """The sampler of that name from z = noise(0), or from `start`. Raises ValueError listing the names."""
    if name not in SAMPLERS:
        raise ValueError(f"sampler must be one of {', '.join(SAMPLERS)}")
    return SAMPLERS[name](eps, noise(0) if start is None else start, lams, clip=clip, noise=noise, v=v)


def sample(
    model: Model,
    c: int,
    w: Any,
    n: int,
    *,
    rule: str = "cfg",
    sampler: str = "heun",
    lams: Lams | None = None,
    seed: int = 0,
    shape: tuple[int, ...] = (2,),
    classifier: Any = None,
    **numbers: float,
) -> NDArray[np.float64]:
    """n guided samples of class c, of points of that `shape`, from the same noises at every w: [*w.shape, n, *shape].

    The rule and its `numbers` as in `guided`; by default 32 steps of Heun's method.
    """
    weight, noise = np.asarray(w, dtype=np.float64), seeded_noise(seed, (n, *shape))
    lams = lam_grid(32) if lams is None else lams
    eps = guided(model, c, weight[..., None], rule, lams, classifier=classifier, **numbers)
    return final(walk(sampler, eps, lams, noise, start=np.broadcast_to(noise(0), (*weight.shape, n, *shape))))


def final(steps: Iterator[Step]) -> Any:
    """x^ of the last step: the sample."""
    x = None
    for step in steps:
        x = step.x
    return x


def _last(eps: EpsFn, z: Any, lams: Lams, clip: float | None) -> Step:
    lam = float(lams[-1])
    return Step(lam, z, _predict(eps, z, lam, clip)[0])


def _pairs(lams: Lams) -> Iterator[tuple[float, float]]:
    values = [float(lam) for lam in lams]
    if len(values) < 2 or not np.isfinite(values).all() or any(b <= a for a, b in itertools.pairwise(values)):
        raise ValueError("lams must be at least two increasing values, all finite")
    return itertools.pairwise(values)
