"""Captions: sentences in which numbers of the sweep stand, filled in by the browser at the live coordinates.

    {name} {name:format}        an array's first number, or a live coordinate; {s} is the scale 1 + w
    {base+w*slope:format}       base + w slope, two arrays
    [color]words[/]             words in a colour of the stage
    {name>0.01?}                at its beginning: the sentence is there only where the array's number is larger

Formats: 0% 1% (percent), 0f 1f 2f 3f 4f (decimals), 2g 3g (significant digits; 3g where none is given).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

FORMATS = ("0%", "1%", "0f", "1f", "2f", "3f", "4f", "2g", "3g")
_PIECES = re.compile(r"\{([^{}]*)\}|\[(/?\w*)\]|[{}]")
_NUMBER = re.compile(r"(\w+)(?:\+(\w+)\*(\w+))?(?::(\S+))?")
_IF = re.compile(r"\{(\w+)>\d+(?:\.\d+)?\?\}")


class Number(NamedTuple):
    """A number in a sentence: the arrays it is made of, the coordinate where it is linear in one, its format."""

    arrays: tuple[str, ...]
    by: str
    format: str


def numbers(template: str) -> Iterator[Number]:
    """The numbers of a sentence. Raises ValueError naming what is not in the language."""
    if found := _IF.match(template):
        yield Number((found[1],), "", "3g")
        template = template[found.end() :]
    for found in _PIECES.finditer(template):
        if found[1] is None:
            if found[2] is None:
                raise ValueError(f"a lone brace in {template!r}")
            continue
        parts = _NUMBER.fullmatch(found[1])
        if not parts or (parts[4] or "3g") not in FORMATS:
            raise ValueError(f"{{{found[1]}}} is no number of a caption: formats are {', '.join(FORMATS)}")
        arrays = (parts[1],) if parts[3] is None else (parts[1], parts[3])
        yield Number(arrays, parts[2] or "", parts[4] or "3g")


def colors(template: str) -> Iterator[str]:
    """The colours of a sentence. Raises ValueError where a coloured part is not ended."""
    open_ = ""
    for found in _PIECES.finditer(template):
        if found[2] is None:
            continue
        if (found[2] == "/") == (open_ == ""):
            raise ValueError(f"[{found[2]}] is out of place in {template!r}")
        open_ = "" if found[2] == "/" else found[2]
        if open_:
            yield open_
    if open_:
        raise ValueError(f"[{open_}] is not ended in {template!r}")
