"""Words on the page: Markdown with formulas."""

from __future__ import annotations

import gradio as gr

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def show(source: str) -> None:
    """Show Markdown, its formulas set."""
    gr.Markdown(source, latex_delimiters=LATEX)


def lead(source: str, elem_id: str) -> None:
    """The words that a page or a tab begins with: their room is kept until they are set, so that nothing jumps."""
    with gr.Row(elem_classes="lead", elem_id=elem_id):
        show(source)
