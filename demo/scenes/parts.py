"""Axes, panels and layers as the stage reads them: what scenes are put together from.

`more` are the fields that a layer may have beside its own: color, width, dash, size, opacity, toggle, on, pick, …
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cfg_core.sweeps.toy import CLASS_NAMES

Part = dict[str, Any]

LEVELS = (-4.5, -2.0, -0.5)  # of a log density below its maximum: 3, 2 and 1 standard deviations of a Gaussian


def axis(low: float, high: float, label: str = "") -> Part:
    return {"range": [low, high], "label": label}


def plane(half: float, letter: str, **more: Any) -> Part:
    """The fields of a square panel with the coordinates x₁, x₂ (or z₁, z₂) from −half to half."""
    x, y = axis(-half, half, f"{letter}₁"), axis(-half, half, f"{letter}₂")
    return {"aspect": "equal", "legend": True, "x": x, "y": y, **more}


def heat(name: str, z: Any, extent: Sequence[float], **more: Any) -> Part:
    return {"type": "heat", "name": name, "z": z, "extent": extent, **more}


def contour(name: str, z: Any, extent: Sequence[float], color: str, **more: Any) -> Part:
    return {"type": "contour", "name": name, "z": z, "extent": extent, "color": color, **more}


def log_contour(name: str, z: Any, extent: Sequence[float], color: str, **more: Any) -> Part:
    """Contours of a log density at 1, 2 and 3 standard deviations of a Gaussian."""
    return contour(name, z, extent, color, levels=LEVELS, relative="max", **more)


def points(name: str, xy: Any, **more: Any) -> Part:
    return {"type": "points", "name": name, "xy": xy, **more}


def arrows(name: str, xy: Any, uv: Any, color: str, **more: Any) -> Part:
    return {"type": "arrows", "name": name, "xy": xy, "uv": uv, "color": color, **more}


def path(name: str, xy: Any, color: str, **more: Any) -> Part:
    return {"type": "path", "name": name, "xy": xy, "color": color, **more}


def line(name: str, xy: Any, color: str, **more: Any) -> Part:
    """A path whose two ends are not marked."""
    return path(name, xy, color, ends=False, **more)


def curve(name: str, x: Any, y: Any, color: str, **more: Any) -> Part:
    """A line of one array against another; `dot` is where the slider stands on it."""
    return {"type": "curve", "name": name, "x": x, "y": y, "color": color, **more}


def dot(x: Any, y: Any, color: str, size: float = 5, **more: Any) -> Part:
    return {"type": "dot", "x": x, "y": y, "color": color, "size": size, **more}


def linear(base: str, slope: str, **more: Any) -> Part:
    """An array of the sweep plus w times another, added in the browser."""
    return {"base": base, "slope": slope, "by": "w", **more}


def targets(extent: Sequence[float], width: float) -> list[Part]:
    """Contours of the tilted target of each class."""
    return [
        log_contour(
            "target p(x|c) p(c|x)^w", linear("log_pxc", "log_pcx", pick={"class": c}), extent, name,
            group="target", width=width, toggle=True,
        )
        for c, name in enumerate(CLASS_NAMES)
    ]  # fmt: skip


def guided_samples(array: str) -> Part:
    return points("guided samples", array, size=2.1, opacity=0.75, toggle=True)
