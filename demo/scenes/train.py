"""What the tab "Train it" draws: the scene over a network's sweep and the exact one's."""

from __future__ import annotations

from typing import Any

from cfg_core.sweeps import Sweep

NAMES = ("A", "B", "C")


def _samples(array: str) -> list[dict[str, Any]]:
    data = [
        {
            "type": "points",
            "name": "training points",
            "group": "training points",
            "xy": f"data_{name}",
            "size": 1.4,
            "opacity": 0.35,
            "color": name,
            "toggle": True,
        }
        for name in NAMES
    ]
    own = {"type": "points", "name": "guided samples", "xy": array, "size": 2.2, "opacity": 0.85, "toggle": True}
    return [*data, own]


def _field(prefix: str, color: str, extent: list[float]) -> list[dict[str, Any]]:
    heat = {
        "type": "contour",
        "name": "1 % and 30 % of peak density",
        "z": "relative",
        "extent": extent,
        "levels": [0.01, 0.3],
        "color": "muted",
        "width": 1.0,
    }
    uv = {"base": f"{prefix}base", "slope": f"{prefix}push", "by": "w"}
    arrows = {"type": "arrows", "name": "guided score", "xy": "at", "uv": uv, "color": color}
    return [heat, {**arrows, "scale": "auto", "width": 1.3, "unit": 1.0}]


def _wrong(array: str, color: str, extent: list[float]) -> list[dict[str, Any]]:
    heat = {
        "type": "heat",
        "name": "log₁₀ error: none at −2, full at 0",
        "z": array,
        "extent": extent,
        "range": [-2, 0],
        "map": f"class:{color}",
    }
    return [heat, _field("", color, extent)[0]]


def _panels(extent: list[float], name: str, data: str, steps: int) -> list[dict[str, Any]]:
    half = extent[1]
    x, z = (
        {"x": {"range": [-r, r], "label": f"{v}₁"}, "y": {"range": [-r, r], "label": f"{v}₂"}}
        for v, r in (("x", 1.25 * half), ("z", half))  # samples overshoot
    )
    plane = {"aspect": "equal", "height": 330, "legend": True}
    free = {"aspect": "free", "height": 330, "legend": True}

    def curve(array: str, label: str, color: str) -> list[dict[str, Any]]:
        line = {"type": "curve", "name": label, "x": "noise", "y": array, "color": color}
        return [line, {"type": "dot", "x": "noise", "y": array, "color": color, "size": 4}]

    loss = [
        {"type": "path", "name": "loss, running mean", "xy": "loss", "color": "guided", "ends": False},
        {"type": "path", "name": "with exact scores", "xy": "floor", "color": "muted", "dash": [5, 4], "ends": False},
    ]
    return [
        {"id": "learned", "title": "Learned: guided samples", **plane, **x, "clickable": True,
         "layers": _samples("samples")},
        {"id": "exact", "title": f"Exact{data}: the same noises", **plane, **x, "clickable": True,
         "layers": _samples("exact_samples")},
        {"id": "loss", "title": "Loss, ‖ε_θ − ε‖² per coordinate", **free,
         "x": {"range": [0, 1.05 * steps], "label": "optimiser step"}, "y": {"range": [0, 1.1], "label": "loss"},
         "layers": loss},
        {"id": "over", "title": "Error ‖ε_θ − ε*‖ over lam, all classes", **free,
         "x": {"range": [-8, 8], "label": "log-SNR lam"}, "y": {"range": [-2.5, 0.5], "label": "log₁₀ error"},
         "layers": [*curve("curve_c", "conditional", "cond"), *curve("curve_u", "unconditional", "uncond")]},
        {"id": "field", "title": f"Learned guided field, class {name}", **plane, **z,
         "layers": _field("", "guided", extent)},
        {"id": "exact_field", "title": f"Exact{data} guided field, class {name}", **plane, **z,
         "layers": _field("exact_", "cond", extent)},
        {"id": "wrong_c", "title": f"Where ε_θ(z, {name}) is wrong", **plane, **z,
         "layers": _wrong("wrong_c", "cond", extent)},
        {"id": "wrong_u", "title": "Where ε_θ(z) is wrong", **plane, **z,
         "layers": _wrong("wrong_u", "uncond", extent)},
    ]  # fmt: skip


def scene(sweep: Sweep, p_uncond: float, steps: int, own: str, source: str, key: str) -> dict[str, Any]:
    """Samples and fields of the network beside the exact ones, the loss, and the errors of both branches.

    `own` says what the exact side is where the points are the visitor's, and is empty for the three Gaussians.
    """
    name = sweep.labels["class"][sweep.meta["class"]]
    words = [
        f"After {{count:0f}} steps ([cond]p_uncond = {p_uncond:g}[/]) the [cond]conditional[/] branch is off by "
        "[cond]{all_c:2g}[/], the [uncond]unconditional[/] by [uncond]{all_u:2g}[/] (length of ε_θ − ε*, root mean "
        "square over z and over lam from −8 to 8). "
        "At w = {w} (scale {s}) {own:0%} of the samples are classified as their class; of the exact field's, "
        "{exact_own:0%}.",
        f"At lam = {{lam}} the errors are [cond]{{rms_c:2g}}[/] and [uncond]{{rms_u:2g}}[/]. {source}",
    ]
    if own:
        words.append(own)
    return {
        "key": key,
        "coords": {"w": 3.0, "lam": 0.0},
        "sliders": {"w": "train-w", "lam": "train-lam"},
        "columns": 4,
        "panels": _panels(sweep.meta["extent"], name, " (fitted)" if own else "", steps),
        "caption": words,
        "alt": "Guided samples and field of a small network beside the exact ones, its loss, and maps of its error.",
    }
