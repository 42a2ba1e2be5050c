"""Settings for fuzzing, from their declarations: what each may be, and what it may not."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from demo.settings import Field, S

NOT_NUMBERS = (math.nan, math.inf, -math.inf, "3", "", None, True, [1], {"a": 1}, 1e308, 10**400)


@st.composite
def mixture_texts(draw: st.DrawFn) -> str:
    """Any three classes in the plane, as a link writes them: what cfg_core.mixture_text says that they may be."""
    letters = draw(st.permutations("ABC" + draw(st.text("ABC", max_size=5))))
    return "*".join("_".join([letter, *map(_plain, draw(_components()))]) for letter in letters)


@st.composite
def _components(draw: st.DrawFn) -> list[float]:
    x, y = draw(st.floats(-20, 20)), draw(st.floats(-20, 20))
    wide, narrow, angle = draw(st.floats(0.051, 9.99)), draw(st.floats(0.051, 9.99)), draw(st.floats(0, math.pi))
    one, two, c, s = wide**2, narrow**2, math.cos(angle), math.sin(angle)
    cov = (one * c * c + two * s * s, (one - two) * c * s, one * s * s + two * c * c)
    return [x, y, *cov, draw(st.floats(0.01, 100))]


def _plain(value: float) -> str:
    return f"{value:.4f}"


def allowed(field: Field) -> st.SearchStrategy[Any]:
    """Any value that the setting may have."""
    if field.kind == "choice":
        return st.sampled_from(list(field.values))
    if field.kind == "switch":
        return st.booleans()
    if field.kind == "text":
        return st.just(field.default) | mixture_texts()
    low, high = field.low, field.high
    return st.integers(int(low), int(high)) if field.kind == "whole" else st.floats(low, high, allow_nan=False)


def settings_of(cls: type[S]) -> st.SearchStrategy[dict[str, Any]]:
    """Raw values of every setting, each within its own bounds (together they may still not agree)."""
    return st.fixed_dictionaries({name: allowed(field) for name, field in cls.fields().items()})


def hostile(field: Field) -> list[Any]:
    """Values that must be refused."""
    if field.kind == "choice":
        return ["", "<script>", None, 0, ["A"], *(value + " " for value in field.values)]
    if field.kind == "switch":
        return [None, 0, 1, "true", []]
    if field.kind == "text":
        return [None, 0, True, ["A"], {"a": 1}, "<script>", "A" * int(field.high + 1)]
    step = max(field.step, 1e-6)
    out = [*NOT_NUMBERS, field.low - step, field.high + step]
    return [*out, field.low + 0.5] if field.kind == "whole" else out
