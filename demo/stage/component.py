"""The stage: one persistent element that draws every live view in the browser. Its JavaScript is beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from cfg_core.files import PACKAGE
from demo.stage.bundle import as_text, bundle

FOLDER = Path(__file__).parent
CSS = FOLDER / "stage.css"
ENGINE = PACKAGE / "engine" / "worker.js"


def markup() -> str:
    """An empty stage."""
    return """<div class="stage" role="group" aria-label="">
<div class="stage-panels"></div><div class="stage-tools"></div><div class="stage-error" role="alert"></div>
<div class="stage-beside"></div><div class="stage-caption"><p>Computing this view …</p></div>
<div class="stage-tip" hidden></div>
<p class="stage-live" aria-live="polite"></p></div>"""


def head() -> str:
    """All scripts of the page, inline, so that it needs no further request and works offline."""
    return f"<script>{as_text(ENGINE, 'cfgEngine')}{bundle(FOLDER.parent / 'main.js')}</script>"


class Stage(gr.HTML):
    """value: one JSON string {"sweep": Sweep.to_dict(), "scene": {...}}.

    The element stays when the value changes; toggles and live coordinates are kept. A click in a panel marked
    "clickable" fires the event `drop` with x, y, w and lam; one that "drags" an array lets the pointer move it first.
    A value {"patch": key, "sweep": ...} replaces some arrays of the scene that has this "key" and is shown.
    """

    def __init__(self, *, elem_id: str, **kwargs: Any) -> None:
        super().__init__(
            html_template=markup(),
            # 'drop' in quotes is how Gradio learns of the event
            js_on_load=f"window.cfg.stage.mount('{elem_id}', element, (_, at) => trigger('drop', at), watch, props)",
            elem_id=elem_id,
            padding=False,
            **kwargs,
        )

    def get_block_name(self) -> str:
        return "html"


def bind_slider(slider: gr.Slider, stage: Stage, coord: str) -> None:
    """Paint at the slider's value, in the browser alone: dragging, keys and reset never reach the server."""
    within = f"Math.min({slider.maximum}, Math.max({slider.minimum}, Number(x)))"  # what is typed may lie outside
    js = f"(x) => {{ window.cfg.stage.set('{stage.elem_id}', {{{coord}: {within}}}); }}"
    slider.change(None, slider, None, js=js)
