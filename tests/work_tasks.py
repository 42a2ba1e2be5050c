"""What the workers of tests/test_work.py offer."""

import os
import time
from pathlib import Path


def slow(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def dies_once(mark: str) -> int:
    """The first process that is asked ends; the next one answers."""
    if not Path(mark).exists():
        Path(mark).touch()
        os._exit(3)
    return os.getpid()


def make(view: str, index: int, kind: str, s: str) -> int:
    return dies_once(s)


def mistaken() -> None:
    raise ValueError("w must be a number")


def counting(wanted, most: int):
    for i in range(most):
        if not wanted():
            yield "stopped"
            return
        yield i
        time.sleep(0.02)


TASKS = {"slow": slow, "dies_once": dies_once, "mistaken": mistaken, "make": make}
STREAMS = {"counting": counting}
