"""The words on the page: one Markdown file each, so that they can be edited without touching code."""

from functools import cache
from pathlib import Path


@cache
def text(name: str) -> str:
    """The contents of texts/<name>.md."""
    return (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
