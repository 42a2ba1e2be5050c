"""What a rule is, what it may look at, and how a sampler gets its eps~."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cfg_core.process import score_from_eps

EpsFn = Callable[[Any, float], Any]  # (z, lam) -> eps, what a sampler walks on


class Model(Protocol):
    """Anything with an eps at (z, lam, c): the exact mixture, a 2-D net, the CIFAR-10 net. c = None is the null class.

    Arrays are numpy for the mixture and torch for networks; rules and samplers use arithmetic that both have.
    Some rules ask for more: `grad_log_posterior` (a classifier), `log_odds` and `eps_without` (the data without a
    class), `worse` (a worse model).
    """

    @property
    def event_ndim(self) -> int:
        """Trailing axes of z that make one point: 1 for points, 3 for images."""
        ...

    def eps(self, z: Any, lam: Any, c: Any = None) -> Any: ...

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]: ...


class _kept:
    """A property computed once for each instance. functools' own holds, in Python 3.11, one lock for all instances
    while it computes, so that of two threads that sample one would wait for the other."""

    def __init__(self, fn: Callable[[Any], Any]) -> None:
        self.fn, self.__doc__ = fn, fn.__doc__

    def __get__(self, of: Any, kind: type) -> Any:
        if of is None:
            return self
        value = of.__dict__[self.fn.__name__] = self.fn(of)
        return value


class Fields:
    """What a rule may look at, each computed once and only when asked for.

    `lams` is the schedule being walked, where there is one; `memory` lives as long as the walk.
    """

    def __init__(
        self,
        model: Any,
        z: Any,
        lam: float,
        c: Any,
        lams: Sequence[float] | NDArray[np.float64] | None = None,
        memory: dict | None = None,
        classifier: Any = None,
    ) -> None:
        self.model, self.z, self.lam, self.c = model, z, lam, c
        self.lams, self.memory = lams, {} if memory is None else memory
        self.classifier = classifier or model

    @_kept
    def _pair(self) -> tuple[Any, Any]:
        return self.model.eps_pair(self.z, self.lam, self.c)

    @property
    def eps_c(self) -> Any:
        return self._pair[0]

    @property
    def eps_u(self) -> Any:
        return self._pair[1]

    @_kept
    def grad_log_posterior(self) -> Any:
        """∇_z log p_lam(c|z) of the classifier, the model's own where no other was given."""
        return self.classifier.grad_log_posterior(self.z, self.lam, self.c)

    @_kept
    def log_odds(self) -> Any:
        """log p_lam(c|z) - log(1 - p_lam(c|z)) of the model's own classifier: [...]."""
        return self.model.log_odds(self.z, self.lam, self.c)

    @_kept
    def eps_without(self) -> Any:
        """eps of the data without class c."""
        return self.model.eps_without(self.z, self.lam, self.c)

    @_kept
    def eps_conditional(self) -> Any:
        """eps(z, lam, c) alone, for rules that need no second network pass."""
        return self.model.eps(self.z, self.lam, self.c)

    @_kept
    def eps_unconditional(self) -> Any:
        """eps(z, lam) of the null class alone, for rules that need no second network pass."""
        return self.model.eps(self.z, self.lam)

    @_kept
    def eps_worse(self) -> Any:
        """eps(z, lam, c) of a worse model of the same class. Raises ValueError where the model has none beside it."""
        if getattr(self.model, "worse", None) is None:
            raise ValueError("autoguidance needs a worse model beside this one, and there is none")
        return self.model.worse.eps(self.z, self.lam, self.c)

    @property
    def lam_next(self) -> float:
        """The next noise level of the schedule; inf at its end. Raises ValueError where no schedule was given."""
        if self.lams is None:
            raise ValueError("this guidance depends on the step size: guided(...) needs lams")
        later = [float(lam) for lam in self.lams if lam > self.lam + 1e-9]
        return min(later, default=float("inf"))

    def inner(self, a: Any, b: Any) -> Any:
        """⟨a, b⟩ over the axes of one point, kept as axes of length 1."""
        return (a * b).sum(tuple(range(-self.model.event_ndim, 0)), keepdims=True)


RuleFn = Callable[..., Any]  # (fields, w, **params) -> eps~


@dataclass(frozen=True)
class Param:
    """One number that a rule takes beside w, with its bounds (inclusive)."""

    name: str
    default: float
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Rule:
    """One guidance rule. Every rule but `rescale` is affine in w at fixed z and lam.

    `strength(w, lam)` is k in eps~ = eps_c + k (eps_c - eps_u), where the rule is of that form (and k does not depend
    on z); `jumps(**params)` are the lam at which it is not continuous. `check(**params)` raises ValueError for numbers
    that are each within bounds and do not go together. `needs` says what the model must have: "classifier", "without",
    "worse", "image".
    """

    name: str
    title: str
    formula: str  # TeX
    paper: str
    fn: RuleFn
    strength: Callable[..., Any] | None = None
    jumps: Callable[..., tuple[float, ...]] | None = None
    check: Callable[..., None] | None = None
    params: tuple[Param, ...] = ()
    needs: frozenset[str] = frozenset()
    lesson: str = ""

    def numbers(self, **given: float) -> dict[str, float]:
        """All of the rule's numbers, defaults filled in.

        Raises ValueError naming the bound, the unknown name, or the numbers that do not go together.
        """
        known = {p.name: p for p in self.params}
        if unknown := set(given) - set(known):
            raise ValueError(f"guidance {self.name!r} has no {', '.join(sorted(unknown))}")
        for name, value in given.items():
            p = known[name]
            if not p.low <= value <= p.high:  # NaN is not
                raise ValueError(f"{p.label} must be a number in [{p.low:g}, {p.high:g}]")
        numbers = {name: float(given.get(name, p.default)) for name, p in known.items()}
        if self.check:
            self.check(**numbers)
        return numbers


RULES: dict[str, Rule] = {}


def register(name: str, title: str, formula: str, paper: str, **more: Any) -> Callable[[RuleFn], RuleFn]:
    """Decorator: put a pure function (fields, w, **params) -> eps~ in the registry; `more` are fields of Rule."""

    def add(fn: RuleFn) -> RuleFn:
        RULES[name] = Rule(name, title, formula, paper, fn, **more)
        return fn

    return add


def register_strength(name: str, title: str, formula: str, paper: str, **more: Any) -> Callable[[RuleFn], RuleFn]:
    """Decorator for a rule eps_c + k (eps_c - eps_u): the function is k(w, lam, **params), its field follows.

    Where k is 0 for every w that is asked for, the unconditional pass is left out.
    """

    def add(strength: RuleFn) -> RuleFn:
        def field(f: Fields, w: Any, **numbers: float) -> Any:
            k = strength(w, f.lam, **numbers)
            if not (k if isinstance(k, float) else (k != 0).any()):
                return f.eps_conditional + k  # the shape that a sweep over w has
            return past(f.eps_c, f.eps_u, k)

        register(name, title, formula, paper, strength=strength, **more)(field)
        return strength

    return add


def past(cond: Any, uncond: Any, k: Any) -> Any:
    """cond + k (cond - uncond): Ho & Salimans 2022, eq. 6, of eps, scores, divergences or Jacobians."""
    return cond + k * (cond - uncond)


def rule(name: str) -> Rule:
    """The rule of that name. Raises ValueError listing the names."""
    if name not in RULES:
        raise ValueError(f"guidance must be one of {', '.join(RULES)}")
    return RULES[name]


def rules_for(*has: str) -> dict[str, Rule]:
    """The rules that a model with these abilities (see Rule.needs) can be guided by."""
    return {name: r for name, r in RULES.items() if r.needs <= set(has)}


def implicit_classifier_gradient(f: Fields) -> Any:
    """∇_z log p^i(c|z) = -(eps_c - eps_u) / sigma (Ho & Salimans 2022, section 3.2): [..., D].

    With exact scores it is the gradient of the true posterior; a learned pair need not be the gradient of anything.
    """
    return score_from_eps(f.eps_c - f.eps_u, f.lam)


def guided(
    model: Any,
    c: Any,
    w: Any,
    name: str = "cfg",
    lams: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    classifier: Any = None,
    **params: float,
) -> EpsFn:
    """eps~(z, lam) of `model` under a rule, for a sampler to walk on once.

    c and w broadcast against the leading axes of z (those before the point itself): for z [W, C, N, D], give
    w [W, 1, 1] and c [C, 1] and one call computes a whole sweep. `lams` is the schedule, for rules that depend on the
    step; `classifier` has a `grad_log_posterior` to be used in place of the model's own; `params` are the rule's own
    numbers. Raises ValueError where w is not finite or |w| > 1e6, or the rule's
    numbers are refused by `Rule.numbers`.
    """
    chosen = rule(name)
    numbers = chosen.numbers(**params)
    values = np.asarray(w, dtype=np.float64)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0) > 1e6:
        raise ValueError("w must be finite with |w| <= 1e6")
    if values.ndim == 0:
        weight: Any = float(values)
    else:
        weight = values.reshape(values.shape + (1,) * model.event_ndim)
    memory: dict[str, Any] = {}

    def eps(z: Any, lam: float) -> Any:
        here = weight
        if not isinstance(z, np.ndarray) and not isinstance(here, float):
            here = z.new_tensor(weight)  # a torch sweep over w
        return chosen.fn(Fields(model, z, lam, c, lams, memory, classifier), here, **numbers)

    return eps
