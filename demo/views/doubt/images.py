"""What "On images" shows: who is convinced by guided CIFAR-10 images, from assets/cifar/guides.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import ASSETS
from demo.place import address
from demo.sweep import Sweep
from demo.views.doubt.settings import JUDGES, Doubt

DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError)
BASE = "cfg"  # the way that the others are compared with: no classifier has a part in it
BY_CLASSIFIER = ("classifier", "classifier_u")
SHOWN = ("airplane", "automobile", "deer", "horse", "ship", "truck")  # classes of the pictures
TILE = 32  # pixels of a picture

Array = NDArray[np.float64]


def compute(s: Doubt, folder: Path = ASSETS) -> Sweep:
    """Arrays over w for each way, and over noise levels; none where a file is missing or damaged.

    guide_WAY and other_WAY, the mean p(c|x) of the guiding classifier and of the chosen judge; right_WAY, the share
    that the judge takes for the class asked for; gap_WAY and se_WAY, the guide's p(c|x) less the judge's and its
    standard error, in percentage points; frechet_WAY where it was measured. real_gap and real_frechet, the same of real
    images. lam_axis, accuracy and chance [level]. meta: what the scene says of them.
    """
    try:
        record = json.loads((folder / "guides.json").read_text(encoding="utf-8"))
        trained = json.loads((folder / "noisy_classifier.json").read_text(encoding="utf-8"))
        return _sweep(record, trained, s.against, folder / "gallery" / "guides.webp")
    except DAMAGED:
        return Sweep({}, {})


def _sweep(record: dict[str, Any], trained: dict[str, Any], against: str, sheet: Path) -> Sweep:
    rows, ways = {(row["way"], row["w"]): row for row in record["rows"]}, record["ways"]
    w = np.array([x for x in record["w"] if all((way, x) in rows for way in ways)])
    if not len(w):
        raise ValueError("no w was measured by every way")
    judge = against if against in record["real"] else next(iter(JUDGES))

    def over_w(name: str, way: str, times: float = 1.0) -> Array:
        return times * np.array([float(rows[way, x][name]) for x in w])

    arrays: dict[str, Any] = {"w_axis": (w, ("w",)), "diagonal": (np.array([[0.0, 0.0], [1.0, 1.0]]), ("end", "xy"))}
    for way in ways:
        arrays |= {f"guide_{way}": (over_w("guide", way), ("w",)), f"other_{way}": (over_w(judge, way), ("w",))}
        arrays |= {f"{key}_{way}": (over_w(f"{key}_{judge}", way, 100), ("w",)) for key in ("gap", "se")}
        arrays[f"right_{way}"] = over_w(f"right_{judge}", way), ("w",)
        if "frechet" in record["real"]:
            arrays[f"frechet_{way}"] = over_w("frechet", way), ("w",)
    real = record["real"]
    for key, values in {"gap": 100 * real[f"gap_{judge}"], "frechet": real.get("frechet")}.items():
        if values is not None:
            arrays[f"real_{key}"] = np.full(len(w), values), ("w",)
    lam, accuracy = (np.array(trained["test"][key], dtype=float) for key in ("lam", "accuracy"))
    arrays |= {
        "lam_axis": (lam, ("level",)), "accuracy": (accuracy, ("level",)),
        "chance": (np.full(len(lam), 1 / len(CLASSES)), ("level",)),
    }  # fmt: skip
    axes, shown = {"w": w}, _tiles(record, sheet)
    if shown:
        axes["w:shown"], arrays["tiles"] = shown
    meta = {
        "ways": ways, "judge": judge, "asked": against, "n": int(record["n"]), "seed": int(record["seed"]),
        "steps": int(record["steps"]), "real": [float(real["guide"]), float(real[judge])],
        "real_gap": 100 * float(real[f"gap_{judge}"]), "excess": largest_excess(arrays, w),
        "sheet": _address(sheet, record), "at": [float(x) for x in record["w"]],
        "parameters": trained["parameters"], "images_seen": trained["images_seen"],
        "accuracy": dict(zip(trained["test"]["lam"], trained["test"]["accuracy"], strict=True)),
    }  # fmt: skip
    return Sweep(axes, arrays, meta=meta)


def largest_excess(arrays: dict[str, Any], w: Array) -> dict[str, Any]:
    """Where a classifier that guided is farthest beyond the judge, against classifier-free guidance at the same w > 0.

    way, w, points (the difference of the two gaps), se (its standard error, the two sets of images taken as
    independent).
    """
    found = []
    for way in BY_CLASSIFIER:
        points = arrays[f"gap_{way}"][0] - arrays[f"gap_{BASE}"][0]
        error = np.hypot(arrays[f"se_{way}"][0], arrays[f"se_{BASE}"][0])
        found += [
            {"way": way, "w": float(x), "points": float(p), "se": float(e)}
            for x, p, e in zip(w, points, error, strict=True)
            if x > 0
        ]
    return max(found, key=lambda cell: cell["points"] / max(cell["se"], 1e-9))


def _tiles(record: dict[str, Any], sheet: Path) -> tuple[Array, Any] | None:
    """The tiles of the measured w nearest to w: an axis of w, and [w, place] along it; None without a sheet.

    The sheet has a row of all classes for each way at each w. Between two values the tiles change at once, just below
    the middle: no position of the slider lies within the step, where they would be numbers between two tiles.
    """
    if not sheet.exists():
        return None
    w, ways = np.array(record["w"], dtype=float), len(record["ways"])
    columns = np.array([CLASSES.index(name) for name in SHOWN])
    rows = np.arange(len(w) * ways).reshape(len(w), ways)
    tiles = (rows[:, :, None] * len(CLASSES) + columns).reshape(len(w), -1).astype(float)
    middle = (w[1:] + w[:-1]) / 2
    edges = np.concatenate([[w[0]], np.stack([middle - 2e-4, middle - 1e-4], 1).ravel(), [w[-1]]])
    return edges, (np.repeat(tiles, 2, axis=0), ("w:shown", "place"))


def _address(sheet: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Of the sheet of pictures, as a layer takes it."""
    where = address(sheet, record["noisy_classifier_sha256"][:8])
    return {"sheet": where, "file": "assets/cifar/gallery/guides.webp", "tile": TILE, "columns": len(CLASSES)}
