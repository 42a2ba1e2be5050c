"""Guidance: a registry of pure rules (z, lam, eps_c, eps_u, w) -> eps~.

`w` is the paper's weight: w = 0 is plain conditional, w = -1 unconditional; libraries often use the scale 1 + w.
No value of w is special to any rule here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from cfg_core.process import sigma

EpsFn = Callable[[Any, float], Any]  # (z, lam) -> eps, what a sampler walks on


class Model(Protocol):
    """Anything with an eps at (z, lam, c): the exact mixture, a 2-D net, the CIFAR-10 net. c = None is the null class.

    Arrays are numpy for the mixture and torch for networks; rules and samplers use arithmetic that both have.
    """

    event_ndim: int  # trailing axes of z that make one point: 1 for points, 3 for images

    def eps(self, z: Any, lam: Any, c: Any = None) -> Any: ...

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]: ...


class Fields:
    """What a rule may look at, each computed once and only when asked for."""

    def __init__(self, model: Any, z: Any, lam: float, c: Any) -> None:
        self.model, self.z, self.lam, self.c = model, z, lam, c

    @cached_property
    def _pair(self) -> tuple[Any, Any]:
        return self.model.eps_pair(self.z, self.lam, self.c)

    @property
    def eps_c(self) -> Any:
        return self._pair[0]

    @property
    def eps_u(self) -> Any:
        return self._pair[1]

    @cached_property
    def grad_log_posterior(self) -> Any:
        """∇_z log p_lam(c|z) of the model's own classifier."""
        return self.model.grad_log_posterior(self.z, self.lam, self.c)

    @cached_property
    def eps_conditional(self) -> Any:
        """eps(z, lam, c) alone, for rules that need no second network pass."""
        return self.model.eps(self.z, self.lam, self.c)


RuleFn = Callable[[Fields, Any], Any]


@dataclass(frozen=True)
class Rule:
    """One guidance rule. `strength(w)` is k in eps~ = eps_c + k (eps_c - eps_u), where the rule is of that form."""

    name: str
    title: str
    formula: str  # TeX
    paper: str
    fn: RuleFn
    strength: Callable[[Any], Any] | None = None


RULES: dict[str, Rule] = {}


def register(name: str, title: str, formula: str, paper: str, strength: Callable[[Any], Any] | None = None):
    """Decorator: put a pure function (fields, w) -> eps~ in the registry."""

    def add(fn: RuleFn) -> RuleFn:
        RULES[name] = Rule(name, title, formula, paper, fn, strength)
        return fn

    return add


@register(
    "cfg",
    "classifier-free",
    r"\tilde\epsilon = (1+w)\,\epsilon(z,c) - w\,\epsilon(z)",
    "Ho & Salimans 2022, arXiv 2207.12598, eq. 6",
    strength=lambda w: w,
)
def classifier_free(f: Fields, w: Any) -> Any:
    return (1 + w) * f.eps_c - w * f.eps_u


@register(
    "classifier",
    "classifier",
    r"\tilde\epsilon = \epsilon(z,c) - w\,\sigma\,\nabla_z \log p(c\mid z)",
    "Dhariwal & Nichol 2021, arXiv 2105.05233; Ho & Salimans 2022, eq. 5",
    strength=lambda w: w,
)
def classifier(f: Fields, w: Any) -> Any:
    return f.eps_conditional - w * float(sigma(f.lam)) * f.grad_log_posterior


@register(
    "none",
    "none (w ignored)",
    r"\tilde\epsilon = \epsilon(z,c)",
    "Ho & Salimans 2022, section 2",
    strength=lambda w: 0 * w,
)
def unguided(f: Fields, w: Any) -> Any:
    return f.eps_conditional + 0 * w  # keeps the shape that a sweep over w has


def implicit_classifier_gradient(f: Fields) -> Any:
    """∇_z log p^i(c|z) = -(eps_c - eps_u) / sigma (Ho & Salimans 2022, section 3.2): [..., D].

    With exact scores it is the gradient of the true posterior; a learned pair need not be the gradient of anything.
    """
    return -(f.eps_c - f.eps_u) / float(sigma(f.lam))


def rule(name: str) -> Rule:
    """The rule of that name. Raises ValueError listing the names."""
    if name not in RULES:
        raise ValueError(f"guidance must be one of {', '.join(RULES)}")
    return RULES[name]


def guided(model: Any, c: Any, w: Any, name: str = "cfg") -> EpsFn:
    """eps~(z, lam) of `model` under a rule, for a sampler to walk on.

    c and w broadcast against the leading axes of z (those before the point itself): for z [W, C, N, D], give
    w [W, 1, 1] and c [C, 1] and one call computes a whole sweep. Raises ValueError where w is not finite or |w| > 1e6.
    """
    chosen = rule(name)
    values = np.asarray(w, dtype=np.float64)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0) > 1e6:
        raise ValueError("w must be finite with |w| <= 1e6")
    if values.ndim == 0:
        weight: Any = float(values)
    else:
        weight = values.reshape(values.shape + (1,) * model.event_ndim)

    def eps(z: Any, lam: float) -> Any:
        here = weight
        if not isinstance(z, np.ndarray) and not isinstance(here, float):
            here = z.new_tensor(weight)  # a torch sweep over w
        return chosen.fn(Fields(model, z, lam, c), here)

    return eps
