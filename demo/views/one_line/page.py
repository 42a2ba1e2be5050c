"""The page of "One line": the code panel beside the stage; one handler writes both."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from demo import texts
from demo.stage import Stage, bind_slider
from demo.tab import SWEEPS, Controls, in_turn, named, told
from demo.view import View
from demo.views.one_line.settings import OneLine
from demo.views.one_line.snippets import lines, notebook, weight_line
from demo.widgets.code_panel import CodePanel

ASKS = tuple(OneLine.fields())
TRAINING = ("drop", "p_uncond")  # in a row of their own: their labels are long
SET_W = "(w) => { window.cfg.code.set(Number(w)); }"


def panel_value(view: View[OneLine], s: OneLine) -> str:
    """What the code panel shows for these settings."""
    value = {
        "lines": [[line.text, line.mark, line.was] for line in lines(s)],
        "w": s.w,
        "slider": view.elem_id("w"),
        "template": weight_line(),
        "notebook": notebook(s),
        "name": f"guidance_{s.step}_{s.model}.ipynb",
    }
    return json.dumps(value, separators=(",", ":"))


def build(view: View[OneLine], tab: gr.Tab) -> dict[str, Any]:
    """The tab's contents, inside it: its controls, by setting."""
    (drawing,), controls = view.drawings, Controls(view)
    texts.lead(view.text("lead"), "code-lead")
    controls.row("w", *view.top)
    with gr.Row():
        with gr.Column(scale=3, min_width=340):
            panel = CodePanel(value=panel_value(view, view.settings()), elem_id="code-panel")  # there at once
        with gr.Column(scale=2, min_width=320):
            stage = Stage(elem_id=view.stage_id(drawing), room=drawing.room)
            message = gr.Markdown(elem_classes="message")
    controls.row(*(name for name in ASKS if name not in ("w", *view.top, *TRAINING)))
    controls.row(*TRAINING)
    with gr.Accordion("Try this", open=False):
        texts.show(view.text("try"))

    def write(*values: Any) -> tuple[Any, ...]:
        """The values of the code panel and the stage."""

        def both() -> list[str]:
            s = controls.settings(ASKS, values)
            return [panel_value(view, s), view.value(drawing, s)]

        return told(2, both)

    w, inputs, outputs = controls.made["w"], controls.inputs(ASKS), [panel, stage, message]
    bind_slider(w, stage, "w")
    w.change(None, w, None, js=SET_W)
    watched = [tab.select, *(controls.made[name].change for name in ASKS if name not in view.live)]
    gr.on(watched, named(in_turn(write), ASKS, controls.fields), inputs, outputs, queue=True,
          trigger_mode="always_last", api_name="code", **SWEEPS)  # fmt: skip
    controls.dim()
    return controls.made
