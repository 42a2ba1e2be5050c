"""How arrays are sent: as finely as the screen can tell, by what the scene does with them.

float32, or whole numbers of two bytes or one between the least and the largest value: points to an eighth of a pixel on
a panel of 900, colours to one of 255 shades. What is read out or drawn as a curve, and what is multiplied by a
coordinate, stays float32.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.scene import REFS, Layer, Panel, Scene, arrays_of, read_out

PIXELS = 900 * 8  # of a panel's longer side, in eighths
LOG = 0.0015  # of a log-density whose contours are drawn: an eighth of a pixel where a standard deviation has 90
SHADE = 0.5 / 254
SMALL = 1024  # numbers: what is smaller is sent whole


@dataclass(frozen=True)
class Grain:
    """`size` bytes a number, and the largest error it may have; values outside `within` look like its ends."""

    size: int
    error: float = np.inf
    within: tuple[float, float] = (-np.inf, np.inf)

    def both(self, other: Grain) -> Grain:
        """What is fine enough for both."""
        within = min(self.within[0], other.within[0]), max(self.within[1], other.within[1])
        return Grain(max(self.size, other.size), min(self.error, other.error), within)


WHOLE = Grain(4, 0.0)


def grains(scene: Scene, arrays: Mapping[str, Any]) -> dict[str, Grain]:
    """How finely each array of a scene must be sent; arrays: name -> (array, dims)."""
    out = dict.fromkeys(read_out(scene), WHOLE)
    for panel in scene["panels"]:
        for layer in panel["layers"]:
            for name, grain in _uses(layer, _span(panel, arrays)):
                out[name] = out.get(name, grain).both(grain)
    return out


def _span(panel: Panel, arrays: Mapping[str, Any]) -> float:
    """The shorter range of a panel's axes, in their units; 0 where one is fitted to what is drawn."""

    def length(given: Any, at: int) -> float:
        if isinstance(given, str) and given in arrays:
            given = arrays[given][0][at : at + 2]
        return 0.0 if isinstance(given, (str, dict)) else float(abs(given[1] - given[0]))

    return min(length(panel["x"]["range"], 0), length(panel["y"]["range"], 2))


def _uses(layer: Layer, span: float) -> Iterator[tuple[str, Grain]]:
    """The arrays that a layer names, and how finely it needs each."""
    given: Any = layer
    fine = {
        **dict.fromkeys(("points", "path", "trails"), ("xy", Grain(2, span / PIXELS))), "arrows": ("uv", Grain(2)),
        "heat": ("rgb", Grain(1, SHADE, (0.0, 1.0))) if "rgb" in given else ("z", _shades(given)),
        "contour": ("z", Grain(2, LOG) if given.get("relative") else WHOLE),
    }.get(given["type"], ("", WHOLE))  # fmt: skip
    for part in (given, *given.get("vectors", ())):
        for key in REFS:
            for name in arrays_of(part[key]) if key in part else ():
                added = isinstance(part[key], dict) and "slope" in part[key] and key != "uv"
                yield name, fine[1] if key == fine[0] and not added else WHOLE


def _shades(layer: Mapping[str, Any]) -> Grain:
    if layer.get("relative"):
        return Grain(2, SHADE)
    low, high = layer.get("range", (0.0, 1.0))
    return WHOLE if "symmetric" in layer else Grain(1, (high - low) * SHADE, (low, high))


def encoded(array: Any, dims: tuple[str, ...], grain: Grain = WHOLE) -> dict[str, Any]:
    """An array as {"dims", "shape"} and either "f4": float32, or "u2" or "u1" with "low" and "step", the largest
    number being NaN; little-endian, C order, in base64."""
    values = np.asarray(array, dtype=np.float64)
    head: dict[str, Any] = {"dims": list(dims), "shape": list(values.shape)}
    if grain.size < 4 and values.size >= SMALL:
        coarse = np.clip(values, *grain.within)  # keeps NaN
        for size in (1, 2)[grain.size - 1 :]:
            top = 256**size - 2
            low, high = (float(f(coarse, initial=i)) for f, i in ((np.nanmin, np.inf), (np.nanmax, -np.inf)))
            step = (high - low) / top
            if 0 < step <= 2 * grain.error and np.isfinite(step):
                whole = np.where(np.isnan(coarse), top + 1, np.rint((coarse - low) / step)).astype(f"<u{size}")
                return {**head, "low": low, "step": step, f"u{size}": _text(whole)}
    limit = np.finfo(np.float32).max
    return {**head, "f4": _text(np.clip(values, -limit, limit).astype("<f4"))}


def _text(array: NDArray) -> str:
    return base64.b64encode(array.tobytes()).decode()
