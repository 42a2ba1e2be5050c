"""A linear probe: class probabilities from another network's features, fitted on labelled images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Array = NDArray[np.float64]
PENALTY = 0.03  # with it the probe is as sure of training images that it was not fitted on as it is right


@dataclass(frozen=True)
class Probe:
    """softmax(((features - mean) / scale) @ weights + bias): features [N, D] -> probabilities [N, classes]."""

    mean: Array
    scale: Array
    weights: Array
    bias: Array

    def posterior(self, features: Array) -> Array:
        """p(c|features): [N, classes]."""
        return np.exp(log_softmax((features - self.mean) / self.scale @ self.weights + self.bias, axis=1))


def fitted(features: Array, labels: NDArray[np.int64], classes: int, penalty: float = PENALTY) -> Probe:
    """The multinomial logistic regression of labels [N] on features [N, D], by L-BFGS.

    Minimises the mean of -log p(label) plus penalty / 2 times the sum of squared weights, the bias being free; so the
    mean of its probabilities is each class's share of the labels. Raises ValueError for other shapes.
    """
    if features.ndim != 2 or labels.shape != (len(features),) or not len(features):
        raise ValueError("features must be [N, D] and labels [N]")
    mean, scale = features.mean(0), features.std(0) + 1e-9
    x, n = (features - mean) / scale, len(features)
    one_hot = np.eye(classes)[labels]

    def loss(flat: Array) -> tuple[float, Array]:
        weights, bias = flat[classes:].reshape(-1, classes), flat[:classes]
        log = log_softmax(x @ weights + bias, axis=1)
        off = (np.exp(log) - one_hot) / n
        value = -(log * one_hot).sum() / n + penalty / 2 * (weights**2).sum()
        return float(value), np.concatenate([off.sum(0), (x.T @ off + penalty * weights).ravel()])

    start = np.zeros(classes * (1 + x.shape[1]))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "gtol": 1e-6})
    return Probe(mean, scale, best.x[classes:].reshape(-1, classes), best.x[:classes])
