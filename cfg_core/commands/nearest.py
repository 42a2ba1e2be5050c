"""`python -m cfg_core.commands.nearest`: the index in which a picture's nearest training images are found.

Writes assets/cifar/nearest.npz (a few whole numbers for each of the 50 000 training images: our classifier's features
along their principal directions), nearest.webp (a thumbnail of each) and nearest.json: how often the small index finds
the nearest image that all 256 features find, for several sizes, and how far test images, which no network was trained
on, lie from their nearest training image.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.commands.options import SEED
from cfg_core.images import cifar
from cfg_core.images.judge import from_uint8, judge
from cfg_core.images.nearest.index import RECORD, Index
from cfg_core.images.nearest.shown import thumbnails
from cfg_core.images.pretrained import ASSETS, load_classifier
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.weights import AssetError, sha256

SIZES = ((64, 0.5), (128, 0.5), (128, 0.75), (192, 0.75), (256, 0.75))  # dims and step that are tried
BATCH = 2500  # images judged at a time
PERCENT = np.arange(101)

Array = NDArray[Any]


def features_of(net: Classifier, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """The classifier's features [N, 256] of images [N, 3, 32, 32], in parts: all at once would take 600 MB."""
    parts = [slice(i, i + BATCH) for i in range(0, len(images), BATCH)]
    return np.concatenate([judge(net, from_uint8(images[p]), labels[p]).features.astype(np.float32) for p in parts])


def exact(features: Array, asked: Array, k: int) -> NDArray[np.int64]:
    """The k nearest of features [N, 256] to each of asked [M, 256] by all 256 numbers: [M, k]."""
    squares = (features**2).sum(1) - 2 * asked @ features.T
    return squares.argsort(1)[:, :k]


def recall(index: Index, asked: Array, true: NDArray[np.int64]) -> dict[str, float]:
    """How often the truly nearest image is the first that the index finds, and one of its first three."""
    found, nearest = index.search(asked, 3)[0], true[:, :1]
    return {"recall_at_1": float((found[:, :1] == nearest).mean()),
            "recall_at_3": float((found == nearest).any(1).mean())}  # fmt: skip


def make(args: argparse.Namespace) -> dict[str, Any]:
    """Write the three files; returns the record."""
    net = load_classifier(args.assets)
    train, train_labels = cifar.load(args.data, "train")
    test, test_labels = cifar.load(args.data, "test")
    features, seen = features_of(net, train, train_labels), features_of(net, test, test_labels)
    asked = seen[np.random.default_rng(args.seed).choice(len(seen), args.n, replace=False)]
    true, tried = exact(features, asked, 1), []
    for dims, step in sorted({*SIZES, (args.dims, args.step)}):
        index = Index.of(features, train_labels, dims, step)
        size = len(lzma.compress(index.codes.T.tobytes()))
        tried.append({"dims": dims, "step": step, "bytes": size, **recall(index, asked, true)})
        print(json.dumps(tried[-1]), flush=True)
    index = Index.of(features, train_labels, args.dims, args.step)
    path, sheet = index.save(args.assets), thumbnails(train, args.assets, args.quality)
    distance = index.search(seen, 1)[1][:, 0]
    some = np.random.default_rng(args.seed).choice(len(features), args.n, replace=False)
    found, itself = index.search(features[some], 1)
    record = {
        "command": f"python -m cfg_core.commands.nearest --data data --dims {args.dims} --step {args.step:g} "
        f"--quality {args.quality} --n {args.n} --seed {args.seed}",
        "classifier_sha256": sha256(args.assets / "classifier.safetensors"),
        "sha256": sha256(path),
        "images": len(features),
        "features": "penultimate layer of our CIFAR-10 classifier, 256 numbers",
        "dims": args.dims,
        "step": args.step,
        "bytes": path.stat().st_size + sheet.stat().st_size,
        "n": args.n,
        "seed": args.seed,
        "tried": tried,
        **recall(index, asked, true),
        "training_images_find_themselves": float((found[:, 0] == some).mean()),
        "their_distance": float(f"{itself.mean():.4g}"),
        "percent": PERCENT.tolist(),
        "test_distance": {  # of the test images of each class to their nearest training image, at these percentiles
            name: np.percentile(distance[test_labels == c], PERCENT).round(4).tolist()
            for c, name in enumerate(cifar.CLASSES)
        },
    }
    (args.assets / RECORD).write_text(json.dumps(record, separators=(",", ":")) + "\n")
    return record


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.nearest", description=__doc__)
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the classifier; the files go there")
    p.add_argument("--dims", type=int, default=192, help="principal directions that are kept, 1 to 256")
    p.add_argument("--step", type=float, default=0.75, help="they are rounded to multiples of it")
    p.add_argument("--quality", type=int, default=20, help="of the thumbnails, 0 to 100")
    p.add_argument("--n", type=int, default=1000, help="test images, and training images, that recall is measured on")
    p.add_argument("--seed", type=SEED, default=0, help="chooses them")
    args = p.parse_args(argv)
    if not (1 <= args.dims <= 256 and args.step > 0 and 1 <= args.n <= 10_000 and 0 <= args.quality <= 100):
        p.error("--dims must lie in [1, 256], --n in [1, 10000], --quality in [0, 100]; --step must be above 0")
    try:
        print(make(args)["bytes"], "bytes")
    except (AssetError, FileNotFoundError, ValueError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
