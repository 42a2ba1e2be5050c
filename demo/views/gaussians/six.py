"""The six images that turn with w on the first view, cut from the gallery: `python -m demo.views.gaussians.six`."""

from __future__ import annotations

import json

from PIL import Image

from cfg_core.files import ASSETS
from demo.place import address
from demo.scene import Panel, picture_panel

GALLERY = ASSETS / "cifar" / "gallery"
SIX = {"horse": 1, "automobile": 0, "ship": 3, "dog": 2, "bird": 4, "frog": 5}  # a class, and which of its noises
SHEET, TILE = GALLERY / "six.webp", 32
ADDRESS = address(SHEET)


def main() -> None:
    """A row for each image, a column for each w of the gallery."""
    columns = len(json.loads((GALLERY / "gallery.json").read_text(encoding="utf-8"))["w"])
    out = Image.new("RGB", (columns * TILE, len(SIX) * TILE))
    for row, (name, noise) in enumerate(SIX.items()):
        with Image.open(GALLERY / f"{name}.webp") as rendered:
            box = 0, noise * TILE, columns * TILE, (noise + 1) * TILE
            out.paste(rendered.convert("RGB").crop(box), (0, row * TILE))
    out.save(SHEET, quality=92, method=6)


def panel() -> list[Panel]:
    """The same six noises at w = 0 and at the slider's w; none where the gallery is not there."""
    try:
        ws = json.loads((GALLERY / "gallery.json").read_text(encoding="utf-8"))["w"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        {"id": "six", "title": "The same with pictures: w = 0 above, your w below", "source": "precomputed",
         **picture_panel(len(SIX), 2),
         "layers": [{"type": "twins", "name": "", "sheet": ADDRESS, "tile": TILE, "ws": ws}]}
    ]  # fmt: skip


if __name__ == "__main__":
    main()
