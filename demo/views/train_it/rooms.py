"""Who is training what: one network a visitor, a few running at once, each for a bounded time."""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cfg_core.fit import Points
from demo.views.train_it.settings import TrainIt
from demo.views.workers import NETWORKS
from demo.work.limits import TRAINING
from demo.work.tickets import Seats

VISITORS = 60  # whose networks are kept
LONGEST = 120.0  # seconds between Start and an automatic pause
FIRST, EVERY = 0.3, 0.7  # seconds of training before the first picture, and at least between two
LOOKING = 2.0  # train at least this many times as long as the last picture took to compute

_numbers = itertools.count(1)


class Network:
    """A network in the worker, forgotten there when nobody here holds it any more."""

    def __init__(self, settings: TrainIt, points: Points | None = None) -> None:
        self.settings, self.points, self.number = settings.network, points, next(_numbers)
        self.exact_side: tuple[str, ...] = NETWORKS.ask("begin", self.number, self.settings, points)
        self.steps, self.done = 0, False
        weakref.finalize(self, _forget, self.number)

    def advance(self, steps: int, seconds: float) -> None:
        self.steps, self.done = NETWORKS.ask("advance", self.number, steps, seconds)


def _forget(number: int) -> None:
    """Tell the worker, without waiting for it."""
    if NETWORKS.pid is not None:
        threading.Thread(target=NETWORKS.ask, args=("forget", number), daemon=True).start()


@dataclass(frozen=True)
class State:
    """One visitor's: the network (with its points and exact side), points of one's own, what is looked at."""

    network: Network | None = None
    points: Points | None = None
    drawn: tuple[tuple[float, float, str], ...] = ()
    shown: bool = False  # whether the network is on screen, and not one trained beforehand
    run: int = 0  # the number of the present run; 0 when it does not
    letter: str = "A"  # the class that is looked at


class Room:
    """A visitor's state, replaced as a whole: who reads it reads one moment."""

    def __init__(self) -> None:
        self.state = State()
        self.lock = threading.RLock()

    def change(self, **fields: Any) -> State:
        """The state with these fields; returns it."""
        with self.lock:
            self.state = replace(self.state, **fields)
            return self.state


class Rooms:
    """Rooms by session, none seen by another; the longest unused ones are forgotten."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._lock = threading.Lock()
        self.running = Seats(TRAINING)

    def of(self, session: str | None) -> Room:
        """This session's room, made when first asked for; a stranger without a session gets one that is not kept."""
        if not session:
            return Room()
        with self._lock:
            room = self._rooms.setdefault(session, Room())
            self._rooms.move_to_end(session)
            idle = [name for name, other in self._rooms.items() if not other.state.run and other is not room]
            for name in idle[: max(0, len(self._rooms) - VISITORS)]:
                del self._rooms[name]
        return room

    def enter(self, room: Room) -> int:
        """Start a run; returns its number. Raises ValueError where this room or too many others run already."""
        with room.lock:
            if room.state.run:
                raise ValueError("this network is training already")
            run = self.running.take()
            if run is None:
                raise ValueError(f"{TRAINING} networks are training on this server now: try again in a minute")
            room.change(run=run)
            return run

    def leave(self, room: Room, run: int) -> None:
        with room.lock:
            self.running.leave(run)
            if room.state.run == run:
                room.change(run=0)


def pictures(room: Room, run: int, network: Network, began: float | None = None) -> Iterator[str]:
    """Train until done, paused (the room's run or network is another) or out of time, stopping for each picture.

    Yields "running" where one is due and at last "done", "paused" or "out of time". The caller computes the picture
    before it asks for the next, so the time that takes is known here.
    """
    began = time.monotonic() if began is None else began
    slice_ = FIRST

    def going() -> bool:
        state = room.state
        return state.run == run and state.network is network

    while True:
        until = time.monotonic() + slice_
        while going() and not network.done and (left := until - time.monotonic()) > 0:
            network.advance(10**6, min(left, 0.25))
        if network.done or not going() or time.monotonic() - began > LONGEST:
            yield "done" if network.done else "out of time" if going() else "paused"
            return
        looked = time.monotonic()
        yield "running"
        slice_ = max(EVERY, LOOKING * (time.monotonic() - looked))
