"""The scene of two rules side by side."""

from __future__ import annotations

from typing import Any

from cfg_core.guidance import RULES
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.compare import SIDES
from cfg_core.sweeps.toy import CLASS_NAMES
from demo import controls
from demo.scenes import LEVELS

COLORS = {"left": "guided", "right": "diff"}


def _plane(sweep: Sweep, side: str, half: float) -> dict[str, Any]:
    """One side's samples over the contours of the target."""
    extent, settings = sweep.meta["extent"], sweep.meta[side]
    layers: list[dict[str, Any]] = [
        {
            "type": "contour",
            "name": "target p(x|c) p(c|x)^w",
            "group": "target",
            "z": {"base": "log_pxc", "slope": "log_pcx", "by": "w", "pick": {"class": c}},
            "extent": extent,
            "levels": LEVELS,
            "relative": "max",
            "color": name,
            "width": 1.3,
            "on": True,
            "toggle": True,
        }
        for c, name in enumerate(CLASS_NAMES)
    ]
    layers.append(
        {
            "type": "points",
            "name": "guided samples",
            "xy": f"{side}_samples",
            "size": 2.1,
            "opacity": 0.75,
            "on": True,
            "toggle": True,
        }
    )
    return {
        "id": side,
        "title": f"{side.title()}: {RULES[settings['rule']].title}, {settings['sampler']}",
        "aspect": "equal",
        "height": 400,
        "legend": True,
        "x": {"range": [-half, half], "label": "x₁"},
        "y": {"range": [-half, half], "label": "x₂"},
        "layers": layers,
    }


def _trade_off(sweep: Sweep) -> dict[str, Any]:
    """Class probability against spread, a curve over w and a moving dot for each side."""
    layers: list[dict[str, Any]] = []
    for side in SIDES:
        layers.append(
            {
                "type": "curve",
                "name": side,
                "x": f"{side}_keep_mean",
                "y": f"{side}_prob_mean",
                "along": "w",
                "color": COLORS[side],
            }
        )
    layers.append(
        {
            "type": "curve",
            "name": "tilted target",
            "x": "target_keep",
            "y": "target_prob",
            "along": "w",
            "color": "cond",
            "dash": [5, 4],
        }
    )
    for side in SIDES:
        dot = {"type": "dot", "x": f"{side}_keep_mean", "y": f"{side}_prob_mean", "color": COLORS[side], "size": 6}
        layers.append(dot)
    top = max(float(sweep[f"{side}_keep_mean"].max()) for side in SIDES)
    return {
        "id": "trade",
        "title": "Fidelity against diversity",
        "aspect": "free",
        "height": 400,
        "legend": True,
        "x": {"range": [0, round(1.08 * max(top, float(sweep["target_keep"].max())), 2)], "label": "spread kept"},
        "y": {"range": [0, 1.04], "label": "mean class probability p(c|x)"},
        "layers": layers,
    }


def scene(sweep: Sweep) -> dict[str, Any]:
    """Both planes on the same axes, and the trade-off of both."""
    half = max(extent[1] for extent in sweep.meta["extents"].values())
    read = "{{{0}_keep_mean:0%}} of the spread, {{{0}_own_mean:1%}} classified as their class"
    rules = [(sweep.meta[side]["rule"], sweep.meta[side]["params"]) for side in SIDES]
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "compare-w"},
        "columns": 3,
        "panels": [_plane(sweep, "left", half), _plane(sweep, "right", half), _trade_off(sweep)],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) the samples keep, on the left, {read.format('left')}; "
            f"on the right, {read.format('right')}.",
            "The two samples that one noise leads to lie {apart:2f} apart (root mean square; the classes' means are "
            f"{3**0.5 * sweep.meta['left']['separation']:.2f} apart).",
            *dict.fromkeys(controls.about_rule(*rule) for rule in rules),
        ],
        "alt": "Samples of two guidance rules on the same noises, side by side, and the trade-off of each over w.",
    }
