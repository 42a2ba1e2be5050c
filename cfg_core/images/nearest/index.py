"""All training images as a few bytes each, searched by distance in our classifier's features. Needs no torch."""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.files import short_name
from cfg_core.images.shipped import ASSETS
from cfg_core.nets.weights import AssetError, read_record, sha256

FILE, RECORD = "nearest.npz", "nearest.json"
LONGEST = 127  # of a whole number of one byte
BLOCK, ASKED = 10_000, 256  # images compared at a time, and with how many

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Index:
    """N images as whole numbers [N, D] of `step` along the D principal directions `basis` [256, D] about `mean` [256].

    `labels` [N] are their classes. `rounding` is the mean square of what the whole numbers leave out within those
    directions.
    """

    mean: Floats
    basis: Floats
    codes: NDArray[np.int8]
    labels: NDArray[np.uint8]
    step: float
    rounding: float

    @classmethod
    def of(cls, features: NDArray[Any], labels: NDArray[Any], dims: int, step: float) -> Index:
        """The index of features [N, 256] of images of the classes `labels` [N].

        It keeps the `dims` directions of largest variance, rounded to multiples of `step`.
        """
        mean = features.mean(0).astype(np.float32)
        _, vectors = np.linalg.eigh(np.cov(features.astype(np.float64), rowvar=False))
        basis = vectors[:, ::-1][:, :dims].astype(np.float16).astype(np.float32)  # as the file holds it
        along = (features.astype(np.float32) - mean) @ basis
        codes = np.clip(np.rint(along / step), -LONGEST, LONGEST).astype(np.int8)
        rounding = ((along - codes * np.float32(step)) ** 2).sum(1).mean()
        return cls(mean, basis, codes, labels.astype(np.uint8), step, float(rounding))

    def search(self, features: NDArray[Any], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The k images nearest to each of features [M, 256], nearest first, and their distances: both [M, k].

        A distance is that between the features within the index's directions, in the units of the features; of its
        square, what rounding adds on average is taken off.
        """
        along: Floats = (np.asarray(features) - self.mean).astype(np.float32) @ self.basis  # [M, D]
        found = [self._search(along[i : i + ASKED], k) for i in range(0, len(along), ASKED)]
        ids, distances = zip(*found, strict=True)
        return np.concatenate(ids), np.concatenate(distances)

    def _search(self, along: Floats, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        squares = np.empty((len(along), len(self.codes)), dtype=np.float32)
        for i in range(0, len(self.codes), BLOCK):
            some = self.codes[i : i + BLOCK].astype(np.float32) * np.float32(self.step)
            squares[:, i : i + BLOCK] = (some**2).sum(1) - 2 * along @ some.T
        first = np.argpartition(squares, k - 1, axis=1)[:, :k]
        order = np.take_along_axis(squares, first, 1).argsort(1)
        ids = np.take_along_axis(first, order, 1)
        exact = np.take_along_axis(squares, ids, 1) + (along.astype(np.float64) ** 2).sum(1)[:, None]
        return ids, np.sqrt(np.maximum(exact - self.rounding, 0))

    def save(self, folder: Path) -> Path:
        """Write the file into the folder."""
        packed = np.frombuffer(lzma.compress(self.codes.T.tobytes()), dtype=np.uint8)
        np.savez(
            folder / FILE, mean=self.mean, basis=self.basis.astype(np.float16), codes=packed,
            shape=np.array(self.codes.shape), labels=self.labels, step=self.step, rounding=self.rounding,
        )  # fmt: skip
        return folder / FILE


def index_record(folder: Path = ASSETS) -> dict[str, Any]:
    """What made the folder's index. Raises AssetError where it is missing, damaged, or of another classifier."""
    record = read_record(folder / RECORD)
    try:
        said = str(record["classifier_sha256"])
    except (KeyError, TypeError) as problem:
        raise AssetError(f"{short_name(folder / RECORD)} is damaged ({type(problem).__name__})") from problem
    if said != sha256(folder / "classifier.safetensors"):
        raise AssetError(
            f"{short_name(folder / RECORD)} belongs to another classifier ({said[:8]}): "
            "`python -m cfg_core.commands.nearest` makes it anew"
        )
    return record


def load_index(folder: Path = ASSETS) -> Index:
    """The folder's index. Raises AssetError as `index_record` does, and where the file is missing or damaged."""
    record, path = index_record(folder), folder / FILE
    try:
        if sha256(path) != record["sha256"]:
            raise ValueError("not the file of its record")
        with np.load(path) as file:
            n, dims = (int(x) for x in file["shape"])
            codes = np.frombuffer(lzma.decompress(file["codes"].tobytes()), dtype=np.int8).reshape(dims, n)
            return Index(
                file["mean"], file["basis"].astype(np.float32), np.ascontiguousarray(codes.T), file["labels"],
                float(file["step"]), float(file["rounding"]),
            )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, lzma.LZMAError) as problem:
        raise AssetError(f"{short_name(path)} is missing or damaged ({type(problem).__name__})") from problem


def share_nearer(record: dict[str, Any], name: str, distance: float) -> float:
    """The share of the test images of that class, in [0, 1], that lie nearer to a training image than this."""
    return float(np.interp(distance, record["test_distance"][name], record["percent"]) / 100)
