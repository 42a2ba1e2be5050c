"""Fidelity and diversity of sets of samples: plain arrays in, numbers out, float64.

A number is only as good as the space it is taken in: the caller says whose features or class probabilities they are
(here a classifier of our own, so none of these is "FID" or "IS" without that name).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

Array = NDArray[np.float64]

BLOCK = 2048  # rows of a distance or kernel matrix held at once
LARGEST = 1e25  # beyond it the kernel's powers would overflow, and an inf or NaN must never pass for a score


def _bounded(x: Array, name: str, largest: float = LARGEST) -> None:
    if not np.isfinite(x).all():
        raise ValueError(f"{name} must be finite")
    if x.size and np.abs(x).max() > largest:
        raise ValueError(f"{name} must lie within ±{largest:g}")


def _whole(value: int, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise ValueError(f"{name} must lie in [{low}, {high}] and be a whole number, not {value!r}")
    return int(value)


def plain(x: Any, name: str) -> Array:
    """x as float64, of whatever it is made: a torch tensor may need gradients, be bfloat16 or lie on another device.

    Raises ValueError where it is no array of numbers.
    """
    x = x.detach().cpu().double() if hasattr(x, "detach") else x
    try:
        return np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} must be an array of numbers") from problem


def _features(x: ArrayLike, name: str = "x", least: int = 2) -> Array:
    x = plain(x, name)
    if x.ndim != 2 or len(x) < least or x.shape[1] < 1:
        raise ValueError(f"{name} must be [N, D] with N >= {least}, not {list(x.shape)}")
    _bounded(x, name)
    return x


def _two(x: ArrayLike, y: ArrayLike, least: int = 2) -> tuple[Array, Array]:
    x, y = _features(x, "x", least), _features(y, "y", least)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x and y must have the same D, not {x.shape[1]} and {y.shape[1]}")
    return x, y


# ---- distance between distributions --------------------------------------------------------------------------------


def frechet_gaussians(mu1: ArrayLike, cov1: ArrayLike, mu2: ArrayLike, cov2: ArrayLike) -> float:
    """|mu1 - mu2|² + tr(S1 + S2 - 2 (S1 S2)^½), the squared Fréchet (Wasserstein-2) distance of two Gaussians, >= 0.

    mu [D], cov [D, D] symmetric, singular allowed. (Dowson & Landau 1982; Heusel et al. 2017, arXiv 1706.08500.)
    The trace of the root is the nuclear norm of S1^½ S2^½, which is real whatever the rank.
    Raises ValueError for other shapes, values that are not finite, or a covariance that is none.
    """
    mu1, mu2 = np.asarray(mu1, dtype=np.float64), np.asarray(mu2, dtype=np.float64)
    cov1, cov2 = np.asarray(cov1, dtype=np.float64), np.asarray(cov2, dtype=np.float64)
    if mu1.ndim != 1 or mu1.shape != mu2.shape or not cov1.shape == cov2.shape == 2 * mu1.shape:
        raise ValueError("means must be [D] and covariances [D, D]")
    for a, b in ((mu1, cov1), (mu2, cov2)):
        _bounded(a, "means")
        _bounded(b, "covariances", LARGEST**2)
    root = np.linalg.svd(_root(cov1) @ _root(cov2), compute_uv=False).sum()
    return float(max(0.0, ((mu1 - mu2) ** 2).sum() + np.trace(cov1) + np.trace(cov2) - 2 * root))


def _root(cov: Array) -> Array:
    slack = 1e-6 * np.abs(cov).max(initial=0)  # rounding, in whatever precision the covariance was made
    if np.abs(cov - cov.T).max(initial=0) > slack:
        raise ValueError("covariances must be symmetric")
    values, vectors = np.linalg.eigh(cov)
    if values.min(initial=0) < -slack * len(cov):
        raise ValueError("covariances must have no eigenvalue below 0")
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def frechet(x: ArrayLike, y: ArrayLike) -> float:
    """Fréchet distance of the Gaussians fitted to x [N, D] and y [M, D]; biased upwards by about D-dependent terms / N.

    Raises ValueError for fewer than two rows, differing D, or values that are not finite.
    """
    x, y = _two(x, y)
    return frechet_gaussians(
        x.mean(0), np.atleast_2d(np.cov(x, rowvar=False)), y.mean(0), np.atleast_2d(np.cov(y, rowvar=False))
    )


def kid(x: ArrayLike, y: ArrayLike, degree: int = 3, *, kernel_y: float | None = None) -> float:
    """Kernel Inception Distance's form: unbiased MMD² with the kernel (x·y / D + 1)^degree; may be slightly negative.

    x [N, D], y [M, D], degree in [1, 5]. (Binkowski et al. 2018, arXiv 1801.01401.) All pairs are used, so there are
    no random subsets. `kernel_y`: `mean_kernel(y, degree)` where it is known. Raises ValueError for fewer than two
    rows, differing D, or values that are not finite.
    """
    x, y = _two(x, y)
    _whole(degree, "degree", 1, 5)
    within_y = mean_kernel(y, degree) if kernel_y is None else kernel_y
    return mean_kernel(x, degree) + within_y - 2 * _kernel_sum(x, y, degree) / (len(x) * len(y))


def mean_kernel(x: ArrayLike, degree: int = 3) -> float:
    """Mean of the kernel of `kid` over all pairs of two different rows of x [N, D]. Raises ValueError as `kid` does."""
    x = _features(x)
    _whole(degree, "degree", 1, 5)
    return (_kernel_sum(x, x, degree) - _kernel_diagonal(x, degree)) / (len(x) * (len(x) - 1))


@dataclass(frozen=True)
class Spread:
    """A number taken over random subsets: its mean, and its standard deviation over them (not the mean's error)."""

    mean: float
    std: float


def kid_subsets(
    x: ArrayLike, y: ArrayLike, degree: int = 3, *, subsets: int = 100, subset_size: int = 1000, seed: int = 0
) -> Spread:
    """`kid` as papers print it: mean and standard deviation over `subsets` random subsets of each set.

    x [N, D], y [M, D]; subset_size in [2, min(N, M)] rows drawn without replacement, subsets in [1, 10 000]; the std
    divides by `subsets`. (Binkowski et al. 2018, section 4.) Raises ValueError as `kid` does, and for those bounds.
    """
    x, y = _two(x, y)
    subsets = _whole(subsets, "subsets", 1, 10_000)
    size = _whole(subset_size, "subset_size", 2, min(len(x), len(y)))
    rng = np.random.default_rng(seed)
    values = [
        kid(x[rng.choice(len(x), size, replace=False)], y[rng.choice(len(y), size, replace=False)], degree)
        for _ in range(subsets)
    ]
    return Spread(float(np.mean(values)), float(np.std(values)))


def _kernel(dots: Array, degree: int) -> Array:
    """(dots + 1)^degree by multiplication, which is far faster than the general power."""
    base = dots + 1
    out = base.copy()
    for _ in range(degree - 1):
        out *= base
    return out


def _kernel_sum(x: Array, y: Array, degree: int) -> float:
    d = x.shape[1]
    return float(sum(_kernel(x[i : i + BLOCK] @ y.T / d, degree).sum() for i in range(0, len(x), BLOCK)))


def _kernel_diagonal(x: Array, degree: int) -> float:
    return float(_kernel((x**2).sum(1) / x.shape[1], degree).sum())


# ---- class probabilities -----------------------------------------------------------------------------------------


def _probabilities(p: ArrayLike) -> Array:
    p = _features(p, "probabilities", 1)
    if (p < 0).any() or not np.allclose(p.sum(1), 1, atol=1e-4):
        raise ValueError("probabilities must be [N, C], >= 0, each row summing to 1")
    return p


def inception_score(p: ArrayLike, splits: int = 1) -> float:
    """exp E KL(p(y|x) || p(y)), in [1, C]: the inception score's form under whatever classifier gave p [N, C].

    With splits in [1, N], the mean over that many runs of consecutive rows. (Salimans et al. 2016, arXiv 1606.03498.)
    Raises ValueError where rows are not probabilities or splits is out of range.
    """
    p = _probabilities(p)
    n, splits = len(p), _whole(splits, "splits", 1, len(p))
    return float(np.mean([_score(p[i * n // splits : (i + 1) * n // splits]) for i in range(splits)]))


def _score(p: Array) -> float:
    return float(np.exp((xlogy(p, p) - xlogy(p, p.mean(0))).sum(1).mean()))


def class_entropy(p: ArrayLike) -> float:
    """Entropy of the mean class distribution in nats, in [0, log C]: 0 where all samples are one class.

    p: probabilities [N, C], or class labels [N], whole numbers >= 0. Raises ValueError where it is neither.
    """
    labels = np.asarray(p)
    if labels.ndim == 1:
        if not len(labels) or labels.dtype.kind not in "iu" or labels.min() < 0:
            raise ValueError("labels must be [N] whole numbers >= 0, N >= 1")
        marginal = np.unique(labels, return_counts=True)[1] / len(labels)
    else:
        marginal = _probabilities(p).mean(0)
    return float(-xlogy(marginal, marginal).sum() + 0.0)


def classified(p: ArrayLike, c: ArrayLike) -> Array:
    """Share of samples whose likeliest class is c, in [0, 1]; where k classes tie for it, a sample counts 1/k.

    p: probabilities [..., N, C], NaN for a sample that diverged, which counts as no class; c: classes [...], whole
    numbers in [0, C). Returns [...]. Raises ValueError for other classes and for a p of no samples or too few axes.
    """
    p, c = plain(p, "p"), np.asarray(c)
    if p.ndim < 2 or 0 in p.shape[-2:]:
        raise ValueError(f"p must be [..., N, C] with N and C >= 1, not {list(p.shape)}")
    if c.dtype.kind not in "iu" or c.min(initial=0) < 0 or c.max(initial=0) >= p.shape[-1]:
        raise ValueError(f"classes must be whole numbers in 0 .. {p.shape[-1] - 1}")
    p = np.where(np.isnan(p).any(-1, keepdims=True), -np.inf, p)
    top = (p >= p.max(-1, keepdims=True) * (1 - 1e-9)) & np.isfinite(p)
    mine = np.take_along_axis(top, np.broadcast_to(c[..., None, None], (*p.shape[:-1], 1)), -1)[..., 0]
    return (mine / np.maximum(top.sum(-1), 1)).mean(-1)


# ---- fidelity and diversity by neighbours ---------------------------------------------------------------------------


def prdc(real: ArrayLike, fake: ArrayLike, k: int = 5) -> dict[str, float]:
    """precision, recall (Kynkäänniemi 2019, arXiv 1904.06991), density, coverage (Naeem 2020, arXiv 2002.09797).

    real [N, D], fake [M, D], k nearest neighbours; all in [0, 1] but density, which is >= 0 and may pass 1.
    Raises ValueError where k is not in [1, min(N, M) - 1].
    """
    real, fake = _two(real, fake)
    k = _whole(k, "k", 1, min(len(real), len(fake)) - 1)
    real, fake = _about(real, real), _about(fake, real)
    reach_real, reach_fake = _kth_distance(real, k), _kth_distance(fake, k)
    inside = np.zeros(len(fake), np.int64)  # real balls that each fake row lies in
    recalled, covered = 0, 0
    for i in range(0, len(real), BLOCK):
        block, reach = real[i : i + BLOCK], reach_real[i : i + BLOCK]
        near = _nearer(block, fake, reach[:, None])  # [block, M]
        inside += near.sum(0)
        covered += int(near.any(1).sum())
        recalled += int(_nearer(block, fake, reach_fake).any(1).sum())
    return {
        "precision": float((inside > 0).mean()),
        "recall": recalled / len(real),
        "density": float(inside.mean() / k),
        "coverage": covered / len(real),
    }


def _about(x: Array, centre: Array) -> Array:
    """x seen from the mean of centre: distances stay, and an offset common to all rows costs them no digits."""
    return x - centre.mean(0)


def _squares(x: Array, y: Array) -> tuple[Array, Array]:
    """Squared distances [N, M] by one product, and how far rounding may have put them off: [N, M]."""
    xx, yy = (x**2).sum(1)[:, None], (y**2).sum(1)
    squares = -2 * x @ y.T
    squares += xx
    squares += yy
    return np.maximum(squares, 0, out=squares), (4 + x.shape[1]) * np.finfo(np.float64).eps * (xx + yy)


def _direct(x: Array, y: Array) -> Array:
    """Squared distances of rows of equal number, by their differences: the same whichever is which."""
    return ((x - y) ** 2).sum(-1)


def _distances(x: Array, y: Array) -> Array:
    return np.sqrt(_squares(x, y)[0])


def _nearer(x: Array, y: Array, reach: Array) -> NDArray[np.bool_]:
    """Whether the squared distance of each pair is below `reach`, which broadcasts to [N, M]; exactly so."""
    squares, off = _squares(x, y)
    near = squares < reach
    i, j = np.nonzero(np.abs(squares - reach) <= off)  # where rounding could decide
    for part in np.array_split(np.arange(len(i)), len(i) * x.shape[1] // 2**24 + 1):
        bound = np.broadcast_to(reach, near.shape)[i[part], j[part]]
        near[i[part], j[part]] = _direct(x[i[part]], y[j[part]]) < bound
    return near


def _kth_distance(x: Array, k: int) -> Array:
    """Squared distance of each row to its k-th nearest other row, by their differences: [N]."""
    out = np.empty(len(x))
    for i in range(0, len(x), BLOCK):
        squares, off = _squares(x[i : i + BLOCK], x)
        most = np.partition(squares, k, axis=1)[:, k]  # position 0 is the row itself
        for row, (near, bound) in enumerate(zip(squares, most, strict=True)):
            some = np.flatnonzero(near <= bound + 2 * off[row].max())
            out[i + row] = np.partition(_direct(x[some], x[i + row]), k)[k]
    return out


# ---- diversity of one set ------------------------------------------------------------------------------------------


def vendi(x: ArrayLike) -> float:
    """Vendi score with the cosine kernel: exp of the entropy of the eigenvalues of K / N, in [1, min(N, D)].

    The effective number of different samples in x [N, D] (Friedman & Dieng 2023, arXiv 2210.02410). Rows must not be 0.
    """
    x = _features(x, least=1)
    largest = np.abs(x).max(1, keepdims=True)
    if not (largest > 0).all():
        raise ValueError("x must have no row of zeros")
    u = x / largest  # first, so that no square under- or overflows
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    return _effective_number(u @ u.T if len(u) <= u.shape[1] else u.T @ u, len(u))  # the same non-zero eigenvalues


def vendi_kernel(kernel: ArrayLike) -> float:
    """Vendi score of any similarity: kernel [N, N], symmetric, positive semidefinite, ones on its diagonal; in [1, N].

    (Friedman & Dieng 2023, definition 3.1.) Raises ValueError where the kernel is not such a matrix.
    """
    kernel = _features(kernel, "kernel", 1)
    square = kernel.shape[0] == kernel.shape[1]
    if not (square and np.allclose(kernel, kernel.T) and np.allclose(np.diag(kernel), 1)):
        raise ValueError("kernel must be [N, N], symmetric, with ones on its diagonal")
    return _effective_number(kernel, len(kernel))


def _effective_number(gram: Array, n: int) -> float:
    values = np.linalg.eigvalsh(gram) / n
    if values[0] < -1e-6:
        raise ValueError("kernel must have no eigenvalue below 0")
    values = np.clip(values, 0, None)
    return float(np.exp(-xlogy(values, values).sum()))


def mean_pairwise_distance(x: ArrayLike) -> float:
    """Mean Euclidean distance between two different rows of x [N, D], N >= 2; >= 0, in the units of x."""
    x = _features(x)
    x = _about(x, x)
    total = 0.0
    for i in range(0, len(x), BLOCK):
        d = _distances(x[i : i + BLOCK], x)
        d[np.arange(len(d)), i + np.arange(len(d))] = 0  # the row itself, exactly
        total += d.sum()
    return float(total / (len(x) * (len(x) - 1)))


def covariance_trace(x: ArrayLike) -> float:
    """Total variance of x [N, D], N >= 2: the trace of its covariance (N - 1 in the denominator); >= 0."""
    return float(_features(x).var(axis=0, ddof=1).sum())


# ---- distance between clouds ---------------------------------------------------------------------------------------


def sliced_distance(a: ArrayLike, b: ArrayLike, directions: int = 16) -> Array:
    """Sliced 2-Wasserstein distance of two clouds of equal size: [..., n, 2] -> [...].

    The root mean square, over directions in the plane and over ranks, of the difference of the sorted projections
    (Rabin et al. 2012); 0 where the two are the same cloud, NaN where a point is none. Raises ValueError for clouds
    that are empty or of other shapes, and for directions outside [1, 4096].
    """
    a, b = plain(a, "a"), plain(b, "b")
    if a.ndim < 2 or a.shape[-1] != 2 or not a.shape[-2] or b.shape[-2:] != a.shape[-2:]:
        raise ValueError(f"a and b must be [..., n, 2] with one n >= 1, not {list(a.shape)} and {list(b.shape)}")
    _whole(directions, "directions", 1, 4096)
    angle = np.pi * (np.arange(directions) + 0.5) / directions
    axes = np.stack([np.cos(angle), np.sin(angle)])  # [2, direction]
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.sort(a @ axes, axis=-2) - np.sort(b @ axes, axis=-2)
        return np.sqrt((gap**2).mean((-2, -1)))
