"""Fidelity against diversity: the paper's tables, distributions one can move, and the toy in the same axes.

Three kinds of numbers stand beside one another and are never mixed: the paper's FID and Inception Score (read from a
file), closed forms of the same two formulas on a simple model, and the toy's own under its exact posterior.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from cfg_core.metrics import frechet, frechet_gaussians, inception_score
from cfg_core.mixture import GaussianMixture
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import ToySettings, gaussians_sweep

Array = NDArray[np.float64]

TABLES = Path(__file__).resolve().parents[2] / "assets" / "paper" / "tables.json"


# ---- the paper's tables ----------------------------------------------------------------------------------------------


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


def paper_sweep(table: Table, steps: int = 200) -> Sweep:
    """A table over a fine axis of w, and at each w the other columns at the Inception Score of the last column.

    Arrays: fid_1, is_1, ... [w]; rows_fid, rows_is, rows_curve [column, row, xy] of the table itself; equal_fid_1,
    equal_w_1, equal_is_1, ... [w] at equal score (a column that never has it is kept at its nearest end); gap_at_w and
    gap_at_score [w], the last column's FID minus the first's at equal w and at equal score; level [w, end, xy], the
    line of equal score in the plane (score, FID).
    """
    w = np.linspace(table.w[0], table.w[-1], steps + 1)
    fid, score = table.at(w)
    equal_fid, equal_w = table.at_equal_score(score[:, -1])
    reached = np.isfinite(equal_fid)
    nearest = np.where(score[:, -1:] < table.score[0], 0, len(table.w) - 1)  # of each column, where it is not reached
    equal_fid = np.where(reached, equal_fid, np.take_along_axis(table.fid, nearest, 0))
    equal_w = np.where(reached, equal_w, table.w[nearest])
    equal_is = np.where(reached, score[:, -1:], np.take_along_axis(table.score, nearest, 0))
    top = float(table.fid.max()) * 1.1
    level = np.stack([np.stack([score[:, -1], 0 * w], -1), np.stack([score[:, -1], 0 * w + top], -1)], 1)
    columns = range(len(table.values))
    one = {"fid": fid, "is": score, "equal_fid": equal_fid, "equal_w": equal_w, "equal_is": equal_is}
    arrays = {f"{name}_{i + 1}": (values[:, i], ("w",)) for name, values in one.items() for i in columns}
    arrays |= {
        "gap_at_w": (fid[:, -1] - fid[:, 0], ("w",)),
        "gap_at_score": (equal_fid[:, -1] - equal_fid[:, 0], ("w",)),
    }

    def rows(x: Array, y: Array) -> Any:
        return np.stack([np.broadcast_to(x, y.shape), y], -1).swapaxes(0, 1), ("column", "row", "xy")

    return Sweep(
        axes={"w": w},
        arrays={
            "w_axis": (w, ("w",)),
            **arrays,
            "rows_fid": rows(table.w[:, None], table.fid),
            "rows_is": rows(table.w[:, None], table.score),
            "rows_curve": rows(table.score, table.fid),
            "level": (level, ("w", "end", "xy")),
        },
        labels={"class": ("A", "B", "C")},
        meta={"source": "paper", "from": table.source, "title": table.title, "vary": table.vary,
              "values": list(table.values)},
    )  # fmt: skip


# ---- distributions one can move --------------------------------------------------------------------------------------

CLASSES = 10
RADIUS, SPREAD = 3.0, 0.6  # of the ring of class means; of each class, in every feature
FEATURES = 16  # two that tell the classes apart, and are drawn; the others vary within a class only
REAL_CONFIDENCE = 0.8
SHOWN = 200  # points of each set that are drawn
CONFIDENCE = np.linspace(1 / CLASSES, 1.0, 46)
DIVERSITY = np.linspace(0.0, 1.6, 33)
SHIFT = np.linspace(0.0, 2.0, 41)
COVERED = np.arange(1.0, CLASSES + 1)


def label_rows(confidence: float, classes: int = CLASSES) -> Array:
    """p(y|x) of a picture of each class: `confidence` in [0, 1] for its own, the rest in equal parts: [class, y]."""
    rest = (1 - confidence) / (classes - 1)
    return np.full((classes, classes), rest) + (confidence - rest) * np.eye(classes)


def score_of_labels(confidence: float, covered: int, classes: int = CLASSES) -> float:
    """exp E KL(p(y|x) || p(y)) where the first `covered` classes come equally often: closed form, in [1, covered].

    With q = confidence and the rest r = (1 - q)/(K - 1): KL = q log q + (K - 1) r log r
    - (q + (m - 1) r) log((q + (m - 1) r)/m) - (K - m) r log r.
    """
    q, rest = confidence, (1 - confidence) / (classes - 1)
    inside = (q + (covered - 1) * rest) / covered
    own = xlogy(q, q) + (classes - 1) * xlogy(rest, rest)
    cross = (q + (covered - 1) * rest) * np.log(inside) + (classes - covered) * xlogy(rest, rest)
    return float(np.exp(own - cross))


def ring(classes: int = CLASSES) -> Array:
    """The class means in the two features that tell classes apart: [class, 2], the first at the right."""
    angle = 2 * np.pi * np.arange(classes) / classes
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def moments(covered: int, diversity: float, shift: float = 0.0) -> tuple[Array, Array]:
    """Mean [FEATURES] and covariance of all features of a set: the first `covered` classes equally often.

    diversity >= 0 multiplies the spread within a class; shift moves everything along the second feature.
    """
    means = np.zeros((covered, FEATURES))
    means[:, :2] = ring()[:covered]
    centre = means.mean(0)
    between = (means - centre).T @ (means - centre) / covered
    return centre + shift * np.eye(FEATURES)[1], between + (diversity * SPREAD) ** 2 * np.eye(FEATURES)


def draw(n: int, covered: int, seed: int = 0) -> tuple[Array, Array]:
    """n pictures' class means and unit deviations: two [n, FEATURES]; features are means + diversity * deviations."""
    rng = np.random.default_rng(seed)
    means = np.zeros((n, FEATURES))
    means[:, :2] = ring()[np.arange(n) % covered]
    return means, SPREAD * rng.standard_normal((n, FEATURES))


def movable_sweep(n: int = 400) -> Sweep:
    """Everything that the sliders confidence, covered, diversity and shift move: closed forms over whole grids.

    Arrays: score [covered, confidence]; fid [covered, diversity, shift] and its parts fid_mean [covered, shift] and
    fid_cov [covered, diversity]; fid_drawn, the same from n drawn features against n real ones; made [covered,
    diversity:ends, shift:ends, point, xy], which is linear between its ends; real [point, xy]; one_bars, all_bars: the
    bars of p(y|x) of one picture and of p(y), as outlines; real_score, real_fid.
    """
    real_mean, real_cov = moments(CLASSES, 1.0)
    places, noise = draw(n, CLASSES, seed=1)
    real = places + noise
    fid_mean, fid_cov, drawn, made = [], [], [], []
    for covered in range(1, CLASSES + 1):
        apart = np.stack([moments(covered, 1.0, s)[0] for s in SHIFT]) - real_mean
        fid_mean.append((apart**2).sum(-1))
        fid_cov.append([frechet_gaussians(real_mean, real_cov, real_mean, moments(covered, d)[1]) for d in DIVERSITY])
        places, noise = draw(n, covered)
        drawn.append(_drawn_fid(real, places, noise))
        made.append(_ends(places[:SHOWN, :2], noise[:SHOWN, :2]))
    mean, cov = np.array(fid_mean), np.array(fid_cov)
    score = [[score_of_labels(float(q), int(m)) for q in CONFIDENCE] for m in COVERED]
    one = np.stack([label_rows(float(q))[0] for q in CONFIDENCE])
    every = np.stack([[label_rows(float(q))[: int(m)].mean(0) for q in CONFIDENCE] for m in COVERED])
    return Sweep(
        axes={
            "covered": COVERED, "confidence": CONFIDENCE, "diversity": DIVERSITY, "shift": SHIFT,
            "diversity:ends": DIVERSITY[[0, -1]], "shift:ends": SHIFT[[0, -1]],
        },
        arrays={
            "score": (np.array(score), ("covered", "confidence")),
            "fid": (cov[:, :, None] + mean[:, None, :], ("covered", "diversity", "shift")),
            "fid_mean": (mean, ("covered", "shift")),
            "fid_cov": (cov, ("covered", "diversity")),
            "fid_drawn": (np.array(drawn), ("covered", "diversity", "shift")),
            "made": (np.array(made), ("covered", "diversity:ends", "shift:ends", "point", "xy")),
            "real": (real[:SHOWN, :2], ("point", "xy")),
            "one_bars": (_bars(one), ("confidence", "k", "xy")),
            "all_bars": (_bars(every), ("covered", "confidence", "k", "xy")),
            "real_score": (np.array([score_of_labels(REAL_CONFIDENCE, CLASSES)]), ("one",)),
            "real_fid": (np.zeros(1), ("one",)),  # of the real features to themselves
        },
        meta={"source": "exact", "classes": CLASSES, "features": FEATURES, "n": n,
              "real_confidence": REAL_CONFIDENCE},
    )  # fmt: skip


def _ends(places: Array, noise: Array) -> Array:
    """The drawn points at the ends of diversity and shift: [diversity, shift, point, xy]."""
    up = np.array([0.0, 1.0])
    return np.array([[places + d * noise + s * up for s in SHIFT[[0, -1]]] for d in DIVERSITY[[0, -1]]])


def _drawn_fid(real: Array, places: Array, noise: Array) -> Array:
    """Fréchet distance of drawn features to the real ones over [diversity, shift]; a shift moves the mean alone."""
    out = []
    for d in DIVERSITY:
        made = places + d * noise
        still, apart = frechet(made, real), made.mean(0) - real.mean(0)
        out.append(still + 2 * SHIFT * apart[1] + SHIFT**2)
    return np.array(out)


def _bars(heights: Array, width: float = 0.8) -> Array:
    """Bars as one outline: heights [..., n] -> [..., 4 n, xy], the i-th bar round i + 1, joined along 0."""
    n = heights.shape[-1]
    at = np.arange(1, n + 1)[:, None] + width / 2 * np.array([-1, -1, 1, 1])  # [n, 4]
    tall = np.asarray(heights)[..., None] * np.array([0, 1, 1, 0])  # [..., n, 4]
    xy = np.stack([np.broadcast_to(at, tall.shape), tall], -1)
    return xy.reshape(*heights.shape[:-1], 4 * n, 2)


# ---- the toy in the same axes ----------------------------------------------------------------------------------------


def mixture_moments(mixture: GaussianMixture) -> tuple[Array, Array]:
    """Mean [D] and covariance [D, D] of the whole mixture."""
    share = mixture.weights / mixture.weights.sum()
    centre = share @ mixture.means
    away = mixture.means - centre
    return centre, np.einsum("k,kij->ij", share, mixture.covs) + np.einsum("k,ki,kj->ij", share, away, away)


def toy_sweep(s: ToySettings) -> Sweep:
    """Guided samples of all three classes together against the data, over w.

    Arrays over w: score, the inception score's form under the exact posterior p(c|x), in [1, 3]; fid, the Fréchet
    distance of the Gaussian fitted to the samples to the mixture's own mean and covariance; prob and keep as in
    `gaussians_sweep`. The classes must come equally often (s.weights equal). meta["data_score"] is the data's own.
    """
    toy, mixture = gaussians_sweep(s), s.mixture
    samples = toy["samples"].reshape(len(toy.axes["w"]), -1, 2)  # [w, all, xy]
    mean, cov = mixture_moments(mixture)
    score = np.array([inception_score(mixture.posterior(x)) for x in samples])
    fid = np.array([frechet_gaussians(x.mean(0), np.cov(x, rowvar=False), mean, cov) for x in samples])
    points, _ = mixture.sample(20_000, np.random.default_rng(0))
    return Sweep(
        axes=toy.axes,
        arrays={
            "toy_score": (score, ("w",)),
            "toy_fid": (fid, ("w",)),
            "prob_mean": toy.arrays["prob_mean"],
            "keep_mean": toy.arrays["keep_mean"],
        },
        meta={**toy.meta, "data_score": inception_score(mixture.posterior(points))},
    )


def cifar_sweep(record: dict[str, Any]) -> Sweep:
    """Our CIFAR-10 model's curve, read from curves.json's record, over the axis "w:cifar".

    cifar_score is the inception score's form under our own classifier, cifar_fid the Fréchet distance in its features.
    Raises KeyError, TypeError or ValueError where the record lacks them.
    """
    rows, real = record["rows"], record["real"]
    axis = np.array([float(row["w"]) for row in rows])

    def figure(key: str) -> Any:
        return np.array([float(row[key]) for row in rows]), ("w:cifar",)

    return Sweep(
        axes={"w:cifar": axis},
        arrays={"cifar_score": figure("classifier_score"), "cifar_fid": figure("frechet")},
        meta={"source": "trained", "n": int(record["n"]), "real_score": float(real["classifier_score"]),
              "real_fid": float(real["frechet"])},
    )  # fmt: skip


def same_axes_sweep(toy: Sweep, table: Table, cifar: Sweep | None) -> Sweep:
    """The toy's curve, the first column of the paper's table (paper_score, paper_fid over "w:paper") and ours."""
    columns = {"paper_score": (table.score[:, 0], ("w:paper",)), "paper_fid": (table.fid[:, 0], ("w:paper",))}
    sweep = toy.merged(Sweep({"w:paper": table.w}, columns))
    return sweep if cifar is None else sweep.merged(cifar)


def measured_sweep(record: dict[str, Any], figures: Iterable[str]) -> Sweep:
    """Some of the figures measured of our CIFAR-10 model over w, from curves.json's record.

    Arrays over w: each figure under its name, the same of real images as real_NAME, and w_axis. Raises KeyError,
    TypeError or ValueError where the record lacks them.
    """
    rows, real = record["rows"], record["real"]
    w = np.array([float(row["w"]) for row in rows])
    arrays = {key: (np.array([float(row[key]) for row in rows]), ("w",)) for key in figures}
    arrays |= {f"real_{key}": (np.full(len(rows), float(real[key])), ("w",)) for key in arrays}
    return Sweep({"w": w}, {"w_axis": (w, ("w",)), **arrays}, meta={"source": "trained", "n": int(record["n"])})
