"""A Gaussian mixture with classes, noised: every density, posterior, eps and divergence in closed form.

With component k ~ N(mu_k, S_k) the noised component is p_lam(z|k) = N(alpha mu_k, alpha² S_k + sigma² I), so

    h_k(z) = (alpha² S_k + sigma² I)^{-1} (z - alpha mu_k)                      (score = -h, eps = sigma h)
    h_c = sum over the components of class c of p_lam(k|z, c) h_k,   h_u = sum over all of p_lam(k|z) h_k.

numpy float64; any number of classes, components and dimensions. lam may be inf everywhere: the data itself, whose score
is finite and whose eps is 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from cfg_core.process import alpha, sigma

Array = NDArray[np.float64]

BLOCK = 8192  # points worked on at once: all temporaries of a block stay in the processor's cache
FAR = 1e4  # a log-density below -FAR is too large a number for its difference to another: see `_log_ratios`
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Terms:
    """What every quantity is made of, for one block of m points."""

    log: Array  # [K, m] log weight_k + log p_lam(z|k)
    const: Array  # [K, 1 or m] of that, all but the square
    h: Array  # [K, D, m] minus the score of each component
    div: Array  # [K, 1 or m] its divergence, tr (alpha² S_k + sigma² I)^{-1}
    alpha: Array  # [1 or m]
    sigma: Array  # [1 or m]


@dataclass(frozen=True)
class GaussianMixture:
    """means [K, D], covs [K, D, D] positive definite, weights [K] > 0 (normalised here), labels [K] in 0..C-1.

    Component k belongs to class labels[k]; a class's weight is the sum of its components' weights. The arrays are
    copies, and read-only. Raises ValueError naming what is wrong.
    """

    means: Array
    covs: Array
    weights: Array
    labels: NDArray[np.int64]
    event_ndim: int = field(default=1, init=False)  # trailing axes of z that make one point

    def __post_init__(self) -> None:
        means = np.atleast_2d(np.array(self.means, dtype=np.float64))
        covs, weights = np.array(self.covs, dtype=np.float64), np.array(self.weights, dtype=np.float64)
        labels = np.array(self.labels)
        k, d = means.shape if means.ndim == 2 else (0, 0)
        if not k or not d or covs.shape != (k, d, d) or weights.shape != (k,) or labels.shape != (k,):
            raise ValueError("shapes must be means [K, D], covs [K, D, D], weights [K], labels [K]")
        if not (np.isfinite(means).all() and np.isfinite(covs).all() and np.isfinite(weights).all()):
            raise ValueError("means, covs and weights must be finite")
        if not (weights > 0).all():
            raise ValueError("weights must be > 0")
        with np.errstate(over="ignore"):
            shares = weights / weights.sum()
        if not (shares > 0).all():
            raise ValueError("weights must have a finite sum, and each a share of it that is > 0")
        if labels.dtype.kind not in "iu":
            raise ValueError("labels must be integers")
        if not np.array_equal(classes := np.unique(labels), np.arange(len(classes))):
            raise ValueError("labels must use each of 0 .. C-1")
        root = np.sqrt(np.abs(np.diagonal(covs, axis1=1, axis2=2)))  # [K, D], the scale of each coordinate
        if (np.abs(covs - covs.swapaxes(1, 2)) > 1e-8 * root[:, :, None] * root[:, None]).any():
            raise ValueError("covs must be symmetric")
        covs = 0.5 * covs + 0.5 * covs.swapaxes(1, 2)  # of rounding, too
        variances, axes = np.linalg.eigh(covs)
        if variances.min() < 1e-10:
            raise ValueError("covs must be positive definite, smallest eigenvalue >= 1e-10")
        aligned = [bool(np.array_equal(c, np.diag(np.diag(c)))) for c in covs]
        for i in np.flatnonzero(aligned):
            variances[i], axes[i] = np.diag(covs[i]), np.eye(d)
        arrays = {"means": means, "covs": covs, "weights": shares, "labels": labels.astype(np.int64)}
        for name, value in {**arrays, "_variances": variances, "_axes": axes}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_aligned", aligned)

    @property
    def dim(self) -> int:
        return self.means.shape[1]

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1

    @property
    def class_weights(self) -> Array:
        """p(c), [C]."""
        return np.bincount(self.labels, self.weights).astype(np.float64)

    # ---- densities -------------------------------------------------------------------------------------------

    def log_density(self, z: ArrayLike, lam: ArrayLike = np.inf, c: ArrayLike | None = None) -> Array:
        """log p_lam(z), or log p_lam(z|c) where a class is given. z [..., D] -> [...]; lam, c broadcast to [...].

        lam = inf is the data itself.
        """
        return self._map(z, lam, c, 1, self._log_density)[..., 0]

    def log_posterior(self, z: ArrayLike, lam: ArrayLike = np.inf) -> Array:
        """log p_lam(c|z) for every class: z [..., D] -> [..., C]."""
        return self._map(z, lam, None, self.classes, lambda t, c: self._log_classes(t))

    def posterior(self, z: ArrayLike, lam: ArrayLike = np.inf) -> Array:
        """p_lam(c|z) for every class: z [..., D] -> [..., C], summing to 1."""
        return np.exp(self.log_posterior(z, lam))

    def log_odds(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> Array:
        """log p_lam(c|z) - log(1 - p_lam(c|z)): z [..., D] -> [...]; inf for a lone class; lam, c broadcast."""

        def odds(t: Terms, c: NDArray[np.int64]) -> Array:
            log, _ = self._log_ratios(t)
            own = self.labels[:, None] == c
            inside, outside = (logsumexp(np.where(m, log, -np.inf), axis=0) for m in (own, ~own))
            return (inside - outside)[None]

        return self._map(z, lam, c, 1, odds)[..., 0]

    # ---- fields ----------------------------------------------------------------------------------------------

    def eps(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None = None) -> Array:
        """Exact eps(z, lam, c), or eps(z, lam) where c is None: z [..., D] -> [..., D]; lam, c broadcast to [...]."""
        return self._map(z, lam, c, self.dim, lambda t, c: t.sigma * self._mean(t, c))

    def eps_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """(eps_c, eps_u) at the cost of one: each [..., D]."""

        def both(t: Terms, c: NDArray[np.int64]) -> Array:
            return np.stack([t.sigma * self._mean(t, c), t.sigma * self._mean(t, None)])

        eps_c, eps_u = self._map(z, lam, c, self.dim, both, parts=2)
        return eps_c, eps_u

    def eps_without(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> Array:
        """Exact eps of the data without class c: z [..., D] -> [..., D]. Raises ValueError for a lone class."""
        if self.classes == 1:
            raise ValueError("without its only class there is no data")

        def rest(t: Terms, c: NDArray[np.int64]) -> Array:
            others = np.where(self.labels[:, None] == c, -np.inf, 0.0)
            return t.sigma * np.einsum("km,kdm->dm", self._shares(t, others), t.h)

        return self._map(z, lam, c, self.dim, rest)

    def score(self, z: ArrayLike, lam: ArrayLike = np.inf, c: ArrayLike | None = None) -> Array:
        """∇ log p_lam(z|c), or ∇ log p_lam(z) where c is None: [..., D]."""
        return self._map(z, lam, c, self.dim, lambda t, c: -self._mean(t, c))

    def grad_log_posterior(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> Array:
        """∇_z log p_lam(c|z), the exact classifier's gradient: z [..., D] -> [..., D].

        The gradient of a log-softmax over components: sum_k (p(k|z, c) - p(k|z)) ∇ log p_lam(z|k).
        """

        def gradient(t: Terms, c: NDArray[np.int64]) -> Array:
            share = self._shares(t, self._members(c)) - self._shares(t, None)  # [K, m]
            return -np.einsum("km,kdm->dm", share, t.h)

        return self._map(z, lam, c, self.dim, gradient)

    def divergence_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """Analytic divergences of (eps_c, eps_u): z [..., D] -> two [...]; 0 at lam = inf, where eps is."""

        def both(t: Terms, c: NDArray[np.int64]) -> Array:
            return np.stack([self._divergence(t, c), self._divergence(t, None)])

        out = self._map(z, lam, c, 2, both)
        return out[..., 0], out[..., 1]

    def jacobian_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """Analytic Jacobians d eps_i / d z_j of (eps_c, eps_u): z [..., D] -> two [..., D, D]; 0 at lam = inf.

        Nothing here assumes their symmetry, so that a curl of zero is a result and not an input.
        """

        def both(t: Terms, c: NDArray[np.int64]) -> Array:
            return np.stack([self._jacobian(t, c), self._jacobian(t, None)])

        jac_c, jac_u = self._map(z, lam, c, self.dim**2, both, parts=2)
        shape = (*jac_c.shape[:-1], self.dim, self.dim)
        return jac_c.reshape(shape), jac_u.reshape(shape)

    # ---- a worse model ---------------------------------------------------------------------------------------

    @cached_property
    def worse(self) -> GaussianMixture:
        """The mixture as a model that blurs would see it, each component 1.5 times as wide: for autoguidance."""
        return GaussianMixture(self.means, 2.25 * self.covs, self.weights, self.labels)

    # ---- sampling --------------------------------------------------------------------------------------------

    def sample(self, n: int, rng: np.random.Generator, c: int | None = None) -> tuple[Array, NDArray[np.int64]]:
        """n clean points [n, D] and their classes [n], from p(x) or, where a class is given, from p(x|c)."""
        p = self.weights if c is None else np.where(self.labels == self._class(c), self.weights, 0)
        k = rng.choice(len(p), n, p=p / p.sum())
        root = self._axes * np.sqrt(self._variances)[:, None, :]  # type: ignore[attr-defined]
        return self.means[k] + np.einsum("nij,nj->ni", root[k], rng.standard_normal((n, self.dim))), self.labels[k]

    # ---- one block of points: z is [D, m], so that every operation runs over contiguous memory ------------------

    def _terms(self, z: Array, lam: Array) -> Terms:
        a, s = alpha(lam), sigma(lam)  # [1] or [m]
        k, (d, m) = len(self.weights), z.shape
        log, h = np.empty((k, m)), np.empty((k, d, m))
        const, div = np.empty((k, len(a))), np.empty((k, len(a)))
        for i in range(k):
            axes, aligned = self._axes[i], self._aligned[i]  # type: ignore[attr-defined]
            var = a**2 * self._variances[i][:, None] + s**2  # type: ignore[attr-defined]  # [D, 1 or m]
            y = z - a * self.means[i][:, None]
            y = y if aligned else axes.T @ y  # in the eigenbasis of S_k
            scaled = np.divide(y, var, out=h[i])
            np.einsum("dm,dm->m", y, scaled, out=log[i])
            if not aligned:
                h[i] = axes @ scaled
            const[i] = np.log(self.weights[i]) - 0.5 * (np.log(var).sum(0) + d * LOG_2PI)
            div[i] = (1 / var).sum(0)
        log *= -0.5
        log += const
        return Terms(log, const, h, div, a, s)

    def _members(self, c: NDArray[np.int64]) -> Array:
        """0 for the components of each point's class, -inf for the others: [K, 1 or m]."""
        return np.where(self.labels[:, None] == c, 0.0, -np.inf)

    def _log_ratios(self, t: Terms, members: Array | None = None) -> tuple[Array, Array]:
        """Of all components, or those where `members` is 0: t.log less the largest of them, [K, m], and that, [m].

        Far out that would be a difference of large squares y·h, where y = z - alpha mu, h = V^{-1} y. There it is taken
        from y_k·h_k - y_r·h_r = alpha (mu_r - mu_k)·(h_k + h_r) + alpha² h_k·(S_r - S_k) h_r, r being the largest: one
        term linear in z and one that is 0 where covariances are equal. What is left is what rounding of z does.
        """
        log = t.log if members is None else t.log + members
        top = log.max(0)
        with np.errstate(over="ignore", invalid="ignore"):  # at 1e200 squares are infinite
            log = log - top
            far = np.flatnonzero(~(top >= -FAR))
            if len(far):
                ratios = self._far_ratios(t, far, log[:, far].argmax(0))
                ratios += 0.0 if members is None else np.broadcast_to(members, log.shape)[:, far]
                log[:, far] = ratios - ratios.max(0)
        return log, top

    def _far_ratios(self, t: Terms, far: NDArray[np.intp], likeliest: NDArray[np.intp]) -> Array:
        """t.log at the points `far` less that of each point's likeliest component: [K, far]."""
        out = np.empty((len(self.weights), len(far)))
        for r in np.unique(likeliest):
            here = np.flatnonzero(likeliest == r)
            points = far[here]
            a, const = t.alpha if len(t.alpha) == 1 else t.alpha[points], t.const - t.const[r]
            const = const if const.shape[1] == 1 else const[:, points]
            h = t.h[:, :, points]
            for k in range(len(out)):
                square = a * ((self.means[r] - self.means[k]) @ (h[k] + h[r]))
                if (apart := self.covs[r] - self.covs[k]).any():
                    square = square + a**2 * np.einsum("dm,dm->m", h[k], apart @ h[r])
                out[k, here] = const[k] - 0.5 * square
        return out

    def _shares(self, t: Terms, members: Array | None) -> Array:
        """p_lam(k|z) of all components, or of those where `members` is 0: [K, m], summing to 1 over k."""
        share, _ = self._log_ratios(t, members)
        np.exp(share, out=share)
        share /= share.sum(0)
        return share

    def _mean(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        """h of the class c, or of all: [D, m]."""
        if c is None:
            return np.einsum("km,kdm->dm", self._shares(t, None), t.h)
        if len(self.labels) > self.classes:
            return np.einsum("km,kdm->dm", self._shares(t, self._members(c)), t.h)
        order = np.argsort(self.labels)  # one component each: the class's own h
        if len(c) == 1:
            return t.h[order[c[0]]]
        out = t.h[order[0]].copy()
        for j in range(1, self.classes):
            np.copyto(out, t.h[order[j]], where=c == j)
        return out

    def _spread(self, t: Terms, c: NDArray[np.int64] | None) -> tuple[Array, Array]:
        """Shares [K, m] and h_k less their mean [K, D, m]; ∇ p(k|z) = -p(k|z) times the latter."""
        share = self._shares(t, None if c is None else self._members(c))
        return share, t.h - np.einsum("km,kdm->dm", share, t.h)

    def _divergence(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        share, apart = self._spread(t, c)
        return t.sigma * ((share * t.div).sum(0) - np.einsum("km,kdm->m", share, apart**2))

    def _jacobian(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        share, apart = self._spread(t, c)
        out = -np.einsum("kim,kjm->ijm", t.h, share[:, None] * apart)
        for k, (axes, variances) in enumerate(zip(self._axes, self._variances, strict=True)):  # type: ignore[attr-defined]
            var = t.alpha**2 * variances[:, None] + t.sigma**2  # of alpha² S_k + sigma² I, [D, m]
            out += np.einsum("id,jd,dm->ijm", axes, axes, 1 / var) * share[k]
        return (t.sigma * out).reshape(self.dim**2, -1)

    def _log_density(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        log, top = self._log_ratios(t, None if c is None else self._members(c))
        return (logsumexp(log, axis=0) + top - (0.0 if c is None else np.log(self.class_weights)[c]))[None]

    def _log_classes(self, t: Terms) -> Array:
        log, _ = self._log_ratios(t)
        joint = np.stack([logsumexp(log[self.labels == j], axis=0) for j in range(self.classes)])
        return joint - logsumexp(joint, axis=0)

    # ---- blocks ----------------------------------------------------------------------------------------------

    def _class(self, c: ArrayLike) -> NDArray[np.int64]:
        c = np.asarray(c)
        if c.dtype.kind not in "iu" or c.size == 0 or c.min() < 0 or c.max() >= self.classes:
            raise ValueError(f"the class must be an integer in 0 .. {self.classes - 1}")
        return c.astype(np.int64)

    def _map(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None, size: int, fn, parts: int = 0) -> Array:
        """Apply fn(terms, c) -> [size, m] block by block: [..., D] -> [..., size].

        With `parts`, fn gives [parts, size, m] and the result is [parts, ..., size].
        """
        z = np.asarray(z, dtype=np.float64)
        if z.ndim < 1 or z.shape[-1] != self.dim:
            raise ValueError(f"z must be [..., {self.dim}]")
        lead = z.shape[:-1]
        points = z.reshape(-1, self.dim)
        lams = _flat(np.asarray(lam, dtype=np.float64), lead)
        if np.isnan(lams).any():
            raise ValueError("lam must be a number, not NaN")
        classes = None if c is None else _flat(self._class(c), lead)
        out = np.empty((parts or 1, len(points), size))
        for block in _blocks(len(points)):
            here = lams if len(lams) == 1 else lams[block]
            chosen = None if classes is None else classes if len(classes) == 1 else classes[block]
            terms = self._terms(np.ascontiguousarray(points[block].T), here)
            out[:, block] = fn(terms, chosen).reshape(parts or 1, size, -1).transpose(0, 2, 1)
        return out.reshape(parts, *lead, size) if parts else out.reshape(*lead, size)


def _flat(values: NDArray, lead: tuple[int, ...]) -> NDArray:
    """A single value stays [1]; anything else is spread over the points."""
    return values.reshape(1) if values.size == 1 else np.broadcast_to(values, lead).reshape(-1)


def _blocks(n: int) -> Iterator[slice]:
    for start in range(0, n, BLOCK):
        yield slice(start, start + BLOCK)


CIRCUMRADIUS = 1.793  # of the figure's triangle, in units of the classes' standard deviation


def three_gaussians(
    separation: float = CIRCUMRADIUS, spread: float = 1.0, weights: ArrayLike = (1.0, 1.0, 1.0), classes: int = 3
) -> GaussianMixture:
    """The paper's figure of three Gaussians: an equilateral triangle pointing up, class 0 (A) at the top.

    `separation` is the distance of the means from the centre, `spread` the classes' standard deviation; the default
    is the figure's geometry, with spread as the unit of length. Raises ValueError outside their bounds.
    """
    if not (np.isfinite(separation) and 0 <= separation <= 100):
        raise ValueError("separation must lie in [0, 100]")
    if not (np.isfinite(spread) and 1e-3 <= spread <= 100):
        raise ValueError("spread must lie in [0.001, 100]")
    if classes not in range(1, 27):
        raise ValueError("classes must lie in [1, 26]")
    if np.shape(weights) != (classes,):
        raise ValueError(f"weights must be {classes} numbers, one for each class")
    angle = np.pi / 2 + 2 * np.pi * np.arange(classes) / classes
    means = separation * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    covs = np.broadcast_to(spread**2 * np.eye(2), (classes, 2, 2))
    return GaussianMixture(means, covs, np.asarray(weights, dtype=np.float64), np.arange(classes))
