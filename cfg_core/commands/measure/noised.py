"""How well the classifier of noised images knows the class at each noise level."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from cfg_core.images.judge import from_uint8
from cfg_core.nets.network import NoisedClassifier
from cfg_core.process import diffuse

LAMS = tuple(float(lam) for lam in range(-10, 11, 2))  # from nearly pure noise to nearly clean


def accuracy_over_lam(
    classifier: NoisedClassifier,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    lams: tuple[float, ...] = LAMS,
    seed: int = 0,
    batch: int = 500,
) -> dict[str, list[float]]:
    """Of images [N, 3, 32, 32] noised to each of `lams`, each image by one noise of the seed: three lists.

    lam; accuracy, the share whose likeliest class is its label, in [0, 1]; cross_entropy, the mean of -log p(label|z),
    in nats (log 10 for a guess).
    """
    x, c = from_uint8(images), torch.from_numpy(labels)
    eps = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    out: dict[str, list[float]] = {"lam": list(lams), "accuracy": [], "cross_entropy": []}
    for lam in lams:
        z = diffuse(x, lam, eps)
        log = torch.cat([classifier.log_posterior(part.to(classifier.device), lam).cpu() for part in z.split(batch)])
        out["accuracy"].append(round(float((log.argmax(1) == c).double().mean()), 4))
        out["cross_entropy"].append(round(float(-log[torch.arange(len(c)), c].double().mean()), 4))
    return out
