"""What the tests compare with: models and densities from their definitions, sharing no code with the core.

Only the parameters (means, covariances, weights, labels) are common; alpha and sigma are spelt out again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from mpmath import mp, mpf
from scipy.integrate import quad
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal


def alpha2(lam):
    return 1 / (1 + np.exp(-np.asarray(lam, dtype=np.float64)))


def sigma2(lam):
    return 1 / (1 + np.exp(np.asarray(lam, dtype=np.float64)))


@dataclass(frozen=True)
class Raw:
    """The parameters of a mixture, before any code under test has seen them."""

    means: np.ndarray  # [K, D]
    covs: np.ndarray  # [K, D, D]
    weights: np.ndarray  # [K], not normalised
    labels: np.ndarray  # [K]

    def args(self):
        return self.means, self.covs, self.weights, self.labels

    def part(self, c: int | None) -> Raw:
        keep = np.ones(len(self.labels), bool) if c is None else self.labels == c
        w = self.weights[keep]
        return Raw(self.means[keep], self.covs[keep], w / w.sum(), self.labels[keep])

    def noised(self, lam: float, c: int | None = None) -> Raw:
        """Components of p_lam(z), or p_lam(z|c): N(alpha mu, alpha² S + sigma² I)."""
        p, a2, s2 = self.part(c), float(alpha2(lam)), float(sigma2(lam))
        eye = np.eye(self.means.shape[1])
        return Raw(np.sqrt(a2) * p.means, a2 * p.covs + s2 * eye, p.weights, p.labels)

    def torch_mixture(self, lam: float, c: int | None = None) -> MixtureSameFamily:
        p = self.noised(lam, c)
        parts = MultivariateNormal(torch.from_numpy(p.means), torch.from_numpy(p.covs))
        return MixtureSameFamily(Categorical(torch.from_numpy(p.weights)), parts)

    def moments(self, c: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of p(x) or p(x|c), by the law of total variance."""
        p = self.part(c)
        mean = p.weights @ p.means
        d = p.means - mean
        return mean, np.einsum("k,kij->ij", p.weights, p.covs + d[:, :, None] * d[:, None, :])


def raw_mixture(seed: int, dim: int, classes: int, per_class: int, spread: float = 3.0) -> Raw:
    """Random means in a box, full covariances with standard deviations in 0.4 .. 1.6, random weights."""
    rng = np.random.default_rng(seed)
    k = classes * per_class
    q = np.linalg.qr(rng.standard_normal((k, dim, dim)))[0]
    covs = np.einsum("kij,kj,klj->kil", q, rng.uniform(0.4, 1.6, (k, dim)) ** 2, q)
    covs = 0.5 * (covs + covs.swapaxes(1, 2))
    labels = rng.permutation(np.repeat(np.arange(classes), per_class))
    return Raw(rng.uniform(-spread, spread, (k, dim)), covs, rng.uniform(0.2, 2.0, k), labels)


def autograd(f, z: np.ndarray) -> np.ndarray:
    """Gradient of f(z [N, D]) -> [N] at each row, by torch."""
    t = torch.from_numpy(z).requires_grad_()
    return torch.autograd.grad(f(t).sum(), t)[0].numpy()


def central_gradient(f, z: np.ndarray, h: float = 1e-4) -> np.ndarray:
    """Gradient of f(z [N, D]) -> [N], or Jacobian [N, E, D] of f -> [N, E]: 4th-order central differences."""
    columns = []
    for e in np.eye(z.shape[-1]) * h:
        columns.append((8 * (f(z + e) - f(z - e)) - (f(z + 2 * e) - f(z - 2 * e))) / (12 * h))
    return np.stack(columns, axis=-1)


class GaussianMarginal:
    """p(x|c) = N(c, 1), p(x) = N(0, 2) in one dimension: guidance with a closed form. c is any number.

    p_lam(z|c) = N(alpha c, 1), p_lam(z) = N(0, 1 + alpha²), eps = -sigma * score. For numpy and torch.
    """

    event_ndim = 1

    def eps(self, z, lam, c=None):
        a, s = float(np.sqrt(alpha2(lam))), float(np.sqrt(sigma2(lam)))
        return s * z / (1 + a * a) if c is None else s * (z - a * c)

    def eps_pair(self, z, lam, c):
        return self.eps(z, lam, c), self.eps(z, lam)


def tilt_law(w: float) -> tuple[float, float]:
    """Mean / c and variance of p(x|c) p(c|x)^w for the model above."""
    g = 1 + w
    return 2 * g / (1 + g), 2 / (1 + g)


def sde_law(w: float) -> tuple[float, float]:
    """Mean / c and variance of what the guided reverse SDE yields."""
    g = 1 + w
    return 2 - 2 ** (1 - g), (2 - 2 ** (2 - 2 * g)) / (2 * g - 1)


def ode_law(w: float) -> tuple[float, float]:
    """Mean / c and variance of what the guided probability-flow ODE yields."""
    g = 1 + w
    integral = quad(lambda u: u ** ((g - 1) / 2), 1, 2, weight="alg", wvar=(-0.5, 0), epsabs=1e-13)[0]
    return 2 ** ((1 - g) / 2) * g / 2 * integral, 2 ** (1 - g)


def scattered_points() -> np.ndarray:
    """Fifty points of the plane, within 5 of the origin on each axis."""
    return np.random.default_rng(1).uniform(-5, 5, (50, 2))


class Given:
    """A model whose two outputs are given arrays, of points or (event_ndim = 3) of images."""

    def __init__(self, eps_c, eps_u, event_ndim: int = 1):
        self.pair, self.event_ndim = (eps_c, eps_u), event_ndim

    def eps_pair(self, z, lam, c):
        return self.pair

    def eps(self, z, lam, c=None):
        return self.pair[0]


def precise(raw: Raw, z: np.ndarray, lam: float, digits: int = 60) -> dict[str, np.ndarray]:
    """One point z [D] by mpmath, from the definitions: log_p, log_pc and log_posterior [C], score [D], scores [C, D].

    The parameters are taken as they are, to the last bit; results are rounded to float64 at the end.
    """
    with mp.workdps(digits):
        a2 = mpf(1) if np.isinf(lam) else 1 / (1 + mp.exp(-mpf(lam)))
        point, dim = mp.matrix(z.tolist()), len(z)
        logs, pulls = [], []
        for mean, cov, weight in zip(raw.means, raw.covs, raw.weights, strict=True):
            noised = a2 * mp.matrix(cov.tolist()) + (1 - a2) * mp.eye(dim)
            y = point - mp.sqrt(a2) * mp.matrix(mean.tolist())
            h = mp.lu_solve(noised, y)
            square = (y.T * h)[0] + mp.log(mp.det(noised)) + dim * mp.log(2 * mp.pi)
            logs.append(mp.log(mpf(float(weight))) - square / 2)
            pulls.append(h)
        total = mp.log(mp.fsum(mpf(float(w)) for w in raw.weights))

        def together(part: list[int]) -> tuple:
            top = max(logs[k] for k in part)
            shares = [mp.exp(logs[k] - top) for k in part]
            mass = mp.fsum(shares)
            mean = [-mp.fsum(s * pulls[k][i] for s, k in zip(shares, part, strict=True)) / mass for i in range(dim)]
            return top + mp.log(mass), [float(v) for v in mean]

        log_p, score = together(list(range(len(logs))))
        classes = [np.flatnonzero(raw.labels == c).tolist() for c in range(raw.labels.max() + 1)]
        by_class = [together(part) for part in classes]
        prior = [mp.log(mp.fsum(mpf(float(raw.weights[k])) for k in part)) for part in classes]
        return {
            "log_p": np.array(float(log_p - total)),
            "log_pc": np.array([float(log - p) for (log, _), p in zip(by_class, prior, strict=True)]),
            "log_posterior": np.array([float(log - log_p) for log, _ in by_class]),
            "score": np.array(score),
            "scores": np.array([s for _, s in by_class]),
        }
