"""Ordinary charts, which do not move with a slider: plotly in a persistent element, fetched when one is first shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr


def plotly_js() -> Path:
    """plotly's JavaScript from the installed package, so that Python's version and the browser's are the same."""
    import plotly

    return Path(plotly.__file__).resolve().parent / "package_data" / "plotly.min.js"


class Chart(gr.HTML):
    """value: a plotly figure as JSON (`Figure.to_json()`). Zoom survives a new value; colours follow the theme."""

    def __init__(self, *, elem_id: str, label: str, height: int = 300, **kwargs: Any) -> None:
        script = plotly_js()
        gr.set_static_paths(script)
        super().__init__(
            html_template=f'<span class="mark">precomputed</span>'
            f'<div class="chart" role="img" aria-label="{label}" style="height: {height}px"></div>',
            js_on_load=f"window.cfg.chart.mount(element, props, watch, 'gradio_api/file={script.as_posix()}')",
            elem_id=elem_id,
            **kwargs,
        )

    def get_block_name(self) -> str:
        return "html"
