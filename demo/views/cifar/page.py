"""The page of "CIFAR-10": a wall of pictures, live sampling, curves over w."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr

from demo import tab, texts
from demo.errors import SORRY, log
from demo.stage import Stage
from demo.tab import QUIET, Controls, named
from demo.views.cifar import live, live_scene
from demo.views.cifar.alike import UNASKED, alike
from demo.views.cifar.compute import measured_chart
from demo.views.cifar.settings import Cifar
from demo.views.cifar.training import training_value, worth_value
from demo.work import limits
from demo.work.tickets import Tickets
from demo.work.worker import Gone

tickets = Tickets()
LIVE = "cifar-live-stage"
MARKED = f"() => window.cfg.stage.marked(['cifar-wall-stage', '{LIVE}'], 'at')"  # its pixels, its class, w
TO_LIVE = "() => { window.cfg.state.set('cifar', {part: 'live'}); return []; }"
ASKS = tuple(Cifar.fields())  # what a run is asked with


def sample(session: str | None, values: tuple[Any, ...], press: Any) -> Iterator[tuple[Any, Any]]:
    """(the stage's value, a message), frame by frame, for the values of ASKS.

    `press` is its number, "" for a call that was not announced. What was replaced or stopped while it waited ends at
    once.
    """
    wanted = tickets.wanted(session, press)
    try:
        s = Cifar.of(dict(zip(ASKS, values, strict=True)))
        if wanted():
            yield gr.skip(), "Loading the network …"
        for frame in live.drawn(s, wanted):
            if frame["kind"] == "place":
                yield gr.skip(), in_line(frame["place"])
                continue
            done = f"Done in {frame['seconds']:.1f} s." if frame["state"] == "done" else ""
            yield live_scene.frame_value(frame), done
        if not wanted():
            yield gr.skip(), gr.skip()
    except ValueError as problem:
        yield gr.skip(), f"⚠ {problem}"
    except Gone:
        yield gr.skip(), "⚠ The network was lost on the way: press *Sample live* again."
    except Exception:
        log.exception("live sampling failed")
        yield gr.skip(), SORRY


def press(request: gr.Request) -> tuple[str, str]:
    """The number of a new request, which replaces all of its session from now on, and what to say until its turn."""
    return str(tickets.take(request.session_hash)), "Waiting for the network …"


def in_line(place: int) -> str:
    """What to say to who waits at this place, 1 being the first."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending} in line for the network …"


def stop(request: gr.Request) -> str:
    """Replaces the running request, and those that wait, by nothing: it ends within a step."""
    tickets.take(request.session_hash)
    return "Stopped."


def _warm() -> None:
    try:
        live.warm()
    except (ValueError, Gone):
        return  # said in words when someone presses the button


class Page(tab.Page[Cifar]):
    """The wall, what runs live, and the curves."""

    def main(self) -> None:
        self.live = Stage(elem_id=LIVE, value=live_scene.waiting())
        self.message = gr.Markdown(elem_classes="message", elem_id="cifar-message")
        super().main()

    def within(self) -> dict[str, set[str]]:
        return {
            **super().within(),
            self.view.elem_id("w"): set(),
            LIVE: {"live"},
            "cifar-explore": {"curves"},
            **{i: {"wall", "live"} for i in ("cifar-message", "cifar-buttons", "cifar-alike")},
        }

    def front(self) -> None:
        with gr.Column(elem_classes="front"):
            self.controls.make("pick", "count", "steps", "seed")
            with gr.Row(elem_id="cifar-buttons"):
                self.go = gr.Button("Sample live", variant="primary", size="md", elem_id="cifar-go", min_width=100)
                self.halt = gr.Button("Stop", size="md", elem_id="cifar-stop", min_width=60)

    def after(self) -> None:
        with gr.Accordion("How this network was trained", open=False):
            self.training = Stage(elem_id="cifar-training", elem_classes="strip")
            self.worth = Stage(elem_id="cifar-worth", elem_classes="strip")
        with gr.Accordion("Explore every measured figure", open=False, elem_id="cifar-explore"):
            gr.Plot(measured_chart(), show_label=False)  # never changed: Gradio leaks what it replaces
        with gr.Accordion("Is it a copy? The nearest training images", open=False, elem_id="cifar-alike"):
            texts.show(
                "Mark a picture of the wall (click it, or use the arrow keys on it). A network could learn pictures by "
                "heart: then a sample would lie much nearer to a training image than real *test* images do, which it "
                "never saw."
            )
            self.ask = gr.Button("Nearest to the marked one", size="md", elem_id="cifar-alike-go")
            self.alike = Stage(elem_id="cifar-alike-stage", elem_classes="strip", value=UNASKED)
            self.alike_message = gr.Markdown(elem_classes="message")
        super().after()

    def wire(self) -> None:
        super().wire()
        _live(self.controls, self.go, self.halt, self.live, self.message)
        given = [gr.Textbox(visible="hidden"), gr.Textbox(visible="hidden"), gr.Number(visible="hidden")]
        self.ask.click(near, given, [self.alike, self.alike_message], js=MARKED, api_name="cifar_alike", **tab.SWEEPS)
        self.tab.select(
            opened, [], [self.training, self.worth],
            api_visibility="private", **QUIET,
        )  # fmt: skip


def near(pixels: Any, name: Any, w: Any) -> tuple[Any, ...]:
    """(the stage's value, a message) for a picture of the wall."""
    try:
        return tab.told(1, lambda: (alike(pixels, name, w),))
    except Gone:
        return gr.skip(), "⚠ The network was lost on the way: press the button again."


def opened() -> tuple[Any, ...]:
    """From files alone; the network is loaded meanwhile, so that the first press is quick."""
    threading.Thread(target=_warm, daemon=True).start()
    return training_value(), worth_value()


def _live(controls: Controls[Cifar], go: gr.Button, halt: gr.Button, stage: Stage, message: gr.Markdown) -> None:
    """The buttons: a press makes the session's other requests give way, outside the queue; then the new one waits."""

    def run(request: gr.Request, press: str, *values: Any) -> Iterator[tuple[Any, Any]]:
        yield from sample(request.session_hash, values, press)

    number = gr.Textbox(visible="hidden")  # of the press
    at_once: dict[str, Any] = {"queue": False, "trigger_mode": "multiple", "show_progress": "hidden",
                               "api_visibility": "private"}  # fmt: skip
    halt.click(stop, None, message, **at_once)
    go.click(press, None, [number, message], js=TO_LIVE, **at_once).then(
        named(run, ASKS, controls.fields), [number, *controls.inputs(ASKS)], [stage, message],
        preprocess=False, trigger_mode="multiple", **limits.IMAGES,
        show_progress="hidden", api_name="sample",
    )  # fmt: skip
