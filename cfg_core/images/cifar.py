"""CIFAR-10: the data set in its official layout."""

from __future__ import annotations

import hashlib
import pickle
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
MD5 = "c58f30108f718f92721af3b95e74349a"  # printed on the data set's page
FOLDER = "cifar-10-batches-py"


def load(root: Path | str, split: str = "train") -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images [N, 3, 32, 32] uint8 and labels [N] of the official folder `cifar-10-batches-py` under `root`.

    `split` is "train" (50 000) or "test" (10 000). Raises FileNotFoundError naming the file that is missing, ValueError
    naming the one that is damaged.
    """
    names = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    if split not in names:
        raise ValueError("split must be 'train' or 'test'")
    images, labels = [], []
    for name in names[split]:
        path = Path(root) / FOLDER / name
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is missing: `python -m cfg_core.commands.download {root}` downloads the data set"
            )
        try:
            with open(path, "rb") as f:
                batch = pickle.load(f, encoding="bytes")  # the official files are pickles; the archive is checked first
            images.append(np.asarray(batch[b"data"], dtype=np.uint8).reshape(-1, 3, 32, 32))
            labels.append(np.asarray(batch[b"labels"], dtype=np.int64))
        except (pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError) as problem:
            raise ValueError(f"{path} is damaged ({type(problem).__name__}): delete it and download again") from problem
    return np.concatenate(images), np.concatenate(labels)


def download(root: Path | str) -> Path:
    """Fetch and unpack the official archive under `root`, checked by its MD5; returns the data folder.

    Raises ConnectionError where there is no network and ValueError where the checksum differs.
    """
    folder = Path(root) / FOLDER
    if (folder / "test_batch").exists():
        return folder
    Path(root).mkdir(parents=True, exist_ok=True)
    archive = Path(root) / "cifar-10-python.tar.gz"
    if not archive.exists():
        part = archive.with_suffix(".part")
        try:
            urllib.request.urlretrieve(URL, part)
        except (urllib.error.URLError, OSError) as error:
            raise ConnectionError(
                f"{URL} cannot be reached ({error}). Put the official {archive.name} or its folder {FOLDER} in {root}."
            ) from error
        part.replace(archive)
    digest = hashlib.md5(archive.read_bytes()).hexdigest()
    if digest != MD5:
        raise ValueError(f"{archive} has MD5 {digest}, not {MD5}: delete it and try again")
    with tarfile.open(archive) as tar:
        tar.extractall(root, filter="data")
    return folder
