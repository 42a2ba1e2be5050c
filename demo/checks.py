"""Server-side checks: what came through the API is checked here exactly as what came through the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cfg_core.guidance import Param, rule
from cfg_core.sweeps.toy import BOUNDS, CLASS_NAMES, TOY_RULES, ToySettings

WHOLE = ("steps", "seed", "points")
NUMBERS = ("separation", "spread", "steps", "v", "lam_min", "lam_max", "seed", "points")


def number(name: str, value: Any, bounds: Mapping[str, tuple[float, float]] = BOUNDS) -> float:
    """A finite number within bounds[name]. Raises ValueError naming the bound; booleans and strings are not numbers."""
    low, high = bounds[name]
    kind = "whole number" if name in WHOLE else "number"
    problem = f"{name.replace('_', ' ')} must be a {kind} in [{low:.10g}, {high:.10g}]"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:  # as NaN is not
        raise ValueError(problem)
    if name in WHOLE and value != int(value):
        raise ValueError(problem)
    return int(value) if name in WHOLE else float(value)


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """One of `allowed`. Raises ValueError listing them."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}")
    return value


def switch(name: str, value: Any) -> bool:
    """On or off. Raises ValueError naming the two."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")
    return value


def class_index(value: Any) -> int:
    """The index of a toy class named A, B or C."""
    return CLASS_NAMES.index(choice("class", value, CLASS_NAMES))


def rule_params(name: str, params: Sequence[Param], raw: Sequence[Any]) -> tuple[tuple[str, float], ...]:
    """Of all the numbers that rules take, those of the rule `name`. Raises ValueError naming the bound."""
    own = {p.name for p in rule(name).params}
    given: dict[str, Any] = {p.name: value for p, value in zip(params, raw, strict=True) if p.name in own}
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{key} must be a number")
    return tuple(rule(name).numbers(**given).items())


def toy_settings(
    weights: tuple[Any, Any, Any] = (1.0, 1.0, 1.0),
    rule: Any = "cfg",
    sampler: Any = "heun",
    params: tuple[Sequence[Param], Sequence[Any]] = ((), ()),
    **raw: Any,
) -> ToySettings:
    """ToySettings from raw values; those not given keep their defaults. Raises ValueError naming the bound.

    `params` are the numbers of the rules and their raw values, of which the chosen rule takes its own.
    """
    from cfg_core.samplers import SAMPLERS

    unknown = set(raw) - set(NUMBERS)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {name: number(name, value) for name, value in raw.items()}
    a, b, c = (number("weight", weight) for weight in weights)
    chosen = choice("guidance", rule, TOY_RULES)
    return ToySettings(
        weights=(a, b, c),
        rule=chosen,
        params=rule_params(chosen, *params),
        sampler=choice("sampler", sampler, tuple(SAMPLERS)),
        **values,
    )
