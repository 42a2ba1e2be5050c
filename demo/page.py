"""The page: header, tabs, and how it is served."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio import networking
from starlette.middleware import Middleware

from demo import frame, lessons, stage, tab
from demo.place import SETTING, Place, root_path, routes
from demo.prepared import Prepared, remember_signatures
from demo.views.registry import VIEWS
from demo.views.workers import SWEEPS
from demo.work import crew, limits

TITLE = "Classifier-Free Guidance Explorer"


def build() -> gr.Blocks:
    """All tabs. The first one's view is in the page; each other's is computed when it is first opened."""
    with gr.Blocks(title=TITLE, fill_width=True, delete_cache=(600, 3600)) as page:
        mirror = gr.HTML(
            frame.header(), padding=False, elem_id="frame", js_on_load="window.cfg.state.mirror(() => trigger('tell'))"
        )
        controls: list[Mapping[str, Any]] = []
        with gr.Tabs(elem_id="tabs"):
            for view in VIEWS:
                with gr.Tab(view.title, id=view.name) as here:
                    controls.append(tab.build(view, here))
                made = list(controls[-1].values())
                gr.on([control.change for control in made], None, made, None, js=frame.tell(view))

        every = [control for made in controls for control in made.values()]
        mirror.tell(None, None, every, js="() => window.cfg.state.updates()").then(
            None, None, None, js="() => window.cfg.state.sent()"
        )
        page.load(None, None, None, js=frame.begin(dict(zip([v.name for v in VIEWS], controls, strict=True))))
    threading.Thread(target=_warm, daemon=True).start()
    page.queue(**limits.QUEUE)
    return page


def _warm() -> None:
    """The first views that wait for torch, once the page is likely served."""
    time.sleep(30)
    for view in VIEWS:
        if view.at != "sweeps":
            for drawing in view.drawings:
                view.value(drawing, view.settings())


def _theme() -> gr.themes.Base:
    """Gradio's own with the machine's fonts, and its faintest words dark enough to read (4.5 to 1 at least)."""
    theme = gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    faint = {"": "#5d6470", "_dark": "#a3aab6"}
    names = ("body_text_color_subdued", "block_info_text_color")
    primary = {"": "#c2410c", "_hover": "#9a3412", "_dark": "#c2410c", "_hover_dark": "#9a3412"}  # white reads on it
    return theme.set(
        **{name + mode: color for name in names for mode, color in faint.items()},
        **{f"button_primary_background_fill{mode}": color for mode, color in primary.items()},
    )


def _reach_itself(name: str) -> None:
    """Gradio asks its own page whether it is there: never through a proxy, and a slow start is no failure."""
    for variable in ("NO_PROXY", "no_proxy"):
        here = [os.environ.get(variable, ""), "localhost", "127.0.0.1", "::1", name]
        os.environ[variable] = ",".join(dict.fromkeys(filter(None, here)))
    networking.url_ok = lambda url: True


def launch(page: gr.Blocks, workers: int | None = None, **kwargs: Any) -> Any:
    """Serve the page: no analytics, no run history (it slows every slider), bounded sessions and uploads.

    `workers`: processes that compute its sweeps, as many as there are cores where no number is given; 0: this one does.
    """
    settings: dict[str, Any] = {
        "theme": _theme(),
        "css_paths": [stage.CSS, frame.CSS, lessons.HERE / "bar.css"],
        "head": frame.ICON + stage.head(),
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "max_file_size": "1mb",
        "state_session_capacity": 500,
        "footer_links": [],
        "show_error": False,  # what goes wrong in Gradio itself may name folders; what we say is an answer of its own
        "max_threads": limits.THREADS,
    }
    remember_signatures(page)
    _reach_itself(str(kwargs.get("server_name") or ""))
    crew.start(SWEEPS, workers)
    root = root_path(str(kwargs.get("root_path") or os.environ.get(SETTING, "")))
    around = [Middleware(Place, root=root), *([] if kwargs.get("auth") else [Middleware(Prepared)])]
    settings["app_kwargs"] = {"middleware": around, "routes": [*routes()]}
    return page.launch(**{**settings, **kwargs})
