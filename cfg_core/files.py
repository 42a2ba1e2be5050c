"""Where the data files are: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("cfg_core")))
ASSETS = PACKAGE / "assets" if (PACKAGE / "assets").is_dir() else PACKAGE.parent / "assets"


def short_name(path: Path) -> str:
    """As a reader of the repository knows a file of the assets; another as it is."""
    return f"assets/{path.relative_to(ASSETS).as_posix()}" if path.is_relative_to(ASSETS) else str(path)
