"""`python -m cfg_core.commands.train TASK`: train, stop with Ctrl-C, run again to go on. Tasks: see tasks.py.

Each run keeps in --out: state.pt (resume), stable.pt (the state when the learning rate began to fall, from which a
longer run can go on), kept/ (weight averages on the way), log.jsonl (images, loss, seconds) and run.json (each command
with all its settings).

Several processes, on one machine or on many, train one network together: torchrun --nproc-per-node 2
-m cfg_core.commands.train TASK ... The batch stays what --batch says, so a run may go on under another number of them.
"""

from __future__ import annotations

import argparse
import json
import pickle
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from cfg_core.commands.options import MANY, SEED, file, number, whole
from cfg_core.commands.tasks import TASKS, built
from cfg_core.nets.weights import read_record
from cfg_core.train.processes import Share, shares
from cfg_core.train.trainer import TrainConfig, Trainer

SAVE_EVERY = 240.0  # seconds between checkpoints
LOG_EVERY = 50  # steps between lines of the log
STATES = ("state.pt", "state_before.pt")
TIME = number(0, 1e9, ends="(]")
KEEP_EVERY = 500_000  # images between two weight averages that are kept


def config_of(settings: Mapping[str, Any]) -> TrainConfig:
    """The trainer's settings of a run. Raises ValueError naming a bound."""
    return TrainConfig(
        steps=settings["images"] // settings["batch"], cooldown=settings["cooldown"] // settings["batch"],
        batch=settings["batch"], lr=settings["lr"], muon_lr=settings["muon_lr"], warmup=settings["warmup"],
        ema=tuple(settings["ema"]), seed=settings["seed"], compiled=settings.get("compile", False),
    )  # fmt: skip


@dataclass
class Clock:
    """Until when a run goes: `minutes` of time, `processor_minutes` of this process, or a signal."""

    minutes: float
    processor_minutes: float
    signal: str = ""

    def __post_init__(self) -> None:
        self.began, self.used = time.monotonic(), time.process_time()
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda n, _: setattr(self, "signal", signal.Signals(n).name))

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def processor_seconds(self) -> float:
        return time.process_time() - self.used

    def over(self) -> str:
        """Why the run ends now; empty while it goes on."""
        if self.processor_seconds > 60 * self.processor_minutes:
            return "processor time"
        return self.signal or ("time" if self.seconds > 60 * self.minutes else "")


def run(trainer: Trainer, out: Path, clock: Clock, say: Callable[[str], None]) -> str:
    """Train to the end or until the clock says so; returns why it stopped. `say` is given each line of the log.

    Of several processes the first one writes, and says when to stop.
    """
    c, share, losses, why, saved = trainer.config, trainer.share, list[float](), "", clock.seconds
    while not why:
        if trainer.step_count >= c.steps:
            why = "finished"
            break
        if share.first and trainer.step_count == c.steps - c.cooldown:
            trainer.save(out / "stable.pt")
        losses.append(trainer.step())
        if share.first and trainer.step_count % LOG_EVERY == 0:
            _log(out, trainer, losses, clock, say)
        if share.first and trainer.images // KEEP_EVERY > (trainer.images - c.batch) // KEEP_EVERY:
            trainer.save_averages(out / "kept" / f"{trainer.images}.pt")
        if share.first and clock.seconds - saved > SAVE_EVERY:
            _save(trainer, out)
            saved = clock.seconds
        why = share.told(clock.over())
    if share.first:
        if losses:
            _log(out, trainer, losses, clock, say)
        _save(trainer, out)
    return why


def _save(trainer: Trainer, out: Path) -> None:
    """Write state.pt; the one before it stays, should this one be damaged."""
    if (out / STATES[0]).exists():
        (out / STATES[0]).replace(out / STATES[1])
    trainer.save(out / STATES[0])


def _log(out: Path, trainer: Trainer, losses: list[float], clock: Clock, say: Callable[[str], None]) -> None:
    """A line of the log, of the mean of `losses`, which it empties."""
    line = {
        "images": trainer.images,
        "loss": round(float(np.mean(losses)), 5),
        "lr_factor": round(trainer.lr_factor(trainer.step_count), 4),
        "seconds": round(clock.seconds, 1),
        "processor_seconds": round(clock.processor_seconds, 1),
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
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.train", description=__doc__)
    p.add_argument("task", choices=tuple(TASKS))
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--out", type=Path, required=True, help="folder of the run; an existing one is resumed")
    p.add_argument("--images", type=MANY, help="images seen in the whole run")
    p.add_argument("--cooldown", type=whole(0, 10**12), help="of these, the last ones, with a falling rate")
    p.add_argument("--minutes", type=TIME, default=1e9, help="stop (and save) after this long")
    p.add_argument("--processor-minutes", type=TIME, default=1e9, help="the same in time of the processor cores")
    p.add_argument("--batch", type=whole(1, 10**6))
    p.add_argument("--channels", type=whole(8, 4096, of=8), nargs="+", default=[64, 128, 192])
    p.add_argument("--blocks", type=whole(1, 16), default=1)
    p.add_argument("--norm", choices=("group", "layer"), default="layer")
    p.add_argument("--upsample", choices=("wide", "narrow"), default="narrow")
    p.add_argument("--p-uncond", type=number(0, 1, ends="[)"), default=0.1)
    p.add_argument("--lam-mean", type=number(-20, 20), default=1.0)
    p.add_argument("--lr", type=number(0, 10, ends="(]"), help="of AdamW")
    p.add_argument("--muon-lr", type=number(0, 10))
    p.add_argument("--warmup", type=whole(0, 10**9))
    p.add_argument("--ema", type=number(0, 1, ends="[)"), nargs="+")
    p.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--compile", action="store_true", help="by torch.compile: needs a compiler, pays on a GPU")
    p.add_argument("--seed", type=SEED, default=0)
    p.add_argument("--from-state", type=file, help="start from this state (a stable.pt) instead of from nothing")
    p.add_argument("--init", type=file, help="start from these weights (a .safetensors), all else anew")
    return p


def settings_of(argv: list[str]) -> dict[str, Any]:
    """All settings of a command, those that were not given from its task; paths as text.

    `argv` begins with the name of the task.
    """
    p = parser()
    given = vars(p.parse_args(argv))
    defaults = TASKS[given["task"]].defaults
    filled: dict[str, Any] = {name: defaults.get(name) if value is None else value for name, value in given.items()}
    if given["batch"] is None:
        filled["batch"] = min(filled["batch"], filled["images"])  # a default bends to a small run
    if given["cooldown"] is None:
        filled["cooldown"] = min(filled["cooldown"], filled["images"])
    for name in ("batch", "cooldown"):
        if filled[name] > filled["images"]:
            p.error(f"argument --{name}: must be at most --images ({filled['images']}), not {filled[name]}")
    return {name: str(value) if isinstance(value, Path) else value for name, value in filled.items()}


def begun_from(net: nn.Module, weights: str | None) -> nn.Module:
    """The network, with those weights where there are some. Raises ValueError naming a file that is not of them."""
    try:
        if weights:
            net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(weights).items()})
    except (SafetensorError, RuntimeError) as problem:
        raise ValueError(
            f"--init must be a .safetensors of this network, which {weights} is not: {problem}"
        ) from problem
    return net


def main(argv: list[str] | None = None) -> None:
    argv = sys.argv[1:] if argv is None else argv
    s = settings_of(argv)
    with shares() as share:
        say = (lambda line: print(line, flush=True)) if share.first else (lambda line: None)
        try:
            trainer = begun(s, share)
        except (OSError, ValueError, SafetensorError, RuntimeError) as problem:
            sys.exit(str(problem))
        if trainer.step_count:
            say(f"going on at {trainer.images} images")
        if share.first:
            keep(s, argv, trainer.images)
        say(run(trainer, Path(s["out"]), Clock(s["minutes"], s["processor_minutes"]), say))


def begun(s: Mapping[str, Any], share: Share) -> Trainer:
    """The trainer of these settings where it stands: at a state that is in --out, at --from-state, or at the beginning.

    Raises OSError, ValueError, SafetensorError or RuntimeError for what cannot be read, or does not fit.
    """
    if s["device"] == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    net, loss, batches = built(TASKS[s["task"]], s, share)
    trainer = Trainer(begun_from(net, s["init"]).to(s["device"]), loss, batches, config_of(s), share)
    out = Path(s["out"])
    out.mkdir(parents=True, exist_ok=True)
    sources = [path for name in STATES if (path := out / name).exists()] or [Path(s["from_state"] or "")]
    state = share.told(_read(sources, s["device"]) if sources[0].name and share.first else None)
    if state is not None:
        trainer.load_state_dict(state)
    return trainer


def _read(sources: list[Path], device: str) -> Any:
    """The first of these states that is whole. Raises ValueError naming the files where none is."""
    damaged: list[str] = []
    for path in sources:
        try:
            state = torch.load(path, weights_only=True, map_location=device)
            if damaged:
                print(f"{', '.join(damaged)} is damaged: going on from {path}", file=sys.stderr, flush=True)
            return state
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError):
            damaged.append(str(path))
    raise ValueError(f"{' and '.join(damaged)}: no state of a run, or damaged. Begin in another --out")


def keep(s: Mapping[str, Any], argv: list[str], images: int) -> None:
    """Add a line on this command to the run's run.json; `images`: how many the network has seen in this run."""
    kept: dict[str, Any] = {"command": "python -m cfg_core.commands.train " + " ".join(argv), "settings": dict(s)}
    kept["machine"] = "processor cores" if s["device"] == "cpu" else torch.cuda.get_device_name(s["device"])
    if s["init"] and not images:
        kept["before"] = lineage(Path(s["init"]))
    with open(Path(s["out"]) / "run.json", "a") as f:
        f.write(json.dumps({**kept, "from_images": images}) + "\n")


if __name__ == "__main__":
    main()
