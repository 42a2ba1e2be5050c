"""The figures of a set of images: of all of it, and of each class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core import metrics
from cfg_core.commands.measure.seen import CLASSES, Real, Seen
from cfg_core.images.judge import Verdict

NEAREST = 5  # neighbours in precision, recall, density, coverage

Array = NDArray[np.float64]
Figures = dict[str, float]


@dataclass(frozen=True)
class Against:
    """Features [N, D] that others are compared with; what depends on them alone is computed once."""

    features: Array

    @cached_property
    def moments(self) -> tuple[Array, Array]:
        return self.features.mean(0), np.cov(self.features, rowvar=False)

    @cached_property
    def kernel(self) -> float:
        return metrics.mean_kernel(self.features)

    def frechet(self, x: Array) -> float:
        return metrics.frechet_gaussians(x.mean(0), np.cov(x, rowvar=False), *self.moments)

    def kid(self, x: Array) -> float:
        return metrics.kid(x, self.features, kernel_y=self.kernel)


class Judge:
    """Compares sets of images with the real ones.

    Fréchet distances are of all classes together: the covariance of one class's few images would be mostly noise. KID
    has no such bias, and is taken of each class, too.
    """

    def __init__(self, real: Real) -> None:
        self.real = real
        self.most = Against(real.most.verdict.features)
        self.test = None if real.test.outside is None else Against(real.test.outside)
        self.classes = [
            (
                real.some.of_class(c).verdict.features,
                Against(real.most.of_class(c).verdict.features),
                None if (test := real.test.of_class(c).outside) is None else Against(test),
            )
            for c in range(CLASSES)
        ]

    def floor(self) -> dict[str, Any]:
        """What as many real images score: no generator needs to be better."""
        return self.score(self.real.floor, self.real.train.outside)

    def score(self, made: Seen, outside: Array | None = None) -> dict[str, Any]:
        """{"all": figures, "by_class": {figure: one a class}} of n images, as many of each class.

        `outside`: the independent network's features, where they are not those of `made`.
        """
        outside = made.outside if outside is None else outside
        classes = [self._one(made, outside, c) for c in range(CLASSES)]
        by_class = {name: [one[name] for one in classes] for name in classes[0]}
        verdict = made.verdict
        every = {
            **_plain(verdict),
            "classifier_score": metrics.inception_score(verdict.probs),
            **{name: float(np.mean(by_class[name])) for name in ("distance", "vendi")},
            **metrics.prdc(self.real.some.verdict.features, verdict.features, NEAREST),
            "frechet": self.most.frechet(verdict.features),
            "kid": self.most.kid(verdict.features),
        }
        if self.test and outside is not None:
            every |= {"frechet_efficientnet": self.test.frechet(outside), "kid_efficientnet": self.test.kid(outside)}
        return {"all": every, "by_class": by_class}

    def _one(self, made: Seen, outside: Array | None, c: int) -> Figures:
        some, most, test = self.classes[c]
        verdict = made.of_class(c).verdict
        out = {
            **_plain(verdict),
            "distance": metrics.mean_pairwise_distance(verdict.features),
            "vendi": metrics.vendi(verdict.features),
            **metrics.prdc(some, verdict.features, NEAREST),
            "kid": most.kid(verdict.features),
        }
        if test and outside is not None:
            out["kid_efficientnet"] = test.kid(outside[made.verdict.classes == c])
        return out


def _plain(verdict: Verdict) -> Figures:
    return {"accuracy": float(verdict.correct.mean()), "confidence": float(verdict.confidence.mean())}
