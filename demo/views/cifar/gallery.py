"""The pictures rendered beforehand, one class or all: the same noises at w = 0 and at every w of the slider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.files import short_name
from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import ASSETS
from demo.place import address
from demo.scene import TALL, Layer, Panel, Ref, Scene, Sheet, picked, picture_panel, pictures
from demo.sweep import Named, Sweep
from demo.views.cifar.settings import ALL, Cifar

DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError)
TILE = 32  # pixels of a picture
ACROSS = {True: 6, False: 3}  # pictures in a row: of all classes, a row each, or of one
NEAR = "w:near"  # the slider's positions
NAMED = 1.3  # tiles: a row of small pictures and a word above or below it
FILM = 7  # of one noise at every w
PROBLEM = "{problem} is missing or damaged."


def gallery(s: Cifar, folder: Path = ASSETS) -> Sweep:
    """Which tile stands where at each w, and what the classifier says of it; no arrays where a file is missing.

    w_here, confidence, accuracy, kept [w], their values at w = 0 as first_NAME; tiles and each [w, class, place],
    first and first_each [class, place], place [marked, class]; of the marked one twin [w, marked, class, two],
    film [marked, class, place], film_here [w], marked_confidence [w, marked]. meta: names, files, and the source.
    """
    path = folder / "gallery" / "gallery.json"
    names = CLASSES if s.pick == ALL else (s.pick,)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        w, version = np.array(record["w"], dtype=float), record["model_sha256"][:8]
        rows = [record["classes"][name] for name in names]
        numbers = {key: np.array([row[key] for row in rows]) for key in rows[0]}
        source = (
            f"Rendered beforehand by the network that ships with this page: trained by us, {record['images_seen']:,} "
            f"images seen; seed {record['seed']}, {record['sampler']}, {record['steps']} steps; weights {version}. Not "
            "photographs."
        )
        noises = ACROSS[True] if s.pick == ALL else int(record["noises"])
        each = np.moveaxis(numbers["each"], 0, 1)[..., :noises]
    except DAMAGED:
        return Sweep({}, {}, meta={"problem": short_name(path)})
    files = [folder / "gallery" / f"{name}.webp" for name in names]
    sheets = [_sheet(file, version, len(w)) for file in files]
    if missing := [short_name(file) for file in files if not file.exists()]:
        return Sweep({}, {}, meta={"problem": ", ".join(missing)})
    zero, counted = int(np.argmin(abs(w))), len(names) * int(record["noises"])
    means: dict[str, NDArray] = {key: numbers[key].mean(axis=0) for key in ("confidence", "accuracy", "distance")}
    arrays: dict[str, Named] = {
        "w_here": (w, (NEAR,)), "scale_here": (1 + w, (NEAR,)),
        "kept": (means["distance"] / means["distance"][zero], (NEAR,)),
        **{key: (means[key], (NEAR,)) for key in ("confidence", "accuracy")},
        **{f"first_{key}": (means[key][zero : zero + 1], ("one",)) for key in ("confidence", "accuracy")},
        **_places(w, zero, len(names), noises), "each": (each, (NEAR, "class", "place")),
        "first_each": (each[zero], ("class", "place")),
        "marked_confidence": (each.reshape(len(w), -1), (NEAR, "marked")),
    }  # fmt: skip
    meta = {"names": names, "sheets": sheets, "noises": noises, "counted": counted, "source": source, "film": _film(w)}
    return Sweep({NEAR: w, "marked": np.arange(float(len(names) * noises))}, arrays, meta=meta)


def _sheet(file: Path, version: str, columns: int) -> Sheet:
    return {"sheet": address(file, version), "file": short_name(file), "tile": TILE, "columns": columns}


def _film(w: NDArray) -> list[int]:
    """The values of w, by their place, at which the marked noise is shown: the whole ones and those about 0."""
    return [i for i, x in enumerate(w) if x == round(x) or abs(x) < 2]


def _places(w: NDArray, zero: int, classes: int, noises: int) -> dict[str, Named]:
    """The tiles of every place: on a class's sheet a row is a noise and a column a value of w."""
    rows, film, marked = len(w) * np.arange(noises), np.array(_film(w)), np.arange(classes * noises)
    at = np.arange(len(w))[:, None, None] + np.broadcast_to(rows, (classes, noises))
    own = np.where(marked[:, None] // noises == np.arange(classes), marked[:, None] % noises, -1)  # [marked, class]
    row = np.where(own >= 0, len(w) * own, -1)[..., None]
    there = np.where(row >= 0, row + film, -1)
    pair = np.stack([np.full(len(w), zero), np.arange(len(w))], axis=-1)[:, None, None]
    return {
        "tiles": (at.astype(float), (NEAR, "class", "place")),
        "first": (at[zero].astype(float), ("class", "place")),
        "place": (own.astype(float), ("marked", "class")),
        "film": (there.astype(float), ("marked", "class", "place")),
        "film_here": (abs(w[film] - w[:, None]).argmin(axis=1).astype(float), (NEAR,)),
        "twin": (np.where(row >= 0, row + pair, -1).astype(float), (NEAR, "marked", "class", "place")),
    }


def gallery_scene(sweep: Sweep, s: Cifar) -> Scene:
    """Two walls of the same noises, the marked one large beside itself at w = 0, and the same noise at every w."""
    if not sweep.arrays:
        words = PROBLEM.format(**sweep.meta)
        return {"panels": [], "caption": [words], "alt": words}
    about, w = sweep.meta, sweep["w_here"]
    names, n, several = about["names"], about["noises"], s.pick == ALL
    across, tall = ACROSS[several], NAMED if several else 1.0
    high = -(-n // across) * tall

    def more(name: str) -> Any:
        return {"rows": [name]} if several else {}

    def wall(id_: str, title: str, tiles: str, numbers: str) -> Panel:
        layers: list[Layer] = [
            pictures(
                "", picked(tiles, **{"class": c}), across, sheet, tall=tall, mark=picked("place", **{"class": c}),
                up=round((len(names) - 1 - c) * high, 4), names=[name] * n, numbers=picked(numbers, **{"class": c}),
                **more(name),
            )
            for c, (name, sheet) in enumerate(zip(names, about["sheets"], strict=True))
        ]  # fmt: skip
        return {
            "id": id_, "title": title, "source": "precomputed", **picture_panel(across, len(names), high),
            "picks": "marked", "layers": layers,
        }  # fmt: skip

    def of_marked(id_: str, title: str, across: int, tall: float, words: list[str], here: Ref | None) -> Panel:
        more: Any = {"words": words, "tall": tall, **({"mark": here} if here else {})}
        layers: list[Layer] = [
            pictures("", picked(id_, **{"class": c}), across, sheet, **more) for c, sheet in enumerate(about["sheets"])
        ]
        rows = -(-len(words) // across)
        return {"id": id_, "title": title, "source": "precomputed", **picture_panel(across, rows, tall),
                "layers": layers}  # fmt: skip

    film = [_signed(w[i]) for i in about["film"]]
    what = f"{about['counted']} pictures {'the class they were asked for' if several else a(s.pick)}"
    return {
        "panels": [
            wall("first", "w = 0 (scale 1): no guidance", "first", "first_each"),
            wall("at", "w = {w_here} (scale 1 + w = {scale_here})", "tiles", "each"),
            of_marked("twin", "The marked one", 2, TALL, ["w = 0", "at this w"], None),
            of_marked("film", "The same noise at each w", FILM, NAMED, film, "film_here"),
        ],
        "caption": [
            f"Our classifier calls {{accuracy:0%}} of these {what} ({{first_accuracy:0%}} at w = 0).",
            "Its mean confidence is {confidence:0%} ({first_confidence:0%} at w = 0); in the marked one it is "
            "{marked_confidence:0%}. To it, two pictures of a class are {kept:0%} as far apart as at w = 0.",
            about["source"],
        ],
        "beside": ["twin", "film"],
        "marks": ["w_here"],
        "alt": f"Pictures of {'all ten classes' if several else s.pick} from the same noises at w = 0 and at w.",
    }  # fmt: skip


def a(name: str) -> str:
    """A class with its article."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _signed(x: float) -> str:
    return f"{x:g}".replace("-", "−")
