"""The scenes of the first tab: samples over the target, fidelity against diversity, the paper's figure."""

from __future__ import annotations

from typing import Any

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import (
    CLASS_NAMES,
    FIGURE_W,
)
from demo import controls
from demo.scenes import LEVELS

CAPTION = (
    "At w = {w} (scale 1 + w = {s}) class A keeps {keep_A:0%} of its spread; "
    "{own_A:1%} of its samples are classified as A.",
    "Class B keeps {keep_B:0%} ({own_B:1%} classified as B), class C {keep_C:0%} ({own_C:1%} as C).",
)


def _plane_layers(sweep: Sweep) -> list[dict[str, Any]]:
    """Class shares, contours of the target and (where computed) of the guided density, and the samples."""
    extent = sweep.meta["extent"]
    layers: list[dict[str, Any]] = [
        {
            "type": "heat",
            "name": "which class is likelier, p(c|x)",
            "rgb": "class_share",
            "extent": extent,
            "opacity": 0.35,
            "on": False,
            "toggle": True,
        },
    ]
    for c, name in enumerate(CLASS_NAMES):
        target = {"base": "log_pxc", "slope": "log_pcx", "by": "w", "pick": {"class": c}}
        layers.append(
            {
                "type": "contour",
                "name": "target p(x|c) p(c|x)^w",
                "group": "target",
                "z": target,
                "extent": extent,
                "levels": LEVELS,
                "relative": "max",
                "color": name,
                "width": 1.4,
                "on": True,
                "toggle": True,
            }
        )
        if "log_actual" in sweep.arrays:
            actual = {"array": "log_actual", "pick": {"class": c}}
            layers.append(
                {
                    "type": "contour",
                    "name": "exact density of the guided ODE",
                    "group": "actual",
                    "z": actual,
                    "extent": extent,
                    "levels": LEVELS,
                    "relative": "max",
                    "color": name,
                    "width": 2.2,
                    "dash": [5, 4],
                    "on": True,
                    "toggle": True,
                }
            )
    layers.append(
        {
            "type": "points",
            "name": "guided samples",
            "xy": "samples",
            "size": 2.1,
            "opacity": 0.75,
            "on": True,
            "toggle": True,
        }
    )
    return layers


TRADE_OFF: list[dict[str, Any]] = [
    {
        "type": "curve",
        "name": "guided samples",
        "x": "keep_mean",
        "y": "prob_mean",
        "along": "w",
        "color": "guided",
    },
    {
        "type": "curve",
        "name": "tilted target",
        "x": "target_keep",
        "y": "target_prob",
        "along": "w",
        "color": "cond",
        "dash": [5, 4],
    },
    {"type": "dot", "x": "target_keep", "y": "target_prob", "color": "cond", "size": 4},
    {"type": "dot", "x": "keep_mean", "y": "prob_mean", "color": "guided", "size": 6},
]


def scene(sweep: Sweep, title: str) -> dict[str, Any]:
    """Two panels: the plane with samples over the target's contours, and the trade-off with a moving dot."""
    half, settings = sweep.meta["extent"][1], sweep.meta["settings"]
    about = controls.about_rule(settings["rule"], settings["params"])
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "gaussians-w"},
        "columns": 2,
        "panels": [
            {
                "id": "plane",
                "title": title,
                "aspect": "equal",
                "height": 470,
                "legend": True,
                "span": 1.15,
                "x": {"range": [-half, half], "label": "x₁"},
                "y": {"range": [-half, half], "label": "x₂"},
                "layers": _plane_layers(sweep),
            },
            {
                "id": "trade",
                "title": "Fidelity against diversity, as w runs from −1 to 10",
                "aspect": "free",
                "height": 470,
                "legend": True,
                "x": {"range": _x_range(sweep), "label": "spread kept (1 = that of p(x|c))"},
                "y": {"range": [0, 1.04], "label": "mean class probability p(c|x)"},
                "layers": TRADE_OFF,
            },
        ],
        "caption": [*CAPTION, *_about_density(sweep), about],
        "alt": "Guided samples of three Gaussian classes over the contours of the tilted target, and the trade-off "
        "between class probability and spread.",
    }


def _about_density(sweep: Sweep) -> list[str]:
    """A sentence on the dashed contours, where they are drawn."""
    if "log_actual" not in sweep.arrays:
        return []
    words = "Dashed: the exact density of the guided ODE's end point, from its analytic divergence; no histogram."
    lam_max = sweep.meta["settings"]["lam_max"]
    if lam_max < 12:  # the samples shown are x^, which still takes away the noise left at lam_max
        words += f" It still holds the noise of lam max = {lam_max:g}: a little wider than the samples, which are x^."
    return [words]


def figure_scene(sweep: Sweep) -> dict[str, Any]:
    """Four panels, each relative to its own maximum, white to dark, as the paper prints them."""
    extent = sweep.meta["extent"]
    axis = {"range": extent[:2], "label": ""}
    panels = []
    for i, w in enumerate(FIGURE_W):
        heat = {
            "type": "heat",
            "z": {"array": "log_mixture", "pick": {"panel": i}},
            "extent": extent,
            "map": "paper",
            "relative": "max",
        }
        title = f"w = {w:g} (scale {1 + w:g})" + (": no guidance" if w == 0 else "")
        panels.append(
            {"id": f"w{w:g}", "title": title, "aspect": "equal", "height": 260, "x": axis, "y": axis, "layers": [heat]}
        )
    return {
        "coords": {},
        "columns": 4,
        "panels": panels,
        "caption": "The paper's figure, computed: mixtures of the normalised guided conditionals "
        "p(x|c) p(c|x)^w / Z(w), "
        "each shown relative to its own maximum. Mass moves away from the other classes. These are target densities: "
        "guided sampling goes further (choose “Turn w” to see by how much). Of the controls only the separation, the "
        "spread and the weights count here.",
        "alt": "Four heat maps of a mixture of three classes, at guidance weights 0, 10, 100 and 1000.",
    }


def _x_range(sweep: Sweep) -> list[float]:
    top = max(float(sweep["keep_mean"].max()), float(sweep["target_keep"].max()))
    return [0.0, round(1.08 * top, 2)]
