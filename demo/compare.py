"""Tab "Compare": any two guidance rules side by side on the same noises, with the same read-outs."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gradio as gr

from cfg_core.guidance import RULES
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.compare import SIDES, compare_sweep
from cfg_core.sweeps.toy import BOUNDS, CLASS_NAMES, ToySettings
from demo import controls
from demo.checks import toy_settings
from demo.stage import Stage, bind_slider
from demo.texts import text

LEVELS = (-4.5, -2.0, -0.5)  # of a log density below its maximum: 3, 2 and 1 standard deviations of a Gaussian
COLORS = {"left": "guided", "right": "diff"}
POINTS = 200  # of each class


def _plane(sweep: Sweep, side: str, half: float) -> dict[str, Any]:
    """One side's samples over the contours of the target."""
    extent, settings = sweep.meta["extent"], sweep.meta[side]
    layers: list[dict[str, Any]] = [
        {
            "type": "contour",
            "name": "target p(x|c) p(c|x)^w",
            "group": "target",
            "z": {"base": "log_pxc", "slope": "log_pcx", "by": "w", "pick": {"class": c}},
            "extent": extent,
            "levels": LEVELS,
            "relative": "max",
            "color": name,
            "width": 1.3,
            "on": True,
            "toggle": True,
        }
        for c, name in enumerate(CLASS_NAMES)
    ]
    layers.append(
        {
            "type": "points",
            "name": "guided samples",
            "xy": f"{side}_samples",
            "size": 2.1,
            "opacity": 0.75,
            "on": True,
            "toggle": True,
        }
    )
    return {
        "id": side,
        "title": f"{side.title()}: {RULES[settings['rule']].title}, {settings['sampler']}",
        "aspect": "equal",
        "height": 400,
        "legend": True,
        "x": {"range": [-half, half], "label": "x₁"},
        "y": {"range": [-half, half], "label": "x₂"},
        "layers": layers,
    }


def _trade_off(sweep: Sweep) -> dict[str, Any]:
    """Class probability against spread, a curve over w and a moving dot for each side."""
    layers: list[dict[str, Any]] = []
    for side in SIDES:
        layers.append(
            {
                "type": "curve",
                "name": side,
                "x": f"{side}_keep_mean",
                "y": f"{side}_prob_mean",
                "along": "w",
                "color": COLORS[side],
            }
        )
    layers.append(
        {
            "type": "curve",
            "name": "tilted target",
            "x": "target_keep",
            "y": "target_prob",
            "along": "w",
            "color": "cond",
            "dash": [5, 4],
        }
    )
    for side in SIDES:
        dot = {"type": "dot", "x": f"{side}_keep_mean", "y": f"{side}_prob_mean", "color": COLORS[side], "size": 6}
        layers.append(dot)
    top = max(float(sweep[f"{side}_keep_mean"].max()) for side in SIDES)
    return {
        "id": "trade",
        "title": "Fidelity against diversity",
        "aspect": "free",
        "height": 400,
        "legend": True,
        "x": {"range": [0, round(1.08 * max(top, float(sweep["target_keep"].max())), 2)], "label": "spread kept"},
        "y": {"range": [0, 1.04], "label": "mean class probability p(c|x)"},
        "layers": layers,
    }


def scene(sweep: Sweep) -> dict[str, Any]:
    """Both planes on the same axes, and the trade-off of both."""
    half = max(extent[1] for extent in sweep.meta["extents"].values())
    read = "{{{0}_keep_mean:0%}} of the spread, {{{0}_own_mean:1%}} classified as their class"
    rules = [sweep.meta[side]["rule"] for side in SIDES]
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "compare-w"},
        "columns": 3,
        "panels": [_plane(sweep, "left", half), _plane(sweep, "right", half), _trade_off(sweep)],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) the samples keep, on the left, {read.format('left')}; "
            f"on the right, {read.format('right')}.",
            "The two samples that one noise leads to lie {apart:2f} apart (root mean square; the classes' means are "
            f"{3**0.5 * sweep.meta['left']['separation']:.2f} apart).",
            *(controls.about_rule(rule) for rule in dict.fromkeys(rules)),
        ],
        "alt": "Samples of two guidance rules on the same noises, side by side, and the trade-off of each over w.",
    }


@lru_cache(maxsize=64)
def payload(left: ToySettings, right: ToySettings) -> str:
    """The stage's value; computed once for everyone who asks the same."""
    sweep = compare_sweep(left, right)
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene(sweep)}, separators=(",", ":"))


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    gr.Markdown(text("compare"), latex_delimiters=controls.LATEX)
    with gr.Row():
        w = controls.w_slider("compare-w")
    with gr.Row():
        left = [controls.rule_choice(label="Left: guidance"), controls.sampler_choice("Left: sampler")]
        right = [
            controls.rule_choice(value="interval", label="Right: guidance"),
            controls.sampler_choice("Right: sampler"),
        ]
    stage = Stage(elem_id="compare-stage")
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        separation, spread = controls.geometry()
        steps = gr.Slider(*BOUNDS["steps"], value=32, step=1, label="Steps")
        seed = gr.Number(value=0, precision=0, label="Seed", minimum=0, min_width=100)
    numbers = controls.rule_numbers(table=True)

    def compute(rule_l, sampler_l, rule_r, sampler_r, separation, spread, steps, seed, *numbers):
        try:
            sides = [
                toy_settings(
                    rule=rule,
                    sampler=sampler,
                    params=(controls.TOY_PARAMS, numbers),
                    separation=separation,
                    spread=spread,
                    steps=steps,
                    seed=seed,
                    points=POINTS,
                )
                for rule, sampler in ((rule_l, sampler_l), (rule_r, sampler_r))
            ]
            return payload(*sides), ""
        except ValueError as problem:
            return gr.skip(), f"⚠ {problem}"

    inputs = [*left, *right, separation, spread, steps, seed, *numbers]
    bind_slider(w, stage, "w")
    controls.live(compute, inputs, [stage, message], "compare")
    with gr.Accordion("Try this", open=False):
        gr.Markdown(text("compare_try"), latex_delimiters=controls.LATEX)
    names = ("left", "left_sampler", "right", "right_sampler", "separation", "spread", "steps", "seed")
    linked = {"w": w, **dict(zip((*names, *(p.name for p in controls.TOY_PARAMS)), inputs, strict=True))}
    return controls.Opening(compute, inputs, [stage, message], linked)
