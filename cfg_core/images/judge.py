"""What our classifier says of images: fidelity and diversity of a set of pictures, in two numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfg_core.metrics import mean_pairwise_distance
from cfg_core.nets.classifier import Classifier

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """Of N images: class probabilities [N, 10], penultimate features [N, 256], the classes [N] they were made for."""

    probs: Array
    features: Array
    classes: NDArray[np.int64]

    @property
    def confidence(self) -> Array:
        """p(c|x) of the class each image was made for, [N] in [0, 1]."""
        return self.probs[np.arange(len(self.classes)), self.classes]

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether that class is the likeliest one, [N]."""
        return self.probs.argmax(1) == self.classes

    def distance(self) -> float | None:
        """Mean distance between the features of two images of one class, averaged over the classes with two or more."""
        sets = [self.features[self.classes == c] for c in np.unique(self.classes)]
        each = [mean_pairwise_distance(features) for features in sets if len(features) > 1]
        return float(np.mean(each)) if each else None

    def take(self, index: NDArray[np.int64]) -> Verdict:
        """The verdict on some of the images."""
        return Verdict(self.probs[index], self.features[index], self.classes[index])


@torch.inference_mode()
def judge(net: Classifier, x: Tensor, classes: NDArray[np.int64], batch: int = 250) -> Verdict:
    """The classifier's verdict on images x [N, 3, 32, 32] in [-1, 1] made for `classes` [N], looked at where it is."""
    device = next(net.parameters()).device
    parts = [part.to(device, memory_format=torch.channels_last) for part in x.split(batch)]
    features = torch.cat([net.features(part) for part in parts])
    probs = net.head(features).double().softmax(1)
    return Verdict(probs.cpu().numpy(), features.double().cpu().numpy(), np.asarray(classes, dtype=np.int64))


def from_uint8(images: NDArray[np.uint8]) -> Tensor:
    """[N, 3, 32, 32] bytes -> float32 in [-1, 1], as the networks see them."""
    return torch.from_numpy(images).float().div_(127.5).sub_(1)
