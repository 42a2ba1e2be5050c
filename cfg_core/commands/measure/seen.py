"""Images as the judging networks see them: each process samples and looks at its share, and all have the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cfg_core.commands.measure.extractor import Extractor
from cfg_core.images import cifar
from cfg_core.images.judge import Verdict, from_uint8, judge
from cfg_core.images.pretrained import noises, sample_images
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.network import Network
from cfg_core.samplers import final
from cfg_core.train.processes import Share

BATCH = {"cpu": 50, "cuda": 500}  # images sampled at a time
CLASSES = len(cifar.CLASSES)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """Of N images: our classifier's verdict, the independent network's features [N, D], the pixels [N, 3, 32, 32]."""

    verdict: Verdict
    outside: Array | None
    pixels: NDArray[np.uint8]

    def take(self, index: Ints) -> Seen:
        """Some of the images."""
        return Seen(self.verdict.take(index), None if self.outside is None else self.outside[index], self.pixels[index])

    def of_class(self, c: int) -> Seen:
        """The images made for class c."""
        return self.take(np.flatnonzero(self.verdict.classes == c))


@dataclass(frozen=True)
class Eyes:
    """The judging networks, and this process's share of what they look at."""

    classifier: Classifier
    extractor: Extractor | None
    share: Share

    def real(self, images: NDArray[np.uint8], labels: Ints) -> Seen:
        """Real images [N, 3, 32, 32] of these classes [N]."""
        mine = self.share.of(images)
        return self._whole([self._look(from_uint8(mine), self.share.of(labels))])

    def made(
        self, model: Network, w: float, n: int, seed: int, said: Callable[[int], Any] = lambda n: None, **how: Any
    ) -> Seen:
        """n guided images, image i of class i mod 10 from noise i of the seed.

        `how` is for `sample_images`; `said` is told how many more images all processes have.
        """
        mine, device = self.share.of(np.arange(n)), model.device.type
        parts = []
        for i in range(0, len(mine), BATCH[device]):
            part = mine[i : i + BATCH[device]]
            run = sample_images(model, (part % CLASSES).tolist(), w, seed, start=noises(part, seed), **how)
            parts.append(self._look(final(run).float(), part % CLASSES))
            said(len(part) * self.share.count)
        return self._whole(parts)

    def _look(self, x: Tensor, classes: Ints) -> Seen:
        pixels = ((x.clip(-1, 1) + 1) * 127.5).round().byte().cpu().numpy()
        return Seen(judge(self.classifier, x, classes), self.extractor(x) if self.extractor else None, pixels)

    def _whole(self, parts: Sequence[Seen]) -> Seen:
        def every(get: Callable[[Seen], Any]) -> Any:
            return self.share.whole(np.concatenate([get(part) for part in parts]))

        verdict = Verdict(
            probs=every(lambda part: part.verdict.probs),
            features=every(lambda part: part.verdict.features),
            classes=every(lambda part: part.verdict.classes),
        )
        outside = every(lambda part: part.outside) if self.extractor else None
        return Seen(verdict, outside, every(lambda part: part.pixels))


def evenly(labels: Ints, n: int, skip: int = 0) -> Ints:
    """Indices of n / 10 images of each class, after the first skip / 10. Raises ValueError where there are too few."""
    first, each = skip // CLASSES, n // CLASSES
    found = [np.flatnonzero(labels == c)[first : first + each] for c in range(CLASSES)]
    if min(map(len, found)) < each:
        raise ValueError(f"the data set has too few images: {(skip + n) // CLASSES} of each class are needed")
    return np.concatenate(found)


@dataclass(frozen=True)
class Real:
    """Real images to compare n generated ones with.

    In the classifier's features all are test images, since it has learned from the others: `some`, n of them, for what
    compares as many with as many; `floor`, n others; `most`, all but those of the floor. The independent network has
    learned from none: there `test` are all test images, and the floor is `train`, n training images.
    """

    some: Seen
    floor: Seen
    most: Seen
    test: Seen
    train: Seen

    @classmethod
    def look(cls, data: Path, n: int, eyes: Eyes) -> Real:
        """Raises FileNotFoundError or ValueError where the data set is missing or damaged."""
        images, labels = cifar.load(data, "test")
        test, floor = eyes.real(images, labels), evenly(labels, n, skip=n)
        images, labels = cifar.load(data, "train")
        some = evenly(labels, n)
        return cls(
            some=test.take(evenly(test.verdict.classes, n)),
            floor=test.take(floor),
            most=test.take(np.setdiff1d(np.arange(len(test.pixels)), floor)),
            test=test,
            train=eyes.real(images[some], labels[some]),
        )
