"""Points of one's own, scaled to the plane, and a Gaussian mixture fitted to them by scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.mixture import GaussianMixture

Array = NDArray[np.float64]

ROWS = (20, 5000)  # points of a file
FEWEST = 10  # points of a class
CLASSES = 3  # at most
COMPONENTS = 3  # of one class, at most
SPRAY, SPREAD = 15, 0.35  # points of a click, and their standard deviation
SCALE = 1.6  # root mean square distance per axis from the centre after scaling: that of the three Gaussians
RIDGE = 1e-3  # added to the variances, so that points on a line still have a density


@dataclass(frozen=True)
class Points:
    """x [n, 2] and classes c [n] in 0 .. C-1; names [C] are letters. Raises ValueError naming what is wrong."""

    x: Array
    c: NDArray[np.int64]
    names: tuple[str, ...]
    given: tuple[str, ...] = ()  # what the classes are called in the file, where they come from one

    def __post_init__(self) -> None:
        if self.x.shape != (len(self.c), 2) or not np.isfinite(self.x).all():
            raise ValueError("the points must be finite numbers, two of each")
        if len(self.c) > ROWS[1]:
            raise ValueError(f"at most {ROWS[1]} points, not {len(self.c)}")
        counts = np.bincount(self.c, minlength=len(self.names))
        if len(counts) != len(self.names) or not 1 <= len(counts) <= CLASSES:
            raise ValueError(f"there must be 1 to {CLASSES} classes, not {len(counts)}")
        if counts.min() < FEWEST:
            short = self.names[int(counts.argmin())]
            raise ValueError(f"each class needs at least {FEWEST} points: class {short} has {counts.min()}")


def labelled_points(x: ArrayLike, labels: Sequence[str]) -> Points:
    """Points x [n, 2] of any size and their classes' names, n of ROWS[0] to ROWS[1].

    The classes, in the order of their names, become A, B, C; the points are shifted and scaled (the same way on both
    axes) to the size of the three Gaussians. Raises ValueError naming what is wrong.
    """
    x = np.asarray(x, dtype=np.float64)
    if not ROWS[0] <= len(x) <= ROWS[1]:
        raise ValueError(f"the file must have at least {ROWS[0]} points, not {len(x)}")
    if not (np.abs(x) <= 1e150).all():
        raise ValueError("the numbers must be finite and within 1e150 of 0")
    names, c = np.unique(labels, return_inverse=True)
    if len(names) > CLASSES:
        raise ValueError(f"there must be at most {CLASSES} classes, not {len(names)}")
    for name, n in zip(names, np.bincount(c), strict=True):
        if n < FEWEST:
            raise ValueError(f"each class needs at least {FEWEST} points: class {name} has {n}")
    centred = x - x.mean(0)
    size = float(np.sqrt((centred**2).mean()))
    if size < 1e-12 * (1 + float(np.abs(x).max())):
        raise ValueError("all points are the same")
    return Points(SCALE * centred / size, c.astype(np.int64), tuple("ABC"[: len(names)]), tuple(map(str, names)))


def sprayed(x: float, y: float, seed: int) -> Array:
    """The points of a click at (x, y), normal around it with standard deviation SPREAD: [SPRAY, 2]."""
    return (x, y) + SPREAD * np.random.default_rng(seed).standard_normal((SPRAY, 2))


def named_points(rows: Sequence[tuple[float, float, str]]) -> Points:
    """Points from rows of two numbers and a class's letter, as they are. Raises ValueError as `Points` does."""
    names = tuple(sorted({name for *_, name in rows}))
    c = np.array([names.index(name) for *_, name in rows], dtype=np.int64)
    return Points(np.array([(x, y) for x, y, _ in rows], dtype=np.float64), c, names)


def fit_mixture(points: Points, most: int = COMPONENTS, seed: int = 0) -> GaussianMixture:
    """A mixture fitted by expectation-maximisation (scikit-learn), class by class.

    Each class has as many components, 1 .. `most`, as give the lowest BIC (at least FEWEST points to a component); its
    weight is its share of the points.
    """
    from sklearn.exceptions import ConvergenceWarning

    parts: list[tuple[Array, Array, Array, int]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for k in range(len(points.names)):
            best = fit_class(points.x[points.c == k], most, seed)
            parts.append((best.means_, best.covariances_, best.weights_ * (points.c == k).mean(), k))
    return GaussianMixture(
        np.concatenate([p[0] for p in parts]),
        np.concatenate([(p[1] + p[1].swapaxes(1, 2)) / 2 for p in parts]),
        np.concatenate([p[2] for p in parts]),
        np.concatenate([np.full(len(p[0]), p[3]) for p in parts]),
    )


def fit_class(x: ArrayLike, most: int, seed: int):
    """scikit-learn's GaussianMixture of one class's points [n, 2], with the lowest BIC."""
    from sklearn.mixture import GaussianMixture as Fitted

    x = np.asarray(x, dtype=np.float64)
    counts = range(1, max(1, min(most, len(x) // FEWEST)) + 1)
    fits = [Fitted(n, reg_covar=RIDGE, n_init=2, random_state=seed).fit(x) for n in counts]
    return min(fits, key=lambda fit: fit.bic(x))
