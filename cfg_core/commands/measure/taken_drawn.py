"""The pictures that are looked at: for one class the same noises at each w, and other noises at w = 0."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cfg_core.images.pretrained import LAM_RANGE, image_noise, sample_images, to_uint8
from cfg_core.nets.network import Network
from cfg_core.samplers import final

W = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0)
BATCH = 50  # images sampled at a time

Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Plan:
    """How the pictures are drawn: `noises` of each class, those of `seed` at each w and those of `seed + 1` at w = 0.

    `model_sha256` names the weights. The sampler is deterministic: a picture is a function of its noise.
    """

    model_sha256: str
    w: tuple[float, ...] = W
    noises: int = 100
    seed: int = 1
    sampler: str = "dpmpp_2m"
    steps: int = 12
    lam_range: tuple[float, float] = LAM_RANGE

    @property
    def sets(self) -> dict[str, tuple[float, int]]:
        """Each set of pictures by its name: its w and the seed of its noises."""
        return {**{f"w{w:g}": (w, self.seed) for w in self.w}, "other": (0.0, self.seed + 1)}


def draw(model: Network, plan: Plan, c: int, w: float, seed: int) -> Pictures:
    """The class's pictures [noises, 32, 32, 3] at w from the noises of a seed."""
    noise = image_noise(plan.noises, seed)
    parts = []
    for i in range(0, plan.noises, BATCH):
        start = noise[i : i + BATCH]
        run = sample_images(
            model, [c] * len(start), w, seed, sampler=plan.sampler, steps=plan.steps, lam_range=plan.lam_range,
            start=start,
        )  # fmt: skip
        parts.append(to_uint8(final(run)))
    return np.concatenate(parts)


def drawn(model: Network, plan: Plan, c: int, path: Path) -> Iterator[str]:
    """Draw the plan's sets that the file `path` does not hold yet, yielding each one's name once it is there."""
    sets = kept(path, plan)
    for name, (w, seed) in plan.sets.items():
        if name not in sets:
            sets[name] = draw(model, plan, c, w, seed)
            _keep(path, plan, sets)
            yield name


def kept(path: Path, plan: Plan) -> dict[str, Pictures]:
    """The plan's sets that the file holds, by name; none where it is not there, damaged, or of another plan."""
    try:
        with np.load(path) as file:
            held = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        return {}
    same = str(held.pop("plan", "")) == _said(plan)
    shape = (plan.noises, 32, 32, 3)
    return {name: x for name, x in held.items() if same and name in plan.sets and x.shape == shape}


def _keep(path: Path, plan: Plan, sets: dict[str, Pictures]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        arrays: dict[str, Any] = {**sets, "plan": np.array(_said(plan))}
        np.savez(file, **arrays)
    part.replace(path)


def _said(plan: Plan) -> str:
    return repr(sorted(asdict(plan).items()))
