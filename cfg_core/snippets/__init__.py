"""The few lines of plain PyTorch that guide: scripts and notebooks put together from parts.toml.

Everything that is put into a script is a number that was checked here, or one of the parts' own lines.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.guidance import RULES, guided
from cfg_core.mixture import CIRCUMRADIUS, three_gaussians
from cfg_core.process import lam_grid
from cfg_core.samplers import Noise, final, walk
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES

Array = NDArray[np.float64]

STEPS = ("unconditional", "conditional", "guided")  # each one line from the one before
MODELS = ("exact", "net")
SAMPLERS = ("ddim", "ancestral")
GUIDED = ("cfg", "classifier", "interval", "rising")  # the rules that are one line
N = 1000  # points that a script samples
TRAIN_STEPS = 1200
BOUNDS: dict[str, tuple[float, float]] = {
    "w": (-1.0, 10.0),
    "steps": (2, 256),
    "seed": (0, 2**32 - 1),
    "p_uncond": (0.01, 0.9),
    "c": (0, 2),
}
WHOLE = ("steps", "seed", "c")


@dataclass(frozen=True)
class Snippet:
    """What a script does. Raises ValueError naming the bound that is broken."""

    step: str = "guided"
    model: str = "exact"
    c: int = 0
    w: float = 3.0
    sampler: str = "ddim"
    steps: int = 32
    rule: str = "cfg"
    drop: bool = True  # network only: whether training drops labels
    p_uncond: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        allowed = {"step": STEPS, "model": MODELS, "sampler": SAMPLERS, "rule": GUIDED}
        for name, names in allowed.items():
            if getattr(self, name) not in names:
                raise ValueError(f"{name} must be one of {', '.join(names)}")
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
            if not (number and low <= value <= high and (name not in WHOLE or value == int(value))):
                kind = "whole number" if name in WHOLE else "number"
                raise ValueError(f"{name} must be a {kind} in [{low:.10g}, {high:.10g}]")
        if not isinstance(self.drop, bool):
            raise ValueError("drop must be true or false")
        if self.model == "net" and self.rule == "classifier":
            raise ValueError("classifier guidance needs a classifier of noisy points: choose the exact toy for it")


@dataclass(frozen=True)
class Line:
    """One line as it is shown: its mark ("", "w", "train" or "step"), and the line that stood there before the change.

    A line that is only missing has text None and its own words in `was`.
    """

    text: str | None
    mark: str = ""
    was: str | None = None


@cache
def _parts() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "parts.toml").read_text(encoding="utf-8"))


def _numbers(s: Snippet) -> dict[str, str]:
    rule = RULES[s.rule].numbers()
    values = {
        "w": s.w, "scale": 1 + s.w, "c": int(s.c), "steps": int(s.steps), "p_uncond": s.p_uncond, "n": N,
        "train_steps": TRAIN_STEPS, "separation": CIRCUMRADIUS, **rule,
    }  # fmt: skip
    return {**{name: f"{value:.10g}" for name, value in values.items()}, "seed": str(int(s.seed))}


def _fill(part: str, numbers: dict[str, str]) -> list[str]:
    return Template(part.strip("\n")).substitute(numbers).split("\n")


def weight_line() -> str:
    """The script's line that sets w, with {w} and {s} where the weight and the scale stand."""
    (line,) = [line for line in _parts()["head"].split("\n") if line.endswith("#@ w")]
    return Template(line.partition(" #@ ")[0]).substitute(w="{w}", scale="{s}")


def _line_of(s: Snippet, step: str) -> str:
    parts = _parts()
    return parts["guided"][s.rule] if step == "guided" else parts["line"][step]


def _cells(s: Snippet) -> list[tuple[str, list[Line]]]:
    """The script in named pieces: head, model, training (network only), sampling."""
    parts, numbers = _parts(), _numbers(s)
    model = _fill(parts[s.model], numbers)
    if s.rule in parts["helper"]:
        model += ["", "", *_fill(parts["helper"][s.rule], numbers)]
    sampling = Template(parts["sampling"]).safe_substitute(
        line=_line_of(s, s.step), move=parts["move"][s.sampler].strip("\n")
    )
    cells = [("head", _fill(parts["head"], numbers)), ("model", model)]
    if s.model == "net":
        cells.append(("training", _fill(parts["training"], numbers)))
    cells.append(("sampling", _fill(sampling, numbers)))
    return [(name, [_marked(s, line) for line in lines]) for name, lines in cells]


def _marked(s: Snippet, line: str) -> Line:
    text, _, mark = line.partition(" #@ ")
    if mark == "train":
        return Line(text, mark) if s.drop else Line(None, mark, text)
    if mark == "step" and s.step != "unconditional":
        before = Template(_line_of(s, STEPS[STEPS.index(s.step) - 1])).substitute(_numbers(s))
        return Line(text, mark, f"    e = {before}")
    return Line(text, mark)


BLANK = {"head": 0, "model": 2, "training": 2, "sampling": 1}  # empty lines before a piece


def lines(s: Snippet) -> list[Line]:
    """The script line by line, with marks."""
    out: list[Line] = []
    for name, cell in _cells(s):
        plain = s.model == "net" and name == "model"  # a constant follows the head, not a function
        out += [Line("")] * (1 if plain else 2 if name == "sampling" and s.model == "exact" else BLANK[name])
        out += cell
    return out


def code(s: Snippet) -> str:
    """The script: runs as pasted where torch is, and prints the mean and the spread of its samples."""
    return "\n".join(line.text for line in lines(s) if line.text is not None) + "\n"


def notebook(s: Snippet) -> dict[str, Any]:
    """The script as a Jupyter notebook (nbformat 4.5), as the JSON object that its file holds."""
    words: dict[str, str] = _parts()["notebook"]
    cells: list[dict[str, Any]] = []
    before = {"head": words["title"], "model": words[s.model], "sampling": words["sampling"]}
    for name, cell in _cells(s):
        if name in before:
            cells.append({"cell_type": "markdown", "id": f"about-{name}", "metadata": {},
                          "source": _source(before[name].strip("\n").split("\n"))})  # fmt: skip
        source = _source([line.text for line in cell if line.text is not None])
        cells.append({"cell_type": "code", "id": name, "metadata": {}, "execution_count": None, "outputs": [],
                      "source": source})  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4, "nbformat_minor": 5}  # fmt: skip


def _source(lines: list[str]) -> list[str]:
    return [line + "\n" for line in lines[:-1]] + lines[-1:]


W = np.round(np.arange(-10, 101) / 10, 1)  # every position of the slider, so that nothing is read between two
SHOWN = 200  # points that are drawn


def torch_noise(seed: int, n: int) -> Noise:
    """What `torch.manual_seed(seed)` and one `torch.randn(n, 2)` after another give in float64, without loading torch.

    torch's generator for the processor is MT19937; randn takes 53 of every 64 bits as uniform numbers and turns them to
    normal ones (Box & Muller 1958) in blocks of 16, so 2 n must be a multiple of 16.
    """
    if n % 8:
        raise ValueError("n must be a multiple of 8")
    words = np.random.RandomState(seed)
    draws: list[Array] = []

    def noise(i: int) -> Array:
        while len(draws) <= i:
            high, low = words.randint(0, 2**32, (2 * n, 2), dtype=np.uint64).T
            u = ((high << np.uint64(32) | low) & np.uint64(2**53 - 1)) * 2.0**-53
            first, second = u.reshape(-1, 2, 8).swapaxes(0, 1)
            radius, angle = np.sqrt(-2 * np.log1p(-first)), 2 * np.pi * second
            draws.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(n, 2))
        return draws[i]

    return noise


def outcome_sweep(s: Snippet, cells: int = 48, half: float = 7.0) -> Sweep:
    """What the exact script samples, by this project's own sampler on the noises that torch gives it, for every w.

    Arrays: samples [w, point, xy], the first of them; mean_x, mean_y, spread [w], what it prints; log_pxc and log_p
    [y, x], the class's density and the whole mixture's. The network's script approximates the same.
    Unconditional and conditional scripts do not depend on w, and neither do their arrays.
    """
    from cfg_core.density import grid

    noise = torch_noise(int(s.seed), N)
    mixture, lams = three_gaussians(), lam_grid(int(s.steps))
    w = {"unconditional": 0 * W - 1, "conditional": 0 * W, "guided": W}[s.step]
    rule = s.rule if s.step == "guided" else "cfg"
    one = np.unique(w)
    start = np.broadcast_to(noise(0), (len(one), N, 2))
    eps = guided(mixture, int(s.c), one[:, None], rule, lams)
    x = final(walk(s.sampler, eps, lams, noise, start=start))[np.searchsorted(one, w)]  # [w, point, xy]
    points = grid((-half, half), (-half, half), cells)
    return Sweep(
        axes={"w": W},
        arrays={
            "samples": (x[:, :SHOWN], ("w", "point", "xy")),
            "mean_x": (x[..., 0].mean(-1), ("w",)),
            "mean_y": (x[..., 1].mean(-1), ("w",)),
            "spread": (np.sqrt(x.var(axis=-2, ddof=1).mean(-1)), ("w",)),
            "log_pxc": (mixture.log_density(points, c=int(s.c)), ("y", "x")),
            "log_p": (mixture.log_density(points), ("y", "x")),
        },
        labels={"class": CLASS_NAMES},
        meta={"source": "exact", "extent": [-half, half, -half, half], "step": s.step, "model": s.model},
    )
