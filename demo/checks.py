"""Server-side checks: what came through the API is checked here exactly as what came through the page."""

from __future__ import annotations

import math
from typing import Any

from cfg_core.toy import BOUNDS, CLASS_NAMES, ToySettings

WHOLE = ("steps", "seed", "points")
NUMBERS = ("separation", "spread", "steps", "v", "lam_min", "lam_max", "seed", "points")


def number(name: str, value: Any) -> float:
    """A finite number within BOUNDS[name]. Raises ValueError naming the bound; booleans and strings are not numbers."""
    low, high = BOUNDS[name]
    kind = "whole number" if name in WHOLE else "number"
    problem = f"{name.replace('_', ' ')} must be a {kind} in [{low:.10g}, {high:.10g}]"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(problem)
    if not low <= value <= high or (name in WHOLE and value != int(value)):
        raise ValueError(problem)
    return int(value) if name in WHOLE else float(value)


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """One of `allowed`. Raises ValueError listing them."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}")
    return value


def class_index(value: Any) -> int:
    """The index of a toy class named A, B or C."""
    return CLASS_NAMES.index(choice("class", value, CLASS_NAMES))


def toy_settings(
    weights: tuple[Any, Any, Any] = (1.0, 1.0, 1.0), rule: Any = "cfg", sampler: Any = "heun", **raw: Any
) -> ToySettings:
    """ToySettings from raw values; those not given keep their defaults. Raises ValueError naming the bound."""
    from cfg_core.guidance import RULES
    from cfg_core.samplers import SAMPLERS

    unknown = set(raw) - set(NUMBERS)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {name: number(name, value) for name, value in raw.items()}
    a, b, c = (number("weight", weight) for weight in weights)
    return ToySettings(
        weights=(a, b, c),
        rule=choice("guidance", rule, tuple(RULES)),
        sampler=choice("sampler", sampler, tuple(SAMPLERS)),
        **values,
    )
