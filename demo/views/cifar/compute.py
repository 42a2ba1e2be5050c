"""The figures measured of our CIFAR-10 model over w, from assets/cifar/curves.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def measured_chart(folder: Path = ASSETS) -> Any:
    """All that was measured over w as a plotly figure: a menu chooses what, the legend whose; None without a record."""
    import plotly.graph_objects as go

    try:
        curves = read(folder / "curves.json")
        figure, shown = go.Figure(), []
        for name in curves.figures():
            for c, whose in enumerate(("all images", *CLASSES), start=-1):
                if c >= 0 and name not in curves.figures(c):
                    continue
                mean, sd = curves.curve(name, c if c >= 0 else None)
                figure.add_scatter(
                    x=curves.w,
                    y=mean,
                    error_y={"array": sd},
                    name=whose,
                    visible=_seen(name == "accuracy", c),
                )
                shown.append((name, c))
    except DAMAGED:
        return None
    figure.update_layout(
        xaxis={"title": {"text": "w (scale 1 + w)"}}, margin={"l": 60, "r": 10, "t": 10, "b": 45}, height=420,
        updatemenus=[{"x": 0, "xanchor": "left", "y": 1.15, "buttons": [
            {"label": name.replace("_", " "), "method": "update",
             "args": [{"visible": [_seen(on == name, c) for on, c in shown]}]}
            for name in curves.figures()]}],
    )  # fmt: skip
    return figure


def _seen(chosen: bool, c: int) -> bool | str:
    """Of the figure that is chosen the line of all images (c < 0) is drawn, and the classes wait in the legend."""
    return chosen and (c < 0 or "legendonly")
