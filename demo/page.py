"""The page: header, tabs, and how it is served."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr

from demo import controls, field, gaussians
from demo.stage import CSS, head
from demo.texts import text

TITLE = "Classifier-Free Guidance Explorer"


def build() -> gr.Blocks:
    """All tabs. A tab's view is computed when it is first opened, so that the first one is there at once."""
    with gr.Blocks(title=TITLE, delete_cache=(600, 3600)) as page:
        gr.Markdown(text("intro"), latex_delimiters=controls.LATEX, elem_id="intro")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Three Gaussians", id="gaussians"):
                opening = gaussians.tab()
            with gr.Tab("Score field", id="field") as field_tab:
                field_opening = field.tab()
        page.load(*opening, show_progress="hidden", preprocess=False, api_visibility="private")
        field_tab.select(*field_opening, show_progress="hidden", preprocess=False, api_visibility="private")
    threading.Thread(target=gaussians.warm, daemon=True).start()
    page.queue(max_size=64, default_concurrency_limit=2, api_open=False)
    return page


def launch(page: gr.Blocks, **kwargs: Any) -> Any:
    """Serve the page: no analytics, no run history (it slows every slider), bounded sessions and uploads."""
    settings: dict[str, Any] = {
        "theme": gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        "css_paths": [CSS],
        "head": head(),
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "max_file_size": "1mb",
        "state_session_capacity": 500,
        "footer_links": [],
        "show_error": True,
    }
    return page.launch(**{**settings, **kwargs})
