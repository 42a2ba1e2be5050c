"""Tables of FID and Inception Score over w, the paper's, ours and one of CIFAR-10, and what lies between rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.files import ASSETS
from demo.scene import Source

Array = NDArray[np.float64]

PAPER = ASSETS / "paper" / "tables.json"
OURS = ASSETS / "cifar" / "p_uncond.json"
BY_SCALE = ASSETS / "paper" / "cifar10_by_scale.json"


@dataclass(frozen=True)
class Table:
    """fid and score [w, column]; `values` of what is varied, one a column; `about`: what was measured, and how."""

    title: str
    vary: str
    values: tuple[float, ...]
    w: Array
    fid: Array  # lower is better
    score: Array  # Inception Score, higher is better
    about: str
    source: Source = "published"  # or "precomputed", by us
    fid_name: str = "FID"
    score_name: str = "Inception Score"

    def __post_init__(self) -> None:
        shape = (len(self.w), len(self.values))
        if not (self.fid.shape == self.score.shape == shape and np.isfinite(self.fid + self.score).all()):
            raise ValueError(f"fid and score must be finite numbers {list(shape)}")
        if (np.diff(self.w) <= 0).any():
            raise ValueError("w must increase from row to row")

    def at(self, w: ArrayLike) -> tuple[Array, Array]:
        """(FID, Inception Score) at w by straight lines between the rows: two [..., column]. Ends are kept outside."""
        return self._between(w, self.fid), self._between(w, self.score)

    def at_equal_score(self, score: ArrayLike) -> tuple[Array, Array]:
        """(FID, w) of each column where its Inception Score first is `score`, by straight lines: two [..., column].

        NaN where the column never has that score.
        """
        score = np.asarray(score, dtype=np.float64)
        out = []
        for column, fid in zip(self.score.T, self.fid.T, strict=True):
            first = column > np.maximum.accumulate(np.concatenate([[-np.inf], column[:-1]]))  # higher than all before
            out.append([np.interp(score, column[first], y[first], np.nan, np.nan) for y in (fid, self.w)])
        equal_fid, equal_w = (np.stack(one, -1) for one in zip(*out, strict=True))
        return equal_fid, equal_w

    def _between(self, w: ArrayLike, rows: Array) -> Array:
        at = np.asarray(w, dtype=np.float64)
        return np.stack([np.interp(at, self.w, rows[:, i]) for i in range(len(self.values))], -1)


def read_tables(path: Path = PAPER) -> dict[str, Table]:
    """The paper's two tables: "imagenet64" (by p_uncond) and "imagenet128" (by T, the number of sampling steps).

    Raises OSError, KeyError or ValueError where the file is missing or damaged.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    about = "from the paper's table: 50 000 samples a row"
    return {name: _table(t, about=about) for name, t in record["tables"].items()}


def our_table(path: Path = OURS) -> Table:
    """Our own table by p_uncond, of small networks trained alike; written by `python -m cfg_core.commands.p_uncond`.

    Raises OSError, KeyError, TypeError or ValueError where the file is missing or damaged.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    network = record["networks"][0]
    about = (
        f"measured by us on three networks of {network['parameters'] / 1e6:.1f} million parameters that differ in "
        f"p_uncond alone, {network['images_seen']:,} images seen each; {record['n']:,} samples a row from the same "
        "noises. Each is one training run: what another seed would change is not known. Score by our classifier, "
        f"Fréchet distance by {record['features']}: neither is the paper's"
    )
    return _table(
        record["table"], about=about, source="precomputed", fid_name="Fréchet distance",
        score_name="score by our classifier",
    )  # fmt: skip


def _table(t: dict[str, Any], **more: Any) -> Table:
    fid, score = np.array(t["fid"], dtype=np.float64), np.array(t["inception_score"], dtype=np.float64)
    return Table(t["title"], t["vary"], tuple(t["values"]), np.array(t["w"]), fid, score, **more)


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
