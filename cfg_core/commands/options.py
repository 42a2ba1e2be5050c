"""What an option of a command may be: outside it is refused in the option's name, before any work."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def number(low: float, high: float, *, ends: str = "[]") -> Callable[[str], float]:
    """A number between these; `ends` says which of them belong to it, as "(]" does."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        above = value > low if ends[0] == "(" else value >= low
        if not (above and (value < high if ends[1] == ")" else value <= high)):  # as NaN is not
            raise argparse.ArgumentTypeError(f"must be a number in {ends[0]}{low:g}, {high:g}{ends[1]}, not {text}")
        return value

    return read


def whole(low: int, high: int, *, of: int = 1) -> Callable[[str], int]:
    """A whole number in [low, high], a multiple of `of`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high or value % of:
            kind = "whole number" if of == 1 else f"multiple of {of}"
            raise argparse.ArgumentTypeError(f"must be a {kind} in [{low}, {high}], not {text}")
        return value

    return read


def file(text: str) -> Path:
    """A file that is there."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


SEED = whole(0, 2**32 - 1)
WEIGHT = number(-10, 1000)  # w
MANY = whole(1, 10**12)
EMA = whole(0, 9)  # the position of a weight average
STEPS = whole(1, 200)  # of sampling
