"""What the browser needs to compute "Three Gaussians" for any classes: see cfg_core/tables.py."""

from __future__ import annotations

from typing import Any

from cfg_core.guidance import RULES
from cfg_core.tables import noise_wire, ode_table, walk_table
from demo.views.gaussians.compute import FIGURE_W
from demo.views.gaussians.settings import FIGURE, Gaussians


def toy(s: Gaussians) -> dict[str, Any]:
    """The walk's table and its noises, or the figure's w; none for a rule that is not eps_c + k (eps_c - eps_u)."""
    if s.view == FIGURE:
        return {"compute": "figure", "tables": {"ws": FIGURE_W}}
    if RULES[s.rule].strength is None:
        return {"compute": "gaussians", "tables": None}
    params: Any = s.params
    walk = walk_table(s.rule, s.sampler, s.lams, v=s.v, **params)
    tables = {"walk": walk, "noise": noise_wire(s.seed, s.points, walk), "points": s.points}
    if s.actual:
        tables["ode"] = ode_table(s.rule, lam_min=s.lam_min, lam_max=s.lam_max, **params)
    return {"compute": "gaussians", "tables": tables}
