"""Outlines that scenes draw as lines: histograms, bars, bells."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def stairs(edges: ArrayLike, height: ArrayLike) -> Array:
    """A histogram's outline, from the axis and back to it: edges [b + 1], height [..., b] -> [..., 2 b + 2, 2]."""
    edges, height = np.asarray(edges, dtype=np.float64), np.asarray(height, dtype=np.float64)
    zero = np.zeros((*height.shape[:-1], 1))
    y = np.concatenate([zero, np.repeat(height, 2, axis=-1), zero], axis=-1)
    return np.stack([np.broadcast_to(np.repeat(edges, 2), y.shape), y], axis=-1)


def histogram(x: Array, low: float, high: float, bins: int) -> Array:
    """The outline of a histogram of each row of x [..., n] as a density: [..., 2 bins + 2, 2].

    What lies outside, or is no number, is not shown but counts in the density.
    """
    edges = np.linspace(low, high, bins + 1)
    rows = x.reshape(-1, x.shape[-1])
    height = np.stack([np.histogram(row[np.isfinite(row)], edges)[0] for row in rows]) / x.shape[-1]
    return stairs(edges, height.reshape(*x.shape[:-1], bins) / (edges[1] - edges[0]))


def bars(heights: ArrayLike, width: float = 0.8) -> Array:
    """Bars as one outline: heights [..., n] -> [..., 4 n, 2], the i-th bar round i + 1, joined along 0."""
    tall = np.asarray(heights, dtype=np.float64)
    at = np.arange(1, tall.shape[-1] + 1)[:, None] + width / 2 * np.array([-1, -1, 1, 1])  # [n, 4]
    y = tall[..., None] * np.array([0, 1, 1, 0])  # [..., n, 4]
    xy = np.stack([np.broadcast_to(at, y.shape), y], axis=-1)
    return xy.reshape(*tall.shape[:-1], 4 * tall.shape[-1], 2)


def bell(mean: ArrayLike, variance: ArrayLike, x: ArrayLike | None = None) -> Array:
    """The density of N(mean, variance) [...] as a curve [..., k, 2], over x [k] or over 5 standard deviations."""
    mean, deviation = np.asarray(mean, dtype=np.float64)[..., None], np.sqrt(np.asarray(variance))[..., None]
    at = mean + deviation * np.linspace(-5.0, 5.0, 161) if x is None else np.asarray(x, dtype=np.float64)
    y = np.exp(-0.5 * ((at - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    return np.stack([np.broadcast_to(at, y.shape), y], axis=-1)


def error_bars(x: ArrayLike, y: ArrayLike, spread: ArrayLike, cap: float = 0.08) -> Array:
    """Upright bars from y - spread to y + spread at x, each [n], with a line of 2 cap across both ends: [n, 6, 2]."""
    x, y, spread = (np.asarray(v, dtype=np.float64)[:, None] for v in (x, y, spread))
    return np.stack([x + cap * np.array([-1, 1, 0, 0, -1, 1]), y + spread * np.array([-1, -1, -1, 1, 1, 1])], axis=-1)
