"""The code panel: lines of a script with their marks, w written into its line in the browser, copy and download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

HERE = Path(__file__).parent


class CodePanel(gr.HTML):
    """value: one JSON string {"lines": [[text, mark, before]], "w", "template", "notebook", "name"}.

    Its text reaches the page through textContent only; w is written into its line in the browser.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            html_template=(HERE / "code_panel.html").read_text(encoding="utf-8"),
            css_template=(HERE / "code_panel.css").read_text(encoding="utf-8"),
            js_on_load="window.cfg.code.mount(element, props, watch)",
            apply_default_css=False,
            **kwargs,
        )

    def get_block_name(self) -> str:
        return "html"
