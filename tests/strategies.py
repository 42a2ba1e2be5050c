"""Settings for fuzzing, from their declarations: what each may be, and what it may not."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from demo.settings import Field, S

NOT_NUMBERS = (math.nan, math.inf, -math.inf, "3", "", None, True, [1], {"a": 1}, 1e308, 10**400)


def allowed(field: Field) -> st.SearchStrategy[Any]:
    """Any value that the setting may have."""
    if field.kind == "choice":
        return st.sampled_from(list(field.values))
    if field.kind == "switch":
        return st.booleans()
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
    step = max(field.step, 1e-6)
    out = [*NOT_NUMBERS, field.low - step, field.high + step]
    return [*out, field.low + 0.5] if field.kind == "whole" else out
