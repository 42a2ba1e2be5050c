"""The page of "CIFAR-10": a wall of pictures, live sampling, curves over w."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr

from demo import texts
from demo.errors import SORRY, log
from demo.stage import Stage
from demo.tab import QUIET, Controls, named, wire
from demo.view import View
from demo.views.cifar import live
from demo.views.cifar.gallery import ASSETS, gallery_value, training_value
from demo.views.cifar.settings import Cifar
from demo.widgets.chart import Chart
from demo.widgets.wall import Wall, set_js

tickets = live.Tickets()
ASKS = tuple(Cifar.fields())  # what a run is asked with


def sample(session: str | None, values: tuple[Any, ...], press: Any) -> Iterator[tuple[Any, Any]]:
    """(the wall's value, a message), frame by frame, for the values of ASKS.

    `press` is its number, "" for a call that was not announced. What was replaced or stopped while it waited ends at
    once.
    """
    wanted = tickets.wanted(session, press)
    try:
        s = Cifar.of(dict(zip(ASKS, values, strict=True)))
        if wanted():
            yield gr.skip(), "Loading the network …"
        for frame in live.frames(s, wanted):
            done = f"Done in {frame['seconds']:.1f} s." if frame["state"] == "done" else ""
            yield json.dumps(frame, separators=(",", ":")), done
        if not wanted():
            yield gr.skip(), gr.skip()
    except ValueError as problem:
        yield gr.skip(), f"⚠ {problem}"
    except Exception:
        log.exception("live sampling failed")
        yield gr.skip(), SORRY


def press(request: gr.Request) -> tuple[str, str]:
    """The number of a new request, which replaces all of its session from now on, and what to say until its turn."""
    return str(tickets.take(request.session_hash)), "Waiting for the network, which draws for one visitor at a time …"


def stop(request: gr.Request) -> str:
    """Replaces the running request, and those that wait, by nothing: it ends within a step."""
    tickets.take(request.session_hash)
    return "Stopped."


def _warm() -> None:
    try:
        live.networks()
    except ValueError:
        return  # said in words when someone presses the button


def build(view: View[Cifar], tab: gr.Tab) -> dict[str, Any]:
    """The tab's contents, inside it: its controls, by setting."""
    gr.set_static_paths(ASSETS / "gallery")
    (curves,), controls = view.drawings, Controls(view)
    texts.lead(view.text("lead"), "cifar-lead")
    controls.row("pick", "w")
    pick, w = controls.inputs(("pick", "w"))
    wall = Wall(elem_id="cifar-wall")
    with gr.Row():
        controls.make("seed", "count", "steps")
        with gr.Column(min_width=150, scale=0):
            go = gr.Button("Sample live", variant="primary", size="md", elem_id="cifar-go")
            halt = gr.Button("Stop", size="sm", elem_id="cifar-stop")
    controls.row("rule", "beside")
    message = gr.Markdown(elem_classes="message", elem_id="cifar-message")
    stage, said = Stage(elem_id=view.stage_id(curves), room=curves.room), gr.Markdown(elem_classes="message")
    controls.make_rest()
    with gr.Accordion("How this network was trained", open=False):
        training = gr.Markdown()
        chart = Chart(elem_id="cifar-loss", label="training loss against images seen")
    with gr.Accordion("Try this", open=False):
        texts.show(view.text("try"))
    w.change(None, w, None, js=set_js("w"), api_visibility="private")
    pick.change(None, pick, None, js=set_js("pick"), api_visibility="private")
    wire(view, curves, controls, stage, said, tab)
    controls.dim()
    _live(controls, go, halt, wall, message)

    def opened() -> tuple[Any, ...]:
        """From files alone; the network is loaded meanwhile, so that the first press is quick."""
        threading.Thread(target=_warm, daemon=True).start()
        words, loss = training_value()
        picture = gr.skip() if loss is None else loss
        return json.dumps(gallery_value(), separators=(",", ":")), words, picture

    tab.select(opened, [], [wall, training, chart], api_visibility="private", **QUIET)
    return controls.made


def _live(controls: Controls[Cifar], go: gr.Button, halt: gr.Button, wall: Wall, message: gr.Markdown) -> None:
    """The buttons: a press makes the session's other requests give way, outside the queue; then the new one waits."""

    def run(request: gr.Request, press: str, *values: Any) -> Iterator[tuple[Any, Any]]:
        yield from sample(request.session_hash, values, press)

    number = gr.Textbox(visible="hidden")  # of the press
    at_once: dict[str, Any] = {"queue": False, "trigger_mode": "multiple", "show_progress": "hidden",
                               "api_visibility": "private"}  # fmt: skip
    halt.click(stop, None, message, **at_once)
    go.click(press, None, [number, message], **at_once).then(
        named(run, ASKS, controls.fields), [number, *controls.inputs(ASKS)], [wall, message],
        preprocess=False, trigger_mode="multiple", concurrency_id="model", concurrency_limit=1,
        show_progress="hidden", api_name="sample",
    )  # fmt: skip
