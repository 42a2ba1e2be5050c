"""`python -m cfg_core.commands.guides`: is an image that a classifier guided better, or does it only please its guide?

For each way of `ways.WAYS` and each w the same noises, all ten classes equally often, judged by the classifier that
guides, by our other classifier and, where its optional packages are installed, by an independent network. Writes
assets/cifar/guides.json and gallery/guides.webp, the first image of each class in every cell. A stopped run goes on
with the next cell; torchrun shares the cells out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cfg_core import metrics
from cfg_core.commands import options
from cfg_core.commands.gallery import sprite
from cfg_core.commands.measure.extractor import load_extractor
from cfg_core.commands.measure.panel import Panel, evenly, outside
from cfg_core.commands.measure.ways import WAYS, How
from cfg_core.commands.options import SEED
from cfg_core.images import cifar
from cfg_core.images.curves import kept
from cfg_core.images.judge import from_uint8
from cfg_core.images.pretrained import (
    ASSETS,
    LAM_RANGE,
    image_noise,
    load_classifier,
    load_model,
    sample_images,
    to_uint8,
)
from cfg_core.nets.network import Network
from cfg_core.nets.weights import AssetError, read_record, sha256, write_record
from cfg_core.samplers import final
from cfg_core.train.processes import Share, shares

W = (-1.0, 0.0, 1.0, 2.0, 4.0, 7.0, 10.0)
SAMPLER, STEPS = "dpmpp_2m", 12  # where a way names no other sampler
BATCH = 50  # images sampled at a time
SHOWN = len(cifar.CLASSES)  # images of a cell that are shown: one of each class

NETWORKS = ("model", "noisy_classifier", "classifier")  # whose weights the figures depend on
Cell = tuple[str, float]  # a way and a w


def sampled(model: Network, how: How, n: int, seed: int, steps: int) -> tuple[Tensor, NDArray[np.int64]]:
    """n images [n, 3, 32, 32], image i of class i mod 10 from noise i of the seed, and their classes [n]."""
    noise, classes, out = image_noise(n, seed), np.arange(n) % len(cifar.CLASSES), []
    for i in range(0, n, BATCH):
        part = slice(i, min(i + BATCH, n))
        # each batch has fresh noise for its steps, where the sampler takes any
        run = sample_images(model, classes[part].tolist(), seed=seed + i, steps=steps, start=noise[part], **how)
        out.append(final(run).float().cpu())
    return torch.cat(out), classes


def settings(args: argparse.Namespace, independent: str | None) -> dict[str, Any]:
    """What the figures depend on; a file with other settings is begun anew."""
    return {
        "command": "python -m cfg_core.commands.guides --data data "
        f"--n {args.n} --steps {args.steps} --seed {args.seed}",
        "n": args.n,
        "seed": args.seed,
        "sampler": SAMPLER,
        "steps": args.steps,
        "lam_range": list(LAM_RANGE),
        "w": list(W),
        "ways": {name: way.title for name, way in WAYS.items()},
        **{f"{name}_sha256": sha256(args.assets / f"{name}.safetensors") for name in NETWORKS},
        "outside_features": independent,
    }


def measured(args: argparse.Namespace, share: Share) -> Iterator[dict[str, Any]]:
    """Fill guides.json cell by cell, yielding each new row in the process that writes.

    Cells that sample alike are measured once. Raises AssetError or FileNotFoundError naming what is missing.
    """
    model, path = load_model(args.assets), args.assets / "guides.json"
    panel = _panel(model, args, share)
    head = settings(args, panel.outside.extractor.name if panel.outside else None)
    rows = share.told(kept(path, head))
    real = share.told(_real(panel, args.data, args.n) if share.first and not rows else None) or _kept(path, "real")
    cells = [(way, w) for w in W for way in WAYS]
    queue = _queue([cell for cell in cells if not any((row["way"], row["w"]) == cell for row in rows)])
    for i in range(0, len(queue), share.count):
        mine = queue[i + share.rank] if i + share.rank < len(queue) else []
        figures = _figures(model, panel, mine[0], args) if mine else {}
        for alike, of_them in share.joined((mine, figures)):
            rows += [{"way": way, "w": w, **of_them} for way, w in alike]
            if share.first and alike:
                yield rows[-1]
        if share.first:
            rows.sort(key=lambda row: cells.index((row["way"], row["w"])))
            write_record(path, {**head, "real": real, "rows": rows})
    if share.first:
        shown(model, args, path)


def _panel(model: Network, args: argparse.Namespace, share: Share) -> Panel:
    """The judges; the first process computes the features that all of them read."""
    if model.classifier is None:
        raise AssetError("noisy_classifier.json is missing: train and export the classifier first")
    extractor = load_extractor(model.device)
    if extractor and share.first:
        outside(args.data, extractor, args.cache)
    share.told("the features are there")
    beside = outside(args.data, extractor, args.cache) if extractor else None
    return Panel(model.classifier, load_classifier(args.assets).to(model.device), beside)


def _queue(cells: list[Cell]) -> list[list[Cell]]:
    """The cells, those that sample alike together."""
    alike: dict[str, list[Cell]] = {}
    for way, w in cells:
        alike.setdefault(json.dumps(WAYS[way].how(w), sort_keys=True), []).append((way, w))
    return list(alike.values())


def _figures(model: Network, panel: Panel, cell: Cell, args: argparse.Namespace) -> dict[str, Any]:
    way, w = cell
    x, classes = sampled(model, WAYS[way].how(w), args.n, args.seed, args.steps)
    first = panel.own(x[:SHOWN])[range(SHOWN), classes[:SHOWN]]
    return {**_rounded(panel.figures(x, classes)), "shown": [round(float(p), 3) for p in first]}


def _real(panel: Panel, data: Path, n: int) -> dict[str, float]:
    """The same of n test images; their Fréchet distance is that of as many training images to all test images."""
    (test, labels), (train, train_labels) = (cifar.load(data, split) for split in ("test", "train"))
    some = evenly(labels, n)
    out = panel.figures(from_uint8(test[some]), labels[some])
    if panel.outside:
        others = panel.outside.extractor(from_uint8(train[evenly(train_labels, n)]))
        out["frechet"] = metrics.frechet(others, panel.outside.test)
    return _rounded(out)


def shown(model: Network, args: argparse.Namespace, path: Path) -> None:
    """Write gallery/guides.webp: a row for each w and way, as in guides.json, an image of each class in a row."""
    rows = read_record(path)["rows"]
    strips = []
    for row in rows:
        x, _ = sampled(model, WAYS[row["way"]].how(row["w"]), SHOWN, args.seed, args.steps)
        strips.append(to_uint8(x))
    out = args.assets / "gallery" / "guides.webp"
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sprite(np.stack(strips))).save(out, lossless=True, quality=100, method=6)


def _kept(path: Path, name: str) -> Any:
    return read_record(path)[name]


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {k: float(f"{v:.5g}") for k, v in row.items()}


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.guides", description=__doc__)
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the weights; guides.json goes there")
    p.add_argument("--cache", type=Path, default=Path("runs/guides/features.npz"), help="features of CIFAR-10")
    p.add_argument("--n", type=int, default=500, help="images in each cell, a multiple of 10 up to 1000")
    p.add_argument("--seed", type=SEED, default=1)
    p.add_argument("--steps", type=options.STEPS, default=STEPS)
    args = p.parse_args(argv)
    if args.n % 10 or not 100 <= args.n <= 1000:
        p.error("--n must be a multiple of 10 in [100, 1000]")
    try:
        with shares() as share:
            for row in measured(args, share):
                print(json.dumps(row), flush=True)
    except (AssetError, FileNotFoundError, ValueError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
