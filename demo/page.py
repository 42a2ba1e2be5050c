"""The page: header, tabs, and how it is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from demo import links, stage
from demo.prepared import Prepared, remember_signatures
from demo.tabs import (
    cifar,
    compare,
    doubt,
    field,
    gaussians,
    gradient,
    one_line,
    process,
    temperature,
    tradeoff,
    train,
    truth,
)
from demo.texts import lead

TITLE = "Classifier-Free Guidance Explorer"
TABS = (
    ("gaussians", "Three Gaussians", gaussians),
    ("field", "Score field", field),
    ("cifar", "CIFAR-10", cifar),
    ("compare", "Compare", compare),
    ("train", "Train it", train),
    ("gradient", "Is it a gradient?", gradient),
    ("doubt", "Classifier's doubt", doubt),
    ("truth", "Target & truth", truth),
    ("tradeoff", "Trade-off", tradeoff),
    ("temperature", "Temperature", temperature),
    ("process", "Process", process),
    ("code", "One line", one_line),
)


def build() -> gr.Blocks:
    """All tabs. The first one's view is in the page; each other's is computed when it is first opened."""
    quiet: dict[str, Any] = {"show_progress": "hidden", "preprocess": False, "api_visibility": "private"}
    with gr.Blocks(title=TITLE, delete_cache=(600, 3600)) as page:
        lead("intro")
        linked: dict[str, Mapping[str, Any]] = {}
        with gr.Tabs(elem_id="tabs") as tabs:
            for i, (name, title, module) in enumerate(TABS):
                with gr.Tab(title, id=name) as tab:
                    opening = module.tab()
                    links.copy_button(name, opening.linked)
                linked[name] = opening.linked
                if i:  # the first has its view already
                    tab.select(opening.fn, opening.inputs, opening.outputs, **quiet)

        def restore(search: Any) -> list[Any]:
            return links.restore(links.query(search), linked)

        def select(search: Any) -> Any:
            return links.chosen_tab(links.query(search), linked)

        every = [component for group in linked.values() for component in group.values()]
        link, search = gr.Button(visible="hidden", elem_id="link"), gr.Textbox(visible="hidden")
        page.load(None, None, None, js=links.OPEN)  # only who came by a link asks the server what it says
        link.click(restore, search, every, js=links.SEARCH, **quiet).then(
            select, search, tabs, js=links.SEARCH, **quiet
        ).then(None, None, None, js=links.SHOW_TAB)
        page.load(None, None, None, js=links.follow({title: name for name, title, _ in TABS}))
    threading.Thread(target=_warm, daemon=True).start()
    page.queue(max_size=256, default_concurrency_limit=2, api_open=False)
    return page


def _warm() -> None:
    """The first views that wait for torch, once the page is likely served."""
    time.sleep(30)  # its import stops everything else for two seconds
    for tab in (gradient, doubt, train):
        tab.warm()


def _theme() -> gr.themes.Base:
    """Gradio's own with the machine's fonts, and its faintest words dark enough to read (4.5 to 1 at least)."""
    theme = gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    faint = {"": "#5d6470", "_dark": "#a3aab6"}
    names = ("body_text_color_subdued", "block_info_text_color")
    return theme.set(**{name + mode: color for name in names for mode, color in faint.items()})


def launch(page: gr.Blocks, **kwargs: Any) -> Any:
    """Serve the page: no analytics, no run history (it slows every slider), bounded sessions and uploads."""
    settings: dict[str, Any] = {
        "theme": _theme(),
        "css_paths": [stage.CSS, Path(__file__).parent / "page.css"],
        "head": stage.head(),
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "max_file_size": "1mb",
        "state_session_capacity": 500,
        "footer_links": [],
        "show_error": True,
    }
    remember_signatures(page)
    if not kwargs.get("auth"):
        settings["app_kwargs"] = {"middleware": [Middleware(Prepared)]}
    return page.launch(**{**settings, **kwargs})
