"""The figures measured of our CIFAR-10 model over w, from assets/cifar/curves.json."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cfg_core.images.cifar import CLASSES
from cfg_core.images.curves import Curves, read
from cfg_core.images.shipped import ASSETS
from demo.shapes import error_bars
from demo.sweep import Named, Sweep
from demo.views.cifar.gallery import DAMAGED
from demo.views.cifar.settings import ALL, Cifar

INDEPENDENT = "_efficientnet"  # ends the name of a figure by a network that is not ours
BOTH = ("frechet_efficientnet", "frechet", "kid_efficientnet", "kid")  # the distances from real images, the best first


def compute(s: Cifar, folder: Path = ASSETS) -> Sweep:
    """The figures of all images or of one class; no arrays where the file is missing or damaged."""
    try:
        return measured_sweep(read(folder / "curves.json"), None if s.measured == ALL else CLASSES.index(s.measured))
    except DAMAGED:
        return Sweep({}, {})


def measured_sweep(curves: Curves, c: int | None = None) -> Sweep:
    """Arrays over w: each figure's mean under its name, its standard deviation over the seeds as sd_NAME, the same of
    real images as real_NAME, and w_axis; bars_NAME [bar, point, xy] are the error bars.

    meta: n images at each w, the seeds, `distance`, the name of the distance from real images. Raises KeyError,
    TypeError, IndexError or ValueError where the record lacks what is drawn.
    """
    distance = next(name for name in BOTH if name in curves.figures(c))
    w = curves.w
    arrays: dict[str, Named] = {"w_axis": (w, ("w",))}
    for name in ("confidence", "distance", "recall", distance):
        mean, sd = curves.curve(name, c)
        arrays |= {
            name: (mean, ("w",)),
            f"sd_{name}": (sd, ("w",)),
            f"real_{name}": (np.full(len(w), curves.real(name, c)), ("w",)),
            f"bars_{name}": (error_bars(w, mean, sd), ("bar", "point", "xy")),
        }
    meta = {"n": int(curves.record["n"]), "seeds": curves.seeds, "distance": distance}
    return Sweep({"w": w}, arrays, meta=meta)
