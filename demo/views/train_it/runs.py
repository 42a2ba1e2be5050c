"""What a visitor does with a network: each function takes the room and the settings, and gives (value, words)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from cfg_core.fit import ROWS, SPRAY, named_points, sprayed
from demo.errors import SORRY, log
from demo.view import Drawing, View, packed
from demo.views.train_it.rooms import LONGEST, Network, Room, Rooms, State, pictures
from demo.views.train_it.scene import Shown, learned_scene
from demo.views.train_it.settings import TrainIt
from demo.views.train_it.table_file import read_table
from demo.views.workers import NETWORKS
from demo.work.worker import Gone

UNSEEN = "A new network; it has not seen your mixture yet. Start trains it."
A_STEP = 10  # optimiser steps of the button Step
ROOMS = Rooms()
Answer = tuple[Any, str]


class Desk:
    """The view and its stage, for which values are made."""

    def __init__(self, view: View[TrainIt]) -> None:
        self.view: View[TrainIt] = view
        self.drawing: Drawing[TrainIt] = view.drawings[0]

    # ---- what is shown -------------------------------------------------------------------------------------------

    def whole(self, state: State, network: Network) -> str:
        """The stage's value for a network: the scene, the exact side and what is learned by now."""
        sweep, _ = NETWORKS.ask("look", network.number, state.letter, True)
        s, own = network.settings, ""
        if network.points is not None:
            own = (
                f"The exact side is that of a mixture fitted to your {len(network.points.c)} points by scikit-learn "
                f"(components chosen by BIC: {', '.join(network.exact_side)}); the network learns the points "
                "themselves."
            )
        learns = " It learns your own mixture." if s.mixture and not own else ""
        source = f"Your network: {s.size}, {s.law} law of lam, learning rate {s.lr:g}; weights averaged.{learns}"
        scene = learned_scene(sweep, Shown(_class(state, network), s.p_uncond, s.steps, own, source))
        scene = self.drawing.filled(self.view, scene, self.view.settings())
        scene["key"] = _key(state, network)
        return packed(sweep, scene)

    def part(self, state: State, network: Network) -> str:
        """What changes while the network learns, for the scene that is shown already."""
        sweep, _ = NETWORKS.ask("look", network.number, state.letter, False)
        return json.dumps({"patch": _key(state, network), "sweep": sweep.to_dict()}, separators=(",", ":"))

    def look(self, room: Room, s: TrainIt) -> Answer:
        """The class that is chosen: of the visitor's network where it is on screen, or of one trained beforehand.

        A mixture of one's own has none trained beforehand: it is shown with a new one.
        """
        state = room.state
        if s.data == "toy" and s.mixture != _learned(state):
            room.change(run=0, shown=False)
            if s.mixture:
                room.change(letter=s.letter)
                state, network = prepare(room, s)
                return self.whole(state, network), "" if network.steps else UNSEEN
            state = room.state
        names = state.network.points.names if state.network and state.network.points else None
        if state.shown and names and s.letter not in names:
            raise ValueError(f"your points have no class {s.letter}, only {', '.join(names)}")
        state = room.change(letter=s.letter)
        if state.run and state.shown:
            return gr.skip(), "Training …"  # the stream shows it next
        if state.shown and state.network:
            return self.whole(state, state.network), ""
        return self.view.value(self.drawing, s), ""

    # ---- what a visitor does -----------------------------------------------------------------------------------------

    def away(self, room: Room, s: TrainIt) -> Answer:
        """Back to the network trained beforehand."""
        room.change(run=0, shown=False, letter=s.letter)
        return self.view.value(self.drawing, s), ""

    def step(self, room: Room, s: TrainIt) -> Answer:
        """A few optimiser steps."""
        if room.state.run:
            raise ValueError("pause first: then step")
        state, network = prepare(room, s)
        network.advance(A_STEP, 10.0)
        return self.whole(state, network), ""

    def reset(self, room: Room, s: TrainIt) -> Answer:
        """The network is forgotten; of points or a mixture of one's own a new one is shown."""
        state = room.change(run=0, network=None, shown=False)
        if s.data != "own" or state.points is None:
            return self.look(room, replace(s, data="toy"))
        seen = len(state.points.c)
        state, network = prepare(room, s)
        return self.whole(state, network), f"A new network; it has not seen your {seen} points yet."

    def draw(self, room: Room, s: TrainIt, x: Any, y: Any) -> Answer:
        """A click sprays points of the brush's class."""
        if s.data != "own":
            return gr.skip(), "To draw points of your own, choose them under *Data* first."
        spray(room, s.brush, *(_position(value) for value in (x, y)))
        room.change(run=0)
        state, network = prepare(room, s)
        assert state.points is not None
        return self.whole(state, network), f"{len(state.points.c)} points. Start trains on them."

    def take(self, room: Room, path: Any) -> Answer:
        """Points of a CSV file: what the choice of data becomes, and what to say of them. Raises ValueError."""
        words = uploaded(room, path)
        room.change(run=0)
        return "own", words + " Start trains on them."

    def fresh(self, room: Room, s: TrainIt, said: str) -> Answer:
        """The network that will learn the points just taken, with what was said of them."""
        state, network = prepare(room, s)
        return self.whole(state, network), said

    def empty(self, room: Room, s: TrainIt) -> Answer:
        """Points of one's own are forgotten, with the network that learned them."""
        with room.lock:
            network = room.state.network
            mine = network is not None and network.points is not None
            room.change(run=0, points=None, drawn=(), **({"network": None, "shown": False} if mine else {}))
        return self.look(room, replace(s, data="toy"))[0], "Your points are gone."

    def choose(self, room: Room, s: TrainIt) -> Answer:
        """Another choice of data: what drew or took points shows them."""
        state = room.state
        if s.data == "own":
            words = "No points yet: click on a plot of samples to draw some, or upload a file."
            return gr.skip(), words if state.points is None else gr.skip()
        if state.network is None or state.network.points is None:
            return gr.skip(), gr.skip()
        room.change(run=0, network=None, shown=False)
        return self.look(room, s)

    def run(self, room: Room, s: TrainIt) -> Iterator[Answer]:
        """The stream of a run. Ends at once with a message where it may not start."""
        try:
            number = ROOMS.enter(room)
        except ValueError as problem:
            yield gr.skip(), f"⚠ {problem}"
            return
        try:
            yield from self._running(room, s, number)
        except (ValueError, FloatingPointError) as problem:
            yield gr.skip(), f"⚠ {problem}"
        except Gone:
            room.change(network=None, shown=False)
            yield gr.skip(), "⚠ The training was lost, and your network with it: press Start again."
        except Exception:
            log.exception("a run failed")
            yield gr.skip(), SORRY
        finally:
            ROOMS.leave(room, number)

    def _running(self, room: Room, s: TrainIt, number: int) -> Iterator[Answer]:
        words = {
            "done": "Done.",
            "paused": "Paused. Start goes on from here.",
            "out of time": f"Paused: a run stops after {LONGEST:g} seconds. Start goes on from here.",
        }
        yield gr.skip(), "Training …"
        state = room.state
        network = state.network
        if state.run == number:
            state, network = prepare(room, s)
        value = self.whole(state, network) if network and state.run == number else ""
        if not value or room.state.run != number or room.state.network is not network:  # Pause or Reset was quicker
            yield gr.skip(), ""
            return
        assert network is not None
        yield value, "Training …"
        key = _key(state, network)
        for at in pictures(room, number, network):
            state = room.state
            make = self.part if at == "running" and key == _key(state, network) else self.whole
            value = make(state, network)
            if room.state.network is not network or not room.state.shown:  # something else was put on screen
                yield gr.skip(), gr.skip()  # Gradio sends a stream's last value again when it ends: not "Training …"
                return
            key, said = _key(state, network), _training(len(ROOMS.running) - 1)
            if at != "running":
                said = f"{words[at]} {network.steps:,} of {network.settings.steps:,} steps.".replace(",", " ")
            yield value, said


def _training(others: int) -> str:
    """What is said meanwhile: turns are shared with others."""
    return f"Training, turn by turn with {others} other{'s' * (others > 1)} …" if others > 0 else "Training …"


def prepare(room: Room, s: TrainIt) -> tuple[State, Network]:
    """See that the room has a network of these settings on this data: the same one to go on with, or a new one."""
    with room.lock:
        state = room.state
        if s.data == "own" and state.points is None:
            raise ValueError("there are no points yet: click on a plot of samples to draw some, or upload a file")
        points, network = state.points if s.data == "own" else None, state.network
        same = network is not None and network.settings == s.network and network.points is points and not network.done
        if network is None or not same:
            network = Network(s, points)
        return room.change(network=network, shown=True), network


def spray(room: Room, name: str, x: float, y: float) -> None:
    """Fifteen points of a class around (x, y), the same for the same click."""
    with room.lock:
        drawn = room.state.drawn
        if len(drawn) + SPRAY > ROWS[1]:
            raise ValueError(f"at most {ROWS[1]} points: clear them first")
        drawn = (*drawn, *((a, b, name) for a, b in sprayed(x, y, seed=len(drawn)).tolist()))
        room.change(drawn=drawn, points=named_points(drawn))


def uploaded(room: Room, path: Any) -> str:
    """Take the points of a CSV file; what to say of them. Raises ValueError naming what is wrong with it."""
    if not isinstance(path, str):
        raise ValueError("there is no file")
    points, left = read_table(Path(path).read_bytes())
    rows = tuple((float(x), float(y), points.names[k]) for (x, y), k in zip(points.x, points.c, strict=True))
    room.change(points=points, drawn=rows)
    classes = ", ".join(f"{name} ({given})" for name, given in zip(points.names, points.given, strict=True))
    return f"{len(points.c)} points; classes {classes}; shifted and scaled to fit the view. {left}".strip()


def _position(value: Any) -> float:
    """A coordinate that a click sent. Raises ValueError naming the bound."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -6 <= value <= 6:
        raise ValueError("position must be a number in [-6, 6]")
    return float(value)


def _class(state: State, network: Network) -> str:
    """The class that is looked at, or the first where the points have none of that name."""
    names = network.points.names if network.points else None
    return state.letter if names is None or state.letter in names else names[0]


def _learned(state: State) -> str:
    """The mixture of one's own that the network on screen learns; none of the three Gaussians, or of points."""
    network = state.network if state.shown else None
    return network.settings.mixture if network and network.points is None else ""


def _key(state: State, network: Network) -> str:
    return f"{network.number} {_class(state, network)}"
