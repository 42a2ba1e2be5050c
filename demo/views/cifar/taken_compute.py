"""What w takes away of a class, from assets/cifar/taken/: arrays for the slider's positions and over w."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.files import short_name
from cfg_core.images.shipped import ASSETS
from demo.place import address
from demo.sweep import Sweep
from demo.views.cifar.gallery import DAMAGED
from demo.views.cifar.settings import ALL, Cifar

FOLDER = "taken"
PLACES = 24  # for pictures that no sample is near any more

Row = dict[str, Any]


def taken(s: Cifar, folder: Path = ASSETS) -> Sweep:
    """The class's mean pictures, the test images that are left out at each w, and how many.

    Along "w" lie the slider's positions, each with what was measured at the w nearest to it (`shown`); along
    "w:measured" the values of w themselves. Without arrays, and meta["problem"], where there is nothing to show.
    """
    return _from(s, folder, _pictures)


def spread(s: Cifar, folder: Path = ASSETS) -> Sweep:
    """Spectra, effective dimensions and sorted distances of the class, in the same form."""
    return _from(s, folder, _distances)


def _from(s: Cifar, folder: Path, make: Any) -> Sweep:
    if s.pick == ALL:
        return Sweep({}, {}, meta={"problem": "One class at a time is looked at here: choose a class."})
    path = folder / FOLDER / f"{s.pick}.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return make(record, _Axes(record), path)
    except DAMAGED as problem:
        words = (
            f"{short_name(path)} is missing or damaged ({type(problem).__name__}): `python -m cfg_core.commands.taken` "
        )
        return Sweep({}, {}, meta={"problem": f"{words}makes it."})


class _Axes:
    """The rows of a record by w, and which of them is shown at each position of the slider."""

    def __init__(self, record: Row) -> None:
        field = Cifar.fields()["w"]
        self.rows: list[Row] = [row for name, row in record["sets"].items() if name != "other"]
        self.names = [name for name in record["sets"] if name != "other"]
        self.w = np.array([float(row["w"]) for row in self.rows])
        self.slider = np.arange(field.low, field.high + field.step / 2, field.step)
        self.at = np.abs(self.slider[:, None] - self.w).argmin(1)  # [position]

    def over(self, key: str) -> NDArray:
        """A number of each row, [w]."""
        return np.array([float(row[key]) for row in self.rows])


def _both(axes: _Axes, numbers: dict[str, NDArray]) -> Sweep:
    """Each array [w, ...] as it is shown along the slider, the scalar ones over w as well, under `over_NAME`."""
    shown = {"shown": axes.w, "shown_scale": 1 + axes.w, **numbers}
    arrays: dict[str, Any] = {}
    for name, values in shown.items():
        dims = ("place",) * (values.ndim == 2) or ("point", "xy") * (values.ndim == 3)
        arrays[name] = (values[axes.at], ("w", *dims))
        if values.ndim == 1:
            arrays[f"over_{name}"] = (values, ("w:measured",))
    return Sweep({"w": axes.slider, "w:measured": axes.w}, arrays)


def _about(record: Row) -> dict[str, Any]:
    """What a sentence says of how it was measured."""
    keys = ("noises", "seed", "steps", "near", "w", "model_sha256", "suspicious_percent")
    return {key: record[key] for key in keys} | {"name": record["class"], "images": record["real"]["images"]}


def _pictures(record: Row, axes: _Axes, path: Path) -> Sweep:
    tiles = record["tiles"]
    means = [
        [tiles["mean"][axes.names[0]], tiles["mean"][name], tiles["mean"]["real"], tiles["change"][name]]
        for name in axes.names
    ]
    left = np.full((len(axes.w), PLACES), -1.0)
    numbers = left.copy()
    for i, row in enumerate(axes.rows):
        for place, one in enumerate(row["shown"][:PLACES]):
            left[i, place], numbers[i, place] = one["tile"], one["test"]
    other = record["sets"]["other"]["left_out"]
    made = _both(
        axes,
        {"means": np.array(means, dtype=float), "left": left, "numbers": numbers,
         "left_out": axes.over("left_out"), "near": axes.over("near"),
         "other": np.full(len(axes.w), float(other)), "first": np.full(len(axes.w), axes.over("near")[0])},
    )  # fmt: skip
    sheet = path.with_suffix(".webp")
    if not sheet.exists():
        raise FileNotFoundError(sheet)
    where = {
        "sheet": address(sheet, record["model_sha256"][:8]), "file": short_name(sheet),
        "tile": 32, "columns": int(record["columns"]),
    }  # fmt: skip
    return made.merged(Sweep({}, {}, meta={**_about(record), "sheet": where}))


def _distances(record: Row, axes: _Axes, path: Path) -> Sweep:
    real, first = record["real"], axes.rows[0]
    percent = np.array(record["percent"], dtype=float)

    def spectrum(row: Row) -> NDArray:
        values = np.array(row["spectrum"], dtype=float)
        return np.stack([np.arange(1, len(values) + 1), np.log10(np.maximum(values, 1e-6))], axis=-1)

    def sorted_(row: Row, key: str) -> NDArray:
        return np.stack([percent, np.array(row[key], dtype=float)], axis=-1)

    numbers: dict[str, NDArray] = {"spectrum": np.stack([spectrum(row) for row in axes.rows])}
    fixed = {"real_spectrum": spectrum(real), "first_spectrum": spectrum(first)}
    for key in ("to_sample", "among", "to_training"):
        numbers[key] = np.stack([sorted_(row, key) for row in axes.rows])
        fixed[f"real_{key}"] = sorted_(real, key)
        fixed[f"first_{key}"] = sorted_(first, key)
    n = record["noises"]
    numbers |= {
        "dimensions": axes.over("dimensions"), "suspicious": axes.over("suspicious") / n,
        "real_dimensions": np.full(len(axes.w), float(real["dimensions"])),
        "expected": np.full(len(axes.w), record["suspicious_percent"] / 100),
        "first_dimensions": np.full(len(axes.w), float(first["dimensions"])),
        "variance": np.array([sum(row["spectrum"]) for row in axes.rows]),
        "real_variance": np.full(len(axes.w), sum(real["spectrum"])),
        "first_variance": np.full(len(axes.w), sum(first["spectrum"])),
    }  # fmt: skip
    made = _both(axes, numbers)
    lines = {name: (values, ("point", "xy")) for name, values in fixed.items()}
    return made.merged(Sweep({}, lines, meta=_about(record)))
