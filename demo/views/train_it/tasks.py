"""What the worker does: networks by number, trained and looked at; those trained beforehand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from cfg_core.fit import Points, fit_mixture
from cfg_core.nets.toys import PLAIN_STEPS, load_plain, plain_loss
from cfg_core.train import loss_curve
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.tasks import make
from demo.views.train_it.learning import (
    Session,
    Truth,
    exact_sweep,
    floor_sweep,
    learned_sweep,
    toy_truth,
    truth,
    truth_of,
)
from demo.views.train_it.settings import TrainIt
from demo.work.line import Line

_networks: dict[int, tuple[Session, Truth]] = {}
_lock = threading.Lock()
_turns = Line[None]([None])  # who trains has turns: threads that compute at once would only wait for one another
A_TURN, LOOKING = 0.25, 0.1  # seconds: a picture of what is learned comes before the next turn of those who train


def begin(number: int, settings: TrainIt, points: Points | None) -> tuple[str, ...]:
    """A new network of that number; returns what its exact side is made of: a class and its components each."""
    exact = truth_of(settings) if points is None else truth(fit_mixture(points), points.names)
    session = Session(settings, exact.mixture, points)
    with _lock:
        _networks[number] = session, exact
    counts = np.bincount(exact.mixture.labels)
    return tuple(f"{name} {n}" for name, n in zip(exact.names, counts, strict=True))


def forget(number: int) -> None:
    with _lock:
        _networks.pop(number, None)


def advance(number: int, steps: int, seconds: float) -> tuple[int, bool]:
    """Train on when it is one's turn; returns the optimiser steps so far, and whether the run is over."""
    session, _ = _networks[number]
    with _turns.place(min(seconds, A_TURN)):
        session.advance(steps, seconds)
    return session.step_count, session.done


def look(number: int, letter: str, whole: bool) -> tuple[Sweep, int]:
    """What the network knows by now, with the exact side where the `whole` is asked for, and its steps so far."""
    session, exact = _networks[number]
    c = exact.names.index(letter) if letter in exact.names else 0
    with _turns.place(LOOKING), session.lock:
        count = session.step_count
        sweep = learned_sweep(session.net, exact, c, loss_curve(session.losses), count)
    if whole:
        floor = floor_sweep(session.settings, exact.mixture, session.settings.steps)
        sweep = exact_sweep(exact, c, session.points).merged(sweep).merged(floor)
    return sweep, count


def bundled(p_uncond: float, letter: str) -> Sweep:
    """A network trained beforehand, beside the exact side."""
    exact, c = toy_truth(), CLASS_NAMES.index(letter)
    learned = learned_sweep(load_plain(p_uncond).net, exact, c, plain_loss(p_uncond), PLAIN_STEPS)
    floor = floor_sweep(TrainIt(p_uncond=p_uncond), exact.mixture, PLAIN_STEPS)
    return exact_sweep(exact, c).merged(learned).merged(floor)


def numbers() -> list[int]:
    """The networks that are here."""
    with _lock:
        return list(_networks)


def warm() -> None:
    """Torch's optimizers take seconds to import: before the first click."""
    Session(TrainIt(size="small"), toy_truth().mixture).advance(2)


def prepare() -> None:
    import torch

    torch.set_num_threads(1)


TASKS: dict[str, Callable[..., Any]] = {
    "begin": begin, "forget": forget, "advance": advance, "look": look, "bundled": bundled,
    "numbers": numbers, "warm": warm, "make": make,
}  # fmt: skip
