"""`python -m cfg_core.commands.p_uncond --run RUN RUN RUN`: our own table of p_uncond over w, as the paper's first.

Each run is one of cfg_core.commands.train that differs from the others in --p-uncond alone. Their networks draw the
same noises at the paper's values of w; assets/cifar/p_uncond.json has a table in the form of assets/paper/tables.json,
and what made it. A stopped run goes on with the next pair of network and w; several processes (torchrun) share the
images.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cfg_core.commands.export import describe, load_run
from cfg_core.commands.measure.extractor import load_extractor
from cfg_core.commands.measure.figures import Judge
from cfg_core.commands.measure.seen import Eyes, Real
from cfg_core.commands.options import EMA, SEED, STEPS
from cfg_core.commands.validate import of_run
from cfg_core.files import short_name
from cfg_core.images.curves import kept
from cfg_core.images.pretrained import ASSETS, LAM_RANGE, load_classifier
from cfg_core.nets.weights import AssetError, sha256, write_record
from cfg_core.train.processes import Share, shares

W = (*(i / 10 for i in range(11)), 2.0, 3.0, 4.0)  # the rows of the paper's tables
SAMPLER = "dpmpp_2m"
SCORE = "classifier_score"
MADE = ("p_uncond", "config", "commands", "images_seen", "batch", "seeds", "ema_decay")  # what is kept of a network


def networks(runs: list[Path], ema: int) -> list[dict[str, Any]]:
    """What made each network, by p_uncond. Raises ValueError where they differ in anything else but names and times."""
    out = []
    for run in runs:
        state, starts, log = load_run(run)
        made = describe("cifar", state, starts, log, ema)
        parameters = sum(value.numel() for value in state["averages"][ema].values())
        out.append({**{key: made[key] for key in MADE}, "parameters": parameters, "sha256": sha256(run / "state.pt")})
    own = ("p_uncond", "commands", "sha256")
    alike = [{key: value for key, value in one.items() if key not in own} for one in out]
    if any(one != alike[0] for one in alike) or len({one["p_uncond"] for one in out}) < len(out):
        raise ValueError("the runs must differ in p_uncond, and in nothing else")
    return sorted(out, key=lambda one: one["p_uncond"])


def table(rows: list[dict[str, Any]], values: list[float], frechet: str) -> dict[str, Any]:
    """The rows [{"p_uncond", "w", figures}] as a table: fid and inception_score [w, p_uncond]."""
    at = {(row["w"], row["p_uncond"]): row for row in rows}
    ws = sorted({row["w"] for row in rows})
    return {
        "title": "CIFAR-10, small networks of ours",
        "vary": "p_uncond",
        "values": values,
        "w": ws,
        "fid": [[at[w, p][frechet] for p in values] for w in ws],
        "inception_score": [[at[w, p][SCORE] for p in values] for w in ws],
    }


def measure(args: argparse.Namespace, share: Share) -> str:
    """Fill p_uncond.json, a network and a w at a time; returns what is in it."""
    path, made = args.assets / "p_uncond.json", networks(args.run, args.ema)
    eyes = Eyes(load_classifier(args.assets), load_extractor(), share)
    frechet = "frechet_efficientnet" if eyes.extractor else "frechet"
    head = {
        "command": f"python -m cfg_core.commands.p_uncond --data data --images {args.n} --seed {args.seed} --run "
        + " ".join(f"runs/p{one['p_uncond']:g}" for one in made),
        "n": args.n, "seed": args.seed, "sampler": SAMPLER, "steps": args.steps, "lam_range": list(LAM_RANGE),
        "classifier_sha256": sha256(args.assets / "classifier.safetensors"),
        "features": eyes.extractor.name if eyes.extractor else "our classifier's features",
        "networks": made,
    }  # fmt: skip
    rows = share.told(kept(path, head))
    done = {(row["p_uncond"], row["w"]) for row in rows}
    models = {made["p_uncond"]: model for model, made in (of_run(run, args.ema) for run in args.run)}
    todo = [pair for pair in itertools.product(sorted(models), W) if pair not in done]
    judge = Judge(Real.look(args.data, args.n, eyes)) if todo else None
    with tqdm(total=args.n * len(todo), unit=" images", disable=not share.first) as bar:
        for p, w in todo:
            bar.set_postfix(p_uncond=p, w=w)
            seen = eyes.made(models[p], w, args.n, args.seed, bar.update, sampler=SAMPLER, steps=args.steps)
            if share.first and judge:
                every = judge.score(seen)["all"]
                rows.append({"p_uncond": p, "w": w, **{k: float(f"{v:.5g}") for k, v in every.items()}})
                found = {"table": table(rows, sorted(models), frechet)} if len(rows) == len(models) * len(W) else {}
                write_record(path, {**head, **found, "rows": rows})
    return f"{short_name(path)}: {len(rows)} of {len(models) * len(W)} rows, {args.n} images each"


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.p_uncond", description=__doc__)
    p.add_argument("--data", type=Path, default=Path("data"), help="folder that holds cifar-10-batches-py")
    p.add_argument("--run", type=Path, nargs="+", required=True, help="folders of runs that differ in --p-uncond")
    p.add_argument("--ema", type=EMA, default=0, help="which of their weight averages, by position")
    p.add_argument(
        "--images",
        type=int,
        default=2000,
        dest="n",
        help="for each network and w: a multiple of 10",
    )
    p.add_argument("--seed", type=SEED, default=1)
    p.add_argument("--steps", type=STEPS, default=12)
    p.add_argument("--assets", type=Path, default=ASSETS)
    args = p.parse_args(argv)
    if args.n % 10 or not 100 <= args.n <= 5000:
        p.error("--images must be a multiple of 10 in [100, 5000]")
    try:
        with shares() as share:
            said = measure(args, share)
            if share.first:
                print(said)
    except (AssetError, FileNotFoundError, ValueError, IndexError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
