"""Words on the page: Markdown with formulas."""

from __future__ import annotations

from typing import Any

import gradio as gr

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def show(source: str, **more: Any) -> None:
    """Show Markdown, its formulas set."""
    gr.Markdown(source, latex_delimiters=LATEX, **more)


def lead(sentence: str, rest: str) -> None:
    """The sentence that a view begins with, and the rest behind "more"."""
    more = f"<details><summary>more</summary>\n\n{rest}\n\n</details>" if rest else ""
    show(f"{sentence} {more}", elem_classes="lead")
