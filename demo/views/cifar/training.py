"""How the network that ships was trained, and what the class is worth to it: charts that stand still."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import ASSETS
from demo.scene import Panel, Scene, axis, line
from demo.sweep import Sweep
from demo.view import packed
from demo.views.cifar.gallery import DAMAGED

COLORS = ("guided", "uncond", "ink")


def training_value(folder: Path = ASSETS) -> str:
    """The stage's value: the loss against the images seen, and how that was reached."""
    return _said(folder / "model.json", _training)


def worth_value(folder: Path = ASSETS) -> str:
    """The stage's value: what knowing the class is worth, summed over noise levels."""
    return _said(folder / "class_worth.json", _worth)


def _said(path: Path, made: Callable[[Any], tuple[Panel, Sweep, list[str]]]) -> str:
    try:
        panel, sweep, caption = made(json.loads(path.read_text(encoding="utf-8")))
        panels = [panel]
    except DAMAGED:
        panels, sweep, caption = [], Sweep({}, {}), [f"assets/cifar/{path.name} is missing or damaged."]
    scene: Scene = {"panels": panels, "caption": caption, "alt": caption[0], "coords": {}, "sliders": {}}
    return packed(sweep, scene)


def _training(record: Mapping[str, Any]) -> tuple[Panel, Sweep, list[str]]:
    images, loss = np.asarray(record["loss_curve"], dtype=np.float64).T
    lines = {"loss": np.stack([images / 1e6, np.log10(loss)], axis=-1)}
    words = [
        f"{record['parameters'] / 1e6:.1f} million parameters, trained by Algorithm 1 on {record['data']}.",
        f"p_uncond = {record['p_uncond']}, λ ~ {record['lam_law']}: {record['images_seen']:,} images seen in "
        f"{record['minutes']:.0f} minutes on {record['machine']}, seed {', then '.join(map(str, record['seeds']))}, "
        f"weight average {record['ema_decay']}.",
    ]  # fmt: skip
    return *_chart("Training loss", lines, "million images seen", "log₁₀ of the loss"), [words[0], _plain(words[1])]


def _worth(record: Mapping[str, Any]) -> tuple[Panel, Sweep, list[str]]:
    low, most, mine = record["lam"][0], log(len(CLASSES)), record["rows"][0]
    total, below = sum(mine["nats"]), mine["nats_below"]
    words = [
        f"With its class it explains an image better: on {record['n']:,} test "
        f"images by {total:.1f} ± {mine['nats_se']:.1f} nats.",
        f"{below:.1f} ± {mine['nats_below_se']:.1f} of them lie at λ < {record['between']:g}, in noise that hides the "
        f"class, {total - below:.1f} where z shows it. A class can tell ln {len(CLASSES)} = {most:.2f} nats at most "
        "(dashed).",
    ]
    if total - 2 * mine["nats_se"] > most:
        words.append(
            "The rest is no knowledge of the class: without one it is the worse network, since "
            f"{1 - mine['p_uncond']:.0%} of its training told it the class. Guidance also leads away from the worse "
            "network, as autoguidance does: one reason why it helps a weak model more."
        )
    lams = low + np.arange(len(mine["nats"]) + 1.0)
    lines = {
        f"{row['images_seen']:,} images seen": _over(lams, accumulate(row["nats"], initial=0.0))
        for row in record["rows"]
    }
    lines["all that a class can tell"] = _over(lams[[0, -1]], [most, most])
    return *_chart("What the class is worth", lines, "λ: from noise (left) to the image", "nats, summed"), words


def _over(x: NDArray, y: Iterable[float]) -> NDArray:
    """A line of these points, [point, xy]."""
    return np.stack([x, np.array(list(y))], axis=-1)


def _chart(title: str, lines: Mapping[str, NDArray], x: str, y: str) -> tuple[Panel, Sweep]:
    """A panel of these lines [point, xy], with a little air above and below."""
    every = np.concatenate([*lines.values()])
    (low, bottom), (high, top) = every.min(axis=0), every.max(axis=0)
    air = 0.05 * (top - bottom)
    panel: Panel = {
        "id": "chart", "title": title, "source": "precomputed", "x": axis(float(low), float(high), x),
        "y": axis(round(float(bottom - air), 3), round(float(top + air), 3), y),
        "layers": [line(name, f"line{i}", color) for i, (name, color) in enumerate(zip(lines, COLORS, strict=False))],
    }  # fmt: skip
    return panel, Sweep({}, {f"line{i}": (xy, ("point", "xy")) for i, xy in enumerate(lines.values())})


def _plain(words: str) -> str:
    """Without what a caption would read as a colour."""
    return words.replace("[", "(").replace("]", ")")
