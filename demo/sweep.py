"""What a view computes: arrays over its live coordinates, with the name of each dimension, and how they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.wire import WHOLE, Grain, encoded

Named = tuple[NDArray, tuple[str, ...]]  # an array and the name of each of its dimensions


@dataclass(frozen=True)
class Sweep:
    """axes: live coordinates, name -> increasing values. arrays: name -> (array, dims). labels: names of entries.

    Dims that are axes come first; an axis "w:coarse" is another sampling of the coordinate w, and of
    "w:near" the nearest value is shown, not a mixture of two. `meta` is what a scene
    needs to know beside the arrays (the extent of the view, say) and stays on the server. Raises ValueError where an
    array does not fit its dims.
    """

    axes: Mapping[str, NDArray]
    arrays: Mapping[str, Named]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.axes.items():
            if np.ndim(values) != 1 or len(values) < 1 or np.any(np.diff(values) <= 0):
                raise ValueError(f"axis {name!r} must be increasing")
        for name, (array, dims) in self.arrays.items():
            if np.ndim(array) != len(dims):
                raise ValueError(f"array {name!r} has {np.ndim(array)} dimensions, not {dims}")
            live = [d in self.axes for d in dims]
            if live != sorted(live, reverse=True):
                raise ValueError(f"array {name!r}: live axes come first, not {dims}")
            for size, dim in zip(np.shape(array), dims, strict=True):
                if dim in self.axes and size != len(self.axes[dim]):
                    raise ValueError(f"array {name!r}: {dim} has {size} entries, its axis {len(self.axes[dim])}")

    def __getitem__(self, name: str) -> NDArray:
        return self.arrays[name][0]

    def merged(self, other: Sweep) -> Sweep:
        """Both sweeps' axes, arrays, labels and meta in one. Names must not collide on arrays."""
        if set(self.arrays) & set(other.arrays):
            raise ValueError("the sweeps share array names")
        return Sweep(
            {**self.axes, **other.axes},
            {**self.arrays, **other.arrays},
            {**self.labels, **other.labels},
            {**other.meta, **self.meta},
        )

    def to_dict(self, fine: Mapping[str, Grain] = MappingProxyType({})) -> dict[str, Any]:
        """As it is sent: every array as finely as `fine` says, or as float32; what is the same twice, once.

        NaN stays NaN, and is not drawn.
        """
        arrays: dict[str, Any] = {}
        sent: dict[tuple[str, ...], str] = {}
        for name, (array, dims) in self.arrays.items():
            wire = encoded(array, dims, fine.get(name, WHOLE))
            first = sent.setdefault(tuple(map(str, wire.values())), name)
            arrays[name] = wire if first == name else {"same": first}
        return {
            "axes": {k: [round(float(v), 6) for v in values] for k, values in self.axes.items()},
            "arrays": arrays,
            "labels": {k: list(v) for k, v in self.labels.items()},
        }
