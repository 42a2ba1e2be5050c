"""Is a picture a copy? Its nearest training images, and how near real images lie that no network has seen."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import ASSETS
from demo.scene import TALL, Scene, axis, line, picture_panel, pictures
from demo.sweep import Sweep
from demo.view import packed
from demo.views.cifar import live
from demo.views.cifar.settings import Cifar
from demo.views.workers import IMAGES
from demo.work import crew

NEIGHBOURS = 4
SIDE = 32  # pixels of a picture
SUSPICIOUS = 1  # per cent of test images
NOTHING: Scene = {"panels": [], "caption": ["No picture has been looked for yet."], "alt": "No picture yet.",
                  "coords": {}, "sliders": {}}  # fmt: skip
UNASKED = packed(Sweep({}, {}), NOTHING)  # what the stage shows before the button is pressed


def asked(pixels: Any, name: Any, w: Any) -> tuple[bytes, str, float]:
    """A marked picture as the page sends it, checked: RGB bytes in base64, the class, w. Raises ValueError."""
    if name not in CLASSES:
        raise ValueError(f"the class must be one of {', '.join(CLASSES)}")
    weight = Cifar.fields()["w"].check(w)
    longest = 4 * (3 * SIDE * SIDE // 3)
    try:
        if not isinstance(pixels, str) or len(pixels) > longest:
            raise ValueError
        raw = base64.b64decode(pixels, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != 3 * SIDE * SIDE:
        raise ValueError(f"the picture must be {SIDE} x {SIDE} pixels of red, green and blue: mark one of the wall")
    return raw, name, weight


def alike(pixels: Any, name: Any, w: Any) -> str:
    """The stage's value for a marked picture, from the worker of images where there is one. Raises ValueError."""
    given = asked(pixels, name, w)
    return IMAGES.ask("alike", *given) if crew.working() else found(*given)


@lru_cache(maxsize=1)
def _index() -> tuple[Any, dict[str, Any]]:
    from cfg_core.images.nearest.index import index_record, load_index

    return load_index(ASSETS), index_record(ASSETS)


def found(raw: bytes, name: str, w: float) -> str:
    """The stage's value: the picture, its nearest training images, and its distance among those of test images.

    Raises ValueError naming a file that is missing, damaged or of another classifier.
    """
    from cfg_core.images.nearest.shown import training_images
    from cfg_core.nets.weights import AssetError

    picture = np.frombuffer(raw, dtype=np.uint8).reshape(SIDE, SIDE, 3)
    try:
        index, record = _index()
        features = live.aside(_features, picture, CLASSES.index(name))
        ids, distances = index.search(features, NEIGHBOURS)
        near, real = training_images(ids[0].tolist(), ASSETS)
    except AssetError as problem:
        raise ValueError(str(problem)) from problem
    classes, words = [CLASSES[index.labels[i]] for i in ids[0]], [f"{d:.1f}" for d in distances[0]]
    scale = SIDE // near.shape[1]
    tiles = np.stack([picture, *near.repeat(scale, 1).repeat(scale, 2)])
    return packed(*_drawn(tiles, classes, words, real, record, name, w))


def _features(picture: NDArray[np.uint8], c: int) -> NDArray[np.float64]:
    from cfg_core.images.judge import from_uint8, judge

    x = from_uint8(np.ascontiguousarray(picture.transpose(2, 0, 1))[None])
    return judge(live.networks()[1], x, np.array([c])).features


def _drawn(
    tiles: NDArray[np.uint8],
    classes: list[str],
    words: list[str],
    real: bool,
    record: dict[str, Any],
    name: str,
    w: float,
) -> tuple[Sweep, Scene]:
    from cfg_core.images.nearest.index import share_nearer

    test, percent = np.array(record["test_distance"][name]), np.array(record["percent"], dtype=float)
    distance = float(words[0])  # as it is said
    share = share_nearer(record, name, distance)
    sweep = Sweep(
        {},
        {"tiles": (np.arange(len(tiles), dtype=float), ("place",)),
         "test": (np.stack([test, percent], axis=-1), ("point", "xy")),
         "here": (np.array([distance, 100 * share]), ("xy",))},
    )  # fmt: skip
    sheet: Any = {"sheet": live.sheet_of(tiles), "file": "the answer", "tile": SIDE, "columns": len(tiles)}
    top = 1.05 * max(float(test.max()), distance)
    shown = "the training images themselves, from data/" if real else "thumbnails of them, half as fine"
    verdict = (
        f"Fewer than {SUSPICIOUS} % do: compare the two pictures."
        if 100 * share < SUSPICIOUS
        else "So it lies no nearer than real images do that were never trained on."
    )
    scene: Scene = {
        "panels": [
            {"id": "alike", "title": "Nearest training images", "source": "learned",
             **picture_panel(len(tiles), 1, TALL),
             "layers": [pictures("", "tiles", len(tiles), sheet, tall=TALL, words=["marked", *words])]},
            {"id": "distance", "title": f"How near test images lie: {name}", "source": "precomputed",
             "x": axis(0, round(top, 2), "distance to the nearest training image"), "y": axis(0, 100, "% nearer"),
             "layers": [line("test images", "test", "cond"),
                        {"type": "marker", "xy": "here", "label": "marked"}]},
        ],
        "caption": [
            f"At w = {w:g} (scale 1 + w = {1 + w:g}), the marked {name} lies {distance:.1f} from its nearest training "
            f"image ({classes[0]}); {share:.0%} of the test images of its class lie nearer to one. {verdict}",
            f"Distances are between our classifier's features, found in a small index of all {record['images']:,} "
            f"training images: the nearest of all is its first in {record['recall_at_1']:.0%} of cases and among its "
            f"first three in {record['recall_at_3']:.0%}; a training image finds itself at "
            f"{record['their_distance']:.1f}. Shown are {shown}. Shares over w are under “Spread of a class”.",
        ],
        "alt": f"The marked {name} beside its nearest training images: {', '.join(classes)}.",
        "coords": {}, "sliders": {},
    }  # fmt: skip
    return sweep, scene
