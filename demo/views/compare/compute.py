"""What "Compare" shows: two ways to guide on the same noises."""

from __future__ import annotations

import numpy as np

from demo.fields import W
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.compare.settings import Compare
from demo.views.gaussians.compute import gaussians_sweep

TARGET = ("log_pxc", "log_pcx", "target_prob", "target_keep")  # of the geometry, the same for both


def compute(s: Compare) -> Sweep:
    """The sweeps of `gaussians_sweep` for both sides, each array of samples or of their figures under left_, right_.

    `apart` [w] is the root mean square distance between the two samples that one noise leads to. meta["reach"] is half
    the view that holds both sides' samples.
    """
    sweeps = {side: gaussians_sweep(toy) for side, toy in s.sides.items()}
    left, right = sweeps.values()
    arrays = {name: left.arrays[name] for name in TARGET}
    for side, sweep in sweeps.items():
        arrays |= {f"{side}_{name}": value for name, value in sweep.arrays.items() if name not in TARGET}
    gap = left["samples"] - right["samples"]
    arrays["apart"] = (np.sqrt((gap**2).sum(-1).mean((1, 2))), ("w",))
    reach = max(sweep.meta["extent"][1] for sweep in sweeps.values())
    return Sweep({"w": W}, arrays, {"class": CLASS_NAMES}, {"extent": left.meta["extent"], "reach": reach})
