"""Ordinary charts, which do not move with a slider: plotly in a persistent element, fetched when one is first shown."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demo.place import address, plotly_js


class Chart(gr.HTML):
    """value: a plotly figure as JSON (`Figure.to_json()`). Zoom survives a new value; colours follow the theme."""

    def __init__(self, *, elem_id: str, label: str, height: int = 300, **kwargs: Any) -> None:
        super().__init__(
            html_template=f'<span class="mark">precomputed</span>'
            f'<div class="chart" role="img" aria-label="{label}" style="height: {height}px"></div>',
            js_on_load=f"window.cfg.chart.mount(element, props, watch, {address(plotly_js())!r})",
            elem_id=elem_id,
            **kwargs,
        )

    def get_block_name(self) -> str:
        return "html"
