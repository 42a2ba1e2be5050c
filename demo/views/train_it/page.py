"""The page of "Train it": a small network learns the toy, or one's own points, by Algorithm 1 while one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gradio as gr

from demo import tab, texts
from demo.errors import SORRY, log
from demo.stage import Stage
from demo.tab import SWEEPS, Controls, named
from demo.view import View
from demo.views.train_it.rooms import Room
from demo.views.train_it.runs import A_STEP, ROOMS, Desk
from demo.views.train_it.settings import DATA, NETWORK, TrainIt
from demo.work import limits
from demo.work.worker import Gone

MADE = ("data", *NETWORK)  # what a run is made of
LOOKED = ("checkpoint", "letter")
SEEN = (*LOOKED, *MADE)  # what is on screen, and what a new network there would be made of
OWN = (
    "A click on a plot of samples sprays 15 points. A file has two columns of numbers and one with the class "
    "(20 to 5000 rows, 1 to 3 classes, at least 10 points of each). They stay on this server for your visit only."
)


def answered(work: Callable[..., tuple[Any, str]], *args: Any) -> tuple[Any, str]:
    """(value, words); a problem is a message, and the picture stays."""
    try:
        return work(*args)
    except (ValueError, FloatingPointError) as problem:
        return gr.skip(), f"⚠ {problem}"
    except Gone:
        return gr.skip(), "⚠ The training was lost, and your network with it: press Start again."
    except Exception:
        log.exception("a handler of Train it failed")
        return gr.skip(), SORRY


class Page(tab.Page[TrainIt]):
    """The buttons of a run, its pictures, and the points that it learns."""

    def drive(self) -> None:
        with gr.Row(elem_classes="run"):
            start = gr.Button("Start", variant="primary", elem_id="train-start", min_width=80, size="md")
            pause = gr.Button("Pause", elem_id="train-pause", min_width=80, size="md")
            step = gr.Button(f"Step ({A_STEP})", elem_id="train-step", min_width=80, size="md")
            reset = gr.Button("Reset", elem_id="train-reset", min_width=80, size="md")
            self.message = gr.Markdown(elem_classes="message", elem_id="train-message")
        self.buttons = start, pause, step, reset
        super().drive()

    def main(self) -> None:
        self.drawn = Stage(elem_id=self.view.stage_id(self.view.drawings[0]))

    def side(self) -> None:
        self.controls.make("p_uncond", "checkpoint", "letter")
        with gr.Accordion(DATA, open=False, elem_id="train-data"):
            self.controls.make("data", "brush")
            with gr.Row():
                self.upload = gr.UploadButton("Upload a table", file_types=[".csv", ".txt", ".tsv"], size="sm")
                self.clear = gr.Button("Clear my points", size="sm")
            gr.Markdown(OWN)
        super().side()

    def after(self) -> None:
        with gr.Accordion("Algorithm 1, and what is drawn", open=False):
            texts.show(self.view.text("algorithm"))
        super().after()

    def wire(self) -> None:
        wired = _Wired(self.view, self.controls, [self.drawn, self.message])
        wired.buttons(*self.buttons)
        wired.looks(self.tab)
        wired.points(self.drawn, self.upload, self.clear)


class _Wired:
    """The handlers of the page. Each finds its visitor's room by the session, and gives the settings it was sent."""

    def __init__(self, view: View[TrainIt], controls: Controls[TrainIt], outputs: list[Any]) -> None:
        self.desk, self.controls, self.outputs = Desk(view), controls, outputs

    def handler(self, names: tuple[str, ...], work: Callable[[Room, TrainIt], tuple[Any, str]]) -> Callable[..., Any]:
        def run(request: gr.Request, *values: Any) -> tuple[Any, str]:
            return answered(lambda: work(ROOMS.of(request.session_hash), self.controls.settings(names, values)))

        return named(run, names, self.controls.fields)

    def on(self, event: Any, names: tuple[str, ...], work: Any, api_name: str, **more: Any) -> Any:
        return event(self.handler(names, work), self.controls.inputs(names), self.outputs, api_name=api_name,
                     **SWEEPS, **more)  # fmt: skip

    def buttons(self, start: Any, pause: Any, step: Any, reset: Any) -> None:
        def run(request: gr.Request, *values: Any) -> Iterator[tuple[Any, str]]:
            room = ROOMS.of(request.session_hash)
            try:
                s = self.controls.settings(MADE, values)
            except ValueError as problem:
                yield gr.skip(), f"⚠ {problem}"
                return
            yield from self.desk.run(room, s)

        def stop(request: gr.Request) -> None:
            ROOMS.of(request.session_hash).change(run=0)

        made, desk = self.controls.made, self.desk
        start.click(
            named(run, MADE, self.controls.fields), self.controls.inputs(MADE), self.outputs, preprocess=False,
            show_progress="hidden", trigger_mode="multiple", **limits.RUNS,
            api_name="train_start",
        )  # fmt: skip
        pause.click(stop, None, None, queue=False, show_progress="hidden", api_name="train_pause")
        self.on(step.click, MADE, desk.step, "train_step")
        self.on(reset.click, SEEN, desk.reset, "train_reset")
        self.on(made["data"].change, SEEN, desk.choose, "train_data")

    def looks(self, opened: gr.Tab) -> None:
        made, desk = self.controls.made, self.desk
        either = partial(gr.on, [made["letter"].change, made["mixture"].change, opened.select])
        self.on(either, SEEN, desk.look, "train_look", trigger_mode="always_last")
        self.on(made["checkpoint"].change, LOOKED, desk.away, "train", trigger_mode="always_last")

    def points(self, stage: Stage, upload: Any, clear: Any) -> None:
        names, desk = ("brush", *MADE), self.desk

        def click(event: gr.EventData, request: gr.Request, *values: Any) -> tuple[Any, str]:
            sent = event._data if isinstance(event._data, dict) else {}

            def draw() -> tuple[Any, str]:
                s = self.controls.settings(names, values)
                return desk.draw(ROOMS.of(request.session_hash), s, sent.get("x"), sent.get("y"))

            return answered(draw)

        def take(request: gr.Request, file: Any) -> tuple[Any, str]:
            return answered(desk.take, ROOMS.of(request.session_hash), file)

        def show(request: gr.Request, said: str, *values: Any) -> tuple[Any, str]:
            def fresh() -> tuple[Any, str]:
                if not isinstance(said, str) or said.startswith("⚠"):
                    return gr.skip(), str(said)
                s = self.controls.settings(MADE, ("own", *values[1:]))
                return desk.fresh(ROOMS.of(request.session_hash), s, said)

            return answered(fresh)

        def empty(request: gr.Request, *values: Any) -> tuple[Any, ...]:
            room = ROOMS.of(request.session_hash)
            return *answered(lambda: desk.empty(room, self.controls.settings(SEEN, values))), "toy"

        fields, data = self.controls.fields, self.controls.made["data"]
        stage.drop(named(click, names, fields), self.controls.inputs(names), self.outputs, trigger_mode="multiple",
                   api_name="train_draw", **SWEEPS)  # fmt: skip
        upload.upload(take, upload, [data, self.outputs[1]], show_progress="hidden", api_name="train_upload").then(
            show, [self.outputs[1], *self.controls.inputs(MADE)], self.outputs, api_visibility="private", **SWEEPS
        )
        clear.click(named(empty, SEEN, fields), self.controls.inputs(SEEN), [*self.outputs, data],
                    api_name="train_clear", **SWEEPS)  # fmt: skip
