"""Closed forms beside the metrics: the inception score of known label distributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Array = NDArray[np.float64]


def label_rows(confidence: float, classes: int) -> Array:
    """p(y|x) of a picture of each class: `confidence` in [0, 1] for its own, the rest in equal parts: [class, y]."""
    rest = (1 - confidence) / (classes - 1)
    return np.full((classes, classes), rest) + (confidence - rest) * np.eye(classes)


def score_of_labels(confidence: float, covered: int, classes: int) -> float:
    """exp E KL(p(y|x) || p(y)) where the first `covered` classes come equally often: closed form, in [1, covered].

    With q = confidence and the rest r = (1 - q)/(K - 1): KL = q log q + (K - 1) r log r
    - (q + (m - 1) r) log((q + (m - 1) r)/m) - (K - m) r log r.
    """
    q, rest = confidence, (1 - confidence) / (classes - 1)
    inside = (q + (covered - 1) * rest) / covered
    own = xlogy(q, q) + (classes - 1) * xlogy(rest, rest)
    cross = (q + (covered - 1) * rest) * np.log(inside) + (classes - covered) * xlogy(rest, rest)
    return float(np.exp(own - cross))
