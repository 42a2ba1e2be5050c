"""Who is training what: one network a visitor, a few running at once, each for a bounded time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

VISITORS = 60  # whose networks are kept
RUNNING = 2  # trainings at once
LONGEST = 120.0  # seconds between Start and an automatic pause
FIRST, EVERY = 0.3, 0.7  # seconds of training before the first picture, and at least between two
LOOKING = 2.0  # train at least this many times as long as the last picture took to compute


class Room:
    """One visitor's: the network, its exact counterpart, the points, and the class that is looked at."""

    def __init__(self) -> None:
        self.session: Any = None  # cfg_core.sweeps.training.Session
        self.truth: Any = None
        self.points: Any = None  # cfg_core.fit.Points, where the visitor has some
        self.drawn: list[tuple[float, float, str]] = []
        self.shown = False  # whether the network is on screen, and not a bundled one
        self.run = 0  # the number of the present run; 0 when it does not
        self.class_name = "A"


class Rooms:
    """Rooms by session, none seen by another; the longest unused ones are forgotten."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._lock = threading.Lock()
        self._runs = 0
        self._active: set[int] = set()

    def of(self, session: str | None) -> Room:
        """This session's room, made when first asked for; a stranger without a session gets one that is not kept."""
        if not session:
            return Room()
        with self._lock:
            room = self._rooms.setdefault(session, Room())
            self._rooms.move_to_end(session)
            for name in [n for n, r in self._rooms.items() if not r.run][: max(0, len(self._rooms) - VISITORS)]:
                if self._rooms[name] is not room:
                    del self._rooms[name]
        return room

    @property
    def running(self) -> int:
        with self._lock:
            return len(self._active)

    def enter(self, room: Room) -> int:
        """Start a run; returns its number. Raises ValueError where this room or too many others run already."""
        with self._lock:
            if room.run:
                raise ValueError("this network is training already")
            if len(self._active) >= RUNNING:
                raise ValueError(f"{RUNNING} networks are training on this server now: try again in a minute")
            self._runs += 1
            room.run = self._runs
            self._active.add(room.run)
            return room.run

    def leave(self, room: Room, run: int) -> None:
        with self._lock:
            self._active.discard(run)
            if room.run == run:
                room.run = 0


def pictures(room: Room, run: int, session: Any, began: float | None = None) -> Iterator[str]:
    """Train `session` until done, paused (room.run or network is another) or out of time, stopping for each picture.

    Yields "running" where one is due and at last "done", "paused" or "out of time". The caller computes the picture
    before it asks for the next, so the time that takes is known here.
    """
    began = time.monotonic() if began is None else began
    slice_ = FIRST

    def going() -> bool:
        return room.run == run and room.session is session

    while True:
        until = time.monotonic() + slice_
        while going() and not session.done and (left := until - time.monotonic()) > 0:
            session.advance(10**6, min(left, 0.25))
        if session.done or not going() or time.monotonic() - began > LONGEST:
            yield "done" if session.done else "out of time" if going() else "paused"
            return
        looked = time.monotonic()
        yield "running"
        slice_ = max(EVERY, LOOKING * (time.monotonic() - looked))
