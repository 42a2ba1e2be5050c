"""What "Trade-off" shows: distributions one can move, the paper's tables, and ours in the same axes.

Three kinds of numbers stand beside one another and are never mixed: published FID and Inception Scores (read from
files), closed forms of the same two formulas on a simple model, and our own: the toy's under its exact posterior, our
network's under our classifier.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.files import ASSETS
from cfg_core.images.curves import Curves, read
from cfg_core.metrics import frechet, frechet_gaussians, inception_score
from cfg_core.moments import mixture_moments
from cfg_core.scores import label_rows, score_of_labels
from demo.fields import Toy
from demo.shapes import bars
from demo.sweep import Sweep
from demo.views.gaussians.compute import gaussians_sweep
from demo.views.tradeoff.settings import OURS, TABLES, Tradeoff
from demo.views.tradeoff.tables import BY_SCALE, ByScale, Table, our_table, read_by_scale, read_tables

Array = NDArray[np.float64]

CURVES = ASSETS / "cifar" / "curves.json"


# ---- tables over w ---------------------------------------------------------------------------------------------------


def paper(s: Tradeoff) -> Sweep:
    """The table that is chosen; no arrays where ours is missing or damaged."""
    if TABLES[s.table] != OURS:
        return table_sweep(read_tables()[TABLES[s.table]])
    try:
        return table_sweep(our_table())
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return Sweep({}, {})


def table_sweep(table: Table, steps: int = 200) -> Sweep:
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
    nearest = np.where(score[:, -1:] < table.score[0], 0, table.score.argmax(0))  # of each column, where not reached
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
        meta={"table": table},
    )


# ---- distributions one can move --------------------------------------------------------------------------------------

CLASSES = 10
RADIUS, SPREAD = 3.0, 0.6  # of the ring of class means; of each class, in every feature
FEATURES = 16  # two that tell the classes apart, and are drawn; the others vary within a class only
REAL_CONFIDENCE = 0.8
DRAWN = 200  # points of each set that are drawn
# the grids of the four sliders: every position of theirs
CONFIDENCE = np.linspace(1 / CLASSES, 1.0, 46)
DIVERSITY = np.linspace(0.0, 1.6, 33)
SHIFT = np.linspace(0.0, 2.0, 41)
COVERED = np.arange(1.0, CLASSES + 1)


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


def movable(s: Tradeoff) -> Sweep:
    """The same for all settings, which are its coordinates."""
    return movable_sweep()


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
        made.append(_ends(places[:DRAWN, :2], noise[:DRAWN, :2]))
    mean, cov = np.array(fid_mean), np.array(fid_cov)
    score = [[score_of_labels(float(q), int(m), CLASSES) for q in CONFIDENCE] for m in COVERED]
    one = np.stack([label_rows(float(q), CLASSES)[0] for q in CONFIDENCE])
    every = np.stack([[label_rows(float(q), CLASSES)[: int(m)].mean(0) for q in CONFIDENCE] for m in COVERED])
    return Sweep(
        axes={
            "covered": COVERED,
            "confidence": CONFIDENCE,
            "diversity": DIVERSITY,
            "shift": SHIFT,
            "diversity:ends": DIVERSITY[[0, -1]],
            "shift:ends": SHIFT[[0, -1]],
        },
        arrays={
            "score": (np.array(score), ("covered", "confidence")),
            "fid": (cov[:, :, None] + mean[:, None, :], ("covered", "diversity", "shift")),
            "fid_mean": (mean, ("covered", "shift")),
            "fid_cov": (cov, ("covered", "diversity")),
            "fid_drawn": (np.array(drawn), ("covered", "diversity", "shift")),
            "made": (np.array(made), ("covered", "diversity:ends", "shift:ends", "point", "xy")),
            "real": (real[:DRAWN, :2], ("point", "xy")),
            "one_bars": (bars(one), ("confidence", "k", "xy")),
            "all_bars": (bars(every), ("covered", "confidence", "k", "xy")),
            "real_score": (np.array([score_of_labels(REAL_CONFIDENCE, CLASSES, CLASSES)]), ("one",)),
            "real_fid": (np.zeros(1), ("one",)),  # of the real features to themselves
        },
        meta={"n": n},
    )


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


# ---- the toy in the same axes ----------------------------------------------------------------------------------------


def toy_sweep(s: Toy) -> Sweep:
    """Guided samples of all three classes together against the data, over w.

    Arrays over w: score, the inception score's form under the exact posterior p(c|x), in [1, 3]; fid, the Fréchet
    distance of the Gaussian fitted to the samples to the mixture's own mean and covariance; prob and keep as in
    `gaussians_sweep`. The classes must come equally often. meta["data_score"] is the data's own.
    """
    toy, mixture = gaussians_sweep(s), s.gaussians
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
        meta={"data_score": inception_score(mixture.posterior(points))},
    )


def cifar_sweep(curves: Curves) -> Sweep:
    """Our CIFAR-10 model's curve over the axis "w:cifar".

    cifar_score is the inception score's form under our own classifier, cifar_fid the Fréchet distance in its features,
    both means over the seeds; cifar_bars [bar, end, xy] are their standard deviations; real_score and real_fid are of
    real images. Raises KeyError, TypeError or ValueError where the record lacks them.
    """
    (score, score_sd), (fid, fid_sd) = curves.curve("classifier_score"), curves.curve("frechet")
    zero = np.zeros_like(score)
    ends = [[[score - a, fid - b], [score + a, fid + b]] for a, b in ((score_sd, zero), (zero, fid_sd))]
    bars = np.moveaxis(np.array(ends), -1, 0).reshape(-1, 2, 2)  # [w and which of two, end, xy]
    return Sweep(
        axes={"w:cifar": curves.w},
        arrays={
            "cifar_score": (score, ("w:cifar",)),
            "cifar_fid": (fid, ("w:cifar",)),
            "cifar_bars": (bars, ("bar", "end", "xy")),
            "real_score": (np.array([curves.real("classifier_score")]), ("one",)),
            "real_fid": (np.array([curves.real("frechet")]), ("one",)),
        },
        meta={"n": int(curves.record["n"]), "seeds": len(curves.seeds)},
    )


def published_sweep(rows: ByScale) -> Sweep:
    """published_score and published_fid over "w:published"; published_rows [point, xy] are the rows themselves."""
    return Sweep(
        axes={"w:published": rows.w},
        arrays={
            "published_score": (rows.score, ("w:published",)),
            "published_fid": (rows.fid, ("w:published",)),
            "published_rows": (np.stack([rows.score, rows.fid], -1), ("point", "xy")),
        },
        meta={"source": rows.source, "w": rows.w.tolist()},
    )


def ours(s: Tradeoff) -> Sweep:
    """The toy's curve, the first column of the paper's table (paper_score, paper_fid over "w:paper"), what others
    published for CIFAR-10, and our model's.

    meta["cifar"] is what the record says of our model, meta["published"] that of the others; without them where the
    file is missing or damaged.
    """
    table = read_tables()["imagenet64"]
    columns = {"paper_score": (table.score[:, 0], ("w:paper",)), "paper_fid": (table.fid[:, 0], ("w:paper",))}
    sweep = toy_sweep(s.toy).merged(Sweep({"w:paper": table.w}, columns))
    for name, make in (
        ("published", lambda: published_sweep(read_by_scale(BY_SCALE))),
        ("cifar", lambda: cifar_sweep(read(CURVES))),
    ):
        try:
            found = make()
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            continue
        sweep = sweep.merged(Sweep(found.axes, found.arrays, meta={name: found.meta}))
    return sweep
