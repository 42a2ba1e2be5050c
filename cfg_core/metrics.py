"""Fidelity and diversity of sets of samples: plain arrays in, numbers out, float64.

A number is only as good as the space it is taken in: the caller says whose features or class probabilities they are
(here a classifier of our own, so none of these is "FID" or "IS" without that name).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

Array = NDArray[np.float64]

BLOCK = 2048  # rows of a distance or kernel matrix held at once


def _features(x: ArrayLike, name: str = "x", least: int = 2) -> Array:
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or len(x) < least or x.shape[1] < 1:
        raise ValueError(f"{name} must be [N, D] with N >= {least}, not {list(x.shape)}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} must be finite")
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
    """
    mu1, mu2 = np.asarray(mu1, dtype=np.float64), np.asarray(mu2, dtype=np.float64)
    cov1, cov2 = np.asarray(cov1, dtype=np.float64), np.asarray(cov2, dtype=np.float64)
    if cov1.shape != (len(mu1), len(mu1)) or cov2.shape != cov1.shape or mu1.shape != mu2.shape:
        raise ValueError("means must be [D] and covariances [D, D]")
    root = np.linalg.svd(_root(cov1) @ _root(cov2), compute_uv=False).sum()
    return float(max(0.0, ((mu1 - mu2) ** 2).sum() + np.trace(cov1) + np.trace(cov2) - 2 * root))


def _root(cov: Array) -> Array:
    values, vectors = np.linalg.eigh(cov)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def frechet(x: ArrayLike, y: ArrayLike) -> float:
    """Fréchet distance of the Gaussians fitted to x [N, D] and y [M, D]; biased upwards by about D-dependent terms / N.

    Raises ValueError for fewer than two rows, differing D, or values that are not finite.
    """
    x, y = _two(x, y)
    return frechet_gaussians(
        x.mean(0), np.atleast_2d(np.cov(x, rowvar=False)), y.mean(0), np.atleast_2d(np.cov(y, rowvar=False))
    )


def kid(x: ArrayLike, y: ArrayLike, degree: int = 3) -> float:
    """Kernel Inception Distance's form: unbiased MMD² with the kernel (x·y / D + 1)^degree; may be slightly negative.

    x [N, D], y [M, D]. (Binkowski et al. 2018, arXiv 1801.01401.) All pairs are used, so there are no random subsets.
    """
    x, y = _two(x, y)
    n, m = len(x), len(y)
    return float(
        (_kernel_sum(x, x, degree) - _kernel_diagonal(x, degree)) / (n * (n - 1))
        + (_kernel_sum(y, y, degree) - _kernel_diagonal(y, degree)) / (m * (m - 1))
        - 2 * _kernel_sum(x, y, degree) / (n * m)
    )


def _kernel_sum(x: Array, y: Array, degree: int) -> float:
    return float(sum(((x[i : i + BLOCK] @ y.T / x.shape[1] + 1) ** degree).sum() for i in range(0, len(x), BLOCK)))


def _kernel_diagonal(x: Array, degree: int) -> float:
    return float((((x**2).sum(1) / x.shape[1] + 1) ** degree).sum())


# ---- class probabilities -----------------------------------------------------------------------------------------


def _probabilities(p: ArrayLike) -> Array:
    p = _features(p, "probabilities", 1)
    if (p < 0).any() or not np.allclose(p.sum(1), 1, atol=1e-4):
        raise ValueError("probabilities must be [N, C], >= 0, each row summing to 1")
    return p


def inception_score(p: ArrayLike) -> float:
    """exp E KL(p(y|x) || p(y)), in [1, C]: the inception score's form under whatever classifier gave p [N, C].

    (Salimans et al. 2016, arXiv 1606.03498; one split.)
    """
    p = _probabilities(p)
    marginal = p.mean(0)
    return float(np.exp((xlogy(p, p) - xlogy(p, marginal)).sum(1).mean()))


def class_entropy(p: ArrayLike) -> float:
    """Entropy of the mean class distribution of p [N, C] in nats, in [0, log C]: 0 where all samples are one class."""
    marginal = _probabilities(p).mean(0)
    return float(-xlogy(marginal, marginal).sum() + 0.0)


# ---- fidelity and diversity by neighbours ---------------------------------------------------------------------------


def prdc(real: ArrayLike, fake: ArrayLike, k: int = 5) -> dict[str, float]:
    """precision, recall (Kynkäänniemi 2019, arXiv 1904.06991), density, coverage (Naeem 2020, arXiv 2002.09797).

    real [N, D], fake [M, D], k nearest neighbours; all in [0, 1] but density, which is >= 0 and may pass 1.
    Raises ValueError where k is not in [1, min(N, M) - 1].
    """
    real, fake = _two(real, fake)
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(f"k must lie in [1, {min(len(real), len(fake)) - 1}]")
    reach_real, reach_fake = _kth_distance(real, k), _kth_distance(fake, k)
    d = _distances(real, fake)  # [N, M]
    inside = d < reach_real[:, None]
    return {
        "precision": float(inside.any(0).mean()),
        "recall": float((d < reach_fake[None]).any(1).mean()),
        "density": float(inside.sum(0).mean() / k),
        "coverage": float((d.min(1) < reach_real).mean()),
    }


def _distances(x: Array, y: Array) -> Array:
    squares = (x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T
    return np.sqrt(np.clip(squares, 0, None))


def _kth_distance(x: Array, k: int) -> Array:
    """Distance of each row to its k-th nearest other row: [N]."""
    out = [np.partition(_distances(x[i : i + BLOCK], x), k, axis=1)[:, k] for i in range(0, len(x), BLOCK)]
    return np.concatenate(out)  # position 0 is the row itself


# ---- diversity of one set ------------------------------------------------------------------------------------------


def vendi(x: ArrayLike) -> float:
    """Vendi score with the cosine kernel: exp of the entropy of the eigenvalues of K / N, in [1, min(N, D)].

    The effective number of different samples in x [N, D] (Friedman & Dieng 2023, arXiv 2210.02410). Rows must not be 0.
    """
    x = _features(x, least=1)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    if not (norms > 0).all():
        raise ValueError("x must have no row of zeros")
    u = x / norms
    gram = u @ u.T if len(u) <= u.shape[1] else u.T @ u  # the same non-zero eigenvalues
    values = np.clip(np.linalg.eigvalsh(gram / len(u)), 0, None)
    return float(np.exp(-xlogy(values, values).sum()))


def mean_pairwise_distance(x: ArrayLike) -> float:
    """Mean Euclidean distance between two different rows of x [N, D]."""
    x = _features(x)
    total = 0.0
    for i in range(0, len(x), BLOCK):
        d = _distances(x[i : i + BLOCK], x)
        d[np.arange(len(d)), i + np.arange(len(d))] = 0  # the row itself, exactly
        total += d.sum()
    return float(total / (len(x) * (len(x) - 1)))


def covariance_trace(x: ArrayLike) -> float:
    """Total variance of x [N, D]: the trace of its covariance (N - 1 in the denominator)."""
    return float(_features(x).var(axis=0, ddof=1).sum())
