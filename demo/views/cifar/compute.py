"""The figures measured of our CIFAR-10 model over w, from assets/cifar/curves.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from demo.sweep import Sweep
from demo.views.cifar.gallery import ASSETS, DAMAGED
from demo.views.cifar.settings import Cifar

INDEPENDENT = "frechet_efficientnet"  # figures by a network that is not ours, where they were measured


def compute(s: Cifar, folder: Path = ASSETS) -> Sweep:
    """Arrays over w: each figure under its name, the same of real images as real_NAME, and w_axis.

    meta: n images at each w, `frechet`, the name of that figure, and `real`; no arrays where the file is missing or
    damaged.
    """
    try:
        return measured_sweep(json.loads((folder / "curves.json").read_text(encoding="utf-8")))
    except DAMAGED:
        return Sweep({}, {})


def measured_sweep(record: dict[str, Any]) -> Sweep:
    """Raises KeyError, TypeError, IndexError or ValueError where the record lacks what is drawn."""
    rows, real = record["rows"], record["real"]
    frechet = INDEPENDENT if INDEPENDENT in rows[0] else "frechet"
    figures = ("confidence", "distance", "recall", frechet)
    w = np.array([float(row["w"]) for row in rows])
    arrays = {key: (np.array([float(row[key]) for row in rows]), ("w",)) for key in figures}
    arrays |= {f"real_{key}": (np.full(len(rows), float(real[key])), ("w",)) for key in figures}
    meta = {"n": int(record["n"]), "frechet": frechet}
    return Sweep({"w": w}, {"w_axis": (w, ("w",)), **arrays}, meta=meta)
