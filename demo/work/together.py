"""One network for several walks at a time: the images of all who wait share its passes, by one owner of the threads.

As many lanes as there are cores, each a thread that computes with one thread of torch's: a pass is split between lanes
that have nothing to do, and filled up with other walks' images where many wait. Lanes meet once a pass and not once an
operation, which on busy cores is several times faster than torch's own threads and on quiet ones as fast.
"""

from __future__ import annotations

import copy
import itertools
import math
import os
import threading
from bisect import insort
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from cfg_core.nets.network import Network, NoisedClassifier

T = TypeVar("T")
Passing = Network | NoisedClassifier  # what has passes
MOST, LEAST = 48, 4  # images of one pass of a lane: more gain little, fewer are not worth a lane's while


class GaveUp(RuntimeError):
    """A walk left the line before it was its turn."""


@dataclass(eq=False)
class _Pass:
    """Images [n, ...] that wait for one pass: `taken` of them were given to lanes, `left` have no answer yet."""

    walk: Walk
    model: Passing
    points: Tensor
    lams: Tensor
    c: Tensor
    out: Tensor
    taken: int = 0
    left: int = 0
    problem: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False)
class Walk:
    """One visitor's images: their place in the line, and the passes that they wait for."""

    together: Together
    key: tuple[float, int]
    at_once: int = 1  # walks of its own that go side by side and wait for one another
    waiting: list[_Pass] = field(default_factory=list)
    begun: bool = False  # whether any of its images had a pass

    def __lt__(self, other: Walk) -> bool:
        return self.key < other.key

    @property
    def place(self) -> int:
        """1 for who is served first."""
        return self.together.place(self)

    def model(self, of: Passing) -> Any:
        """The same network, and those beside it, for this walk: its passes are made together with those of others."""
        mine = copy.copy(of)
        mine.passed = partial(self.together.passed, self, of)  # type: ignore[method-assign]
        for name in ("worse", "classifier"):
            if getattr(of, name, None) is not None:
                setattr(mine, name, self.model(getattr(of, name)))
        return mine

    def give_up(self) -> None:
        """Where none of its images had a pass yet, what it waits for raises GaveUp."""
        self.together.give_up(self)

    def side_by_side(self, steps: list[Callable[[], T]]) -> list[T]:
        """The results of all, each called in a thread of its own; their passes are made together."""
        return self.together.side_by_side(self, steps)


class Together:
    """The lanes, started when first needed. Safe to use from many threads."""

    def __init__(self, lanes: int | None = None) -> None:
        self.lanes = lanes or (1 if torch.cuda.is_available() else os.cpu_count() or 1)
        self._line: list[Walk] = []
        self._changed = threading.Condition()
        self._busy, self._started = 0, False
        self._numbers = itertools.count()
        self._sides = ThreadPoolExecutor(64, initializer=self.alone)

    @contextmanager
    def walk(self, turn: float) -> Iterator[Walk]:
        """A place in the line; who has the least `turn` is served first, of equals who came first."""
        with self._changed:
            if not self._started:
                self._started = True
                for _ in range(self.lanes):
                    threading.Thread(target=self._lane, daemon=True).start()
            walk = Walk(self, (turn, next(self._numbers)))
            insort(self._line, walk)
        try:
            yield walk
        finally:
            with self._changed:
                self._line.remove(walk)

    def place(self, walk: Walk) -> int:
        with self._changed:
            return self._line.index(walk) + 1

    def side_by_side(self, walk: Walk, steps: list[Callable[[], T]]) -> list[T]:
        def run(step: Callable[[], T]) -> T:
            try:
                return step()
            finally:
                with self._changed:
                    walk.at_once -= 1
                    self._changed.notify_all()

        with self._changed:
            walk.at_once = len(steps)
        try:
            return [one.result() for one in [self._sides.submit(run, step) for step in steps]]
        finally:
            walk.at_once = 1

    def passed(self, walk: Walk, model: Passing, points: Tensor, lams: Tensor, c: Tensor) -> Tensor:
        """What the model's own `passed` gives, when it is the walk's turn."""
        mine = _Pass(walk, model, points, lams, c, torch.empty_like(points), left=len(points))
        with self._changed:
            walk.waiting.append(mine)
            self._changed.notify_all()
        mine.done.wait()
        if mine.problem is not None:
            raise mine.problem
        return mine.out

    def give_up(self, walk: Walk) -> None:
        with self._changed:
            for one in list(walk.waiting) if not walk.begun else ():
                one.problem = GaveUp()
                self._end(one)

    def _end(self, one: _Pass) -> None:
        one.walk.waiting.remove(one)
        one.done.set()

    def alone(self) -> None:
        """Let the thread that calls this compute with no other threads' help: the lanes are there for that."""
        if self.lanes > 1:
            torch.set_num_threads(1)

    # ---- a lane ------------------------------------------------------------------------------------------------------

    def _lane(self) -> None:
        self.alone()
        while True:
            with self._changed:
                self._changed.wait_for(self._ready)
                parts = self._take()
                self._busy += 1
            out: Tensor | Exception
            try:
                joined = (torch.cat([getattr(one, x)[a:b] for one, a, b in parts]) for x in ("points", "lams", "c"))
                out = parts[0][0].model.passed(*joined)
            except Exception as problem:  # whoever waits is told, and the lane goes on
                out = problem
            with self._changed:
                self._busy -= 1
                self._hand_out(parts, out)

    def _ready(self) -> list[_Pass]:
        """What waits for a lane, in order: of a walk whose walks go side by side once all of them wait."""
        return [
            one
            for walk in self._line
            if len(walk.waiting) >= walk.at_once
            for one in walk.waiting
            if one.taken < len(one.points)
        ]

    def _take(self) -> list[tuple[_Pass, int, int]]:
        """The images of the next pass of a lane: of each pass those from .. to. All are of one network."""
        ready = self._ready()
        ready = [one for one in ready if one.model is ready[0].model]
        some = sum(len(one.points) - one.taken for one in ready)
        room = min(MOST, max(LEAST, math.ceil(some / (self.lanes - self._busy))))
        parts = []
        for one in ready:
            to = min(len(one.points), one.taken + room)
            if to > one.taken:
                parts.append((one, one.taken, to))
                room -= to - one.taken
                one.taken, one.walk.begun = to, True
        return parts

    def _hand_out(self, parts: list[tuple[_Pass, int, int]], out: Tensor | Exception) -> None:
        at = 0
        for one, a, b in parts:
            if isinstance(out, Exception):
                one.problem, one.taken, one.left = out, len(one.points), 0
            else:
                one.out[a:b] = out[at : at + b - a]
                one.left -= b - a
            at += b - a
            if one.left <= 0 and one in one.walk.waiting:
                self._end(one)
