"""Two densities that are easily mistaken for one another: the tilted target and what guided sampling really yields."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from cfg_core.guidance import guided, past, rule
from cfg_core.mixture import GaussianMixture
from cfg_core.moments import narrowest
from cfg_core.process import LAM_MAX, LAM_MIN, alpha, lam_at, lam_grid, score_from_eps, sigma, theta, v_from_eps

Array = NDArray[np.float64]

NEAR = 12.0  # standard deviations around a narrow component within which `quadrature` is as fine as it is
FIRST, FINEST = 10, 6  # steps of the ODE of an exact density at first, and how often they may be halved
CLOSE, FLOOR = 0.06, -16.0  # its logs agree where they differ by that (the finer errs by a fifteenth), or lie below
OFF = 0.02  # by how much the mass of a density that is drawn may differ from 1


def grid(x_range: tuple[float, float], y_range: tuple[float, float], n: int) -> Array:
    """Centres of an n x n grid of cells over the rectangle, as points [n (rows, y), n (columns, x), 2].

    Raises ValueError for n outside [2, 1024] or an empty range.
    """
    if not 2 <= n <= 1024:
        raise ValueError("the grid must have 2 to 1024 cells a side")
    (x0, x1), (y0, y1) = x_range, y_range
    if not (np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1):
        raise ValueError("ranges must be finite and increasing")
    half = (np.arange(n) + 0.5) / n
    xx, yy = np.meshgrid(x0 + half * (x1 - x0), y0 + half * (y1 - y0))
    return np.stack([xx, yy], axis=-1)


def quadrature(mixture: GaussianMixture, half: float, least: float, most: float = 256) -> tuple[Array, Array]:
    """Points [n, 2] over the square [-half, half]² and the area that each stands for [n], no component being missed.

    An even grid, `least` cells a side or as many, up to `most`, as resolve the narrowest component: cells of 1.5
    standard deviations err by 3e-4 of a Gaussian's mass. A component that is narrower still has a grid of its own, out
    to NEAR deviations. Where grids overlap each counts by its points per area, a component's own a hundredfold, fading
    outward (the balance heuristic, Veach & Guibas 1995). Masses of deviations from 0.05 to 10 in one view are right to
    about 2 %.
    """
    n = int(np.ceil(max(least, min(2 * half / (1.5 * narrowest(mixture)), most)) - 1e-9))
    cell = 2 * half / n
    variances, axes = np.linalg.eigh(mixture.covs)
    own = np.flatnonzero(1.5 * np.sqrt(variances[:, 0]) < cell * (1 - 1e-9))
    unit = grid((-NEAR, NEAR), (-NEAR, NEAR), 64).reshape(-1, 2)
    size = np.sqrt(variances)[:, None, :]  # [K, 1, D]
    local = [mixture.means[k] + (unit * size[k]) @ axes[k].T for k in own]
    points = np.concatenate([grid((-half, half), (-half, half), n).reshape(-1, 2), *local])
    counts = [np.where(np.abs(points).max(-1) <= half, cell**-2, 0.0)]  # of each grid, [n]
    areas = [np.full(n * n, cell**2)]  # that a point of it alone would stand for
    for k in own:
        out = np.abs((points - mixture.means[k]) @ axes[k] / size[k])
        areas.append(np.full(len(unit), (2 * NEAR) ** 2 * size[k].prod() / len(unit)))
        counts.append(100 * np.exp(-6 * (out**2).sum(-1) / NEAR**2) * (out.max(-1) <= NEAR) / areas[-1][0])
    mine = np.repeat(np.arange(len(areas)), [len(area) for area in areas])
    shares = np.array(counts)
    return points, np.concatenate(areas) * shares[mine, np.arange(len(points))] / shares.sum(0)


def tilted_log_density(
    mixture: GaussianMixture, x: ArrayLike, c: int, w: ArrayLike, cell: float, lam: float = np.inf
) -> Array:
    """log of p(x|c) p(c|x)^w / Z(w) on the cells of a grid: x [..., D], w any shape [*W] -> [*W, ...].

    The figure's "normalised guided conditional" (Ho & Salimans 2022, section 3.1). Z is the sum over the cells, each of
    volume `cell`; it is taken in the log domain, so w = 1000 is as good as w = 1. A finite `lam` tilts p_lam instead.
    """
    w = np.asarray(w, dtype=np.float64)
    if not np.isfinite(w).all():
        raise ValueError("w must be finite")
    base = mixture.log_density(x, lam, c)
    slope = mixture.log_posterior(x, lam)[..., c]
    log = base + w.reshape(w.shape + (1,) * base.ndim) * slope
    axes = tuple(range(w.ndim, log.ndim))
    return log - logsumexp(log, axis=axes, keepdims=True) - np.log(cell)


def tilted_moments(
    mixture: GaussianMixture, x: ArrayLike, area: ArrayLike, c: int, w: ArrayLike
) -> tuple[Array, Array, Array]:
    """Of p(x|c) p(c|x)^w / Z(w) by quadrature: mean p(c|x) [W], mean [W, D] and covariance [W, D, D] of x.

    x [n, D] are points and `area` [n] or one number what each stands for, w [W]. One w after another, so that many
    points need little memory.
    """
    points = np.asarray(x, dtype=np.float64)
    base, slope = mixture.log_density(points, c=c) + np.log(area), mixture.log_posterior(points)[:, c]
    share, probs, means, covs = np.exp(slope), [], [], []
    for each in np.asarray(w, dtype=np.float64):
        log = base + each * slope
        near = np.flatnonzero(log > log.max() - 45)  # of the others all together have less mass than rounding does
        mass = np.exp(log[near] - log.max())
        mass /= mass.sum()
        probs.append(mass @ share[near])
        means.append(mass @ points[near])
        away = points[near] - means[-1]
        covs.append((mass * away.T) @ away)
    return np.array(probs), np.array(means), np.array(covs)


def guided_log_density(
    mixture: GaussianMixture,
    x: ArrayLike,
    c: Any,
    w: ArrayLike,
    *,
    name: str = "cfg",
    lam_min: float = LAM_MIN,
    lam_max: float = LAM_MAX,
    **params: float,
) -> Array:
    """log density at x of what the guided probability-flow ODE (DDIM's limit) samples, without any histogram.

    x [..., D], w and c broadcasting to the leading axes -> [...]. The ODE dz/dtheta = (eps~ - sigma z) / alpha runs
    from x back to noise by classical Runge-Kutta, and with it d log p / dtheta = -(div eps~ - D sigma) / alpha (Chen et
    al. 2018, arXiv 1806.07366). Steps are halved, point by point, until two answers agree to CLOSE, lie below FLOOR, or
    are 2^-FINEST of the first. It is the law of z / alpha at lam_max. Raises ValueError for rules that are not eps_c +
    k (eps_c - eps_u).
    """
    chosen = rule(name)
    strength = chosen.strength
    if strength is None:
        raise ValueError(f"no analytic divergence for guidance {name!r}: its exact density is not drawn")
    guided(mixture, c, w, name, None, **params)  # refuses bad numbers
    points = np.asarray(x, dtype=np.float64)
    shape, dim = points.shape[:-1], points.shape[-1]
    weights, classes = (np.broadcast_to(np.asarray(each), shape).ravel() for each in (w, c))
    start = alpha(lam_max) * points.reshape(-1, dim)
    nodes = ode_nodes(name, lam_min, lam_max, **params)

    def run(at: NDArray[np.intp], level: int) -> Array:
        weight, own, z = weights[at], classes[at], start[at]
        eps, log = guided(mixture, own, weight, name, None, **params), np.full(len(at), dim * np.log(alpha(lam_max)))

        def slope(z: Array, angle: float) -> tuple[Array, Array]:
            lam = float(lam_at(angle))
            div_c, div_u = mixture.divergence_pair(z, lam, own)
            div = past(div_c, div_u, strength(weight, lam, **params))
            return v_from_eps(z, lam, eps(z, lam)), v_from_eps(dim, lam, div)  # D is the divergence of z

        for angles in nodes[:, :: 2 ** (FINEST - level)]:
            for t, mid, t_ in zip(angles[:-2:2], angles[1::2], angles[2::2], strict=True):
                h = t_ - t
                k1, d1 = slope(z, t)
                k2, d2 = slope(z + h / 2 * k1, mid)
                k3, d3 = slope(z + h / 2 * k2, mid)
                k4, d4 = slope(z + h * k3, t_)
                z = z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
                log = log + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
        log = log - 0.5 * (z**2).sum(-1) - 0.5 * dim * np.log(2 * np.pi)
        return np.where(np.isfinite(log), log, -np.inf)  # a path that ran off to infinity had no mass

    with np.errstate(over="ignore", invalid="ignore"):
        at, level = np.arange(len(start)), 0
        out = run(at, level)
        while len(at) and level < FINEST:
            before, level = out[at], level + 1
            out[at] = run(at, level)
            at = at[(np.maximum(before, out[at]) > FLOOR) & ~(np.abs(out[at] - before) <= CLOSE)]
    return out.reshape(shape)


def ode_nodes(name: str, lam_min: float, lam_max: float, **params: float) -> Array:
    """theta, from clean data to noise, at the ends and middles of the finest steps of each first step: [step, node].

    No step crosses a jump of the rule's strength, and its ends lie a hair's breadth inside it.
    """
    jumps = rule(name).jumps
    lams = lam_grid(FIRST, lam_min, lam_max)
    if jumps:
        lams = np.union1d(lams, [lam for lam in jumps(**params) if lam_min < lam < lam_max])
    angles, share = theta(lams[::-1]), np.linspace(1e-9, 1 - 1e-9, 2 ** (FINEST + 1) + 1)
    return angles[:-1, None] + np.diff(angles)[:, None] * share


def drawn(log: Array, cell: float) -> tuple[Array, Array]:
    """Log-densities [..., y, x] on cells of that area, NaN where their sum is no law's, and how far from 1 each sum is.

    A density whose mass on the grid is off by more than OFF is not to be drawn: it lies beyond the grid or between its
    points, or its ODE was not solved.
    """
    off = np.abs(np.exp(log).sum((-2, -1)) * cell - 1)
    return np.where((off <= OFF)[..., None, None], log, np.nan), off


def tilt_nodes(mixture: GaussianMixture, half: float, lams: ArrayLike, most: int = 512) -> Array:
    """The clean values of one axis for `NoisedTilt`: all that z within [-half, half]² can come from at these lams.

    Given z, x of a component lies around mu + G (z - alpha mu), G = alpha S V^{-1}, V = alpha² S + sigma² I, with
    covariance sigma² S V^{-1}: the nodes reach six deviations beyond, and are as close as the least of them. Raises
    ValueError where that takes more than `most`.
    """
    a, noise = (f(np.asarray(lams, dtype=np.float64))[:, None, None, None] for f in (alpha, sigma))  # [lam, 1, 1, 1]
    inside = mixture.covs @ np.linalg.inv(a**2 * mixture.covs + noise**2 * np.eye(mixture.dim))  # S V^{-1}
    means, cov = np.abs(mixture.means), noise**2 * inside
    moved = (np.abs(a * inside) * (half + a * means[:, None, :])).sum(-1)  # [lam, K, D], at most
    deviation = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    reach = float((means + moved + 6 * deviation).max())
    n = int(np.ceil(2 * reach / np.sqrt(np.linalg.eigvalsh(cov).min()))) + 1
    if n > most:
        raise ValueError("a class is too narrow for this integral: its spread must be larger, or its view smaller")
    return np.linspace(-reach, reach, n)


class NoisedTilt:
    """The tilt p(x|c) p(c|x)^w in the plane on its way to noise, beside the density whose score guidance follows.

    The tilt, noised, is p_lam(z) E[p(c|x)^{1+w} | z]; guidance follows p_lam(z) (E[p(c|x) | z])^{1+w}, where z's noise
    is averaged before the power is taken. `nodes` [n] are the clean values of one axis over which E is summed (even,
    and reaching as far as z can come from), w [W] any numbers.
    """

    def __init__(self, mixture: GaussianMixture, c: int, w: ArrayLike, nodes: Array) -> None:
        self.mixture, self.c, self.nodes = mixture, c, nodes
        self.w = np.asarray(w, dtype=np.float64)[:, None, None]
        clean = np.stack(np.meshgrid(nodes, nodes), axis=-1)
        log = mixture.log_density(clean, c=c) + self.w * mixture.log_posterior(clean)[..., c]
        self.shift = log.max((1, 2), keepdims=True)
        self.tilt = np.exp(log - self.shift)  # [W, y, x]

    def at(self, points: Array, lam: float) -> tuple[Array, Array, Array, Array]:
        """At one noise level on a square grid [n, n, 2]: log ratio of the first to the second [W, n, n], its gradient
        [W, n, n, 2], the guided score [W, n, n, 2], and the noised tilt as shares that sum to 1 [W, n, n].

        Where the noised tilt has no density to speak of (below 1e-290 of its peak's), ratio and gradient are 0.
        """
        a, s, x = float(alpha(lam)), float(sigma(lam)), self.nodes
        kernel = np.exp(-((points[0, :, 0, None] - a * x) ** 2) / (2 * s * s))  # [z, x]: the Gaussian is separable
        mass = np.einsum("ip,jq,wpq->wij", kernel, kernel, self.tilt, optimize=True)  # rows are y
        along_x = np.einsum("ip,jq,q,wpq->wij", kernel, kernel, x, self.tilt, optimize=True)
        along_y = np.einsum("ip,jq,p,wpq->wij", kernel, kernel, x, self.tilt, optimize=True)
        seen = mass > 1e-290
        mass = np.where(seen, mass, 1.0)
        mean = np.stack([along_x, along_y], axis=-1) / mass[..., None]
        eps_c, eps_u = self.mixture.eps_pair(points, lam, self.c)
        guided_score = score_from_eps(past(eps_c, eps_u, self.w[..., None]), lam)
        gap = np.where(seen[..., None], (a * mean - points) / s**2 - guided_score, 0.0)
        area = (x[1] - x[0]) ** 2 / (2 * np.pi * s * s)
        log_guided = self.mixture.log_density(points, lam, self.c)
        log_guided = log_guided + self.w * self.mixture.log_posterior(points, lam)[..., self.c]
        ratio = np.where(seen, np.log(mass * area) + self.shift - log_guided, 0.0)
        share = np.where(seen, mass, 0.0)
        return ratio, gap, guided_score, share / share.sum((1, 2), keepdims=True)
