"""The words on the page: one Markdown file each, so that they can be edited without touching code."""

from pathlib import Path

import gradio as gr

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def words(name: str) -> None:
    """Show texts/<name>.md, its formulas set."""
    source = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
    gr.Markdown(source, latex_delimiters=LATEX)


def lead(name: str) -> None:
    """The words a page or a tab begins with: their room is kept until they are set, so that nothing below jumps."""
    with gr.Row(elem_classes="lead", elem_id=f"{name}-lead"):
        words(name)
