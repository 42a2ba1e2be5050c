"""The tilted target as it is shown: the window that holds it, its certainty and spread, the paper's figure of it.

`cfg_core/engine/target.js` and `measures.js` compute the same in the browser, with the same numbers below.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.density import grid, quadrature, tilted_log_density, tilted_moments
from cfg_core.mixture import GaussianMixture
from cfg_core.moments import class_moments, reach, spread_of

Array = NDArray[np.float64]

WIDEST = 6  # of a target's window, in units of the classes' own size

FAINTEST = -80.0  # of a log-density that is drawn
DENSITY_W = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)  # of the guided density, smooth in w


def half_range(mixture: GaussianMixture, x: Array | None = None) -> float:
    """Half the side of a square view that holds the classes and, up to a limit, nearly all samples x [w, ...].

    The classes out to three standard deviations; 99.9 % of what is finite of the samples at each w, up to four times
    that; a multiple of 1/2.
    """
    half = base = reach(mixture, 3)
    if x is not None and np.isfinite(x).any():
        far = np.nan_to_num(np.abs(x), nan=0.0).reshape(len(x), -1)
        half = float(np.clip(1.03 * np.quantile(far, 0.999, axis=1).max(), base, 4 * base))
    return float(np.ceil(2 * half - 1e-9) / 2)


def held(mixture: GaussianMixture, w: ArrayLike, base: float, share: float, cells: int) -> tuple[float, float]:
    """Half the side of a square, `base` or more, that holds this share of each class's target at each w; what it holds.

    Classes that overlap much are pushed far out before p(c|x) is 1 and stops pushing: at most to WIDEST times base.
    `cells` is the side, even, of the grid that it is found on.
    """
    far = 2 * WIDEST * base
    points = grid((-far, far), (-far, far), cells)
    out = np.abs(points).max(-1).ravel()
    cell = (2 * far / cells) ** 2
    each = [tilted_log_density(mixture, points, c, w, cell) for c in range(mixture.classes)]
    mass = np.exp(each).reshape(-1, out.size) * cell
    order = np.argsort(out)
    within = np.cumsum(mass[:, order], axis=1).min(0)  # of the target that goes out the farthest
    reached = float(out[order][np.searchsorted(within, share).clip(max=out.size - 1)])
    half = float(np.clip(reached, base, WIDEST * base))
    return half, float(mass[:, out <= half].sum(1).min())


def trade_off(mixture: GaussianMixture, w: Array) -> tuple[Array, Array]:
    """Of the target at every w [W], averaged over the classes: mean p(c|x), and spread relative to p(x|c). Two [W]."""
    base, own = reach(mixture, 5), spread_of(class_moments(mixture)[1])
    half, _ = held(mixture, w[[0, -1]], base, 1 - 1e-5, 72)
    points, area = quadrature(mixture, half, 56 * half / base)
    prob, keep = [], []
    for c in range(mixture.classes):
        certain, _, cov = tilted_moments(mixture, points, area, c, w)
        prob.append(certain)
        keep.append(spread_of(cov) / own[c])
    return np.mean(prob, axis=0), np.mean(keep, axis=0)


def paper_figure(mixture: GaussianMixture, w: ArrayLike, cells: int) -> tuple[Array, float, float]:
    """log of the mixture of all classes' normalised targets at each w [W], as [W, y, x], on a square that holds them.

    Ho & Salimans 2022, figure of three Gaussians; at w = 0 it is the non-guided marginal. The others: half the side of
    the square, 99.9 % of each target or as much as fits in WIDEST, and the least share of one that it holds.
    """
    half, inside = held(mixture, w, reach(mixture, 4), 0.999, 192)
    points = grid((-half, half), (-half, half), cells)
    cell = (2 * half / cells) ** 2
    tilted = np.stack([tilted_log_density(mixture, points, c, w, cell) for c in range(mixture.classes)])
    shares = np.log(mixture.class_weights)
    return np.logaddexp.reduce(tilted + shares[:, None, None, None], axis=0), half, inside
