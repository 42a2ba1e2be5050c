"""Who is served next: cheap before dear, and nobody waits for ever."""

from __future__ import annotations

import itertools
import threading
import time
from bisect import insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE = 5.0  # seconds that one may be passed by cheaper ones, for each second that one's own answer takes
DEAR = 0.5  # seconds: of several places, one is kept for what takes less


class Line(Generic[T]):
    """Places, each for one at a time, given out by when one came and what one's answer costs."""

    def __init__(self, places: Sequence[T]) -> None:
        self.places, self._free = tuple(places), list(places)
        self._dear = 0
        self._waiting: list[tuple[float, int, bool]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, cost: float) -> Iterator[T]:
        """A place, when it is one's turn; `cost` is about how many seconds one will need it."""
        mine = (time.monotonic() + PATIENCE * cost, next(self._numbers), cost > DEAR)
        with self._changed:
            insort(self._waiting, mine)
            self._changed.wait_for(lambda: self._next() is mine)
            self._waiting.remove(mine)
            here = self._free.pop()
            self._dear += mine[2]
            self._changed.notify_all()
        try:
            yield here
        finally:
            with self._changed:
                self._free.append(here)
                self._dear -= mine[2]
                self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._waiting)

    def _next(self) -> tuple[float, int, bool] | None:
        if not self._free:
            return None
        full = self._dear >= max(1, len(self.places) - 1)
        return next((one for one in self._waiting if not (one[2] and full)), None)


class Estimates:
    """About how many seconds a piece of work takes, by what kind it is and how large, learned from those before."""

    def __init__(self, first: float = 0.2) -> None:
        self.first, self._seconds = first, dict[tuple[object, ...], float]()  # of size 1

    def of(self, kind: tuple[object, ...], size: float = 1.0) -> float:
        return size * self._seconds.get(kind, self.first)

    def took(self, kind: tuple[object, ...], seconds: float, size: float = 1.0) -> None:
        new = seconds / size
        self._seconds[kind] = new if kind not in self._seconds else 0.7 * self._seconds[kind] + 0.3 * new
