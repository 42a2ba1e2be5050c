"""Tab "Score field": conditional, unconditional, difference and guided arrows over noise levels; drop a particle."""

from __future__ import annotations

import gradio as gr

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES, ToySettings, field_sweep, particle_sweep
from demo import controls
from demo.checks import choice, class_index, number, toy_settings
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.field import DROP, scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

QUANTITIES = ("eps", "score")


@once(64)
def fields(s: ToySettings, c: int, quantity: str) -> Sweep:
    return field_sweep(s, c, quantity)


def payload(s: ToySettings, c: int, quantity: str, drop: tuple[float, float, float]) -> str:
    """The stage's value: the fields (shared by all who ask the same) and this visitor's particle."""
    sweep = fields(s, c, quantity).merged(particle_sweep(s, c, drop[:2], drop[2], quantity))
    return pack(sweep, scene(sweep))


def in_view(s: ToySettings, c: int, quantity: str, drop: tuple[float, float, float]) -> tuple[float, float, float]:
    """The particle where it was, or at the edge of the view that these settings have."""
    edge = 0.96 * fields(s, c, quantity).meta["extent"][1]
    return max(-edge, min(drop[0], edge)), max(-edge, min(drop[1], edge)), drop[2]


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("field")
    with gr.Row():
        w = controls.w_slider("field-w")
        lam = gr.Slider(
            -8,
            8,
            value=DROP[2],
            step=0.1,
            label="Log-SNR lam",
            elem_id="field-lam",
            scale=3,
            info="−8: nearly pure noise; 8: nearly clean. Sampling walks to the right.",
        )
    stage = Stage(elem_id="field-stage", room=(710, 1190))
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        c = gr.Radio(list(CLASS_NAMES), value="A", label="Class")
        quantity = gr.Radio(
            [("eps (noise estimate)", "eps"), ("score = −eps / σ", "score")], value="score", label="Arrows"
        )
        rule = controls.rule_choice()
    with gr.Row():
        separation, spread = controls.geometry()
    drop = gr.State(DROP)

    numbers = controls.rule_numbers()

    def compute(c, quantity, rule, separation, spread, *rest, dropped=False):
        *numbers, drop = rest
        try:
            settings = toy_settings(
                rule=rule, params=(controls.TOY_PARAMS, numbers), separation=separation, spread=spread
            )
            quantity = choice("arrows", quantity, QUANTITIES)
            name = class_index(c)
            return payload(settings, name, quantity, drop if dropped else in_view(settings, name, quantity, drop)), ""
        except ValueError as problem:
            return gr.skip(), f"⚠ {problem}"

    def click(event: gr.EventData, *values):
        drop = values[-1]
        try:
            x, y = (number("position", event._data[k]) for k in ("x", "y"))
            lam_ = number("lam", event._data["lam"])
        except (ValueError, KeyError, TypeError) as problem:
            return gr.skip(), f"⚠ {problem}", drop
        return *compute(*values[:-1], (x, y, lam_), dropped=True), (x, y, lam_)

    inputs = [c, quantity, rule, separation, spread, *numbers, drop]
    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    controls.live(compute, inputs[:-1], [stage, message], "field", extra=[drop])
    stage.drop(
        click,
        inputs,
        [stage, message, drop],
        preprocess=False,
        show_progress="hidden",
        concurrency_id="sweeps",
        trigger_mode="always_last",
        api_name="field_drop",
    )
    with gr.Accordion("Try this", open=False):
        words("field_try")
    linked = {
        "w": w,
        "lam": lam,
        "class": c,
        "arrows": quantity,
        "rule": rule,
        "separation": separation,
        "spread": spread,
        **{p.name: slider for p, slider in zip(controls.TOY_PARAMS, numbers, strict=True)},
    }
    return controls.Opening(compute, inputs, [stage, message], linked)
