"""A mixture goes along from view to view: what takes it there, what says that it is there, and the way back."""

from __future__ import annotations

from typing import Any

import gradio as gr

from cfg_core.mixture_text import write_mixture
from demo.settings import S
from demo.view import View

WHERE = {"truth": "Target & truth", "compare": "Compare", "train": "Train it", "code": "One line"}
BACK = (
    '<p class="own-mixture">These classes are a mixture of your own. '
    '<button type="button" data-do="figure">Back to the three Gaussians</button></p>'
)


def menu(view: View[Any]) -> str:
    """Where this view's mixture may be taken, as HTML; nothing in views that only take one."""
    if not view.lends:
        return ""
    buttons = " · ".join(f'<button type="button" data-take="{name}">{title}</button>' for name, title in WHERE.items())
    return f'<p class="take">Take this mixture to: {buttons}</p>'


def text_of(s: Any) -> str:
    """The mixture of these settings as a text; none for the three Gaussians as they first are."""
    first = type(s)()
    plain = all(getattr(s, name) == getattr(first, name) for name in _shape(type(s)))
    return "" if plain else s.mixture or write_mixture(s.gaussians)


def wire(view: View[S], controls: Any) -> None:
    """The way from the sliders to the text: a hidden button that the menu presses, and where the text arrives."""
    if not view.lends:
        return
    from demo.tab import SWEEPS, named, told

    names = _shape(view.settings)

    def write(*values: Any) -> tuple[Any, ...]:
        return told(1, lambda: [text_of(controls.settings(names, values))])

    button, text = gr.Button(visible="hidden", elem_id=f"{view.name}-take"), gr.Textbox(visible="hidden")
    message = gr.Markdown(elem_classes="message")
    button.click(
        named(write, names, controls.fields), controls.inputs(names), [text, message],
        api_name=f"{view.name}_mixture", **SWEEPS,
    ).success(None, text, None, js="(text) => window.cfg.frame.taken(text)")  # fmt: skip


def _shape(settings: Any) -> tuple[str, ...]:
    """The settings that the classes are made of."""
    return tuple(name for name in ("separation", "spread", "mixture", "a", "b", "c") if name in settings.fields())
