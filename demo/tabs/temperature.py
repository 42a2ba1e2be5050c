"""Tab "Temperature": a softmax with T, and the three knobs of a diffusion model that are taken for a temperature."""

from __future__ import annotations

from typing import Any

import gradio as gr

from cfg_core.sweeps.temperature import (
    BOUNDS,
    LOGITS,
    TemperatureSettings,
    gaussian_sweep,
    mixture_sweep,
    softmax_sweep,
)
from demo import controls
from demo.checks import choice, number
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.temperature import gaussian_scene, mixture_scene, softmax_scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

VIEWS = {"In one dimension": 1, "In two dimensions": 2}
NAMES = ("weight", "width_a", "width_b", "separation", "steps", "lam_min", "seed")


@once(64)
def softmax_payload(logits: tuple[float, ...]) -> str:
    sweep = softmax_sweep(logits)
    return pack(sweep, softmax_scene(sweep))


@once(64)
def mixture_payload(s: TemperatureSettings) -> str:
    sweep = mixture_sweep(s)
    return pack(sweep, mixture_scene(sweep))


@once(64)
def gaussian_payload(width: float, lam_min: float, steps: int, seed: int) -> str:
    sweep = gaussian_sweep(width, lam_min, steps, seed)
    return pack(sweep, gaussian_scene(sweep))


@controls.explained()
def soften(*logits: Any) -> str:
    """The softmax stage's value."""
    return softmax_payload(tuple(number("logit", z, BOUNDS) for z in logits))


@controls.explained(2)
def temper(view: Any, width: Any, *values: Any) -> tuple[str, str]:
    """The values of the mixture's and the single Gaussian's stages."""
    dim = VIEWS[choice("view", view, tuple(VIEWS))]
    given: dict[str, Any] = {n: number(n, x, BOUNDS) for n, x in zip(NAMES, values, strict=True)}
    s = TemperatureSettings(dim=dim, **given)
    return mixture_payload(s), gaussian_payload(number("width", width, BOUNDS), s.lam_min, s.steps, s.seed)


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("temperature")
    with gr.Row():
        t_soft = gr.Slider(
            0.05, 5, value=1, step=0.05, label="Temperature T of the softmax", elem_id="temperature-softmax-T"
        )
    soft = Stage(elem_id="temperature-softmax-stage", room=(360, 770))
    with gr.Row():
        logits = [
            gr.Slider(*BOUNDS["logit"], value=z, step=0.1, label=f"Logit {i}", min_width=140)
            for i, z in enumerate(LOGITS, 1)
        ]
    words("temperature_three")
    with gr.Row():
        t = gr.Slider(
            0.25,
            1.6,
            value=0.5,
            step=0.05,
            label="Temperature T",
            elem_id="temperature-T",
            scale=3,
            info="Below 1: sharper. At T = 1 all of them are the plain sampler.",
        )
        view = gr.Radio(list(VIEWS), value="In one dimension", label="View", min_width=220)
    stage = Stage(elem_id="temperature-stage", room=(530, 1850))
    message = gr.Markdown(elem_classes="message")
    numbers = _mixture_controls()
    words("temperature_one")
    width = gr.Slider(*BOUNDS["width"], value=1.0, step=0.1, label="Width s of the single Gaussian")
    one = Stage(elem_id="temperature-one-stage", room=(520, 1140))

    bind_slider(t_soft, soft, "T")
    for each in (stage, one):
        bind_slider(t, each, "T")
    controls.live(soften, logits, [soft, message], "temperature_softmax")
    inputs = [view, width, *numbers]
    controls.live(temper, inputs, [stage, one, message], "temperature")
    with gr.Accordion("Try this", open=False):
        words("temperature_try")

    def opened(*values: Any) -> tuple[Any, ...]:
        first, wrong = soften(*values[: len(logits)])
        *rest, message = temper(*values[len(logits) :])
        return first, *rest, wrong or message

    linked = {
        "T": t,
        "T_softmax": t_soft,
        "view": view,
        **{f"logit_{i}": slider for i, slider in enumerate(logits, 1)},
        "s": width,
        **dict(zip(NAMES, numbers, strict=True)),
    }
    return controls.Opening(opened, [*logits, *inputs], [soft, stage, one, message], linked)


def _mixture_controls() -> list[Any]:
    """The numbers of TemperatureSettings, in the order of NAMES."""
    with gr.Row():
        numbers: list[Any] = [
            gr.Slider(*BOUNDS["weight"], value=0.7, step=0.05, label="Weight of class A", min_width=180),
            gr.Slider(*BOUNDS["width_a"], value=0.35, step=0.05, label="Width of A", min_width=180),
            gr.Slider(*BOUNDS["width_b"], value=0.9, step=0.05, label="Width of B", min_width=180),
            gr.Slider(*BOUNDS["separation"], value=1.5, step=0.1, label="Separation", min_width=180),
        ]
    with gr.Row():
        numbers += [
            gr.Slider(*BOUNDS["steps"], value=160, step=16, label="Sampling steps", min_width=180),
            gr.Slider(*BOUNDS["lam_min"], value=-12, step=1, label="lam min (noise)", min_width=180),
            controls.seed_box(min_width=120),
        ]
    return numbers
