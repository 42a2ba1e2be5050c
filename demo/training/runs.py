"""One visitor's network: its settings, its points, its run as a stream of pictures, and those trained beforehand."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.checks import choice, number
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.train import scene
from demo.training.rooms import LONGEST, Room, Rooms, pictures

P_UNCOND = ("0.02", "0.1", "0.2", "0.5", "0.8")  # of the networks trained beforehand
SIZES = (("small: 2 × 32", "small"), ("medium: 2 × 64", "medium"), ("large: 3 × 128", "large"))
LAWS = ("hyperbolic secant", "uniform")
DATA = {"toy": "three Gaussians", "own": "points of my own"}
BOUNDS = {"p_uncond": (0.01, 0.9), "steps": (100, 10_000), "learning rate": (1e-4, 2e-2), "position": (-6.0, 6.0)}
ROOMS = Rooms()


@once(16)
def bundled(p_uncond: str, c: int) -> str:
    """The stage's value for a network trained beforehand, of class c where one is meant."""
    from cfg_core.sweeps.training import TrainSettings, exact_sweep, floor_sweep, learned_sweep, toy_truth
    from cfg_core.toy_classifiers import PLAIN_STEPS, load_plain, plain_loss

    t = toy_truth()
    net = load_plain(float(p_uncond)).net
    sweep = exact_sweep(t, c).merged(learned_sweep(net, t, c, plain_loss(float(p_uncond)), PLAIN_STEPS))
    sweep = sweep.merged(floor_sweep(TrainSettings(p_uncond=float(p_uncond)), t.mixture, PLAIN_STEPS))
    threading.Thread(target=_warm, daemon=True).start()
    source = "This network (3 layers of 128) was trained beforehand by this repository's own code."
    return pack(sweep, scene(sweep, float(p_uncond), PLAIN_STEPS, "", source, f"bundled {p_uncond} {c}"))


@once(1)
def _warm() -> None:
    """Torch's optimizers and scikit-learn take seconds to import: before the first click."""
    import sklearn.mixture  # noqa: F401

    from cfg_core.sweeps.training import Session, TrainSettings, toy_truth

    Session(TrainSettings(size="small"), toy_truth().mixture).advance(2)


def whole(room: Room, session: Any = None) -> str:
    """The stage's value for the network of this room: the scene, the exact side and what is learned by now.

    `session`: the network, where the room may lose it meanwhile.
    """
    from cfg_core.sweeps.training import exact_sweep, floor_sweep

    session, t, c = session or room.session, room.truth, _class(room)
    sweep = exact_sweep(t, c, session.points).merged(_now(session, room, c))
    sweep = sweep.merged(floor_sweep(session.settings, t.mixture, session.settings.steps))
    own, s = "", session.settings
    if session.points is not None:
        counts = np.bincount(t.mixture.labels)
        each = ", ".join(f"{name} {n}" for name, n in zip(t.names, counts, strict=True))
        own = (
            f"The exact side is that of a mixture fitted to your {len(session.points.c)} points by scikit-learn "
            f"(components chosen by BIC: {each}); the network learns the points themselves."
        )
    source = f"Your network: {s.size}, {s.law} law of lam, learning rate {s.lr:g}; weights averaged."
    return pack(sweep, scene(sweep, s.p_uncond, s.steps, own, source, _key(session, room)))


def patch(room: Room, session: Any = None) -> str:
    """What changes while the network learns, for the scene that is shown already; `session` as for `whole`."""
    session = session or room.session
    value = {"patch": _key(session, room), "sweep": _now(session, room, _class(room)).to_dict()}
    return json.dumps(value, separators=(",", ":"))


def _now(session: Any, room: Room, c: int) -> Any:
    from cfg_core.sweeps.training import learned_sweep
    from cfg_core.train import loss_curve

    with session.lock:
        return learned_sweep(session.net, room.truth, c, loss_curve(session.losses), session.step_count)


def _class(room: Room) -> int:
    return room.truth.names.index(room.class_name) if room.class_name in room.truth.names else 0


def _key(session: Any, room: Room) -> str:
    return f"{id(session)} {_class(room)}"


def settings(p_uncond: Any, size: Any, law: Any, steps: Any, lr: Any) -> Any:
    """TrainSettings from raw values. Raises ValueError naming the bound."""
    from cfg_core.sweeps.training import TrainSettings

    return TrainSettings(
        number("p_uncond", p_uncond, BOUNDS),
        choice("size", size, tuple(name for _, name in SIZES)),
        choice("law", law, LAWS),
        int(number("steps", steps, BOUNDS)),
        number("learning rate", lr, BOUNDS),
    )


def prepare(room: Room, data: Any, *values: Any) -> None:
    """See that the room has a network of these settings on this data: the same one to go on with, or a new one."""
    from cfg_core.sweeps.training import Session, toy_truth, truth

    wanted = settings(*values)
    own = choice("data", data, tuple(DATA)) == "own"
    if own and room.points is None:
        raise ValueError("there are no points yet: click on a plot of samples to draw some, or upload a file")
    points = room.points if own else None
    session = room.session
    room.shown = True
    if session is not None and session.settings == wanted and session.points is points and not session.done:
        return
    if points is not None:
        from cfg_core.fit import fit_mixture

        if session is None or session.points is not points:
            room.truth = truth(fit_mixture(points), points.names)
    else:
        room.truth = toy_truth()
    room.session = Session(wanted, room.truth.mixture, points)


def spray(room: Room, name: str, x: float, y: float) -> None:
    """Fifteen points of a class around (x, y), the same for the same click."""
    from cfg_core.fit import ROWS, SPRAY, named_points, sprayed

    if len(room.drawn) + SPRAY > ROWS[1]:
        raise ValueError(f"at most {ROWS[1]} points: clear them first")
    room.drawn += [(a, b, name) for a, b in sprayed(x, y, seed=len(room.drawn)).tolist()]
    room.points = named_points(room.drawn)


def uploaded(room: Room, path: str) -> str:
    """Take the points of a CSV file; what to say of them. Raises ValueError naming what is wrong with it."""
    from cfg_core.fit import read_csv

    if not isinstance(path, str):
        raise ValueError("there is no file")
    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ValueError("the file is not text in UTF-8") from problem
    points = read_csv(content)
    room.points = points
    room.drawn = [(float(x), float(y), points.names[k]) for (x, y), k in zip(points.x, points.c, strict=True)]
    classes = ", ".join(f"{name} ({given})" for name, given in zip(points.names, points.given, strict=True))
    return f"{len(points.c)} points; classes {classes}; shifted and scaled to fit the view."


def running(room: Room, data: Any, *values: Any) -> Any:
    """The stream of (value, words) of a run. Ends at once with a message where it may not start."""
    try:
        run = ROOMS.enter(room)
    except ValueError as problem:
        yield gr.skip(), f"⚠ {problem}"
        return
    words = {
        "done": "Done.",
        "paused": "Paused. Start goes on from here.",
        "out of time": f"Paused: a run stops after {LONGEST:g} seconds. Start goes on from here.",
    }
    try:
        yield gr.skip(), "Training …"
        if room.run == run:
            prepare(room, data, *values)
        session = room.session
        value = whole(room, session) if session and room.run == run else ""
        if not value or room.run != run or session is not room.session:  # Pause or Reset was quicker
            yield gr.skip(), ""
            return
        yield value, "Training …"
        key = _key(session, room)
        for state in pictures(room, run, session):
            value = (patch if state == "running" and key == _key(session, room) else whole)(room, session)
            if session is not room.session or not room.shown:  # something else was put on screen
                yield gr.skip(), gr.skip()  # Gradio sends a stream's last value again when it ends: not "Training …"
                return
            key, said = _key(session, room), "Training …"
            if state != "running":
                said = f"{words[state]} {session.step_count:,} of {session.settings.steps:,} steps.".replace(",", " ")
            yield value, said
    except (ValueError, FloatingPointError) as problem:
        yield gr.skip(), f"⚠ {problem}"
    finally:
        ROOMS.leave(room, run)
