"""Tab "Train it": a small network learns the toy, or one's own points, by Algorithm 1 while one looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from demo import controls
from demo.checks import choice, class_index, number
from demo.scenes.train import NAMES
from demo.stage import Stage, bind_slider
from demo.texts import lead, words
from demo.training.rooms import RUNNING, Room
from demo.training.runs import (
    BOUNDS,
    DATA,
    LAWS,
    P_UNCOND,
    ROOMS,
    SIZES,
    bundled,
    prepare,
    running,
    spray,
    uploaded,
    whole,
)

A_STEP = 10  # optimiser steps of the button Step


def guarded(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A handler's (value, words); a problem is a message and the picture stays."""

    def handler(*values: Any) -> tuple[Any, str]:
        try:
            return fn(*values)
        except (ValueError, FloatingPointError, KeyError, TypeError) as problem:
            return gr.skip(), f"⚠ {problem}"

    return handler


def _own_points() -> tuple[Any, ...]:
    with gr.Accordion("Data: the three Gaussians, or points of your own", open=False, elem_id="train-data"):
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


def warm() -> None:
    """The view that the tab opens with, before anyone asks for it."""
    bundled("0.1", 0)


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("train")
    with gr.Row():
        start = gr.Button("Start", variant="primary", elem_id="train-start", min_width=90)
        pause = gr.Button("Pause", elem_id="train-pause", min_width=90)
        step = gr.Button(f"Step ({A_STEP})", elem_id="train-step", min_width=90)
        reset = gr.Button("Reset", elem_id="train-reset", min_width=90)
        p_uncond = gr.Slider(*BOUNDS["p_uncond"], value=0.1, step=0.01, label="p_uncond", scale=3, min_width=260,
                             info="Chance that a class is dropped; from the next Start on.")  # fmt: skip
    message = gr.Markdown(elem_classes="message", elem_id="train-message")
    with gr.Row():
        w = controls.w_slider("train-w")
        lam = gr.Slider(-8, 8, value=0, step=0.5, label="Log-SNR lam of the lower row", elem_id="train-lam",
                        scale=2, min_width=300, info="−8: nearly pure noise; 8: nearly clean.")  # fmt: skip
    stage = Stage(elem_id="train-stage", room=(860, 3360))
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
        words("train_algorithm")
    with gr.Accordion("Try this", open=False):
        words("train_try")
    made = [data, p_uncond, size, law, steps, lr]
    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    wired = _Wired(stage, message)
    wired.training(start, pause, step, made)
    look = wired.looking(reset, checkpoint, c, made)
    wired.own(upload, clear, brush, made, look, [checkpoint, c])
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

    def looking(self, reset: Any, checkpoint: Any, c: Any, made: list[Any]) -> Callable[..., Any]:
        def look(request: gr.Request, chosen, c):
            room = ROOMS.of(request.session_hash)

            def view() -> tuple[Any, str]:
                name = NAMES[class_index(c)]
                p = choice("p_uncond of the network trained beforehand", chosen, P_UNCOND)
                if room.shown and name not in room.truth.names:
                    raise ValueError(f"your points have no class {name}, only {', '.join(room.truth.names)}")
                room.class_name = name
                if room.run and room.shown:
                    return gr.skip(), "Training …"  # the stream shows it next
                return (whole(room) if room.shown else bundled(p, NAMES.index(name))), ""

            return guarded(view)()

        def away(request: gr.Request, chosen, c):
            room = ROOMS.of(request.session_hash)
            room.run, room.shown = 0, False
            return look(request, chosen, c)

        def forget(request: gr.Request, chosen, c, *values):
            room = ROOMS.of(request.session_hash)
            room.run, room.session = 0, None
            if not values or values[0] != "own" or room.points is None:
                return away(request, chosen, c)

            def anew(room: Room) -> tuple[str, str]:
                prepare(room, *values)
                return whole(room), f"A new network; it has not seen your {len(room.points.c)} points yet."

            return guarded(anew)(room)

        inputs = [checkpoint, c]
        c.change(look, inputs, self.outputs, trigger_mode="always_last", api_name="train_look", **self.quick)
        checkpoint.change(away, inputs, self.outputs, trigger_mode="always_last", api_name="train", **self.quick)
        reset.click(forget, [*inputs, *made], self.outputs, api_name="train_reset", **self.quick)
        return look

    def own(self, upload: Any, clear: Any, brush: Any, made: list[Any], look: Any, looked_at: list[Any]) -> None:
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

        def take(request: gr.Request, file):
            def read(room: Room) -> tuple[Any, str]:
                words = uploaded(room, file)
                room.run = 0
                return "own", words + " Start trains on them."

            return guarded(read)(ROOMS.of(request.session_hash))

        def show(request: gr.Request, said, *values):
            def view(room: Room) -> tuple[Any, str]:
                if not isinstance(said, str) or said.startswith("⚠"):
                    return gr.skip(), str(said)
                prepare(room, "own", *values[1:])
                return whole(room), said

            return guarded(view)(ROOMS.of(request.session_hash))

        def empty(request: gr.Request, *values):
            room = ROOMS.of(request.session_hash)
            room.run, room.points, room.drawn = 0, None, []
            if room.session is not None and room.session.points is not None:
                room.session, room.shown = None, False
            return look(request, *values)[0], "Your points are gone.", "toy"

        def choose(request: gr.Request, name, *values):
            def view(room: Room) -> tuple[Any, Any]:
                own = room.session is not None and room.session.points is not None
                if choice("data", name, tuple(DATA)) == "own" and room.points is None:
                    return gr.skip(), "No points yet: click on a plot of samples to draw some, or upload a file."
                if name == "own" or not own:
                    return gr.skip(), gr.skip()  # what drew or took them shows them
                room.run, room.session, room.shown = 0, None, False
                return look(request, *values)

            return guarded(view)(ROOMS.of(request.session_hash))

        self.stage.drop(
            click, [brush, *made], self.outputs, trigger_mode="multiple", api_name="train_draw", **self.quick
        )
        upload.upload(take, upload, [made[0], self.outputs[1]], show_progress="hidden", api_name="train_upload").then(
            show, [self.outputs[1], *made], self.outputs, api_visibility="private", **self.quick
        )
        clear.click(empty, looked_at, [*self.outputs, made[0]], api_name="train_clear", **self.quick)
        made[0].change(choose, [made[0], *looked_at], self.outputs, api_name="train_data", **self.quick)
