"""Where the views' values are computed: in worker processes once `start` was called, in this process until then."""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from demo.work.line import Estimates, Line
from demo.work.worker import Gone, Worker, few_arenas

if TYPE_CHECKING:
    from demo.view import View

MOST = 4  # workers of sweeps: each is one core's work, and 45 MB
POINTS, STEPS = 240, 32  # of the work that counts as one, where it has points and steps

NETWORKS = Worker("demo.views.train_it.tasks", nice=15)  # the small ones: torch, in one thread
IMAGES = Worker("demo.views.cifar.tasks", nice=1)  # the network of images: torch, in as many threads as there are cores
_alone = Line[Worker | None]([None, None])  # without workers two threads compute, as many as it ever pays to
_line = _alone
_estimates = Estimates()
_lock = threading.Lock()


def start(count: int | None = None) -> None:
    """Compute sweeps in so many processes of their own: as many as there are cores where no number is given."""
    global _line
    with _lock:
        count = min(MOST, os.cpu_count() or 1) if count is None else count
        if count < 1 or _line is not _alone:
            return
        few_arenas()
        workers = [Worker("demo.work.sweeps") for _ in range(count)]
        for worker in workers:
            worker.begin()
        _line = Line(workers)
        atexit.register(stop)


def stop() -> None:
    """End all workers; what is asked from now on is computed in this process."""
    global _line
    with _lock:
        line, _line = _line, _alone
    for worker in (*line.places, NETWORKS, IMAGES):
        if worker is not None:
            worker.close()


def working() -> bool:
    """Whether there are worker processes."""
    return _line is not _alone


def made(view: View[Any], index: int, kind: str, s: Any) -> str:
    """`view.make(index, kind, s)`, computed where it belongs when it is its turn. Raises its ValueError, or Gone."""
    line = _line
    if view.at == "here":
        return view.make(index, kind, s)
    if view.at == "networks" and working():
        return NETWORKS.ask("make", view.name, index, kind, s)
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
