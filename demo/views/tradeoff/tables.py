"""Published FID and Inception Score over w: the paper's tables with what lies between their rows, and CIFAR-10's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demo.view import ROOT

Array = NDArray[np.float64]

TABLES = ROOT / "assets" / "paper" / "tables.json"
BY_SCALE = ROOT / "assets" / "paper" / "cifar10_by_scale.json"


@dataclass(frozen=True)
class Table:
    """One table of Ho & Salimans 2022: fid and score [w, column]; `values` of what is varied, one a column."""

    title: str
    vary: str
    values: tuple[float, ...]
    w: Array
    fid: Array  # lower is better
    score: Array  # Inception Score, higher is better
    source: str

    def __post_init__(self) -> None:
        shape = (len(self.w), len(self.values))
        if not (self.fid.shape == self.score.shape == shape and np.isfinite(self.fid + self.score).all()):
            raise ValueError(f"fid and score must be finite numbers {list(shape)}")
        if (np.diff(self.w) <= 0).any() or (np.diff(self.score, axis=0) <= 0).any():
            raise ValueError("w must increase, and the Inception Score with it")

    def at(self, w: ArrayLike) -> tuple[Array, Array]:
        """(FID, Inception Score) at w by straight lines between the rows: two [..., column]. Ends are kept outside."""
        return self._between(w, self.fid), self._between(w, self.score)

    def at_equal_score(self, score: ArrayLike) -> tuple[Array, Array]:
        """(FID, w) of each column where its Inception Score is `score`, by straight lines: two [..., column].

        NaN where the column never has that score.
        """
        score = np.asarray(score, dtype=np.float64)
        columns = range(len(self.values))
        fid = [np.interp(score, self.score[:, i], self.fid[:, i], np.nan, np.nan) for i in columns]
        w = [np.interp(score, self.score[:, i], self.w, np.nan, np.nan) for i in columns]
        return np.stack(fid, -1), np.stack(w, -1)

    def _between(self, w: ArrayLike, rows: Array) -> Array:
        at = np.asarray(w, dtype=np.float64)
        return np.stack([np.interp(at, self.w, rows[:, i]) for i in range(len(self.values))], -1)


def read_tables(path: Path = TABLES) -> dict[str, Table]:
    """The paper's two tables: "imagenet64" (by p_uncond) and "imagenet128" (by T, the number of sampling steps).

    Raises OSError, KeyError or ValueError where the file is missing or damaged.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Table(
            t["title"], t["vary"], tuple(t["values"]), np.array(t["w"]), np.array(t["fid"]),
            np.array(t["inception_score"]), record["source"],
        )
        for name, t in record["tables"].items()
    }  # fmt: skip


@dataclass(frozen=True)
class ByScale:
    """Rows published for CIFAR-10: w, fid and score [row], w increasing; `source` in a few words."""

    w: Array
    fid: Array
    score: Array  # Inception Score
    source: str

    def __post_init__(self) -> None:
        if not len(self.w) == len(self.fid) == len(self.score) or not np.isfinite(self.fid + self.score).all():
            raise ValueError("fid and score must be finite, one of each w")


def read_by_scale(path: Path = BY_SCALE) -> ByScale:
    """Raises OSError, KeyError, TypeError or ValueError where the file is missing or damaged."""
    t = json.loads(path.read_text(encoding="utf-8"))
    w = np.array(t["scale"], dtype=np.float64) - 1
    return ByScale(w, np.array(t["fid"], dtype=float), np.array(t["inception_score"], dtype=float), t["short"])
