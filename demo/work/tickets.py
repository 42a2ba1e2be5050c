"""Of a visitor's requests the newest counts; of all visitors so many at a time have a seat."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from cachetools import LRUCache

SESSIONS = 2000  # whose latest request is remembered


class Tickets:
    """The latest request of each session: an older one sees that it was replaced, and stops."""

    def __init__(self) -> None:
        self._latest: LRUCache[str, int] = LRUCache(SESSIONS)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def take(self, session: str | None) -> int:
        """Make a new request the latest of its session; returns its number."""
        with self._lock:
            mine = next(self._numbers)
            if session is not None:
                self._latest[session] = mine
        return mine

    def wanted(self, session: str | None, number: Any = "") -> Callable[[], bool]:
        """A function that says whether the request of this number is still its session's latest.

        What has no number becomes the latest now. Without a session nothing is replaced.
        """
        if session is None:
            return lambda: True
        mine = int(number) if str(number).isdecimal() else self.take(session)
        return lambda: self._is_latest(session, mine)

    def _is_latest(self, session: str, number: int) -> bool:
        with self._lock:
            return self._latest.get(session) == number

    def __len__(self) -> int:
        return len(self._latest)


class Seats:
    """So many at once, and nobody waits: who finds none is told so."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._numbers, self._taken = itertools.count(1), set[int]()
        self._lock = threading.Lock()

    def take(self) -> int | None:
        """The number under which one sits, or None where all seats are taken."""
        with self._lock:
            if len(self._taken) >= self.most:
                return None
            number = next(self._numbers)
            self._taken.add(number)
            return number

    def leave(self, number: int) -> None:
        with self._lock:
            self._taken.discard(number)

    def __len__(self) -> int:
        return len(self._taken)
