"""Tab "Score field": conditional, unconditional, difference and guided arrows over noise levels; drop a particle."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gradio as gr

from cfg_core.sweep import Sweep
from cfg_core.toy import BOUNDS, CLASS_NAMES, TRAIL_W, ToySettings, field_sweep, particle_sweep
from demo import controls
from demo.checks import choice, class_index, number, toy_settings
from demo.stage import Stage, bind_slider
from demo.texts import text

QUANTITIES = ("eps", "score")
DROP = (-1.4, -0.6, -2.0)  # z1, z2 and lam of the particle that is there before the first click
TRAIL_COLORS = ("#8a8f98", "#4f7cac", "#3a9d8f", "#d98c2b", "#c8443c")


def scene(sweep: Sweep) -> dict[str, Any]:
    """The plane with arrows, heat and trails, and a close-up of the particle's arrows tip to tail."""
    extent, half = sweep.meta["extent"], sweep.meta["extent"][1]
    name = CLASS_NAMES[sweep.meta["class"]]
    symbol = "ε" if sweep.meta["quantity"] == "eps" else "score"
    guided = {"base": "cond", "slope": "diff", "by": "w"}

    def arrows(label: str, uv: Any, color: str, on: bool) -> dict[str, Any]:
        return {"type": "arrows", "name": label, "xy": "at", "uv": uv, "color": color, "scale": "auto", "width": 1.4,
                "on": on, "toggle": True}  # fmt: skip

    layers: list[dict[str, Any]] = [
        {"type": "heat", "name": "density p(z)", "z": "log_p", "extent": extent, "map": "density", "relative": "max",
         "on": True, "toggle": True},
        {"type": "heat", "name": f"p({name}|z)", "z": "posterior", "extent": extent, "map": f"class:{name}",
         "range": [0, 1], "opacity": 0.7, "on": False, "toggle": True},
        arrows(f"unconditional {symbol}", "uncond", "uncond", False),
        arrows(f"conditional {symbol}", "cond", "cond", False),
        arrows("difference: implicit classifier", "diff", "diff", False),
        arrows(f"guided {symbol}", guided, "guided", True),
    ]  # fmt: skip
    for i, w in enumerate(TRAIL_W):
        layers.append(
            {"type": "path", "name": f"path at w = {w:g}", "xy": {"array": "trails", "pick": {"trail": i}},
             "color": TRAIL_COLORS[i], "width": 2.2, "on": True, "toggle": True}
        )  # fmt: skip
    layers.append({"type": "marker", "xy": "drop", "label": "z", "shape": "circle"})
    chain = {
        "type": "chain", "name": "at z", "at": [0, 0], "fit": True,
        "vectors": [
            {"uv": "point_cond", "color": "cond", "label": f"{symbol}(z,c)"},
            {"uv": {"slope": "point_diff", "by": "w"}, "color": "diff", "label": f"w ({symbol}(z,c) − {symbol}(z))"},
        ],
        "sum": {"color": "guided", "label": f"guided {symbol}"},
    }  # fmt: skip
    return {
        "coords": {"w": 3.0, "lam": DROP[2]},
        "columns": 2,
        "panels": [
            {"id": "plane", "title": f"Class {name} at noise level lam: the field that sampling follows", "aspect": "equal",
             "height": 520, "span": 1.5, "legend": True, "clickable": True,
             "x": {"range": [-half, half], "label": "z₁"}, "y": {"range": [-half, half], "label": "z₂"}, "layers": layers},
            {"id": "chain", "title": "At the particle: one arrow plus w times another", "aspect": "equal", "height": 520,
             "x": {"range": "fit", "label": ""}, "y": {"range": "fit", "label": ""}, "layers": [chain]},
        ],
        "caption": [
            "{lam:lam} At w = {w} (scale 1 + w = {s}) the guided arrow at z is "
            "[guided]({point_cond_x:2f}, {point_cond_y:2f})[/] .",
        ],
        "alt": "Arrow field of the guided estimate over the noised density, with guided trajectories of one particle.",
    }  # fmt: skip


@lru_cache(maxsize=64)
def fields(s: ToySettings, c: int, quantity: str) -> Sweep:
    return field_sweep(s, c, quantity)


def payload(s: ToySettings, c: int, quantity: str, drop: tuple[float, float, float]) -> str:
    """The stage's value: the fields (shared by all who ask the same) and this visitor's particle."""
    sweep = fields(s, c, quantity).merged(particle_sweep(s, c, drop[:2], drop[2], quantity))
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene(sweep)}, separators=(",", ":"))
