"""What the browser needs to compute "Score field" for any classes: see cfg_core/tables.py."""

from __future__ import annotations

from typing import Any

from cfg_core.guidance import RULES
from cfg_core.process import LAM_MAX, lam_grid
from cfg_core.tables import strength_table, walk_table
from demo.views.field.compute import LAMS, PATH_STEPS, TRAIL_W
from demo.views.field.settings import Field


def toy(s: Field) -> dict[str, Any]:
    """The rule's strength over lam and the particle's walk; none for a rule that is not eps_c + k (eps_c - eps_u)."""
    if RULES[s.rule].strength is None:
        return {"compute": "field", "tables": None}
    params: Any = s.params
    there = s.at >= LAM_MAX - 1e-6  # with the data: it stays where it is
    path = None if there else walk_table(s.rule, "heun", lam_grid(PATH_STEPS, s.at, LAM_MAX), **params)
    particle = {"walk": path, "ws": TRAIL_W, "z1": s.z1, "z2": s.z2}
    strength = strength_table(s.rule, LAMS, **params)
    return {"compute": "field", "tables": {"strength": strength, "c": s.c, "arrows": s.arrows, **particle}}
