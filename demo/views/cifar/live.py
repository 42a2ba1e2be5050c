"""Live sampling of the CIFAR-10 network: frames for the wall. Torch is imported late."""

from __future__ import annotations

import base64
import io
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.guidance import RULES
from cfg_core.images.cifar import CLASSES
from demo.views.cifar.settings import Cifar
from demo.views.workers import IMAGES
from demo.work import crew
from demo.work.line import PATIENCE

EVERY = 2  # steps between two frames
COLUMNS = 16  # tiles to a row of a frame's sheet
LONGEST = 90.0  # seconds from its first preview; a run on a slow machine stops here
AN_IMAGE = 0.006  # about how many seconds of two cores a step takes of each image, on both sides together
LOOK = 0.25  # seconds between two looks at one's place in the line

_numbers = itertools.count(1)
_loading = threading.Lock()


@lru_cache(maxsize=1)
def _load() -> tuple[Any, Any, dict[str, Any]]:
    from cfg_core.images import pretrained

    record = pretrained.read_record(pretrained.ASSETS / "model.json")
    return pretrained.load_model(), pretrained.load_classifier(), record


def networks() -> tuple[Any, Any, dict[str, Any]]:
    """The model, the classifier and what made the model: loaded once for the whole process.

    Raises ValueError naming a weight file that is missing or damaged; a later call tries again.
    """
    from cfg_core.nets.weights import AssetError

    with _loading:
        try:
            return _load()
        except AssetError as problem:
            raise ValueError(str(problem)) from problem


@lru_cache(maxsize=1)
def _together() -> Any:
    """The owner of torch's threads."""
    from demo.work.together import Together

    return Together()


@lru_cache(maxsize=1)
def _asides() -> ThreadPoolExecutor:
    """Threads in which walks go on while their visitors are told where they stand."""
    return ThreadPoolExecutor(64, initializer=_together().alone)


def aside(work: Callable[..., Any], *args: Any) -> Any:
    """What `work` gives, computed in a thread of the process that has the networks: with one of torch's."""
    return _asides().submit(work, *args).result()


def warm() -> None:
    """Load the networks where they will be asked, before they are."""
    if crew.working():
        IMAGES.ask("warm")
    else:
        networks()


def drawn(s: Cifar, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """`frames`, from the worker of images where there is one."""
    return IMAGES.stream(wanted, "frames", s) if crew.working() else frames(s, wanted)


def frames(s: Cifar, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Run the network; yield frames for live_scene.py, and stop within a step once not `wanted()`.

    Every image is drawn twice from the same noise: by the rule on the left and by the rule on the right. Only what was
    sampled to the end is judged. Who has to wait for other visitors' images is told the place in the line meanwhile:
    {"kind": "place", "place": 1, 2, ...}.
    """
    if not wanted():
        return
    loaded = networks()
    turn = time.monotonic() + PATIENCE * AN_IMAGE * s.count * (s.steps + 1)
    with _together().walk(turn) as walk:
        yield from _with_places(_frames(s, wanted, walk, loaded), walk, wanted)


def _with_places(frames: Iterator[dict[str, Any]], walk: Any, wanted: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """The frames, and the walk's place each time that it changed before its turn came."""
    from demo.work.together import GaveUp

    first, told = _asides().submit(next, frames, None), 0
    while True:
        try:
            frame = first.result(LOOK)
            break
        except TimeoutError:
            place = walk.place
            if not wanted():
                walk.give_up()
            elif place != told and (place > 1 or not walk.begun):
                told = place
                yield {"kind": "place", "place": told}
        except GaveUp:
            return
    while frame is not None:
        yield frame
        frame = _asides().submit(next, frames, None).result()


def _frames(s: Cifar, wanted: Callable[[], bool], walk: Any, loaded: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    from cfg_core.images.judge import judge

    (model, classifier, record), n, classes = loaded, s.count, s.classes * 2
    frame = {
        "kind": "live", "id": next(_numbers), "steps": s.steps, "w": s.w, "columns": min(COLUMNS, 2 * n),
        "names": [CLASSES[c] for c in s.classes], "mark": "learned", "source": source(record, s), **_titles(s),
    }  # fmt: skip
    began = first = time.monotonic()
    for i, x in enumerate(_both_sides(model, walk, s)):
        if i == 0:
            first = time.monotonic()
        if i == s.steps:
            verdict, half = judge(classifier, x.float().cpu(), np.array(classes)), np.arange(n)
            yield {
                **frame, "step": i, "state": "done", "src": _sheet(x),
                "each": [round(float(p), 3) for p in verdict.confidence],
                "numbers": {"zero": _said(verdict.take(half)), "at": _said(verdict.take(half + n))},
                "seconds": round(time.monotonic() - began, 2),
            }  # fmt: skip
            return
        if not wanted() or time.monotonic() - first > LONGEST:
            yield {**frame, "step": i, "state": "stopped", "src": _sheet(x)}
            return
        if i % EVERY == 0:
            yield {**frame, "step": i, "state": "running", "src": _sheet(x)}


def _both_sides(model: Any, walk: Any, s: Cifar) -> Iterator[Any]:
    """The predicted pictures of both rules after each step, the left ones first: [2 n, 3, 32, 32]."""
    import torch

    from cfg_core.images.pretrained import sample_images

    mine = walk.model(model)
    runs = [
        sample_images(mine, s.classes, s.w, s.seed, steps=s.steps, rule=rule, params=params) for rule, params in s.sides
    ]
    while True:
        steps = walk.side_by_side([partial(next, run, None) for run in runs])
        if steps[0] is None:
            return
        yield torch.cat([step.x for step in steps])


def _titles(s: Cifar) -> dict[str, Any]:
    """What stands over each side, in words; "none" is w = 0 of any rule."""
    beside, rule = RULES[s.beside].title, RULES[s.rule].title
    plain = s.beside == "none"
    return {
        "beside": {"w": 0.0 if plain else s.w, "rule": "no guidance" if plain else beside},
        "rule": "" if plain and s.rule == "cfg" else rule,
        "against": "at w = 0" if plain else f"by {beside}",
    }


def source(record: dict[str, Any], s: Cifar) -> str:
    """Where the pictures come from, in one line."""
    return (
        f"Sampled now by this repository's own network ({record['parameters'] / 1e6:.1f} M parameters, "
        f"{record['images_seen']:,} training images seen): seed {s.seed}, DPM-Solver++(2M), "
        f"{s.steps} steps. Not photographs."
    )


def _said(verdict: Any) -> dict[str, float | None]:
    return {
        "confidence": float(verdict.confidence.mean()),
        "accuracy": float(verdict.correct.mean()),
        "distance": verdict.distance(),
    }


def _sheet(x: Any) -> str:
    from cfg_core.images.pretrained import to_uint8

    return sheet_of(to_uint8(x))


def sheet_of(pictures: NDArray[np.uint8]) -> str:
    """A sprite sheet of pictures [N, 32, 32, 3], up to `COLUMNS` to a row, as the address of a PNG."""
    from PIL import Image

    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = np.zeros((rows * columns, 32, 32, 3), dtype=np.uint8)
    sheet[: len(pictures)] = pictures
    tiled = sheet.reshape(rows, columns, 32, 32, 3).transpose(0, 2, 1, 3, 4)
    buffer = io.BytesIO()
    Image.fromarray(tiled.reshape(rows * 32, columns * 32, 3)).save(buffer, format="PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
