"""`python -m cfg_core.commands.taken`: what w takes away of each class, in pictures and numbers.

For each class the same noises at each w; assets/cifar/taken/<class>.json and .webp hold the mean pictures, the spread
of the features, how near to the real test images the samples come, which of those no sample is near any more, and how
near the samples are to the training images. Needs the index of `python -m cfg_core.commands.nearest`.

The pictures themselves are kept in --out: a stopped run goes on with the next hundred.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cfg_core.commands.measure.taken_drawn import Plan, W, drawn, kept
from cfg_core.commands.measure.taken_record import SUSPICIOUS, Real, bytes_to_features, measured
from cfg_core.commands.options import SEED, STEPS, WEIGHT
from cfg_core.images import cifar
from cfg_core.images.nearest.index import index_record, load_index
from cfg_core.images.pretrained import ASSETS, load_classifier, load_model
from cfg_core.nets.weights import AssetError, read_record, sha256


def head(args: argparse.Namespace, plan: Plan, index: dict[str, Any]) -> dict[str, Any]:
    """What the figures depend on; a file with another head is made anew."""
    return {
        "command": f"python -m cfg_core.commands.taken --data data --noises {args.noises} --seed {args.seed} "
        f"--steps {args.steps} --near {args.near} --w {' '.join(f'{w:g}' for w in args.w)}",
        **json.loads(json.dumps(asdict(plan))),
        "near": args.near,
        "classifier_sha256": index["classifier_sha256"],
        "index_sha256": index["sha256"],
        "features": index["features"],
        "suspicious_percent": SUSPICIOUS,
    }


def run(args: argparse.Namespace) -> Iterator[str]:
    """Draw and measure class by class, yielding a line for each step."""
    index_says, index = index_record(args.assets), load_index(args.assets)
    net = load_classifier(args.assets)
    plan = Plan(sha256(args.assets / "model.safetensors"), tuple(args.w), args.noises, args.seed, steps=args.steps)
    about, model = head(args, plan, index_says), None
    test, labels = cifar.load(args.data, "test")
    for name in args.classes:
        path, c = args.assets / "taken" / f"{name}.json", cifar.CLASSES.index(name)
        if path.exists() and read_record(path).items() >= about.items():
            continue
        model, pictures_at = model or load_model(args.assets), args.out / f"{name}.npz"
        for drawn_now in drawn(model, plan, c, pictures_at):
            yield f"{name} {drawn_now}"
        ids = np.flatnonzero(labels == c)
        pictures = test[ids].transpose(0, 2, 3, 1)
        real = Real.of(ids, pictures, bytes_to_features(net, pictures, c), args.near, index)
        record, sheet = measured(kept(pictures_at, plan), plan, c, real, net, index)
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(sheet).save(path.with_suffix(".webp"), lossless=True, quality=100, method=6)
        path.write_text(json.dumps({**about, "class": name, **record}, separators=(",", ":")) + "\n")
        yield f"{name}: written"


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.taken", description=__doc__)
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the networks; taken/ goes there")
    p.add_argument("--out", type=Path, default=Path("runs/taken"), help="folder that keeps the pictures")
    p.add_argument("--classes", nargs="+", choices=cifar.CLASSES, default=list(cifar.CLASSES))
    p.add_argument("--w", type=WEIGHT, nargs="+", default=list(W), help="increasing; the first is compared with")
    p.add_argument("--noises", type=int, default=100, help="pictures of each class at each w, 2 to 500")
    p.add_argument("--seed", type=SEED, default=1)
    p.add_argument("--steps", type=STEPS, default=12)
    p.add_argument("--near", type=int, default=20, help="the neighbour that says how far near is, 1 to 999")
    args = p.parse_args(argv)
    if not (2 <= args.noises <= 500 and 1 <= args.near <= 999) or sorted(set(args.w)) != args.w:
        p.error("--noises must lie in [2, 500], --near in [1, 999], and the values of --w must increase")
    try:
        for line in run(args):
            print(line, flush=True)
    except (AssetError, FileNotFoundError, ValueError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
