"""Weight files: a network in half precision with a record of what made it, written and read back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from cfg_core.files import short_name


class AssetError(RuntimeError):
    """A weight file is missing or damaged; the message names it."""


def export(net: nn.Module, folder: Path, name: str, record: dict) -> dict:
    """Write `name`.safetensors (fp16) and `name`.json (what made it, with the file's SHA-256); returns the record."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.detach().contiguous() for k, v in net.state_dict().items()}
    half = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    save_file(half, folder / f"{name}.safetensors")
    record = {**record, "sha256": sha256(folder / f"{name}.safetensors")}
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    return record


def load_into(net: nn.Module, path: Path) -> None:
    """Fill the network from a .safetensors. Raises AssetError naming the file that is missing or damaged."""
    try:
        weights = {k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()}
        net.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as problem:
        raise AssetError(f"{short_name(path)} is missing or damaged ({type(problem).__name__})") from problem


def read_record(path: Path) -> dict:
    """A .json of the assets. Raises AssetError naming the file that is missing or damaged."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise AssetError(f"{short_name(path)} is missing or damaged ({type(problem).__name__})") from problem


def write_record(path: Path, record: dict) -> None:
    """Write a .json of the assets, by way of another file: a cut leaves the old one whole."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal: the name under which figures remember the weights that made them."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
