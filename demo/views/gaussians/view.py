"""The view "Three Gaussians": w pulls the classes apart, and what the samples do is not what the target says."""

from __future__ import annotations

import base64
from typing import Any

from demo.fields import ABOUT_RULES, NUMBERS_FOLD
from demo.scene import Formula
from demo.view import Drawing, View
from demo.views.gaussians.compute import FIGURE_W, compute, figure_sweep
from demo.views.gaussians.scene import scene
from demo.views.gaussians.settings import SHAPE, TURN, Gaussians
from demo.views.gaussians.toy import toy

SAVE = """(uri) => {
  if (uri) Object.assign(document.createElement("a"), {href: uri, download: "three-gaussians.png"}).click();
}"""

FORMULA: Formula = {
    "lines": [
        "[guided]ε̃[/] = (1 + [turn]w[/]) [cond]ε(z, c)[/] − [turn]w[/] [uncond]ε(z)[/]",
        "[turn]{s}[/] × [cond]with the class[/] − [turn]{w}[/] × [uncond]without it[/]",
    ],
    "draws": {"guided": "plane/guided samples", "cond": "plane/unguided"},
}


def figure_png(s: Gaussians) -> bytes:
    """The paper's figure for this geometry, drawn by matplotlib for slides and handouts."""
    from demo.figures import paper_figure

    sweep = figure_sweep(s, cells=256)
    return paper_figure(sweep["log_mixture"], sweep.meta["extent"], [f"w = {w:g} (scale {1 + w:g})" for w in FIGURE_W])


def save_button(view: View[Gaussians], controls: Any) -> None:
    """A button that saves the paper's figure as a PNG."""
    import gradio as gr

    from demo.tab import SWEEPS, named, told

    def figure(*values: Any) -> tuple[Any, ...]:
        """The figure as an address that holds the picture itself."""

        def work() -> list[str]:
            s = controls.settings(SHAPE, values)
            return ["data:image/png;base64," + base64.b64encode(figure_png(s)).decode()]

        return told(1, work)

    button = gr.Button("Save the paper's figure as a PNG", size="sm", elem_id="gaussians-save")
    message, picture = gr.Markdown(elem_classes="message"), gr.Textbox(visible="hidden")
    handler = named(figure, SHAPE, controls.fields)
    button.click(handler, controls.inputs(SHAPE), [picture, message], api_name="paper_figure", **SWEEPS).then(
        None, picture, None, js=SAVE
    )


VIEW = View(
    name="gaussians",
    title="Three Gaussians",
    folder="gaussians",
    next=("What pulls the classes apart?", "field"),
    settings=Gaussians,
    drawings=(Drawing(compute, scene, live={"w": "w"}, formula=FORMULA, toy=toy),),
    square=(TURN,),
    lends=True,
    notes={NUMBERS_FOLD: ABOUT_RULES},
    extend=save_button,
    at_once=True,
)
