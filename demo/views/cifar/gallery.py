"""What the wall shows before anyone waits for the network: pictures rendered beforehand, and how it was trained."""

from __future__ import annotations

import json
from itertools import accumulate
from math import log
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cfg_core.files import short_name
from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import ASSETS
from demo.figures import loss_chart, worth_chart
from demo.views.cifar.settings import Cifar

DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError)


def gallery_value(folder: Path = ASSETS) -> dict[str, Any]:
    """The wall's value for the pre-rendered gallery; a problem to show where its files are missing or damaged."""
    path = folder / "gallery" / "gallery.json"
    try:
        record = json.loads(path.read_text())
        numbers = {name: record["classes"][name] for name in CLASSES}
        sampler = f"seed {record['seed']}, {record['sampler']}, {record['steps']} steps"
        seen, ws = record["images_seen"], record["w"]
    except DAMAGED as problem:
        return {"kind": "problem", "problem": f"{short_name(path)} is missing or damaged ({type(problem).__name__})."}
    files = {name: folder / "gallery" / f"{name}.webp" for name in CLASSES}
    missing = [short_name(file) for file in files.values() if not file.exists()]
    version = record["model_sha256"][:8]
    return {
        "kind": "gallery", "tile": 32, "w": ws, "noises": record["noises"], "names": CLASSES, "pick": Cifar().pick,
        "sheets": {name: f"gradio_api/file={quote(str(file))}?v={version}" for name, file in files.items()},
        "files": {name: short_name(file) for name, file in files.items()},
        "numbers": numbers,
        "problem": f"{', '.join(missing)}: missing." if missing else "",
        "mark": "precomputed",
        "source": f"Rendered beforehand by the network that ships with this page: trained by us, {seen:,} images seen; "
        f"{sampler}; weights {version}. Not photographs.",
    }  # fmt: skip


def training_value(folder: Path = ASSETS) -> tuple[str, str | None]:
    """How the shipped network was trained: a sentence, and its loss curve as a plotly figure, where there is one."""
    try:
        record = json.loads((folder / "model.json").read_text())
        words = (
            f"{record['parameters'] / 1e6:.1f} million parameters, trained by Algorithm 1 with "
            f"p_uncond = {record['p_uncond']} and lam ~ {record['lam_law']} on {record['data']}: "
            f"{record['images_seen']:,} images seen in {record['minutes']:.0f} minutes on {record['machine']}, "
            f"seed {', then '.join(map(str, record['seeds']))}, weight average {record['ema_decay']}."
        )
        return words, loss_chart(record["loss_curve"])
    except DAMAGED:
        return "assets/cifar/model.json is missing or damaged.", None


def worth_value(folder: Path = ASSETS) -> tuple[str, str | None]:
    """What the class is worth to the networks that ship: some sentences and a chart, where it was measured."""
    try:
        record = json.loads((folder / "class_worth.json").read_text(encoding="utf-8"))
        low, most, mine = record["lam"][0], log(len(CLASSES)), record["rows"][0]
        total, below = sum(mine["nats"]), mine["nats_below"]
        words = (
            f"**What the class is worth to it.** With its class it explains an image better: on {record['n']:,} test "
            f"images by {total:.1f} ± {mine['nats_se']:.1f} nats, {below:.1f} ± {mine['nats_below_se']:.1f} of them at "
            f"lam < {record['between']:g}, "
            f"in noise that hides the class, {total - below:.1f} where z shows it. A class can tell "
            f"ln {len(CLASSES)} = {most:.2f} nats at most."
        )
        if total - 2 * mine["nats_se"] > most:
            words += (
                " The rest is no knowledge of the class: without one it is the worse network, since "
                f"{1 - mine['p_uncond']:.0%} of its training told it the class. Guidance follows the difference of the "
                "two, so it also leads away from the worse network, as autoguidance does: one reason why it helps a "
                "weak model more."
            )
        lams = [low + i for i in range(len(mine["nats"]) + 1)]
        sums = {f"{row['images_seen']:,} images seen": [0.0, *accumulate(row["nats"])] for row in record["rows"]}
        return words, worth_chart(lams, sums, most)
    except DAMAGED:
        return "assets/cifar/class_worth.json is missing or damaged.", None
