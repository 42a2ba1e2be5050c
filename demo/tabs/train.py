"""Tab "Train it": a small network learns the toy, or one's own points, by Algorithm 1 while one looks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo import controls
from demo.checks import choice, class_index, number
from demo.scenes import pack
from demo.scenes.train import NAMES, scene
from demo.stage import Stage, bind_slider
from demo.texts import text
from demo.training_room import LONGEST, RUNNING, Room, Rooms, pictures

P_UNCOND = ("0.02", "0.1", "0.2", "0.5", "0.8")  # of the networks trained beforehand
SIZES = (("small: 2 × 32", "small"), ("medium: 2 × 64", "medium"), ("large: 3 × 128", "large"))
LAWS = ("hyperbolic secant", "uniform")
DATA = {"toy": "three Gaussians", "own": "points of my own"}
BOUNDS = {"p_uncond": (0.01, 0.9), "steps": (100, 10_000), "learning rate": (1e-4, 2e-2), "position": (-6.0, 6.0)}
SPRAY, SPREAD = 15, 0.35  # points of a click, and their standard deviation
A_STEP = 10  # optimiser steps of the button Step
MOST_DRAWN = 5000
ROOMS = Rooms()


@lru_cache(maxsize=16)
def bundled(p_uncond: str, c: int) -> str:
    """The stage's value for a network trained beforehand, of class c where one is meant."""
    from cfg_core.sweeps.training import TrainSettings, exact_sweep, learned_sweep, toy_truth
    from cfg_core.toy_classifiers import PLAIN_STEPS, load_plain

    t = toy_truth()
    net = load_plain(float(p_uncond)).net
    sweep = exact_sweep(t, c).merged(learned_sweep(net, t, c, [], PLAIN_STEPS))
    sweep = sweep.merged(_floor(TrainSettings(p_uncond=float(p_uncond)), t.mixture, PLAIN_STEPS))
    threading.Thread(target=_warm, daemon=True).start()
    source = "This network (3 layers of 128) was trained beforehand by this repository's own code."
    return pack(sweep, scene(sweep, float(p_uncond), PLAIN_STEPS, "", source, f"bundled {p_uncond} {c}"))


@lru_cache(maxsize=1)
def _warm() -> None:
    """Torch's optimizers and scikit-learn take seconds to import: before the first click."""
    import sklearn.mixture  # noqa: F401

    from cfg_core.sweeps.training import Session, TrainSettings, toy_truth

    Session(TrainSettings(size="small"), toy_truth().mixture).advance(2)


def _floor(settings: Any, mixture: Any, steps: int) -> Any:
    from cfg_core.sweeps import Sweep
    from cfg_core.sweeps.training import loss_floor

    level = loss_floor(settings, mixture)
    return Sweep({}, {"floor": (np.array([[0.0, level], [steps, level]]), ("k", "xy"))})


def whole(room: Room) -> str:
    """The stage's value for the network of this room: the scene, the exact side and what is learned by now."""
    from cfg_core.sweeps.training import exact_sweep

    session, t, c = room.session, room.truth, _class(room)
    sweep = exact_sweep(t, c, room.points).merged(_now(room, c))
    sweep = sweep.merged(_floor(session.settings, t.mixture, session.settings.steps))
    own, s = "", session.settings
    if room.points is not None:
        counts = np.bincount(t.mixture.labels)
        each = ", ".join(f"{name} {n}" for name, n in zip(t.names, counts, strict=True))
        own = (
            f"The exact side is that of a mixture fitted to your {len(room.points.c)} points by scikit-learn "
            f"(components chosen by BIC: {each}); the network learns the points themselves."
        )
    source = f"Your network: {s.size}, {s.law} law of lam, learning rate {s.lr:g}; weights averaged."
    return pack(sweep, scene(sweep, s.p_uncond, s.steps, own, source, _key(room)))


def patch(room: Room) -> str:
    """What changes while the network learns, for the scene that is shown already."""
    value = {"patch": _key(room), "sweep": _now(room, _class(room)).to_dict()}
    return json.dumps(value, separators=(",", ":"))


def _now(room: Room, c: int) -> Any:
    from cfg_core.sweeps.training import learned_sweep

    session = room.session
    with session.lock:
        return learned_sweep(session.net, room.truth, c, session.losses, session.step_count)


def _class(room: Room) -> int:
    return room.truth.names.index(room.class_name) if room.class_name in room.truth.names else 0


def _key(room: Room) -> str:
    return f"{id(room.session)} {_class(room)}"


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
    rng = np.random.default_rng(len(room.drawn))
    if len(room.drawn) + SPRAY > MOST_DRAWN:
        raise ValueError(f"at most {MOST_DRAWN} points: clear them first")
    room.drawn += [(float(a), float(b), name) for a, b in (x, y) + SPREAD * rng.standard_normal((SPRAY, 2))]
    room.points = _points(room)


def _points(room: Room) -> Any:
    from cfg_core.fit import Points

    names = tuple(sorted({name for *_, name in room.drawn}))
    c = np.array([names.index(name) for *_, name in room.drawn])
    return Points(np.array([(x, y) for x, y, _ in room.drawn]), c, names)


def uploaded(room: Room, path: str) -> str:
    """Take the points of a CSV file; what to say of them. Raises ValueError naming what is wrong with it."""
    from cfg_core.fit import read_csv

    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ValueError("the file is not text in UTF-8") from problem
    points = read_csv(content)
    room.points = points
    room.drawn = [(float(x), float(y), points.names[k]) for (x, y), k in zip(points.x, points.c, strict=True)]
    classes = ", ".join(points.names)
    return f"{len(points.c)} points; classes {classes} in the order of their names; shifted and scaled to fit the view."


def guarded(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A handler's (value, words); a problem is a message and the picture stays."""

    def handler(*values: Any) -> tuple[Any, str]:
        try:
            return fn(*values)
        except (ValueError, FloatingPointError, KeyError, TypeError) as problem:
            return gr.skip(), f"⚠ {problem}"

    return handler


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
        prepare(room, data, *values)
        yield whole(room), "Training …"
        session, key = room.session, _key(room)
        for state in pictures(room, run):
            if session is not room.session or not room.shown:
                return  # something else was put on screen
            if state != "running":
                speed = f" {session.step_count:,} of {session.settings.steps:,} steps.".replace(",", " ")
                yield whole(room), words[state] + speed
            else:
                yield (patch(room) if key == _key(room) else whole(room)), "Training …"
                key = _key(room)
    except (ValueError, FloatingPointError) as problem:
        yield gr.skip(), f"⚠ {problem}"
    finally:
        ROOMS.leave(room, run)


def _own_points() -> tuple[Any, ...]:
    with gr.Accordion("Data: the three Gaussians, or points of your own", open=False):
        with gr.Row():
            data = gr.Radio([(t, n) for n, t in DATA.items()], value="toy", label="What the network learns")
            brush = gr.Radio(list(NAMES), value="A", label="Class of the points that a click draws")
        with gr.Row():
            upload = gr.UploadButton("Upload a CSV file", file_types=[".csv", ".txt"], size="sm")
            clear = gr.Button("Clear my points", size="sm")
        gr.Markdown(
            "A click on a plot of samples sprays 15 points. A file has two columns of numbers and one with the class "
            "(20 to 5000 rows, 1 to 3 classes, at least 10 points of each). They stay on this server for your visit "
            "only."
        )
    return data, brush, upload, clear


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    gr.Markdown(text("train"), latex_delimiters=controls.LATEX)
    with gr.Row():
        start = gr.Button("Start", variant="primary", elem_id="train-start", min_width=90)
        pause = gr.Button("Pause", elem_id="train-pause", min_width=90)
        step = gr.Button(f"Step ({A_STEP})", elem_id="train-step", min_width=90)
        reset = gr.Button("Reset", elem_id="train-reset", min_width=90)
        p_uncond = gr.Slider(*BOUNDS["p_uncond"], value=0.1, step=0.01, label="p_uncond", scale=3, min_width=260,
                             info="Chance that a training point's class is dropped.")  # fmt: skip
    message = gr.Markdown(elem_classes="message", elem_id="train-message")
    with gr.Row():
        w = controls.w_slider("train-w")
        lam = gr.Slider(-8, 8, value=0, step=0.5, label="Log-SNR lam of the lower row", elem_id="train-lam",
                        scale=2, min_width=300, info="−8: nearly pure noise; 8: nearly clean.")  # fmt: skip
    stage = Stage(elem_id="train-stage")
    with gr.Row():
        checkpoint = gr.Radio(list(P_UNCOND), value="0.1", label="Trained beforehand, with p_uncond =", min_width=300)
        c = gr.Radio(list(NAMES), value="A", label="Class of the fields and maps", min_width=220)
    with gr.Row():
        size = gr.Dropdown(list(SIZES), value="medium", label="Network: layers × width", min_width=180)
        law = gr.Radio(list(LAWS), value="hyperbolic secant", label="Law of lam in training", min_width=220)
        steps = gr.Slider(*BOUNDS["steps"], value=3000, step=100, label="Steps of the run", min_width=200)
        lr = gr.Slider(*BOUNDS["learning rate"], value=0.005, step=0.0001, label="Learning rate", min_width=200)
    data, brush, upload, clear = _own_points()
    with gr.Accordion("Algorithm 1, and what is drawn", open=False):
        gr.Markdown(text("train_algorithm"), latex_delimiters=controls.LATEX)
    with gr.Accordion("Try this", open=False):
        gr.Markdown(text("train_try"), latex_delimiters=controls.LATEX)
    made = [data, p_uncond, size, law, steps, lr]
    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    wired = _Wired(stage, message)
    wired.training(start, pause, step, made)
    look = wired.looking(reset, checkpoint, c)
    wired.own(upload, clear, brush, made)
    linked = {"w": w, "lam": lam, "p_uncond": p_uncond, "checkpoint": checkpoint, "class": c, "size": size, "law": law,
              "steps": steps, "lr": lr}  # fmt: skip
    return controls.Opening(look, [checkpoint, c], [stage, message], linked)


class _Wired:
    """The handlers of one page, by what they are for. Each finds its visitor's room by the session."""

    def __init__(self, stage: Stage, message: gr.Markdown) -> None:
        self.stage, self.outputs = stage, [stage, message]
        self.quick: dict[str, Any] = {
            "preprocess": False, "show_progress": "hidden", "concurrency_id": "sweeps", "concurrency_limit": 2,
        }  # fmt: skip

    def training(self, start: Any, pause: Any, step: Any, made: list[Any]) -> None:
        def run(request: gr.Request, *values):
            yield from running(ROOMS.of(request.session_hash), *values)

        def stop(request: gr.Request):
            ROOMS.of(request.session_hash).run = 0

        def one(request: gr.Request, *values):
            def step(room: Room) -> tuple[str, str]:
                if room.run:
                    raise ValueError("pause first: then step")
                prepare(room, *values)
                room.session.advance(A_STEP, 10.0)
                return whole(room), ""

            return guarded(step)(ROOMS.of(request.session_hash))

        start.click(
            run, made, self.outputs, preprocess=False, show_progress="hidden", trigger_mode="multiple",
            concurrency_id="training", concurrency_limit=4 * RUNNING, api_name="train_start",
        )  # fmt: skip
        pause.click(stop, None, None, queue=False, show_progress="hidden", api_name="train_pause")
        step.click(one, made, self.outputs, api_name="train_step", **self.quick)

    def looking(self, reset: Any, checkpoint: Any, c: Any) -> Callable[..., Any]:
        def look(request: gr.Request, chosen, c):
            room = ROOMS.of(request.session_hash)

            def view() -> tuple[Any, str]:
                name = NAMES[class_index(c)]
                p = choice("p_uncond of the network trained beforehand", chosen, P_UNCOND)
                room.class_name = name
                if room.run and room.shown:
                    return gr.skip(), "Training …"  # the stream shows it next
                return (whole(room) if room.shown else bundled(p, NAMES.index(name))), ""

            return guarded(view)()

        def away(request: gr.Request, chosen, c):
            room = ROOMS.of(request.session_hash)
            room.run, room.shown = 0, False
            return look(request, chosen, c)

        def forget(request: gr.Request, chosen, c):
            ROOMS.of(request.session_hash).session = None
            return away(request, chosen, c)

        inputs = [checkpoint, c]
        c.change(look, inputs, self.outputs, trigger_mode="always_last", api_name="train_look", **self.quick)
        checkpoint.change(away, inputs, self.outputs, trigger_mode="always_last", api_name="train", **self.quick)
        reset.click(forget, inputs, self.outputs, api_name="train_reset", **self.quick)
        return look

    def own(self, upload: Any, clear: Any, brush: Any, made: list[Any]) -> None:
        def click(event: gr.EventData, request: gr.Request, name, *values):
            def draw(room: Room) -> tuple[Any, str]:
                if values[0] != "own":
                    return gr.skip(), "To draw points of your own, choose them under *Data* first."
                at = (number("position", event._data[k], BOUNDS) for k in ("x", "y"))
                spray(room, choice("class", name, NAMES), *at)
                room.run = 0
                prepare(room, *values)
                return whole(room), f"{len(room.points.c)} points. Start trains on them."

            return guarded(draw)(ROOMS.of(request.session_hash))

        def take(request: gr.Request, file, *values):
            def read(room: Room) -> tuple[Any, str]:
                words = uploaded(room, file)
                room.run = 0
                prepare(room, "own", *values[1:])
                return whole(room), words + " Start trains on them."

            value, words = guarded(read)(ROOMS.of(request.session_hash))
            return value, words, gr.skip() if words.startswith("⚠") else "own"

        def empty(request: gr.Request):
            room = ROOMS.of(request.session_hash)
            room.run, room.points, room.drawn = 0, None, []
            if room.session is not None and room.session.points is not None:
                room.session, room.shown = None, False
            return "Your points are gone.", "toy"

        self.stage.drop(
            click, [brush, *made], self.outputs, trigger_mode="multiple", api_name="train_draw", **self.quick
        )
        upload.upload(take, [upload, *made], [*self.outputs, made[0]], show_progress="hidden", api_name="train_upload")
        clear.click(empty, None, [self.outputs[1], made[0]], show_progress="hidden", api_name="train_clear")
