"""How a set of pictures is spread, and which real pictures it comes near to: features in, numbers out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]


def spectrum(x: ArrayLike) -> Array:
    """Eigenvalues of the covariance (N - 1 in the denominator) of x [N, D], largest first: [min(N - 1, D)], >= 0."""
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"x must be [N, D] with N >= 2, not {list(x.shape)}")
    values = np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2 / (len(x) - 1)
    return values[: min(len(x) - 1, x.shape[1])]


def participation_ratio(values: ArrayLike) -> float:
    """Effective number of dimensions, (sum of v)² / sum of v², of eigenvalues v [K] >= 0; in [1, K].

    K equal values give K. NaN where all are 0. With N samples it is at most N - 1, so compare sets of one size alone.
    """
    v = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(v.sum() ** 2 / (v**2).sum())


def nearest(x: ArrayLike, y: ArrayLike) -> Array:
    """Distance of each row of x [N, D] to the nearest row of y [M, D]: [N]."""
    return cdist(x, y).min(1)


def kth_other(x: ArrayLike, k: int = 1) -> Array:
    """Distance of each row of x [N, D] to its k-th nearest other row, 1 <= k < N: [N]."""
    x = np.asarray(x, dtype=np.float64)
    if not 1 <= k < len(x):
        raise ValueError(f"k must lie in [1, {len(x) - 1}], not {k}")
    between = cdist(x, x)
    np.fill_diagonal(between, np.inf)  # a row is not its own neighbour
    return np.partition(between, k - 1, axis=1)[:, k - 1]


def left_out(before: ArrayLike, after: ArrayLike, reach: ArrayLike) -> NDArray[np.int64]:
    """The images that had a sample within their reach before and have none after, those first whose went farthest.

    `before`, `after`: distance of each image to its nearest sample, [N]; `reach` [N]. What counts as farthest is
    after - before. A sample at the very reach is not within it.
    """
    before, after, reach = (np.asarray(a, dtype=np.float64) for a in (before, after, reach))
    lost = np.flatnonzero((before < reach) & ~(after < reach))
    return lost[np.argsort(before[lost] - after[lost], kind="stable")]
