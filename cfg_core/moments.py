"""What a mixture amounts to: mean and covariance of the whole and of each class, and how far out its mass lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.mixture import GaussianMixture

Array = NDArray[np.float64]


def mixture_moments(mixture: GaussianMixture) -> tuple[Array, Array]:
    """Mean [D] and covariance [D, D] of the whole mixture."""
    return _moments(mixture.weights, mixture.means, mixture.covs)


def class_moments(mixture: GaussianMixture) -> tuple[Array, Array]:
    """Mean [C, D] and covariance [C, D, D] of p(x|c), of each class."""
    own = [mixture.labels == c for c in range(mixture.classes)]
    means, covs = zip(*(_moments(mixture.weights[k], mixture.means[k], mixture.covs[k]) for k in own), strict=True)
    return np.stack(means), np.stack(covs)


def apart(mixture: GaussianMixture) -> float:
    """Mean distance between the means of two classes, over all pairs."""
    means, _ = class_moments(mixture)
    one, other = np.triu_indices(len(means), 1)
    return float(np.linalg.norm(means[one] - means[other], axis=-1).mean())


def outward(mixture: GaussianMixture, c: int) -> Array:
    """Unit vector from the origin to the mean of a class [D]; along the last axis where that lies in the origin."""
    mean = class_moments(mixture)[0][c]
    size = np.linalg.norm(mean)
    return mean / size if size > 1e-9 else np.eye(mixture.dim)[-1]


def spread_of(cov: ArrayLike) -> Array:
    """Root mean variance per dimension of covariances [..., D, D]: [...]."""
    return np.sqrt(np.trace(np.asarray(cov), axis1=-2, axis2=-1) / np.shape(cov)[-1])


def spread(x: Array) -> Array:
    """Root mean variance per dimension of clouds [..., n, D]: [...]; NaN of those with a point that is none."""
    return np.sqrt(x.var(axis=-2, ddof=1).mean(-1))


def reach(mixture: GaussianMixture, deviations: float) -> float:
    """Half the side of the square about the origin that holds each component out to so many standard deviations."""
    deviation = np.sqrt(np.diagonal(mixture.covs, axis1=1, axis2=2))  # [K, D] along the axes
    return float((np.abs(mixture.means) + deviations * deviation).max())


def separation(mixture: GaussianMixture) -> float:
    """Mean distance of the means of the classes from the origin: of the paper's triangle its circumradius."""
    return float(np.linalg.norm(class_moments(mixture)[0], axis=-1).mean())


def narrowest(mixture: GaussianMixture) -> float:
    """The least standard deviation of any component, in any direction."""
    return float(np.sqrt(np.linalg.eigvalsh(mixture.covs).min()))


def _moments(weights: Array, means: Array, covs: Array) -> tuple[Array, Array]:
    """Of the mixture of these components, [K], [K, D], [K, D, D]: what is within and what is between them."""
    share = weights / weights.sum()
    centre = share @ means
    away = means - centre
    return centre, np.einsum("k,kij->ij", share, covs) + np.einsum("k,ki,kj->ij", share, away, away)
