"""What the worker of images does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from demo.views.cifar import alike, live
from demo.views.cifar.settings import Cifar


def frames(wanted: Callable[[], bool], s: Cifar) -> Iterator[dict[str, Any]]:
    return live.frames(s, wanted)


def warm() -> None:
    """Load the networks, and let their first pass choose its kernels."""
    for _ in live.frames(Cifar(steps=1), lambda: True):
        pass


TASKS: dict[str, Callable[..., Any]] = {"warm": warm, "alike": alike.found}
AT_ONCE = 48
STREAMS = {"frames": frames}
