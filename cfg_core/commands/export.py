"""`python -m cfg_core.commands.export TASK --run RUN`: turn a training run into the files the app ships.

Writes assets/cifar/{model,student,classifier,noisy_classifier}.safetensors (fp16) and, beside it, a .json that says
what made it: commands, seed, images seen, loss curve, weight average taken, and what was measured.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cfg_core.commands.batches import CifarBatches
from cfg_core.commands.measure.noised import accuracy_over_lam
from cfg_core.commands.options import EMA
from cfg_core.commands.tasks import SHIFT, TASKS
from cfg_core.commands.train import settings_of
from cfg_core.images import cifar
from cfg_core.images.pretrained import ASSETS, load_classifier, load_noisy_classifier
from cfg_core.nets.weights import export

CURVE_POINTS = 120  # of the loss curve that is kept
OLDEST = {"norm": "group", "upsample": "wide"}  # what runs did before there were these options
# settings that a recorded command does not repeat: they are always there, or they change nothing in the weights
ELSEWHERE = ("task", "data", "out", "device", "compile", "minutes", "processor_minutes", "from_state")


@dataclass(frozen=True)
class Start:
    """One command of a run: its settings, images seen before it, record of the weights that it began from, machine."""

    settings: Mapping[str, Any]
    from_images: int
    before: Mapping[str, Any]
    machine: str


def load_run(folder: Path, kept: str | None = None) -> tuple[dict, list[Start], list[dict]]:
    """The saved state of a run, each command that went into it, and its log; or what they were at `kept` images.

    Raises FileNotFoundError naming the file that is missing.
    """
    saved = f"kept/{kept}.pt" if kept else "state.pt"
    for name in (saved, "run.json", "log.jsonl"):
        if not (folder / name).exists():
            raise FileNotFoundError(f"{folder / name} is missing: is {folder} the --out of a training run?")
    state = torch.load(folder / saved, weights_only=True, map_location="cpu")
    lines = [json.loads(line) for line in (folder / "run.json").read_text().splitlines()]
    starts = [
        Start(
            _settings(line),
            line["from_images"],
            line.get("before", {}),
            line.get("machine", "processor cores"),
        )
        for line in lines
    ]
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    seen = state["step"] * state["config"]["batch"]
    return state, [s for s in starts if s.from_images <= seen], [line for line in log if line["images"] <= seen]


def _settings(line: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a command of a run; runs of before had fewer options, and kept their commands only."""
    if "settings" in line:
        return {**line["settings"], **{k: v for k, v in OLDEST.items() if k not in line["settings"]}}
    task, *given = shlex.split(line["command"])[3:]
    return settings_of([task, *(word for name, value in OLDEST.items() for word in (f"--{name}", value)), *given])


def describe(task: str, state: dict, starts: list[Start], log: list[dict], ema: int) -> dict[str, Any]:
    """What made the weights, for the .json beside them. Folder names are those of the README."""
    config = state["config"]
    minutes, before = 0.0, 0.0
    for line in log:  # each command's clock starts at zero
        minutes += (line["seconds"] - before if line["seconds"] >= before else line["seconds"]) / 60
        before = line["seconds"]
    thin = max(1, len(log) // CURVE_POINTS)
    earlier = starts[0].before  # the weights it started from: their images, minutes and curve count too
    seen = earlier.get("images_seen", 0)
    return {
        "commands": [*earlier.get("commands", ()), *(_command(task, start.settings) for start in starts)],
        "commands_began_at_images": [
            *earlier.get("commands_began_at_images", ()),
            *(seen + start.from_images for start in starts),
        ],
        **TASKS[task].record(starts[0].settings),
        "images_seen": seen + state["step"] * config["batch"],
        "batch": config["batch"],
        "seeds": list(dict.fromkeys([*earlier.get("seeds", ()), config["seed"]])),
        "ema_decay": config["ema"][ema],
        "minutes": round(earlier.get("minutes", 0.0) + minutes, 1),
        "machine": starts[-1].machine,
        "loss_curve": [
            *earlier.get("loss_curve", ()),
            *([seen + line["images"], line["loss"]] for line in log[::thin]),
        ],
    }


def _command(task: str, settings: Mapping[str, Any]) -> str:
    """The command with the README's folders: what differs from the defaults, nothing about the machine."""
    words = ["python", "-m", "cfg_core.commands.train", task, "--data", "data", "--out", f"runs/{task}"]
    plain = settings_of([task, "--out", "runs"])
    for name, value in settings.items():
        if name in ELSEWHERE or value is None or value == plain.get(name):
            continue
        if name == "init":
            value = f"assets/cifar/{Path(value).name}"
        words += [f"--{name.replace('_', '-')}", *map(str, value if isinstance(value, list) else [value])]
    return " ".join(words)


@torch.no_grad()
def refresh_batch_norm(net: nn.Module, batches: CifarBatches, count: int = 20, size: int = 500) -> None:
    """Set the running statistics of a weight average to those of its own activations on training images.

    An average of weights has activations that none of the averaged networks had.
    """
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
    net.train()
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        net(batches(size, generator)[0])
    net.eval()


@torch.inference_mode()
def accuracy(net: nn.Module, images: Tensor, labels: Tensor, batch: int = 500) -> float:
    """Share of uint8 images [N, 3, 32, 32] whose most likely class is their label, in [0, 1]."""
    hits = 0
    for x, c in zip(images.split(batch), labels.split(batch), strict=True):
        hits += int((net(x.float() / 127.5 - 1).argmax(1) == c).sum())
    return hits / len(images)


def export_model(
    run: Path, ema: int, folder: Path, name: str = "model", kept: str | None = None, task: str = "cifar"
) -> dict:
    """`name`.safetensors and `name`.json from a run of `cfg_core.train cifar`; returns the record.

    `kept`: as it was at so many images, by the name of a file in the run's kept/. "model" is the network that the app
    samples, "worse" one that was trained less, for autoguidance; "student", of the task of that name, takes w.
    """
    state, starts, log = load_run(run, kept)
    net = TASKS[task].net(starts[0].settings, None)
    net.load_state_dict(state["averages"][ema])
    record = {
        "parameters": sum(p.numel() for p in net.parameters()),
        **describe(task, state, starts, log, ema),
    }
    return export(net, folder, name, record)


def export_classifier(run: Path, ema: int, folder: Path, data: Path) -> dict:
    """classifier.safetensors and classifier.json, with the test accuracy of the file as written."""
    state, starts, log = load_run(run)
    net = TASKS["classifier"].net(starts[0].settings, None)
    net.load_state_dict(state["averages"][ema])
    refresh_batch_norm(net, CifarBatches(data, shift=SHIFT))
    record = {
        "parameters": sum(p.numel() for p in net.parameters()),
        **describe("classifier", state, starts, log, ema),
    }
    export(net, folder, "classifier", record)
    images, labels = (torch.from_numpy(a) for a in cifar.load(data, "test"))
    record["test_accuracy"] = round(accuracy(load_classifier(folder), images, labels), 4)
    record["test_images"] = len(images)
    return export(net, folder, "classifier", record)


def export_noisy_classifier(run: Path, ema: int, folder: Path, data: Path) -> dict:
    """noisy_classifier.safetensors and .json, with the accuracy over lam on the test images of the file as written."""
    state, starts, log = load_run(run)
    net = TASKS["noisy_classifier"].net(starts[0].settings, None)
    net.load_state_dict(state["averages"][ema])
    record = {
        "parameters": sum(p.numel() for p in net.parameters()),
        **describe("noisy_classifier", state, starts, log, ema),
    }
    export(net, folder, "noisy_classifier", record)
    images, labels = cifar.load(data, "test")
    written = load_noisy_classifier(folder, bf16=False)
    record["test_images"], record["noise_seed"] = len(images), 0
    record["test"] = accuracy_over_lam(written, images, labels, seed=record["noise_seed"])
    return export(net, folder, "noisy_classifier", record)


CLASSIFIERS = {"classifier": export_classifier, "noisy_classifier": export_noisy_classifier}


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.export", description=__doc__)
    p.add_argument("task", choices=tuple(TASKS))
    p.add_argument("--run", type=Path, required=True, help="folder of the run (its --out)")
    p.add_argument("--ema", type=EMA, default=0, help="which of the run's weight averages, by position")
    p.add_argument("--kept", help="of the U-Net: as it was at so many images, a file's name in RUN/kept")
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--name", choices=("model", "worse"), default="model", help="of the U-Net's files")
    p.add_argument("--to", type=Path, default=ASSETS)
    args = p.parse_args(argv)
    try:
        if args.task in ("cifar", "student"):
            name = args.name if args.task == "cifar" else "student"
            record = export_model(args.run, args.ema, args.to, name, args.kept, args.task)
        else:
            record = CLASSIFIERS[args.task](args.run, args.ema, args.to, args.data)
    except (FileNotFoundError, ValueError, IndexError) as problem:
        sys.exit(str(problem))
    print(json.dumps({k: v for k, v in record.items() if k != "loss_curve"}, indent=1))


if __name__ == "__main__":
    main()
