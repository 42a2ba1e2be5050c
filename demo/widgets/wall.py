"""The image wall: one persistent element that draws tiles of sprite sheets; moving w needs no server.

Its value is one JSON string. {"kind": "gallery", "tile", "w": [...], "noises", "names", "pick", "sheets": {class: URL},
"files": {class: path to name in a message}, "numbers": {class: {"confidence", "accuracy", "distance": [w], "each":
[w][noise]}}, "source"} is the pre-rendered gallery; {"kind": "live", "id", "state": "running" | "done" | "stopped",
"step", "steps", "w", "names": [class of each image], "src", "columns", "each", "numbers": {"zero", "at"}, "source",
"beside": {"w", "rule"}, "rule", "against"} is a frame of a live run, whose sheet holds the images of the left and then
those of the right, `columns` tiles to a row; "beside" and "rule" are what stands over each, "against" how the sentence
calls the left one;
{"kind": "problem", "problem": text} is a message.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

HERE = Path(__file__).parent


class Wall(gr.HTML):
    """The wall as a Gradio component; `set_js(name)` is the JavaScript by which a control moves it in the browser."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            html_template=(HERE / "wall.html").read_text(),
            css_template=(HERE / "wall.css").read_text(),
            js_on_load="window.cfg.wall.mount(element, props, watch)",
            apply_default_css=False,
            padding=False,
            **kwargs,
        )


def set_js(name: str) -> str:
    """A handler for gradio's `js=`: hand the control's value to the wall as `name` ("w" or "pick")."""
    return f"(value) => {{ window.cfg.wall.set({name!r}, value); }}"


MARKED = """() => {
  const found = window.cfg.wall.marked();
  return [found?.pixels ?? "", found?.name ?? "", found?.w ?? 0];
}"""  # for gradio's `js=`: the marked picture's pixels, its class and w
