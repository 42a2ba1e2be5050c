"""Settings that several views share, each declared once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from cfg_core.guidance import RULES, EpsFn, Param, guided, rule, rules_for
from cfg_core.mixture import CIRCUMRADIUS, GaussianMixture, three_gaussians
from cfg_core.mixture_text import LETTERS, LONGEST, read_mixture
from cfg_core.process import lam_grid
from cfg_core.samplers import SAMPLERS
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, text, when, whole

SCALE = "0: plain conditional; −1: unconditional. Many libraries write the scale s = 1 + w."
SAMPLER_NAMES = {
    "heun": "Heun (ODE)",
    "ddim": "DDIM",
    "dpmpp_2m": "DPM-Solver++(2M)",
    "ancestral": "ancestral (Algorithm 2)",
    "euler": "Euler in lam (naive)",
}
MARKS = {-1.0: "", 0.0: "plain", 4.0: "the paper's most", 10.0: ""}  # of w
NUMBERS_FOLD = "The guidance rules and their numbers"
MAX_WORK = 64_000  # points x steps of one sweep: about two seconds on one core

# the values of w that a sweep of the toy computes; the screen draws straight lines between
W = np.concatenate([np.arange(-1.0, 4.0, 0.25), np.arange(4.0, 10.1, 0.5)])
W_WHOLE = np.arange(-1.0, 11.0)  # where particles are resampled, nothing may be drawn between computed values


def weight(default: float = 3.0, low: float = -1.0, high: float = 10.0, step: float = 0.1, **more: Any) -> Any:
    """The guidance weight w."""
    more = {"help": SCALE, "marks": MARKS, **more}
    return number(default, low, high, more.pop("label", "Guidance weight w"), step=step, **more)


def class_letter(default: str = "A") -> Any:
    return choice(default, CLASS_NAMES, "Class", key="class", called="class")


parsed = lru_cache(64)(read_mixture)  # a text is parsed when it is checked, and then kept


def mixture(**more: Any) -> Any:
    """Any three classes in the plane: see cfg_core.mixture_text. Empty: those that the other settings describe."""
    assert tuple(LETTERS) == CLASS_NAMES
    return text("", LONGEST, "The mixture, component by component", parse=parsed, key="mix", **more)


def gaussians(text: str, *described: Any) -> GaussianMixture:
    """The classes that such a text means; where it is empty, the three Gaussians so described."""
    return parsed(text) if text else three_gaussians(*described)


def separation(low: float = 0, **more: Any) -> Any:
    return number(CIRCUMRADIUS, low, 5, "Separation of the classes", step=0.001, **more)


def spread(**more: Any) -> Any:
    return number(1.0, 0.2, 3, "Spread of the classes", step=0.01, **more)


def seed(default: int = 0) -> Any:
    return whole(default, 0, 2**32 - 1, "Seed", shown="box")


def steps(default: int = 32, low: int = 2, high: int = 256, label: str = "Steps", step: int = 1) -> Any:
    return whole(default, low, high, label, step=step)


def sampler(label: str = "Sampler", **more: Any) -> Any:
    assert set(SAMPLER_NAMES) == set(SAMPLERS)
    return choice("heun", SAMPLER_NAMES, label, shown="dropdown", **more)


def guidance(names: Iterable[str], default: str = "cfg", label: str = "Guidance", **more: Any) -> Any:
    """One of the rules of these names."""
    titles = {name: RULES[name].title for name in names}
    return choice(default, titles, label, shown="dropdown", **{"called": "guidance", **more})


def numbers_of(rules: Sequence[str], by: Sequence[str] = ("rule",)) -> type[Settings]:
    """Settings of the numbers that these rules take beside w; each counts where a setting of `by` is a rule with it."""
    declared = []
    for param in dict.fromkeys(p for name in rules for p in RULES[name].params):
        having = tuple(name for name in rules if param in RULES[name].params)
        counts = tuple(condition for setting in by for condition in when(**{setting: having}))
        label = param.label[0].upper() + param.label[1:]
        field = number(
            param.default, param.low, param.high, label, step=0.01, fold=NUMBERS_FOLD, counts=counts, called=param.label
        )
        declared.append((param.name, float, field))
    return make_dataclass("RuleNumbers", declared, bases=(Settings,), frozen=True, kw_only=True)


def params_of(s: Settings, name: str) -> dict[str, float]:
    """The numbers of the rule of that name among these settings."""
    return {p.name: getattr(s, p.name) for p in rule(name).params}


def about_rule(name: str, params: Mapping[str, float]) -> str:
    """What a rule shows, where it is from and the numbers it has, in one line."""
    r = RULES[name]

    def said(p: Param) -> str:
        return f"{p.label.split(': ', 1)[-1]} {params[p.name]:g}"

    here = ", ".join(map(said, r.params))
    return f"Guidance “{r.title}”: {r.lesson} ({r.paper})" + (f" Here: {here}." if here else "")


def about_engine(name: str) -> str:
    """A word where classes that are moved cannot be followed in the browser."""
    if RULES[name].strength is not None:
        return ""
    return f" Moved classes are computed by the server: “{RULES[name].title}” is not ε(z,c) + k (ε(z,c) − ε(z))."


ABOUT_RULES = "What each rule is, with its formula and its paper: the tab *Compare*, at the same place."
TOY_RULES = tuple(rules_for("classifier", "without", "worse"))  # those that an exact mixture can be guided by
ToyNumbers: Any = numbers_of(TOY_RULES)


@dataclass(frozen=True, kw_only=True)
class Geometry(Settings):
    """The classes: three Gaussians of that separation and spread or, where it is given, the mixture itself.

    Beside a mixture the other settings only say what it amounts to.
    """

    separation: float = separation()
    spread: float = spread()
    mixture: str = mixture()

    @property
    def shares(self) -> tuple[float, float, float]:
        """Weights of the classes."""
        return (1.0, 1.0, 1.0)

    @cached_property
    def gaussians(self) -> GaussianMixture:
        """The classes themselves."""
        return gaussians(self.mixture, self.separation, self.spread, self.shares)


@dataclass(frozen=True, kw_only=True)
class Carried(Geometry):
    """The classes, in views to which a mixture is carried: there its separation and spread cannot be turned."""

    separation: float = separation(counts=when(mixture=""))
    spread: float = spread(counts=when(mixture=""))


@dataclass(frozen=True, kw_only=True)
class Toy(Geometry, ToyNumbers):
    """The three Gaussians, and how they are sampled."""

    a: float = number(1.0, 0.05, 10, "Weight of class A", step=0.05, called="weight")
    b: float = number(1.0, 0.05, 10, "Weight of class B", step=0.05, called="weight")
    c: float = number(1.0, 0.05, 10, "Weight of class C", step=0.05, called="weight")
    rule: str = guidance(TOY_RULES)
    sampler: str = sampler()
    steps: int = steps()
    v: float = number(0.0, 0, 1, "Reverse variance v (ancestral only)", step=0.05, counts=when(sampler="ancestral"))
    lam_min: float = number(-20, -20, -2, "lam min (noise)", step=0.5)
    lam_max: float = number(20, 2, 20, "lam max (clean)", step=0.5)
    points: int = whole(240, 10, 2000, "Points of each class", step=10)
    seed: int = seed()

    def agree(self) -> None:
        if self.points * self.steps > MAX_WORK:
            raise ValueError(f"points x steps must be at most {MAX_WORK}, not {self.points * self.steps}")

    @property
    def shares(self) -> tuple[float, float, float]:
        return self.a, self.b, self.c

    @property
    def lams(self) -> Any:
        """The noise levels that sampling walks, [steps + 1]."""
        return lam_grid(self.steps, self.lam_min, self.lam_max)

    @property
    def params(self) -> dict[str, float]:
        """The chosen rule's own numbers."""
        return params_of(self, self.rule)

    def guided(self, c: Any, w: Any) -> EpsFn:
        """eps~(z, lam) of the mixture under the chosen rule, for one walk along `lams`."""
        return guided(self.gaussians, c, w, self.rule, self.lams, **self.params)
