"""`python -m cfg_core.train {cifar,classifier}`: train, stop with Ctrl-C, run again to go on.

Each run keeps in --out: state.pt (resume), stable.pt (the state when the learning rate began to fall, from which a
longer run can go on), log.jsonl (images, loss, seconds) and run.json (command, seed, configuration).
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from cfg_core.images import cifar
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.unet import UNet, UNetConfig
from cfg_core.process import NormalLaw
from cfg_core.train.objective import Batch, Loss, algorithm1, classification
from cfg_core.train.trainer import TrainConfig, Trainer
from cfg_core.weights import read_record

SHIFT = 2  # pixels by which the classifier's images are moved
DEFAULTS = {
    "cifar": {
        "images": 2_000_000, "cooldown": 500_000, "batch": 128, "lr": 1.5e-3, "muon_lr": 0.02, "warmup": 100,
        "ema": [0.999, 0.9995],
    },
    "classifier": {
        "images": 450_000, "cooldown": 420_000, "batch": 512, "lr": 5e-3, "muon_lr": 0.06, "warmup": 20,
        "ema": [0.98],
    },
}  # fmt: skip
SAVE_EVERY = 240.0  # seconds between checkpoints
LOG_EVERY = 50  # steps between lines of the log


class CifarBatches:
    """Random training images [n, 3, 32, 32] in [-1, 1], flipped left-right, on request shifted by up to `shift`."""

    def __init__(self, root: Path, shift: int = 0, device: str = "cpu") -> None:
        images, labels = cifar.load(root, "train")
        self.images, self.labels = torch.from_numpy(images).to(device), torch.from_numpy(labels).to(device)
        self.shift, self.device = shift, device

    def __call__(self, n: int, generator: torch.Generator) -> Batch:
        index = torch.randint(len(self.images), (n,), generator=generator).to(self.device)
        flip = (torch.rand(n, generator=generator) < 0.5).to(self.device)
        x = self.images[index].float().div_(127.5).sub_(1)
        x = torch.where(flip[:, None, None, None], x.flip(3), x)
        if self.shift:
            x = _shifted(x, self.shift, generator)
        return x.contiguous(memory_format=torch.channels_last), self.labels[index]


def _shifted(x: Tensor, by: int, generator: torch.Generator) -> Tensor:
    """Each image moved by its own whole number of pixels, edges reflected."""
    padded = nn.functional.pad(x, (by, by, by, by), mode="reflect")
    top, left = (torch.randint(2 * by + 1, (2, len(x)), generator=generator).to(x.device)).unbind(0)
    rows = top[:, None] + torch.arange(32, device=x.device)  # [n, 32]
    cols = left[:, None] + torch.arange(32, device=x.device)
    i = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[i, rows[:, :, None], cols[:, None, :]].permute(0, 3, 1, 2)


def build(args: argparse.Namespace) -> tuple[nn.Module, Loss, CifarBatches, TrainConfig]:
    """Network, objective, data and settings of the task on the command line."""
    bf16 = args.precision == "bf16"
    steps, cooldown = args.images // args.batch, args.cooldown // args.batch
    torch.manual_seed(args.seed)
    if args.task == "cifar":
        net: nn.Module = UNet(UNetConfig(tuple(args.channels), args.blocks, attention=(8,), norm=args.norm))
        law = NormalLaw(mean=args.lam_mean)
        loss = algorithm1(law, args.p_uncond, null=len(cifar.CLASSES), prediction="v", bf16=bf16, device=args.device)
        data = CifarBatches(args.data, device=args.device)
    else:
        net, loss = Classifier(), classification(bf16=bf16, device=args.device)
        data = CifarBatches(args.data, shift=SHIFT, device=args.device)
        net.whiten(data.images[:5000].cpu() / 127.5 - 1)
    config = TrainConfig(
        steps=steps, batch=args.batch, lr=args.lr, muon_lr=args.muon_lr, cooldown=cooldown, warmup=args.warmup,
        ema=tuple(args.ema), seed=args.seed,
    )  # fmt: skip
    if args.init:
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(args.init).items()})
    return net.to(args.device), loss, data, config


def run(trainer: Trainer, out: Path, seconds: float) -> str:
    """Train to the end, to `seconds`, or to a signal; returns why it stopped."""
    stop = {"why": ""}
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda n, _: stop.update(why=signal.Signals(n).name))
    c, losses, began, saved = trainer.config, [], time.monotonic(), time.monotonic()
    while not stop["why"]:
        if trainer.step_count >= c.steps:
            stop["why"] = "finished"
            break
        if trainer.step_count == c.steps - c.cooldown:
            trainer.save(out / "stable.pt")
        losses.append(trainer.step())
        if trainer.step_count % LOG_EVERY == 0:
            _log(out, trainer, losses, time.monotonic() - began)
        if time.monotonic() - saved > SAVE_EVERY:
            trainer.save(out / "state.pt")
            saved = time.monotonic()
        if time.monotonic() - began > seconds:
            stop["why"] = "time"
    if losses:
        _log(out, trainer, losses, time.monotonic() - began)
    trainer.save(out / "state.pt")
    return stop["why"]


def _log(out: Path, trainer: Trainer, losses: list[float], seconds: float) -> None:
    """A line of the log, of the mean of `losses`, which it empties."""
    line = {
        "images": trainer.step_count * trainer.config.batch,
        "loss": round(float(np.mean(losses)), 5),
        "lr_factor": round(trainer.lr_factor(trainer.step_count), 4),
        "seconds": round(seconds, 1),
    }
    with open(out / "log.jsonl", "a") as f:
        f.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)
    losses.clear()


def lineage(weights: Path) -> dict[str, Any]:
    """What made the weights that a run starts from, by the record beside them; empty where there is none."""
    record = weights.with_suffix(".json")
    return read_record(record) if record.exists() else {}


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m cfg_core.train", description=__doc__)
    p.add_argument("task", choices=("cifar", "classifier"))
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--out", type=Path, required=True, help="folder of the run; an existing one is resumed")
    p.add_argument("--images", type=int, help="images seen in the whole run")
    p.add_argument("--cooldown", type=int, help="of these, the last ones, with a falling rate")
    p.add_argument("--minutes", type=float, default=1e9, help="stop (and save) after this long")
    p.add_argument("--batch", type=int)
    p.add_argument("--channels", type=int, nargs="+", default=[64, 128, 192])
    p.add_argument("--blocks", type=int, default=1)
    p.add_argument("--norm", choices=("group", "layer"), default="layer")
    p.add_argument("--p-uncond", type=float, default=0.1)
    p.add_argument("--lam-mean", type=float, default=1.0)
    p.add_argument("--lr", type=float, help="of AdamW")
    p.add_argument("--muon-lr", type=float)
    p.add_argument("--warmup", type=int)
    p.add_argument("--ema", type=float, nargs="+")
    p.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--from-state", type=Path, help="start from this state (a stable.pt) instead of from nothing")
    p.add_argument("--init", type=Path, help="start from these weights (a .safetensors), all else anew")
    return p


def filled(args: argparse.Namespace) -> argparse.Namespace:
    """Settings not given on the command line, from the task's defaults."""
    for name, value in DEFAULTS[args.task].items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    return args


def main(argv: list[str] | None = None) -> None:
    args = filled(parser().parse_args(argv))
    try:
        net, loss, data, config = build(args)
    except (OSError, ValueError, SafetensorError, RuntimeError) as problem:
        sys.exit(str(problem))
    args.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(net, loss, data, config)
    state = args.out / "state.pt"
    source = state if state.exists() else args.from_state
    if source:
        trainer.load_state_dict(torch.load(source, weights_only=True, map_location=args.device))
        print(f"going on from {source} at {trainer.step_count * args.batch} images", flush=True)
    line = "python -m cfg_core.train " + " ".join(argv or sys.argv[1:])
    words: dict[str, Any] = {"command": line, "config": str(config)}
    if args.init and not source:
        words["before"] = lineage(args.init)
    with open(args.out / "run.json", "a") as f:
        f.write(json.dumps({**words, "from_images": trainer.step_count * args.batch}) + "\n")
    print(run(trainer, args.out, args.minutes * 60), flush=True)


if __name__ == "__main__":
    main()
