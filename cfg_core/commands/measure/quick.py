"""Several ways of sampling with about as many network passes, to choose by: a table, nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from cfg_core.commands.measure.figures import Judge
from cfg_core.commands.measure.seen import Eyes
from cfg_core.images.pretrained import LAM_RANGE
from cfg_core.nets.network import Network

WAYS: tuple[dict[str, Any], ...] = (
    {"sampler": "dpmpp_2m", "steps": 12},
    {"sampler": "dpmpp_2m", "steps": 11},  # twelve passes: the picture takes one more than the steps
    {"sampler": "dpmpp_2m", "steps": 24},
    *(
        {"sampler": "dpmpp_2m", "steps": 12, "lam_range": ends}
        for ends in ((-6, 8), (-7, 8), (-8, 7), (-8, 9), (-9, 9))
    ),
    {"sampler": "dpmpp_2m", "steps": 12, "law": "hyperbolic secant"},
    {"sampler": "ddim", "steps": 12},
    {"sampler": "heun", "steps": 6},  # two passes a step
)
FIGURES = ("frechet", "frechet_efficientnet", "recall", "accuracy")


def quick(model: Network, eyes: Eyes, judge: Judge, ws: Sequence[float], n: int, seed: int) -> Iterator[str]:
    """Lines of a Markdown table: each way at each w, its figures and the seconds of sampling."""
    names = [name for name in FIGURES if name != "frechet_efficientnet" or eyes.extractor]
    yield _line(["sampler", "steps", "lam", "law", "w", *names, "seconds"])
    yield "|---" * (6 + len(names)) + "|"
    for way in WAYS:
        low, high = way.get("lam_range", LAM_RANGE)
        head = [way["sampler"], way["steps"], f"{low:g} to {high:g}", way.get("law", "uniform")]
        for w in ws:
            began = time.monotonic()
            made = eyes.made(model, w, n, seed, **way)
            seconds = time.monotonic() - began
            if eyes.share.first:
                found: Any = judge.score(made)["all"]
                yield _line([*head, f"{w:g}", *(f"{found[name]:.4g}" for name in names), f"{seconds:.1f}"])


def _line(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
