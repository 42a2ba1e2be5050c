"""What the training images look like: as they are where the data set is there, else as the thumbnails that ship."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cfg_core.files import short_name
from cfg_core.images import cifar
from cfg_core.images.shipped import ASSETS
from cfg_core.nets.weights import AssetError

SHEET, TILE, COLUMNS = "nearest.webp", 16, 224  # 224 x 224 tiles hold all 50 000


def thumbnails(images: NDArray[np.uint8], folder: Path, quality: int) -> Path:
    """Write images [N, 3, 32, 32] as one sheet of tiles of half their size; returns the file."""
    half = images.astype(np.float32).reshape(len(images), 3, TILE, 2, TILE, 2).mean((3, 5)).round().astype(np.uint8)
    tiles = np.zeros((-(-len(half) // COLUMNS) * COLUMNS, TILE, TILE, 3), dtype=np.uint8)
    tiles[: len(half)] = half.transpose(0, 2, 3, 1)
    rows = tiles.reshape(-1, COLUMNS, TILE, TILE, 3).transpose(0, 2, 1, 3, 4)
    sheet = rows.reshape(-1, COLUMNS * TILE, 3)
    Image.fromarray(sheet).save(folder / SHEET, quality=quality, method=6)
    return folder / SHEET


def training_images(
    ids: Sequence[int], folder: Path = ASSETS, data: Path = Path("data")
) -> tuple[NDArray[np.uint8], bool]:
    """Training images [k, h, w, 3] by their numbers, and whether they are the real ones (32 pixels) of `data`.

    Without them the folder's thumbnails (16 pixels). Raises AssetError naming the file that is missing or damaged.
    """
    if (data / cifar.FOLDER).is_dir():
        try:
            return cifar.load(data, "train")[0][list(ids)].transpose(0, 2, 3, 1), True
        except (OSError, ValueError, IndexError) as problem:
            raise AssetError(str(problem)) from problem
    path = folder / SHEET
    try:
        with Image.open(path) as sheet:
            at = [(i % COLUMNS * TILE, i // COLUMNS * TILE) for i in ids]
            whole = sheet.convert("RGB")
            if any(x + TILE > whole.width or y + TILE > whole.height for x, y in at):
                raise ValueError("too small")
            return np.stack([np.asarray(whole.crop((x, y, x + TILE, y + TILE))) for x, y in at]), False
    except (OSError, ValueError, UnidentifiedImageError) as problem:
        raise AssetError(f"{short_name(path)} is missing or damaged ({type(problem).__name__})") from problem
