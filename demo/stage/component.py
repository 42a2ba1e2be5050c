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
    `ask` and `move` are fired by demo/frame/follow.js where a whole value or a part of it is wanted.
    A value {"patch": key, "sweep": ...} replaces some arrays of the scene that has this "key" and is shown.
    """

    def __init__(self, *, elem_id: str, **kwargs: Any) -> None:
        super().__init__(
            html_template=markup(),
            # the names in quotes are how Gradio learns of the events
            js_on_load=f"window.cfg.stage.mount('{elem_id}', element, (name, at) => trigger(name, at), watch, props);"
            " // 'drop' 'ask' 'move'",
            elem_id=elem_id,
            padding=False,
            **kwargs,
        )

    def get_block_name(self) -> str:
        return "html"
