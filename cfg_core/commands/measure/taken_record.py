"""What was measured of one class's pictures: the numbers, and the sheet of pictures that goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.commands.gallery import sprite
from cfg_core.commands.measure.taken_drawn import Pictures, Plan
from cfg_core.commands.measure.taken_measures import Array, kth_other, left_out, nearest, participation_ratio, spectrum
from cfg_core.images.judge import from_uint8, judge
from cfg_core.images.nearest.index import Index
from cfg_core.nets.classifier import Classifier

SHOWN = 24  # pictures that no sample is near any more, at each w
SUSPICIOUS = 1  # per cent of test images
COLUMNS = 16  # tiles to a row of the sheet
PERCENT = np.linspace(0, 100, 51)  # of distances


@dataclass(frozen=True)
class Real:
    """The test images of one class: their numbers in the whole test set [N], pictures [N, 32, 32, 3], features.

    `reach` is how far each one's `near`-th nearest of the others lies, `to_training` its nearest training image.
    """

    ids: NDArray[np.int64]
    pictures: Pictures
    features: Array
    reach: Array
    to_training: Array

    @classmethod
    def of(cls, ids: NDArray[np.int64], pictures: Pictures, features: Array, near: int, index: Index) -> Real:
        return cls(ids, pictures, features, kth_other(features, near), index.search(features, 1)[1][:, 0])

    @property
    def suspicious(self) -> float:
        """The distance to a training image that `SUSPICIOUS` per cent of these images fall below."""
        return float(np.percentile(self.to_training, SUSPICIOUS))


def bytes_to_features(net: Classifier, pictures: Pictures, c: int) -> Array:
    """The classifier's features [N, 256] of pictures [N, 32, 32, 3]."""
    x = from_uint8(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
    return judge(net, x, np.full(len(pictures), c)).features


def measured(
    sets: Mapping[str, Pictures], plan: Plan, c: int, real: Real, net: Classifier, index: Index
) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """(the record of class c, its sheet of tiles [h, w, 3]) from the plan's sets of pictures.

    The sheet begins with the mean pictures: one for each w, of real images, and what changed since the first w (its
    half, about grey). Then come the test images that are shown. Positions on it are counted in rows of `COLUMNS`.
    """
    features = {name: bytes_to_features(net, sets[name], c) for name in plan.sets}
    first = next(iter(plan.sets))
    before = nearest(real.features, features[first])
    rows, shown = {}, dict[int, int]()  # test image -> its place among those that are shown
    means = {name: sets[name].mean(0) for name in plan.sets}
    mean = [*means.values(), real.pictures.mean(0)]
    change = [128 + (means[name] - means[first]) / 2 for name in plan.sets]
    heads = len(mean) + len(change)
    for name, (w, seed) in plan.sets.items():
        after = nearest(real.features, features[name])
        lost = left_out(before, after, real.reach)
        train = index.search(features[name], 1)[1][:, 0]
        for i in lost[:SHOWN]:
            shown.setdefault(int(i), heads + len(shown))
        rows[name] = {
            "w": w,
            "seed": seed,
            **_spread(features[name]),
            "near": int((after < real.reach).sum()),
            "left_out": len(lost),
            "shown": [
                {"test": int(real.ids[i]), "tile": shown[int(i)],
                 "before": _short(before[i]), "after": _short(after[i]), "reach": _short(real.reach[i])}
                for i in lost[:SHOWN]
            ],
            "to_sample": _percentiles(after),
            "among": _percentiles(kth_other(features[name])),
            "to_training": _percentiles(train),
            "suspicious": int((train < real.suspicious).sum()),
        }  # fmt: skip
    some = real.features[: plan.noises]
    record = {
        "sets": rows,
        "real": {
            **_spread(some),
            "images": len(real.ids),
            "among": _percentiles(kth_other(some)),
            "to_sample": _percentiles(nearest(real.features[plan.noises :], some)),
            "to_training": _percentiles(real.to_training),
            "suspicious_below": _short(real.suspicious),
        },
        "percent": PERCENT.tolist(),
        "columns": COLUMNS,
        "tiles": {"mean": {name: i for i, name in enumerate([*plan.sets, "real"])},
                  "change": {name: len(mean) + i for i, name in enumerate(plan.sets)}},
    }  # fmt: skip
    tiles = np.stack([*mean, *change, *real.pictures[list(shown)]]).round().astype(np.uint8)
    full = np.zeros((-(-len(tiles) // COLUMNS) * COLUMNS, 32, 32, 3), dtype=np.uint8)
    full[: len(tiles)] = tiles
    return record, sprite(full.reshape(-1, COLUMNS, 32, 32, 3))


def _spread(features: Array) -> dict[str, Any]:
    values = spectrum(features)
    return {"spectrum": [_short(v) for v in values], "dimensions": _short(participation_ratio(values))}


def _percentiles(x: Array) -> list[float]:
    return [_short(v) for v in np.percentile(x, PERCENT)]


def _short(x: float) -> float:
    return float(f"{x:.4g}")
