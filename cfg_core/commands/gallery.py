"""`python -m cfg_core.commands.gallery`: the pictures that the CIFAR-10 tab shows before anyone waits for the network.

For each class the same noises at each w, one lossless WebP per class: a row is a noise, a column a value of w. Beside
them gallery.json: seed, values of w, the weights' SHA-256, and what our classifier says of each picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from cfg_core.commands.options import SEED
from cfg_core.images.cifar import CLASSES
from cfg_core.images.judge import judge
from cfg_core.images.pretrained import (
    ASSETS,
    LAM_RANGE,
    image_noise,
    load_classifier,
    load_model,
    sample_images,
    to_uint8,
)
from cfg_core.nets.weights import AssetError, read_record, sha256
from cfg_core.samplers import final

W = tuple(float(w) for w in np.arange(-1, 8.01, 0.5))
NOISES, STEPS, SAMPLER = 12, 12, "dpmpp_2m"  # a choice, as the app samples live; `evaluate --quick` has others


def sprite(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Tiles [rows, columns, h, w, 3] side by side: [rows h, columns w, 3]."""
    rows, columns, h, w, _ = tiles.shape
    return tiles.transpose(0, 2, 1, 3, 4).reshape(rows * h, columns * w, 3)


def tiles(sheet: NDArray[np.uint8], size: int = 32) -> NDArray[np.uint8]:
    """The inverse of `sprite` for square tiles: [rows, columns, size, size, 3]."""
    h, w, _ = sheet.shape
    return sheet.reshape(h // size, size, w // size, size, 3).transpose(0, 2, 1, 3, 4)


def pictures(model: Any, c: int, seed: int, ws: tuple[float, ...], noises: int) -> torch.Tensor:
    """Class c from `noises` noises of the seed at each w: [noises, w, 3, 32, 32] in [-1, 1]."""
    start = image_noise(noises, seed)
    runs = (sample_images(model, [c] * noises, w, seed, steps=STEPS, sampler=SAMPLER, start=start) for w in ws)
    return torch.stack([final(run).float().cpu() for run in runs], dim=1)


def make(folder: Path, seed: int, ws: tuple[float, ...] = W, noises: int = NOISES) -> Iterator[str]:
    """Write gallery/<class>.webp and gallery.json into the folder, yielding each class done.

    Raises AssetError naming a weight file that is missing or damaged.
    """
    model, classifier = load_model(folder), load_classifier(folder)
    out = folder / "gallery"
    out.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {
        "command": f"python -m cfg_core.commands.gallery --seed {seed}",
        "seed": seed,
        "w": list(ws),
        "noises": noises,
        "sampler": SAMPLER,
        "steps": STEPS,
        "lam_range": list(LAM_RANGE),
        "model_sha256": sha256(folder / "model.safetensors"),
        "classifier_sha256": sha256(folder / "classifier.safetensors"),
        "images_seen": read_record(folder / "model.json")["images_seen"],
        "classes": {},
    }
    for c, name in enumerate(CLASSES):
        x = pictures(model, c, seed, ws, noises)
        sheet = sprite(np.stack([to_uint8(row) for row in x]))
        Image.fromarray(sheet).save(out / f"{name}.webp", lossless=True, quality=100, method=6)
        record["classes"][name] = said(classifier, x, c)
        yield name
    (out / "gallery.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")


def said(classifier: Any, x: torch.Tensor, c: int) -> dict[str, Any]:
    """What the classifier says of x [noises, w, 3, 32, 32]: means for each w, and each picture's confidence."""
    verdicts = [judge(classifier, column, np.full(len(x), c)) for column in x.unbind(1)]
    return {
        "confidence": [round(float(v.confidence.mean()), 4) for v in verdicts],
        "accuracy": [round(float(v.correct.mean()), 4) for v in verdicts],
        "distance": [round(float(v.distance() or 0.0), 4) for v in verdicts],
        "each": [[round(float(p), 3) for p in v.confidence] for v in verdicts],  # [w][noise]
    }


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="python -m cfg_core.commands.gallery", description=__doc__)
    p.add_argument("--assets", type=Path, default=ASSETS, help="folder with the weights; gallery/ goes there")
    p.add_argument("--seed", type=SEED, default=0)
    args = p.parse_args(argv)
    try:
        for name in make(args.assets, args.seed):
            print(name, flush=True)
    except AssetError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
