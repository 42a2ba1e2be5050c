"""Two ways to guide, side by side on the same noises: one call computes all that the comparison shows."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES, ToySettings, W, gaussians_sweep

PAIRED = ("separation", "spread", "weights", "lam_min", "lam_max", "seed", "points")  # what the two must share
TARGET = ("class_share", "log_pxc", "log_pcx", "target_prob", "target_keep")  # of the geometry, the same for both
SIDES = ("left", "right")


def compare_sweep(left: ToySettings, right: ToySettings) -> Sweep:
    """The sweeps of `gaussians_sweep` for both settings, each array of samples or of their figures under left_, right_.

    `apart` [w] is the root mean square distance between the two samples that one noise leads to. meta["extents"] are
    the views that hold each side's samples. Raises ValueError where the two are not on the same geometry and noises.
    """
    for name in PAIRED:
        if getattr(left, name) != getattr(right, name):
            raise ValueError(f"both sides must have the same {name.replace('_', ' ')}")
    sweeps = [gaussians_sweep(left), gaussians_sweep(right)]
    arrays = {name: sweeps[0].arrays[name] for name in TARGET}
    for side, sweep in zip(SIDES, sweeps, strict=True):
        arrays |= {f"{side}_{name}": value for name, value in sweep.arrays.items() if name not in TARGET}
    gap = sweeps[0]["samples"] - sweeps[1]["samples"]
    arrays["apart"] = (np.sqrt((gap**2).sum(-1).mean((1, 2))), ("w",))
    return Sweep(
        axes={"w": W},
        arrays=arrays,
        labels={"class": CLASS_NAMES},
        meta={
            "source": "exact",
            "extent": sweeps[0].meta["extent"],
            "extents": {side: sweep.meta["extent"] for side, sweep in zip(SIDES, sweeps, strict=True)},
            "left": asdict(left),
            "right": asdict(right),
        },
    )
