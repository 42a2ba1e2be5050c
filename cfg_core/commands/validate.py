"""`python -m cfg_core.commands.validate`: what networks of images cost on test images, and what a class is worth.

Each network, a weight average of a run of `train` (--run) or one that ships (--shipped), sees the same test
images with the same noise, with their class and without. Each is a line of output, and with --record NAME a row of
assets/cifar/NAME.json.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from cfg_core.commands.export import load_run
from cfg_core.commands.options import EMA
from cfg_core.commands.tasks import TASKS
from cfg_core.images import cifar
from cfg_core.images.judge import from_uint8
from cfg_core.images.pretrained import ASSETS, as_model, load_model
from cfg_core.nets.network import Network
from cfg_core.nets.unet import UNet
from cfg_core.nets.weights import AssetError, read_record, write_record
from cfg_core.process import diffuse, per_point, v_from_eps

LOW, HIGH = -8, 10  # of lam
BETWEEN = 1.0  # lam at which most of the class is decided: what it is worth below and above is told apart
VARIED = (
    "channels", "blocks", "norm", "upsample", "batch", "p_uncond", "lam_mean", "lr", "muon_lr", "ema", "seed", "init",
)  # fmt: skip


def losses(
    model: Network, images: Tensor, classes: NDArray[np.int64], seed: int = 0, batch: int = 250
) -> dict[str, Any]:
    """What a network costs on images [N, 3, 32, 32] in [-1, 1], each at one lam, spread evenly over [LOW, HIGH].

    loss_c, loss_u: mean square error of v, per number, with the class and without. nats [HIGH - LOW]: what the class is
    worth at each whole lam, half of E|eps - eps_u|² - E|eps - eps_c|² summed over an image; nats_below: their sum below
    BETWEEN; nats_se, nats_below_se: standard errors of the two sums. By the I-MMSE relation (Guo, Shamai, Verdú 2005)
    the integral over lam is I(class; image) for exact scores: at most ln 10 = 2.303. What exceeds it is by how much the
    network is better with a class for another reason.
    """
    rng, n = np.random.default_rng(seed), len(images)
    lams = torch.from_numpy(LOW + (HIGH - LOW) * (rng.permutation(n) + rng.random(n)) / n).float()
    noise = torch.from_numpy(rng.standard_normal(images.shape, dtype=np.float32))
    off, worth = torch.zeros(2, n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)
    for i in range(0, n, batch):
        part = slice(i, i + batch)
        lam, eps = lams[part], noise[part]
        z, c = diffuse(images[part], per_point(lam, eps), eps), torch.from_numpy(classes[part])
        there, at, null = z.to(model.device), lam.to(model.device), torch.full_like(c, model.classes)
        sides = [model.passed(there, at, of.to(model.device)).cpu() for of in (c, null)]
        v, (v_c, v_u) = v_from_eps(z, per_point(lam, z), eps), (v_from_eps(z, per_point(lam, z), e) for e in sides)
        off[0, part], off[1, part] = _squares(v_c - v) / v[0].numel(), _squares(v_u - v) / v[0].numel()
        worth[part] = (_squares(sides[1] - eps) - _squares(sides[0] - eps)) / 2
    cell = (lams.floor().long() - LOW).clamp(0, HIGH - LOW - 1)
    each = [worth[cell == k] for k in range(HIGH - LOW)]
    nats, below = torch.stack([some.mean() for some in each]), int(BETWEEN) - LOW
    square = torch.stack([some.var() / len(some) for some in each])
    return {
        "loss_c": float(off[0].mean()),
        "loss_u": float(off[1].mean()),
        "nats": nats.tolist(),
        "nats_se": math.sqrt(float(square.sum())),
        "nats_below": float(nats[:below].sum()),
        "nats_below_se": math.sqrt(float(square[:below].sum())),
    }


def _squares(a: Tensor) -> Tensor:
    return a.double().square().sum((1, 2, 3))


def of_run(folder: Path, ema: int) -> tuple[Network, dict[str, Any]]:
    """A weight average of a run, and what made it. Raises FileNotFoundError naming the file that is missing."""
    state, starts, log = load_run(folder)
    settings = starts[-1].settings
    net = TASKS["cifar"].net(settings, None)
    net.load_state_dict(state["averages"][ema])
    made = {
        "name": folder.name,
        **{name: settings[name] for name in VARIED if settings.get(name) is not None},
        "parameters": sum(p.numel() for p in net.parameters()),
        "gmac": _short(gmac(cast(UNet, net))),
        "images_seen": state["step"] * state["config"]["batch"],
        "processor_minutes": round(log[-1].get("processor_seconds", math.nan) / 60, 1),
    }
    return as_model(cast(UNet, net)), made


@torch.inference_mode()
def gmac(net: UNet) -> float:
    """Billions of multiply-accumulates of the network's products and convolutions for one image."""
    with FlopCounterMode(display=False) as counted:
        net(torch.zeros(1, 3, 32, 32), torch.zeros(1), torch.zeros(1, dtype=torch.long))
    return counted.get_total_flops() / 2e9  # it counts a multiplication and an addition as two


def of_shipped(name: str) -> tuple[Network, dict[str, Any]]:
    """A network that ships, "model" or "worse". Raises AssetError where it is missing or damaged."""
    model = load_model()
    chosen = model if name == "model" else model.worse
    if chosen is None:
        raise AssetError(f"{name}.safetensors is not there")
    made = read_record(ASSETS / f"{name}.json")
    return chosen, {"name": name, **{key: made[key] for key in ("images_seen", "p_uncond", "sha256")}}


def rows(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    images, classes = cifar.load(args.data, "test")
    x, c = from_uint8(images[: args.n]), classes[: args.n]
    networks = (*(of_run(run, args.ema) for run in args.run), *(of_shipped(name) for name in args.shipped))
    for model, made in networks:
        found = losses(model, x, c)
        numbers = {**found, "gap": found["loss_u"] - found["loss_c"]}
        yield {**made, **{name: _short(value) for name, value in numbers.items()}}


def _short(value: Any) -> Any:
    return [_short(one) for one in value] if isinstance(value, list) else float(f"{value:.5g}")


def record(path: Path, args: argparse.Namespace, found: list[dict[str, Any]]) -> None:
    """Put rows into the file, in place of those of the same name."""
    head = {
        "command": f"python -m cfg_core.commands.validate --data data --n {args.n} --record {args.record}",
        "n": args.n, "lam": [LOW, HIGH], "between": BETWEEN,
    }  # fmt: skip
    old = json.loads(path.read_text()) if path.exists() else {}
    kept = old["rows"] if {k: old.get(k) for k in head} == head else []
    names = {row["name"] for row in found}
    rows = [*(row for row in kept if row["name"] not in names), *found]
    write_record(path, {**head, "rows": rows})


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.validate", description=__doc__)
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--run", type=Path, nargs="+", default=[], help="folders of runs (their --out)")
    p.add_argument("--shipped", nargs="+", choices=("model", "worse"), default=[])
    p.add_argument("--ema", type=EMA, default=0, help="which of a run's weight averages, by position")
    p.add_argument("--n", type=int, default=5000, help="test images, 100 to 10000")
    p.add_argument("--record", help="keep the rows in assets/cifar/RECORD.json")
    p.add_argument("--assets", type=Path, default=ASSETS)
    args = p.parse_args(argv)
    if not 100 <= args.n <= 10_000:
        p.error("--n must lie in [100, 10000]")
    try:
        found = []
        for row in rows(args):
            found.append(row)
            print(json.dumps(row), flush=True)
        if args.record:
            record(args.assets / f"{args.record}.json", args, found)
    except (AssetError, FileNotFoundError, ValueError, IndexError, RuntimeError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
