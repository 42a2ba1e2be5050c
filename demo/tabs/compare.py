"""Tab "Compare": any two guidance rules side by side on the same noises, with the same read-outs."""

from __future__ import annotations

import gradio as gr

from cfg_core.sweeps.compare import compare_sweep
from cfg_core.sweeps.toy import BOUNDS, ToySettings
from demo import controls
from demo.checks import toy_settings
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.compare import scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

POINTS = 200  # of each class


@once(64)
def payload(left: ToySettings, right: ToySettings) -> str:
    """The stage's value; computed once for everyone who asks the same."""
    sweep = compare_sweep(left, right)
    return pack(sweep, scene(sweep))


@controls.explained()
def compared(rule_l, sampler_l, rule_r, sampler_r, separation, spread, steps, seed, *numbers):
    """The stage's value for what the controls say."""
    common = {"separation": separation, "spread": spread, "steps": steps, "seed": seed, "points": POINTS}
    params = (controls.TOY_PARAMS, numbers)
    return payload(
        toy_settings(rule=rule_l, sampler=sampler_l, params=params, **common),
        toy_settings(rule=rule_r, sampler=sampler_r, params=params, **common),
    )


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("compare")
    with gr.Row():
        w = controls.w_slider("compare-w")
    with gr.Row():
        left = [controls.rule_choice(label="Left: guidance"), controls.sampler_choice("Left: sampler")]
        right = [
            controls.rule_choice(value="interval", label="Right: guidance"),
            controls.sampler_choice("Right: sampler"),
        ]
    stage = Stage(elem_id="compare-stage", room=(580, 1650))
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        separation, spread = controls.geometry()
        steps = gr.Slider(*BOUNDS["steps"], value=32, step=1, label="Steps")
        seed = controls.seed_box(min_width=100)
    numbers = controls.rule_numbers(table=True)

    inputs = [*left, *right, separation, spread, steps, seed, *numbers.values()]
    bind_slider(w, stage, "w")
    controls.live(compared, inputs, [stage, message], "compare")
    with gr.Accordion("Try this", open=False):
        words("compare_try")
    names = ("left", "left_sampler", "right", "right_sampler", "separation", "spread", "steps", "seed")
    linked = {"w": w, **dict(zip((*names, *numbers), inputs, strict=True))}
    return controls.Opening(compared, inputs, [stage, message], linked)
