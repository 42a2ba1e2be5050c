"""What a frame of a live run draws: the pictures of both sides so far, and what the classifier says at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from demo.scene import Panel, Scene, Sheet, picture_panel, pictures
from demo.sweep import Named, Sweep
from demo.view import packed
from demo.views.cifar.gallery import TILE, a, gallery, gallery_scene
from demo.views.cifar.settings import Cifar

ASK = "Rendered beforehand. Press “Sample live” to draw pictures of your own."


def waiting() -> str:
    """The stage's value before anything was asked for: pictures of the gallery, and what to do."""
    sweep, scene = gallery(Cifar()), gallery_scene(gallery(Cifar()), Cifar())
    more: Any = {"panels": scene["panels"][:2], "beside": [], "coords": {"w": Cifar().w}, "sliders": {}}
    return packed(sweep, {**scene, **more, "caption": [ASK, sweep.meta.get("source", "")]})


def frame_value(frame: Mapping[str, Any]) -> str:
    """The stage's value of a frame of `live.frames`."""
    return packed(*drawn(frame))


def drawn(frame: Mapping[str, Any]) -> tuple[Sweep, Scene]:
    n, w, each, said = len(frame["names"]), frame["w"], frame.get("each", ()), frame.get("numbers", {})
    sides = {"first": 0, "at": n}
    arrays: dict[str, Named] = {
        "w_here": (np.array([w]), ("one",)), "step": (np.array([frame["step"]]), ("one",)),
        "place": (np.arange(float(n)), ("marked",)),
        **{side: (np.arange(n) + float(start), ("place",)) for side, start in sides.items()},
    }  # fmt: skip
    for side, start in sides.items() if each else ():
        arrays |= {f"{side}_each": (np.array(each[start : start + n]), ("place",)),
                   f"{side}_marked": (np.array(each[start : start + n]), ("marked",))}  # fmt: skip
    for side, numbers in zip(sides, (said["zero"], said["at"]), strict=True) if said else ():
        arrays |= {f"{side}_{key}": (np.array([x]), ("one",)) for key, x in numbers.items() if x is not None}
    beside = frame["beside"]
    scene: Scene = {
        "panels": [
            _side("first", _title(beside["w"], beside["rule"]), frame),
            _side("at", _title(w, frame["rule"]), frame),
        ],
        "caption": [*_words(frame, arrays), frame["source"]],
        "marks": ["step", "w_here"],
        "alt": f"{n} pictures sampled now, each from the same noise on both sides.",
        "coords": {}, "sliders": {},
    }  # fmt: skip
    return Sweep({"marked": np.arange(float(n))}, arrays), scene


def _title(w: float, rule: str) -> str:
    return f"w = {w:g} (scale 1 + w = {1 + w:g}){': ' if rule else ''}{rule}".replace("-", "−")


def _side(side: str, title: str, frame: Mapping[str, Any]) -> Panel:
    names: list[str] = frame["names"]
    across = min(5 if len(set(names)) > 1 else math.ceil(math.sqrt(0.75 * len(names))), len(names))  # upright
    sheet: Sheet = {"sheet": frame["src"], "file": "live", "tile": TILE, "columns": frame["columns"]}
    more: Any = {"numbers": f"{side}_each"} if "each" in frame else {}
    return {
        "id": side, "title": title, "source": "learned", "picks": "marked",
        **picture_panel(across, -(-len(names) // across)),
        "layers": [pictures("", side, across, sheet, mark="place", names=names, **more)],
    }  # fmt: skip


def _words(frame: Mapping[str, Any], arrays: Mapping[str, Named]) -> list[str]:
    """What is seen, in sentences: how far it is, or what our classifier says at the end."""
    names, rule, against = frame["names"], frame["rule"], frame["against"]
    if frame["state"] == "stopped":
        return [f"Stopped at step {frame['step']} of {frame['steps']}: half-way guesses, blurred by the noise that is "
                "left.", "They are not samples, so they are not judged."]  # fmt: skip
    if frame["state"] == "running":
        return [f"Step {frame['step']} of {frame['steps']}: the pictures predicted so far."]
    by = f"By guidance {rule} our" if rule else "Our"
    if len(names) == 1:
        return [f"{by} classifier is {{at_confidence:0%}} sure that this is {a(names[0])} "
                f"({{first_confidence:0%}} {against})."]  # fmt: skip
    what = "the class they were asked for" if len(set(names)) > 1 else a(names[0])
    kept = " To it, two pictures of a class are {at_distance:2f} apart ({first_distance:2f} " + against + ")."
    return [
        f"{by} classifier calls {{at_accuracy:0%}} of these {len(names)} pictures {what} "
        f"({{first_accuracy:0%}} {against}).",
        f"Its mean confidence is {{at_confidence:0%}} ({{first_confidence:0%}} {against}); in the marked one it is "
        "{at_marked:0%}." + (kept if {"at_distance", "first_distance"} <= set(arrays) else ""),
    ]
