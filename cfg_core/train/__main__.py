"""`python -m cfg_core.train TASK`: train, stop with Ctrl-C, run again to go on. Tasks: see cfg_core/images/tasks.py.

Each run keeps in --out: state.pt (resume), stable.pt (the state when the learning rate began to fall, from which a
longer run can go on), log.jsonl (images, loss, seconds) and run.json (each command with all its settings).
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from cfg_core.images.tasks import TASKS, built
from cfg_core.train.trainer import TrainConfig, Trainer
from cfg_core.weights import read_record

SAVE_EVERY = 240.0  # seconds between checkpoints
LOG_EVERY = 50  # steps between lines of the log


def config_of(settings: Mapping[str, Any]) -> TrainConfig:
    """The trainer's settings of a run. Raises ValueError naming a bound."""
    return TrainConfig(
        steps=settings["images"] // settings["batch"], cooldown=settings["cooldown"] // settings["batch"],
        batch=settings["batch"], lr=settings["lr"], muon_lr=settings["muon_lr"], warmup=settings["warmup"],
        ema=tuple(settings["ema"]), seed=settings["seed"],
    )  # fmt: skip


def run(trainer: Trainer, out: Path, seconds: float, say: Callable[[str], None]) -> str:
    """Train to the end, to `seconds`, or to a signal; returns why it stopped. `say` is given each line of the log."""
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
            _log(out, trainer, losses, time.monotonic() - began, say)
        if time.monotonic() - saved > SAVE_EVERY:
            trainer.save(out / "state.pt")
            saved = time.monotonic()
        if time.monotonic() - began > seconds:
            stop["why"] = "time"
    if losses:
        _log(out, trainer, losses, time.monotonic() - began, say)
    trainer.save(out / "state.pt")
    return stop["why"]


def _log(out: Path, trainer: Trainer, losses: list[float], seconds: float, say: Callable[[str], None]) -> None:
    """A line of the log, of the mean of `losses`, which it empties."""
    line = {
        "images": trainer.step_count * trainer.config.batch,
        "loss": round(float(np.mean(losses)), 5),
        "lr_factor": round(trainer.lr_factor(trainer.step_count), 4),
        "seconds": round(seconds, 1),
    }
    with open(out / "log.jsonl", "a") as f:
        f.write(json.dumps(line) + "\n")
    say(json.dumps(line))
    losses.clear()


def lineage(weights: Path) -> dict[str, Any]:
    """What made the weights that a run starts from, by the record beside them; empty where there is none."""
    record = weights.with_suffix(".json")
    return read_record(record) if record.exists() else {}


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m cfg_core.train", description=__doc__)
    p.add_argument("task", choices=tuple(TASKS))
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


def settings_of(argv: list[str]) -> dict[str, Any]:
    """All settings of a command, those that were not given from its task; paths as text.

    `argv` begins with the name of the task.
    """
    given = vars(parser().parse_args(argv))
    defaults = TASKS[given["task"]].defaults
    filled = {name: defaults.get(name) if value is None else value for name, value in given.items()}
    return {name: str(value) if isinstance(value, Path) else value for name, value in filled.items()}


def begun_from(net: nn.Module, weights: str | None) -> nn.Module:
    """The network, with those weights where there are some."""
    if weights:
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(weights).items()})
    return net


def main(argv: list[str] | None = None) -> None:
    argv = sys.argv[1:] if argv is None else argv
    s = settings_of(argv)
    try:
        net, loss, batches = built(TASKS[s["task"]], s)
        trainer = Trainer(begun_from(net, s["init"]).to(s["device"]), loss, batches, config_of(s))
    except (OSError, ValueError, SafetensorError, RuntimeError) as problem:
        sys.exit(str(problem))
    out = Path(s["out"])
    out.mkdir(parents=True, exist_ok=True)
    state = out / "state.pt"
    source = state if state.exists() else s["from_state"]
    if source:
        trainer.load_state_dict(torch.load(source, weights_only=True, map_location=s["device"]))
        print(f"going on from {source} at {trainer.step_count * s['batch']} images", flush=True)
    kept: dict[str, Any] = {"command": "python -m cfg_core.train " + " ".join(argv), "settings": s}
    if s["init"] and not source:
        kept["before"] = lineage(Path(s["init"]))
    with open(out / "run.json", "a") as f:
        f.write(json.dumps({**kept, "from_images": trainer.step_count * s["batch"]}) + "\n")
    print(run(trainer, out, s["minutes"] * 60, lambda line: print(line, flush=True)), flush=True)


if __name__ == "__main__":
    main()
