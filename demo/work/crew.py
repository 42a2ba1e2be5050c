"""Where the views' values are computed: in worker processes once `start` was called, in this process until then."""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import Any, Literal, Protocol

from demo.work.line import Estimates, Line
from demo.work.worker import Gone, Worker, few_arenas

MOST = 4  # workers of sweeps: each is one core's work, and 45 MB
POINTS, STEPS = 240, 32  # of the work that counts as one, where it has points and steps

_hired: list[Worker] = []  # each for work of one kind, beside the line
_alone = Line[Worker | None]([None, None])  # without workers two threads compute, as many as it ever pays to
_line = _alone
_estimates = Estimates()
_lock = threading.Lock()


class Making(Protocol):
    """A view, as far as it matters here: who computes its values, and how."""

    @property
    def name(self) -> str: ...
    @property
    def at(self) -> Worker | Literal["sweeps", "here"]: ...
    def make(self, index: int, kind: str, s: Any) -> str: ...


def hired(module: str, nice: int) -> Worker:
    """A worker of its own for that module, ended with the others."""
    _hired.append(Worker(module, nice))
    return _hired[-1]


def start(module: str, count: int | None = None) -> None:
    """Compute sweeps in so many processes of that module: as many as there are cores where no number is given."""
    global _line
    with _lock:
        count = min(MOST, os.cpu_count() or 1) if count is None else count
        if count < 1 or _line is not _alone:
            return
        few_arenas()
        workers = [Worker(module) for _ in range(count)]
        for worker in workers:
            worker.begin()
        _line = Line(workers)
        atexit.register(stop)


def stop() -> None:
    """End all workers; what is asked from now on is computed in this process."""
    global _line
    with _lock:
        line, _line = _line, _alone
    for worker in (*line.places, *_hired):
        if worker is not None:
            worker.close()


def working() -> bool:
    """Whether there are worker processes."""
    return _line is not _alone


def made(view: Making, index: int, kind: str, s: Any) -> str:
    """`view.make(index, kind, s)`, computed where it belongs when it is its turn. Raises its ValueError, or Gone."""
    line = _line
    if view.at == "here":
        return view.make(index, kind, s)
    if isinstance(view.at, Worker) and working():
        return view.at.ask("make", view.name, index, kind, s)
    what, size = (view.name, index, kind), getattr(s, "points", POINTS) * getattr(s, "steps", STEPS) / POINTS / STEPS
    with line.place(_estimates.of(what, size)) as worker:
        began = time.monotonic()
        value = view.make(index, kind, s) if worker is None else _asked(worker, view.name, index, kind, s)
        _estimates.took(what, time.monotonic() - began, size)
    return value


def _asked(worker: Worker, *what: Any) -> str:
    try:
        return worker.ask("make", *what)
    except Gone:
        return worker.ask("make", *what)  # by the process that takes its place
