"""Tab "Three Gaussians": the weight w pulls the classes apart, and what the samples do is not what the target says."""

from __future__ import annotations

import base64
from typing import Any

import gradio as gr

from cfg_core.guidance import RULES
from cfg_core.sweeps.toy import (
    BOUNDS,
    CLASS_NAMES,
    FIGURE_W,
    ToySettings,
    actual_density_sweep,
    figure_sweep,
    gaussians_sweep,
)
from demo import controls
from demo.checks import choice, switch, toy_settings
from demo.figures import paper_figure
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.gaussians import figure_scene, scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

VIEWS = ("Turn w", "The paper's figure")
GEOMETRY = ("separation", "spread", "a", "b", "c")
SAVE = """(uri) => {
  if (uri) Object.assign(document.createElement("a"), {href: uri, download: "three-gaussians.png"}).click();
}"""


@once(64)
def payload(s: ToySettings, view: str, actual: bool) -> str:
    """The stage's value for these settings; computed once for everyone who asks the same."""
    if view == VIEWS[1]:
        sweep = figure_sweep(s)
        return pack(sweep, figure_scene(sweep))
    sweep = gaussians_sweep(s)
    if actual and RULES[s.rule].strength is not None:
        sweep = sweep.merged(actual_density_sweep(s, sweep.meta["extent"][1]))
    return pack(sweep, scene(sweep, f"Samples: {s.sampler}, {s.steps} steps, guidance: {RULES[s.rule].title}", actual))


@once(8)
def figure_png(s: ToySettings) -> bytes:
    """The paper's figure for this geometry, drawn by matplotlib for slides and handouts."""
    sweep = figure_sweep(s, cells=256)
    return paper_figure(sweep["log_mixture"], sweep.meta["extent"], [f"w = {w:g} (scale {1 + w:g})" for w in FIGURE_W])


@controls.explained()
def turned(
    view, separation, spread, a, b, c, rule, sampler, steps, v, lam_min, lam_max, points, seed, actual, *numbers
):
    """The stage's value for what the controls say."""
    settings = toy_settings(
        (a, b, c), rule, sampler, (controls.TOY_PARAMS, numbers), separation=separation, spread=spread, steps=steps,
        v=v, lam_min=lam_min, lam_max=lam_max, points=points, seed=seed,
    )  # fmt: skip
    return payload(settings, choice("view", view, VIEWS), switch("exact density", actual))


@controls.explained()
def figure(separation, spread, a, b, c):
    """The paper's figure for this geometry, as an address that holds the picture itself."""
    settings = toy_settings((a, b, c), separation=separation, spread=spread)
    return "data:image/png;base64," + base64.b64encode(figure_png(settings)).decode()


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("gaussians")
    with gr.Row():
        w = controls.w_slider("gaussians-w")
        view = gr.Radio(VIEWS, value=VIEWS[0], label="View", elem_id="gaussians-view", min_width=220, scale=0)
    first = payload(ToySettings(), VIEWS[0], False)  # in the page itself: painted a second sooner than when asked for
    stage = Stage(elem_id="gaussians-stage", room=(610, 1210), value=first)
    message = gr.Markdown(elem_classes="message", visible=True)
    settings, actual, save = _settings()
    picture = gr.Textbox(visible="hidden")
    numbers = controls.rule_numbers()

    bind_slider(w, stage, "w")
    save.click(
        figure,
        [settings[name] for name in GEOMETRY],
        [picture, message],
        preprocess=False,
        show_progress="hidden",
        concurrency_id="sweeps",
        api_name="paper_figure",
    ).then(None, picture, None, js=SAVE)
    inputs = [view, *settings.values(), actual, *numbers.values()]
    controls.live(turned, inputs, [stage, message], "gaussians")
    shape = [settings[name] for name in GEOMETRY]
    controls.numbers_of_the_rule(settings["rule"], numbers)
    controls.only_where_they_count(
        settings["sampler"], {name: [] for _, name in controls.SAMPLER_NAMES} | {"ancestral": [settings["v"]]}
    )
    controls.only_where_they_count(
        view, {VIEWS[0]: [w, *(one for name, one in settings.items() if name != "v"), actual], VIEWS[1]: shape}
    )
    with gr.Accordion("Try this", open=False):
        words("gaussians_try")
    linked = {"w": w, "view": view, "actual": actual, **settings, **numbers}
    return controls.Opening(turned, inputs, [stage, message], linked)


def _settings() -> tuple[dict[str, Any], gr.Checkbox, gr.Button]:
    """What the samples depend on, in the order of `turned`; the switch of the exact density; the button that saves."""
    with gr.Row():
        with gr.Column(min_width=240):
            separation, spread = controls.geometry()
            weights = {
                name.lower(): gr.Slider(*BOUNDS["weight"], value=1.0, step=0.05, label=f"Weight of class {name}")
                for name in CLASS_NAMES
            }
        with gr.Column(min_width=240):
            method = {
                "rule": controls.rule_choice(),
                "sampler": controls.sampler_choice(),
                "steps": gr.Slider(*BOUNDS["steps"], value=32, step=1, label="Steps"),
                "v": gr.Slider(*BOUNDS["v"], value=0.0, step=0.05, label="Reverse variance v (ancestral only)"),
            }
        with gr.Column(min_width=240):
            rest = {
                "lam_min": gr.Slider(*BOUNDS["lam_min"], value=-20, step=0.5, label="lam min (noise)"),
                "lam_max": gr.Slider(*BOUNDS["lam_max"], value=20, step=0.5, label="lam max (clean)"),
                "points": gr.Slider(*BOUNDS["points"], value=240, step=10, label="Points of each class"),
                "seed": controls.seed_box(),
            }
            save = gr.Button("Save the paper's figure as a PNG", size="sm", elem_id="gaussians-save")
            actual = gr.Checkbox(label="Exact density of what the guided ODE yields (dashed)", value=False)
    return {"separation": separation, "spread": spread, **weights, **method, **rest}, actual, save
