"""Three networks that look at images: the classifier that guides, our other classifier, and one trained elsewhere.

The third is a linear probe on EfficientNet-Lite0, which was trained on photographs of ImageNet; only the probe has seen
CIFAR-10's training images. It is there where the extractor's optional packages are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cfg_core import metrics
from cfg_core.commands.measure.extractor import Extractor
from cfg_core.commands.measure.probe import Probe, fitted
from cfg_core.images import cifar
from cfg_core.images.judge import from_uint8, judge
from cfg_core.images.pretrained import LAM_RANGE
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.network import NoisedClassifier
from cfg_core.process import alpha

Array = NDArray[np.float64]
Classes = NDArray[np.int64]

PROBED = 5000  # training images that the probe is fitted on, equally many of each class
CLEAN = LAM_RANGE[1]  # where sampling ends, and the guiding classifier looks at the samples
BATCH = 250


@dataclass(frozen=True)
class Outside:
    """The independent network: its probe and its features of all test images, for the Fréchet distance."""

    extractor: Extractor
    probe: Probe
    test: Array  # [10 000, D]


def outside(data: Path, extractor: Extractor, cache: Path) -> Outside:
    """Features of CIFAR-10 by the extractor, read from `cache` where they are, and the probe fitted on them."""
    images, labels = cifar.load(data, "train")
    some = evenly(labels, PROBED)
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        test, _ = cifar.load(data, "test")
        made = [extractor(from_uint8(part)).astype(np.float32) for part in (test, images[some])]
        part = cache.with_suffix(".part.npz")
        np.savez(part, test=made[0], train=made[1])
        part.replace(cache)
    with np.load(cache) as kept:
        test_features, train_features = (kept[name].astype(np.float64) for name in ("test", "train"))
    return Outside(extractor, fitted(train_features, labels[some], len(cifar.CLASSES)), test_features)


@dataclass(frozen=True)
class Panel:
    """Those who judge images x [N, 3, 32, 32] in [-1, 1] made for classes [N]."""

    guide: NoisedClassifier
    classifier: Classifier
    outside: Outside | None

    def own(self, x: Tensor) -> Array:
        """p(c|x) of the classifier that guides, where sampling ends: [N, 10]."""
        z = (alpha(CLEAN) * x).to(self.guide.device)  # a clean image as the process has it there, but for its noise
        return np.concatenate([self.guide.log_posterior(part, CLEAN).cpu().double().exp() for part in z.split(BATCH)])

    def probabilities(self, x: Tensor, classes: Classes) -> tuple[dict[str, Array], Array | None]:
        """p(c|x) of each judge, [N, 10], and the independent network's features [N, D] where it is there."""
        out = {"guide": self.own(x), "classifier": judge(self.classifier, x, classes).probs}
        if self.outside is None:
            return out, None
        features = self.outside.extractor(x)
        return {**out, "probe": self.outside.probe.posterior(features)}, features

    def figures(self, x: Tensor, classes: Classes) -> dict[str, float]:
        """Of each judge j: j, the mean p(c|x) of the class each image was made for, and right_j, the share in which
        that class is the likeliest one; gap_j and se_j, by how much the guide's p(c|x) is larger and the standard error
        of that, over the images; frechet, the distance to all test images in the independent network's features.
        """
        probs, features = self.probabilities(x, classes)
        mine = {name: p[np.arange(len(classes)), classes] for name, p in probs.items()}
        out = {name: float(p.mean()) for name, p in mine.items()}
        out |= {f"right_{name}": float((p.argmax(1) == classes).mean()) for name, p in probs.items()}
        for name in list(mine)[1:]:
            gap = mine["guide"] - mine[name]
            out[f"gap_{name}"], out[f"se_{name}"] = float(gap.mean()), float(gap.std(ddof=1) / len(gap) ** 0.5)
        if features is not None and self.outside is not None:
            out["frechet"] = metrics.frechet(features, self.outside.test)
        return out


def evenly(labels: Classes, n: int) -> Classes:
    """Indices of the first n / 10 images of each class, the classes in turn: [n]."""
    each = n // len(cifar.CLASSES)
    return np.stack([np.flatnonzero(labels == c)[:each] for c in range(len(cifar.CLASSES))], axis=1).ravel()
