"""assets/cifar/curves.json: one row a pair (w, seed), read as curves with a spread over the seeds. Loads no torch.

{settings, "seeds", "real": {"all": {figure: number}, "by_class": {figure: one a class}}, "rows": [{"w", "seed", "all",
"by_class"}]}
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """The values of w that were measured with every seed, increasing: w [k]."""

    record: Mapping[str, Any]
    w: Array
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Curves:
        """Raises KeyError, TypeError or ValueError where the record lacks rows."""
        seeds, rows = tuple(record["seeds"]), record["rows"]
        done: dict[float, set[int]] = {}
        for row in rows:
            done.setdefault(float(row["w"]), set()).add(row["seed"])
        w = sorted(w for w, have in done.items() if have >= set(seeds))
        if not w:
            raise ValueError("no value of w has been measured with every seed")
        return cls(record, np.array(w), seeds)

    def figures(self, c: int | None = None) -> tuple[str, ...]:
        """The names of what was measured of all images, or of those of class c."""
        return tuple(self.record["rows"][0]["all" if c is None else "by_class"])

    def each(self, figure: str, c: int | None = None) -> Array:
        """A figure of all images, or of class c: [w, seed]. Raises KeyError or IndexError where it was not measured."""
        rows = {(float(row["w"]), row["seed"]): row for row in self.record["rows"]}
        return np.array([[_of(rows[w, seed], figure, c) for seed in self.seeds] for w in self.w.tolist()])

    def curve(self, figure: str, c: int | None = None) -> tuple[Array, Array]:
        """Its mean and its standard deviation over the seeds, two [w]: one less than their number below; 0 of one."""
        each = self.each(figure, c)
        return each.mean(1), each.std(1, ddof=1) if len(self.seeds) > 1 else np.zeros(len(each))

    def real(self, figure: str, c: int | None = None) -> float:
        """The same of real images that were not compared with."""
        return _of(self.record["real"], figure, c)


def _of(row: Mapping[str, Any], figure: str, c: int | None) -> float:
    return float(row["all"][figure] if c is None else row["by_class"][figure][c])


def read(path: Path) -> Curves:
    """Raises OSError, KeyError, TypeError or ValueError where the file is missing or damaged."""
    return Curves.of(json.loads(path.read_text(encoding="utf-8")))


def kept(path: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows measured so far with these settings; none where the file is of others, damaged or not there."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        same = all(old[name] == value for name, value in settings.items())
        return old["rows"] if same else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write(path: Path, head: Mapping[str, Any], real: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """The file, a row a line; whole at every moment."""
    ordered = sorted(rows, key=lambda row: (row["w"], row["seed"]))
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in {**head, "real": _rounded(real)}.items()]
    body = ",\n".join(f"  {json.dumps(_rounded(row))}" for row in ordered)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text("{\n" + ",\n".join(lines) + ',\n "rows": [\n' + body + "\n ]\n}\n", encoding="utf-8")
    part.replace(path)


def _rounded(value: Any) -> Any:
    """All numbers in it to five digits."""
    if isinstance(value, Mapping):
        return {name: _rounded(v) for name, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
