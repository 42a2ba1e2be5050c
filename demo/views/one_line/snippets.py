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

from cfg_core.guidance import RULES
from cfg_core.mixture import CIRCUMRADIUS
from demo.views.one_line.settings import STEPS, OneLine

N = 1000  # points that a script samples
TRAIN_STEPS = 1200


@dataclass(frozen=True)
class CodeLine:
    """One line as it is shown: its mark ("", "w", "train" or "step"), and the line that stood there before the change.

    A line that is only missing has text None and its own words in `was`.
    """

    text: str | None
    mark: str = ""
    was: str | None = None


@cache
def _parts() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "parts.toml").read_text(encoding="utf-8"))


def _about_data(s: OneLine) -> dict[str, str]:
    """The parts that depend on what the data are: the paper's figure, or a mixture with its numbers put in."""
    parts: dict[str, str] = _parts()["mixture" if s.mixture else "figure"]
    m, numbers = s.gaussians, dict[str, Any]()
    if s.mixture:
        rows = {"labels": m.labels, "means": m.means, "covs": m.covs, "weights": m.weights / m.weights.min()}
        numbers = {name: np.round(values, 6).tolist() for name, values in rows.items()}
    return {name: Template(part.strip("\n")).safe_substitute(numbers) for name, part in parts.items()}


def _numbers(s: OneLine) -> dict[str, str]:
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


def _line_of(s: OneLine, step: str) -> str:
    parts = _parts()
    return parts["guided"][s.rule] if step == "guided" else parts["line"][step]


def _cells(s: OneLine) -> list[tuple[str, list[CodeLine]]]:
    """The script in named pieces: head, model, training (network only), sampling."""
    data = _about_data(s)
    parts, numbers = {**_parts(), **data}, {**_numbers(s), "where": data["where"]}
    head, training = (Template(parts[name]).safe_substitute(data) for name in ("head", "training"))
    model = _fill(parts[s.model], numbers)
    if s.rule in data:
        model += ["", "", *_fill(data[s.rule], numbers)]
    sampling = Template(parts["sampling"]).safe_substitute(
        line=_line_of(s, s.step), move=parts["move"][s.sampler].strip("\n")
    )
    cells = [("head", _fill(head, numbers)), ("model", model)]
    if s.model == "net":
        cells.append(("training", _fill(training, numbers)))
    cells.append(("sampling", _fill(sampling, numbers)))
    return [(name, [_marked(s, line) for line in lines]) for name, lines in cells]


def _marked(s: OneLine, line: str) -> CodeLine:
    text, _, mark = line.partition(" #@ ")
    if mark == "train":
        return CodeLine(text, mark) if s.drop else CodeLine(None, mark, text)
    if mark == "step" and s.step != "unconditional":
        before = Template(_line_of(s, list(STEPS)[list(STEPS).index(s.step) - 1])).substitute(_numbers(s))
        return CodeLine(text, mark, f"    e = {before}")
    return CodeLine(text, mark)


BLANK = {"head": 0, "model": 2, "training": 2, "sampling": 1}  # empty lines before a piece


def lines(s: OneLine) -> list[CodeLine]:
    """The script line by line, with marks."""
    out: list[CodeLine] = []
    for name, cell in _cells(s):
        plain = s.model == "net" and name == "model"  # a constant follows the head, not a function
        out += [CodeLine("")] * (1 if plain else 2 if name == "sampling" and s.model == "exact" else BLANK[name])
        out += cell
    return out


def code(s: OneLine) -> str:
    """The script: runs as pasted where torch is, and prints the mean and the spread of its samples."""
    return "\n".join(line.text for line in lines(s) if line.text is not None) + "\n"


def notebook(s: OneLine) -> dict[str, Any]:
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
