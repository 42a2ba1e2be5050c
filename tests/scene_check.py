"""What a scene names that is not there: arrays, entries, colours, numbers of captions, coordinates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from demo import caption
from demo.scene import REFS, SCHEMA, arrays_of, refs, sentences
from demo.sweep import Sweep

STAGE = Path(__file__).parents[1] / "demo" / "stage"
COLORS = set(re.findall(r"--stage-(\w+)\s*:", (STAGE / "stage.css").read_text()))
MAPS = {"density", "diverging", "paper"}


def closed(schema: Any) -> Any:
    """The schema with no other keys than those it names."""
    if isinstance(schema, dict):
        out = {key: closed(value) for key, value in schema.items()}
        return {**out, "additionalProperties": False} if "properties" in schema else out
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


VALIDATOR = Draft202012Validator(closed(json.loads(SCHEMA.read_text(encoding="utf-8"))))


def problems(sweep: Sweep, scene: dict[str, Any]) -> list[str]:
    """Every fault of a scene, in words; none where it can be drawn as it says."""
    faults = VALIDATOR.iter_errors(json.loads(json.dumps(scene)))
    out = [f"{fault.json_path}: {fault.message[:200]}" for fault in faults]
    ids = [panel["id"] for panel in scene["panels"]]
    if len(set(ids)) != len(ids):
        out.append(f"panels share an id: {ids}")
    for panel in scene["panels"]:
        for layer in panel["layers"]:
            where = f"{panel['id']}/{layer.get('name') or layer['type']}"
            out += [f"{where}: {problem}" for problem in _layer(sweep, scene, layer)]
        if "drags" in panel and panel["drags"] not in sweep.arrays:
            out.append(f"{panel['id']} drags {panel['drags']}, which is no array")
    for coord in scene["coords"]:
        axes = {axis.split(":")[0] for axis in sweep.axes}
        linear = any(ref.get("by") == coord for ref in refs(scene) if isinstance(ref, dict))
        if coord not in axes and not linear and sweep.arrays:
            out.append(f"the slider of {coord} moves nothing")
    parts = {panel["part"] for panel in scene["panels"] if "part" in panel}
    if isinstance(scene["caption"], dict) and set(scene["caption"]) != parts:
        out.append(f"the caption is for the parts {sorted(scene['caption'])}, the panels for {sorted(parts)}")
    for sentence in sentences(scene):
        out += _sentence(sweep, scene, sentence)
    out += [f"label {name} is no colour" for name in sweep.labels.get("class", ()) if name not in COLORS]
    if set(scene["sliders"]) != set(scene["coords"]):
        out.append("coordinates and sliders differ")
    return out


def _layer(sweep: Sweep, scene: dict[str, Any], layer: dict[str, Any]) -> Iterator[str]:
    parts = [layer, *layer.get("vectors", ()), *([layer["sum"]] if "sum" in layer else [])]
    for part in parts:
        for key in REFS:
            if key in part:
                yield from _ref(sweep, scene, part[key])
    for color in (part["color"] for part in parts if "color" in part):
        if color not in COLORS and not re.fullmatch(r"#[0-9a-f]{6}", color):
            yield f"{color} is no colour"
    if layer.get("dash") == []:
        yield "an empty dash is dashed in the legend"
    name = layer.get("map", "density")
    if name not in MAPS and name.removeprefix("class:") not in COLORS:
        yield f"{name} is no colour map"
    if layer["type"] in ("heat", "contour", "points", "arrows", "path"):
        drawn = _drawn_dims(sweep, layer[next(key for key in REFS if key in layer)])
        if layer["type"] in ("heat", "contour") and drawn is not None and drawn[-2:] != ("y", "x"):
            yield f"a map is drawn of [{', '.join(drawn)}]"
        if layer["type"] in ("points", "arrows", "path") and drawn is not None and drawn[-1:] != ("xy",):
            yield f"{layer['type']} are drawn of [{', '.join(drawn)}]"


def _drawn_dims(sweep: Sweep, ref: Any) -> tuple[str, ...] | None:
    """The dimensions that are left of an array when live ones and picked ones are gone."""
    names = arrays_of(ref)
    if not names or names[0] not in sweep.arrays:
        return None
    pick = ref.get("pick", {}) if isinstance(ref, dict) else {}
    return tuple(d for d in sweep.arrays[names[0]][1] if d not in sweep.axes and d not in pick)


def _ref(sweep: Sweep, scene: dict[str, Any], ref: Any) -> Iterator[str]:
    for name in arrays_of(ref):
        if name not in sweep.arrays:
            yield f"there is no array {name}"
            return
    if not isinstance(ref, dict):
        return
    for name in arrays_of(ref):
        array, dims = sweep.arrays[name]
        still = [d for d in dims if d not in sweep.axes]
        for i, (dim, index) in enumerate(ref.get("pick", {}).items()):
            if i >= len(still) or still[i] != dim:
                yield f"{name} [{', '.join(dims)}] cannot be picked by {dim}"
            elif not 0 <= index < array.shape[dims.index(dim)]:
                yield f"{name} has no {dim} {index}"
    if "slope" in ref and ref["by"] not in scene["coords"]:
        yield f"{ref['by']} is no coordinate"
    if "base" in ref and "slope" in ref and sweep[ref["base"]].shape[1:] != sweep[ref["slope"]].shape[1:]:
        yield f"{ref['base']} and {ref['slope']} differ in shape"


def _sentence(sweep: Sweep, scene: dict[str, Any], sentence: str) -> Iterator[str]:
    for number in caption.numbers(sentence):
        for name in number.arrays:
            plain = len(number.arrays) == 1 and (name in scene["coords"] or (name == "s" and "w" in scene["coords"]))
            if not plain and name not in sweep.arrays:
                yield f"the caption names {name}, which is no array"
        if number.by and number.by not in scene["coords"]:
            yield f"the caption names {number.by}, which is no coordinate"
    for color in caption.colors(sentence):
        if color not in COLORS:
            yield f"the caption's colour {color} is none"
