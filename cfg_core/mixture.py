"""A Gaussian mixture with classes, noised: every density, posterior, eps and divergence in closed form.

With component k ~ N(mu_k, S_k) the noised component is p_lam(z|k) = N(alpha mu_k, alpha² S_k + sigma² I), so

    eps_k(z) = sigma (alpha² S_k + sigma² I)^{-1} (z - alpha mu_k)              (score = -eps / sigma)
    eps_c = sum over the components of class c of p_lam(k|z, c) eps_k,   eps_u = sum over all of p_lam(k|z) eps_k.

numpy float64; any number of classes, components and dimensions.
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
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Terms:
    """What every quantity is made of, for one block of m points."""

    log: Array  # [K, m] log weight_k + log p_lam(z|k)
    eps: Array  # [K, D, m] eps of each component
    div: Array  # [K, 1 or m] its divergence, sigma tr (alpha² S_k + sigma² I)^{-1}
    sigma: Array  # [1 or m]


@dataclass(frozen=True)
class GaussianMixture:
    """means [K, D], covs [K, D, D] positive definite, weights [K] > 0 (normalised here), labels [K] in 0..C-1.

    Component k belongs to class labels[k]; a class's weight is the sum of its components' weights.
    Raises ValueError naming what is wrong.
    """

    means: Array
    covs: Array
    weights: Array
    labels: NDArray[np.int64]
    event_ndim: int = field(default=1, init=False)  # trailing axes of z that make one point

    def __post_init__(self) -> None:
        means = np.atleast_2d(np.asarray(self.means, dtype=np.float64))
        k, d = means.shape
        covs = np.asarray(self.covs, dtype=np.float64)
        weights = np.asarray(self.weights, dtype=np.float64)
        labels = np.asarray(self.labels, dtype=np.int64)
        if covs.shape != (k, d, d) or weights.shape != (k,) or labels.shape != (k,):
            raise ValueError("shapes must be means [K, D], covs [K, D, D], weights [K], labels [K]")
        if not (np.isfinite(means).all() and np.isfinite(covs).all() and np.isfinite(weights).all()):
            raise ValueError("means, covs and weights must be finite")
        if not (weights > 0).all():
            raise ValueError("weights must be > 0")
        if set(labels.tolist()) != set(range(int(labels.max()) + 1)):
            raise ValueError("labels must use each of 0 .. C-1")
        if not np.allclose(covs, covs.swapaxes(1, 2)):
            raise ValueError("covs must be symmetric")
        variances, axes = np.linalg.eigh(covs)
        if variances.min() < 1e-10:
            raise ValueError("covs must be positive definite, smallest eigenvalue >= 1e-10")
        aligned = [bool(np.array_equal(c, np.diag(np.diag(c)))) for c in covs]
        for i in np.flatnonzero(aligned):
            variances[i], axes[i] = np.diag(covs[i]), np.eye(d)
        private = {"_variances": variances, "_axes": axes, "_aligned": aligned}
        public = {"means": means, "covs": covs, "weights": weights / weights.sum(), "labels": labels}
        for name, value in {**public, **private}.items():
            object.__setattr__(self, name, value)

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
            log = t.log - t.log.max(0)
            own = self.labels[:, None] == c
            inside, outside = (logsumexp(np.where(m, log, -np.inf), axis=0) for m in (own, ~own))
            return (inside - outside)[None]

        return self._map(z, lam, c, 1, odds)[..., 0]

    # ---- fields ----------------------------------------------------------------------------------------------

    def eps(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None = None) -> Array:
        """Exact eps(z, lam, c), or eps(z, lam) where c is None: z [..., D] -> [..., D]; lam, c broadcast to [...]."""
        return self._map(z, lam, c, self.dim, lambda t, c: self._mean_eps(t, c))

    def eps_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """(eps_c, eps_u) at the cost of one: each [..., D]."""

        def both(t: Terms, c: NDArray[np.int64]) -> Array:
            return np.stack([self._mean_eps(t, c), self._mean_eps(t, None)])

        eps_c, eps_u = self._map(z, lam, c, self.dim, both, parts=2)
        return eps_c, eps_u

    def eps_without(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> Array:
        """Exact eps of the data without class c: z [..., D] -> [..., D]. Raises ValueError for a lone class."""
        if self.classes == 1:
            raise ValueError("without its only class there is no data")

        def rest(t: Terms, c: NDArray[np.int64]) -> Array:
            return np.einsum("km,kdm->dm", _softmax(np.where(self.labels[:, None] == c, -np.inf, t.log)), t.eps)

        return self._map(z, lam, c, self.dim, rest)

    def score(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None = None) -> Array:
        """∇ log p_lam(z|c), or ∇ log p_lam(z) where c is None: [..., D]."""
        return -self.eps(z, lam, c) / sigma(lam)[..., None]

    def grad_log_posterior(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> Array:
        """∇_z log p_lam(c|z), the exact classifier's gradient: z [..., D] -> [..., D].

        The gradient of a log-softmax over components: sum_k (p(k|z, c) - p(k|z)) ∇ log p_lam(z|k).
        """

        def gradient(t: Terms, c: NDArray[np.int64]) -> Array:
            share = self._shares(t, c) - self._shares(t, None)  # [K, m]
            return -(share[:, None] * t.eps).sum(0) / t.sigma

        return self._map(z, lam, c, self.dim, gradient)

    def divergence_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """Analytic divergences of (eps_c, eps_u): z [..., D] -> two [...]."""

        def both(t: Terms, c: NDArray[np.int64]) -> Array:
            return np.stack([self._divergence(t, c), self._divergence(t, None)])

        out = self._map(z, lam, c, 2, both)
        return out[..., 0], out[..., 1]

    def jacobian_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """Analytic Jacobians d eps_i / d z_j of (eps_c, eps_u): z [..., D] -> two [..., D, D].

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
        log, eps, div = np.empty((k, m)), np.empty((k, d, m)), np.empty((k, len(a)))
        for i in range(k):
            axes, aligned = self._axes[i], self._aligned[i]  # type: ignore[attr-defined]
            var = a**2 * self._variances[i][:, None] + s**2  # type: ignore[attr-defined]  # [D, 1 or m]
            y = z - a * self.means[i][:, None]
            y = y if aligned else axes.T @ y  # in the eigenbasis of S_k
            h = y / var
            np.einsum("dm,dm->m", y, h, out=log[i])
            log[i] += np.log(var).sum(0) + (d * LOG_2PI - 2 * np.log(self.weights[i]))
            log[i] *= -0.5
            np.multiply(h if aligned else axes @ h, s, out=eps[i])
            div[i] = s * (1 / var).sum(0)
        return Terms(log, eps, div, s)

    def _members(self, c: NDArray[np.int64] | None) -> Array | None:
        """0 for the components of each point's class, -inf for the others: [K, 1 or m]."""
        return None if c is None else np.where(self.labels[:, None] == c, 0.0, -np.inf)

    def _shares(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        """p_lam(k|z), or p_lam(k|z, c): [K, m], summing to 1 over k."""
        members = self._members(c)
        return _softmax(t.log if members is None else t.log + members)

    def _mean_eps(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        if c is not None and len(self.labels) == self.classes:  # one component each: the class's own eps
            order = np.argsort(self.labels)
            if len(c) == 1:
                return t.eps[order[c[0]]]
            out = t.eps[order[0]].copy()
            for j in range(1, self.classes):
                np.copyto(out, t.eps[order[j]], where=c == j)
            return out
        return np.einsum("km,kdm->dm", self._shares(t, c), t.eps)

    def _divergence(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        share = self._shares(t, c)
        mean = np.einsum("km,kdm->dm", share, t.eps)
        spread = np.einsum("km,kdm->m", share, (t.eps - mean) ** 2)  # from ∇ p(k|z) = p(k|z) (s_k - s)
        return (share * t.div).sum(0) - spread / t.sigma

    def _jacobian(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        share = self._shares(t, c)
        mean = np.einsum("km,kdm->dm", share, t.eps)
        slope = -share[:, None] * (t.eps - mean) / t.sigma  # ∇ p(k|z) = p(k|z) (s_k - s), [K, D, m]
        out = np.einsum("kim,kjm->ijm", t.eps, slope)
        for k, (axes, variances) in enumerate(zip(self._axes, self._variances, strict=True)):  # type: ignore[attr-defined]
            var = (1 - t.sigma**2) * variances[:, None] + t.sigma**2  # of alpha² S_k + sigma² I, [D, m]
            out += np.einsum("id,jd,dm->ijm", axes, axes, t.sigma / var) * share[k]
        return out.reshape(self.dim**2, -1)

    def _log_density(self, t: Terms, c: NDArray[np.int64] | None) -> Array:
        members = self._members(c)
        if members is None or c is None:
            return logsumexp(t.log, axis=0)[None]
        return (logsumexp(t.log + members, axis=0) - np.log(self.class_weights)[c])[None]

    def _log_classes(self, t: Terms) -> Array:
        log = t.log - t.log.max(0)  # first, or far out the sum below loses |log| * 1e-16
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
        classes = None if c is None else _flat(self._class(c), lead)
        out = np.empty((parts or 1, len(points), size))
        for block in _blocks(len(points)):
            here = lams if len(lams) == 1 else lams[block]
            chosen = None if classes is None else classes if len(classes) == 1 else classes[block]
            terms = self._terms(np.ascontiguousarray(points[block].T), here)
            out[:, block] = fn(terms, chosen).reshape(parts or 1, size, -1).transpose(0, 2, 1)
        return out.reshape(parts, *lead, size) if parts else out.reshape(*lead, size)


def _softmax(log: Array) -> Array:
    """Shares [K, m], summing to 1 over K, of logarithms."""
    share = np.exp(log - log.max(0))
    return share / share.sum(0)


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
    if not 1 <= classes <= 26:
        raise ValueError("classes must lie in [1, 26]")
    angle = np.pi / 2 + 2 * np.pi * np.arange(classes) / classes
    means = separation * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    covs = np.broadcast_to(spread**2 * np.eye(2), (classes, 2, 2))
    return GaussianMixture(means, covs, np.asarray(weights, dtype=np.float64), np.arange(classes))
