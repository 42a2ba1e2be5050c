"""Tab "Three Gaussians": the weight w pulls the classes apart, and what the samples do is not what the target says."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

import gradio as gr

from cfg_core.guidance import RULES
from cfg_core.sweeps import Sweep
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
from demo.checks import toy_settings
from demo.figures import paper_figure
from demo.stage import Stage, bind_slider
from demo.texts import text

LEVELS = (-4.5, -2.0, -0.5)  # of a log density below its maximum: 3, 2 and 1 standard deviations of a Gaussian
VIEWS = ("Turn w", "The paper's figure")
SAVE = """(uri) => {
  if (uri) Object.assign(document.createElement("a"), {href: uri, download: "three-gaussians.png"}).click();
}"""
CAPTION = (
    "At w = {w} (scale 1 + w = {s}) class A keeps {keep_A:0%} of its spread; "
    "{own_A:1%} of its samples are classified as A.",
    "Class B keeps {keep_B:0%} ({own_B:1%} classified as B), class C {keep_C:0%} ({own_C:1%} as C).",
)


def _plane_layers(sweep: Sweep) -> list[dict[str, Any]]:
    """Class shares, contours of the target and (where computed) of the guided density, and the samples."""
    extent = sweep.meta["extent"]
    layers: list[dict[str, Any]] = [
        {
            "type": "heat",
            "name": "which class is likelier, p(c|x)",
            "rgb": "class_share",
            "extent": extent,
            "opacity": 0.35,
            "on": False,
            "toggle": True,
        },
    ]
    for c, name in enumerate(CLASS_NAMES):
        target = {"base": "log_pxc", "slope": "log_pcx", "by": "w", "pick": {"class": c}}
        layers.append(
            {
                "type": "contour",
                "name": "target p(x|c) p(c|x)^w",
                "group": "target",
                "z": target,
                "extent": extent,
                "levels": LEVELS,
                "relative": "max",
                "color": name,
                "width": 1.4,
                "on": True,
                "toggle": True,
            }
        )
        if "log_actual" in sweep.arrays:
            actual = {"array": "log_actual", "pick": {"class": c}}
            layers.append(
                {
                    "type": "contour",
                    "name": "exact density of the guided ODE",
                    "group": "actual",
                    "z": actual,
                    "extent": extent,
                    "levels": LEVELS,
                    "relative": "max",
                    "color": name,
                    "width": 2.2,
                    "dash": [5, 4],
                    "on": True,
                    "toggle": True,
                }
            )
    layers.append(
        {
            "type": "points",
            "name": "guided samples",
            "xy": "samples",
            "size": 2.1,
            "opacity": 0.75,
            "on": True,
            "toggle": True,
        }
    )
    return layers


TRADE_OFF: list[dict[str, Any]] = [
    {
        "type": "curve",
        "name": "guided samples",
        "x": "keep_mean",
        "y": "prob_mean",
        "along": "w",
        "color": "guided",
    },
    {
        "type": "curve",
        "name": "tilted target",
        "x": "target_keep",
        "y": "target_prob",
        "along": "w",
        "color": "cond",
        "dash": [5, 4],
    },
    {"type": "dot", "x": "target_keep", "y": "target_prob", "color": "cond", "size": 4},
    {"type": "dot", "x": "keep_mean", "y": "prob_mean", "color": "guided", "size": 6},
]


def scene(sweep: Sweep, title: str) -> dict[str, Any]:
    """Two panels: the plane with samples over the target's contours, and the trade-off with a moving dot."""
    half = sweep.meta["extent"][1]
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "gaussians-w"},
        "columns": 2,
        "panels": [
            {
                "id": "plane",
                "title": title,
                "aspect": "equal",
                "height": 470,
                "legend": True,
                "span": 1.15,
                "x": {"range": [-half, half], "label": "x₁"},
                "y": {"range": [-half, half], "label": "x₂"},
                "layers": _plane_layers(sweep),
            },
            {
                "id": "trade",
                "title": "Fidelity against diversity, as w runs from −1 to 10",
                "aspect": "free",
                "height": 470,
                "legend": True,
                "x": {"range": _x_range(sweep), "label": "spread kept (1 = that of p(x|c))"},
                "y": {"range": [0, 1.04], "label": "mean class probability p(c|x)"},
                "layers": TRADE_OFF,
            },
        ],
        "caption": [*CAPTION, *_about_density(sweep), controls.about_rule(sweep.meta["settings"]["rule"])],
        "alt": "Guided samples of three Gaussian classes over the contours of the tilted target, and the trade-off "
        "between class probability and spread.",
    }


def _about_density(sweep: Sweep) -> list[str]:
    """A sentence on the dashed contours, where they are drawn."""
    if "log_actual" not in sweep.arrays:
        return []
    words = "Dashed: the exact density of the guided ODE's end point, from its analytic divergence; no histogram."
    lam_max = sweep.meta["settings"]["lam_max"]
    if lam_max < 12:  # the samples shown are x^, which still takes away the noise left at lam_max
        words += f" It still holds the noise of lam max = {lam_max:g}: a little wider than the samples, which are x^."
    return [words]


def figure_scene(sweep: Sweep) -> dict[str, Any]:
    """Four panels, each relative to its own maximum, white to dark, as the paper prints them."""
    extent = sweep.meta["extent"]
    axis = {"range": extent[:2], "label": ""}
    panels = []
    for i, w in enumerate(FIGURE_W):
        heat = {
            "type": "heat",
            "z": {"array": "log_mixture", "pick": {"panel": i}},
            "extent": extent,
            "map": "paper",
            "relative": "max",
        }
        title = f"w = {w:g} (scale {1 + w:g})" + (": no guidance" if w == 0 else "")
        panels.append(
            {"id": f"w{w:g}", "title": title, "aspect": "equal", "height": 260, "x": axis, "y": axis, "layers": [heat]}
        )
    return {
        "coords": {},
        "columns": 4,
        "panels": panels,
        "caption": "The paper's figure, computed: mixtures of the normalised guided conditionals "
        "p(x|c) p(c|x)^w / Z(w), "
        "each shown relative to its own maximum. Mass moves away from the other classes. These are target densities: "
        "guided sampling goes further (choose “Turn w” to see by how much).",
        "alt": "Four heat maps of a mixture of three classes, at guidance weights 0, 10, 100 and 1000.",
    }


@lru_cache(maxsize=64)
def payload(s: ToySettings, view: str, actual: bool) -> str:
    """The stage's value for these settings; computed once for everyone who asks the same."""
    if view == VIEWS[1]:
        sweep = figure_sweep(s)
        return _pack(sweep, figure_scene(sweep))
    sweep = gaussians_sweep(s)
    if actual:
        sweep = sweep.merged(actual_density_sweep(s, sweep.meta["extent"][1]))
    return _pack(sweep, scene(sweep, f"Samples: {s.sampler}, {s.steps} steps, guidance: {RULES[s.rule].title}"))


def _pack(sweep: Sweep, scene_: dict[str, Any]) -> str:
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene_}, separators=(",", ":"))


def _x_range(sweep: Sweep) -> list[float]:
    top = max(float(sweep["keep_mean"].max()), float(sweep["target_keep"].max()))
    return [0.0, round(1.08 * top, 2)]


@lru_cache(maxsize=8)
def figure_png(s: ToySettings) -> bytes:
    """The paper's figure for this geometry, drawn by matplotlib for slides and handouts."""
    sweep = figure_sweep(s, cells=256)
    return paper_figure(sweep["log_mixture"], sweep.meta["extent"], [f"w = {w:g} (scale {1 + w:g})" for w in FIGURE_W])


def warm() -> None:
    """Compute the first view before anyone asks for it."""
    payload(ToySettings(), VIEWS[0], False)


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    gr.Markdown(text("gaussians"), latex_delimiters=controls.LATEX)
    with gr.Row():
        w = controls.w_slider("gaussians-w")
        view = gr.Radio(VIEWS, value=VIEWS[0], label="View", elem_id="gaussians-view", min_width=220, scale=0)
    stage = Stage(elem_id="gaussians-stage")
    message = gr.Markdown(elem_classes="message", visible=True)
    with gr.Row():
        with gr.Column(min_width=240):
            separation, spread = controls.geometry()
            weights = [
                gr.Slider(*BOUNDS["weight"], value=1.0, step=0.05, label=f"Weight of class {name}")
                for name in CLASS_NAMES
            ]
        with gr.Column(min_width=240):
            rule = controls.rule_choice()
            sampler = controls.sampler_choice()
            steps = gr.Slider(*BOUNDS["steps"], value=32, step=1, label="Steps")
            v = gr.Slider(*BOUNDS["v"], value=0.0, step=0.05, label="Reverse variance v (ancestral only)")
        with gr.Column(min_width=240):
            lam_min = gr.Slider(*BOUNDS["lam_min"], value=-20, step=0.5, label="lam min (noise)")
            lam_max = gr.Slider(*BOUNDS["lam_max"], value=20, step=0.5, label="lam max (clean)")
            points = gr.Slider(*BOUNDS["points"], value=240, step=10, label="Points of each class")
            seed = gr.Number(value=0, precision=0, label="Seed", minimum=0)
            save = gr.Button("Save the paper's figure as a PNG", size="sm", elem_id="gaussians-save")
            picture = gr.Textbox(visible="hidden")
            actual = gr.Checkbox(label="Exact density of what the guided ODE yields (dashed)", value=False)

    numbers = controls.rule_numbers()

    def compute(
        view, separation, spread, a, b, c, rule, sampler, steps, v, lam_min, lam_max, points, seed, actual, *numbers
    ):
        try:
            settings = toy_settings(
                (a, b, c),
                rule,
                sampler,
                (controls.TOY_PARAMS, numbers),
                separation=separation,
                spread=spread,
                steps=steps,
                v=v,
                lam_min=lam_min,
                lam_max=lam_max,
                points=points,
                seed=seed,
            )
            if view not in VIEWS:
                raise ValueError(f"view must be one of {', '.join(VIEWS)}")
            return payload(settings, view, actual is True), ""
        except ValueError as problem:
            return gr.skip(), f"⚠ {problem}"

    inputs = [view, separation, spread, *weights, rule, sampler, steps, v, lam_min, lam_max, points, seed, actual]
    inputs += numbers

    def draw_figure(separation, spread, a, b, c):
        try:
            settings = toy_settings((a, b, c), separation=separation, spread=spread)
        except ValueError as problem:
            return gr.skip(), f"⚠ {problem}"
        return "data:image/png;base64," + base64.b64encode(figure_png(settings)).decode(), ""

    bind_slider(w, stage, "w")
    save.click(
        draw_figure,
        [separation, spread, *weights],
        [picture, message],
        preprocess=False,
        show_progress="hidden",
        concurrency_id="sweeps",
        api_name="paper_figure",
    ).then(None, picture, None, js=SAVE)
    controls.live(compute, inputs, [stage, message], "gaussians")
    with gr.Accordion("Try this", open=False):
        gr.Markdown(text("gaussians_try"), latex_delimiters=controls.LATEX)
    names = (
        "separation",
        "spread",
        "a",
        "b",
        "c",
        "rule",
        "sampler",
        "steps",
        "v",
        "lam_min",
        "lam_max",
        "points",
        "seed",
    )
    linked = {"w": w, "view": view, "actual": actual, **dict(zip(names, inputs[1 : 1 + len(names)], strict=True))}
    linked |= {p.name: slider for p, slider in zip(controls.TOY_PARAMS, numbers, strict=True)}
    return controls.Opening(compute, inputs, [stage, message], linked)
