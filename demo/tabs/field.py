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
PLACE = ("position", "position", "lam")  # what bounds the x, y and lam of a particle


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


def _asked(c, quantity, rule, separation, spread, numbers) -> tuple[ToySettings, int, str]:
    """The checked settings, class and quantity. Raises ValueError naming the bound."""
    params = (controls.TOY_PARAMS, numbers)
    settings = toy_settings(rule=rule, params=params, separation=separation, spread=spread)
    return settings, class_index(c), choice("arrows", quantity, QUANTITIES)


@controls.explained()
def seen(c, quantity, rule, separation, spread, *rest):
    """The stage's value for what the controls say, the particle kept in view; it is the last of `rest`."""
    *numbers, drop = rest
    asked = _asked(c, quantity, rule, separation, spread, numbers)
    return payload(*asked, in_view(*asked, drop))


@controls.explained(2)
def dropped(event: gr.EventData, c, quantity, rule, separation, spread, *rest):
    """The stage's value with the particle where the click was, and that place."""
    *numbers, _ = rest
    x, y, lam = (number(n, v) for n, v in zip(PLACE, controls.clicked(event, "x", "y", "lam"), strict=True))
    return payload(*_asked(c, quantity, rule, separation, spread, numbers), (x, y, lam)), (x, y, lam)


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

    settings = {"class": c, "arrows": quantity, "rule": rule, "separation": separation, "spread": spread, **numbers}
    inputs = [*settings.values(), drop]
    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    controls.numbers_of_the_rule(rule, numbers)
    controls.live(seen, inputs[:-1], [stage, message], "field", extra=[drop])
    stage.drop(
        dropped,
        inputs,
        [stage, drop, message],
        preprocess=False,
        show_progress="hidden",
        concurrency_id="sweeps",
        trigger_mode="always_last",
        api_name="field_drop",
    )
    with gr.Accordion("Try this", open=False):
        words("field_try")
    return controls.Opening(seen, inputs, [stage, message], {"w": w, "lam": lam, **settings})
