"""Tab "Process": the lam axis, the laws of lam, single steps there and back, and what a network is asked for."""

from __future__ import annotations

from typing import Any

import gradio as gr

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.process import BOUNDS, LAW_NAMES, StepSettings, law_sweep, process_sweep, step_sweep
from demo import controls
from demo.checks import choice, number
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.process import scene, step_scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

PARTICLE = (0.3, 2.1, 1.2, -0.8)  # x and eps of the particle that is there before the first click


@once(64)
def payload(particle: tuple[float, ...], law: str, lam_min: float, lam_max: float, points: int, seed: int) -> str:
    along = _along(particle)
    of_lam = law_sweep(law, lam_min, lam_max, points, seed)
    return pack(along.merged(of_lam), scene(along, of_lam))


@once(16)
def _along(particle: tuple[float, ...]) -> Sweep:
    return process_sweep((particle[0], particle[1]), (particle[2], particle[3]))


@once(64)
def step_payload(s: StepSettings) -> str:
    sweep = step_sweep(s)
    return pack(sweep, step_scene(sweep))


@controls.explained()
def along_lam(law: Any, lam_min: Any, lam_max: Any, points: Any, seed: Any, *particle: Any) -> str:
    """The first stage's value."""
    low, high = number("lam_min", lam_min, BOUNDS), number("lam_max", lam_max, BOUNDS)
    if not low < high:
        raise ValueError("lam min must be below lam max")
    n, first = (int(number(name, value, BOUNDS)) for name, value in (("points", points), ("seed", seed)))
    place = tuple(number("coordinate", value, BOUNDS) for value in particle)
    return payload(place, choice("law", law, LAW_NAMES), low, high, n, first)


@controls.explained()
def one_step(lam: Any, lam_: Any, x: Any, eps: Any) -> str:
    """The second stage's value."""
    given = {name: number(name, value, BOUNDS) for name, value in zip(STEP, (lam, lam_, x, eps), strict=True)}
    return step_payload(StepSettings(**given))


STEP = ("lam", "lam_", "x", "eps")


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("process")
    lam = gr.Slider(
        -10,
        10,
        value=-2,
        step=0.1,
        label="Log-SNR lam",
        elem_id="process-lam",
        info="−10: nearly pure noise; 10: nearly clean. The forward process walks to the left, sampling to the right.",
    )
    stage = Stage(elem_id="process-stage", room=(1090, 3050))
    message = gr.Markdown(elem_classes="message")
    law_inputs, particle = _law_controls()
    words("process_step")
    v = gr.Slider(0, 1, value=0.3, step=0.02, label="Reverse variance v", elem_id="process-v")
    steps = Stage(elem_id="process-steps-stage", room=(480, 1470))
    with gr.Row():
        step_inputs = [
            gr.Slider(*BOUNDS["lam"], value=-1, step=0.1, label="lam (noisier)", min_width=180),
            gr.Slider(*BOUNDS["lam_"], value=1, step=0.1, label="lam' (cleaner)", min_width=180),
            gr.Slider(*BOUNDS["x"], value=1, step=0.1, label="x, the clean value", min_width=180),
            gr.Slider(*BOUNDS["eps"], value=-0.6, step=0.1, label="ε, its noise at both levels", min_width=180),
        ]

    step_message = gr.Markdown(elem_classes="message")
    bind_slider(lam, stage, "lam")
    bind_slider(v, steps, "v")
    inputs = [*law_inputs, *particle]
    controls.live(along_lam, inputs, [stage, message], "process")
    controls.live(one_step, step_inputs, [steps, step_message], "process_step")
    with gr.Accordion("Try this", open=False):
        words("process_try")

    def opened(*values: Any) -> tuple[Any, ...]:
        first, wrong = along_lam(*values[: len(inputs)])
        second, also = one_step(*values[len(inputs) :])
        return first, wrong, second, also

    linked = {
        "lam": lam,
        "v": v,
        **dict(zip(("law", "lam_min", "lam_max", "points", "seed"), law_inputs, strict=True)),
        **dict(zip(("x1", "x2", "eps1", "eps2"), particle, strict=True)),
        **dict(zip(("lam_noisier", "lam_cleaner", "x", "eps"), step_inputs, strict=True)),
    }
    return controls.Opening(opened, [*inputs, *step_inputs], [stage, message, steps, step_message], linked)


def _law_controls() -> tuple[list[Any], list[Any]]:
    """What chooses the law and its draws, and the four numbers of the marked particle."""
    with gr.Row():
        law: list[Any] = [
            gr.Radio(list(LAW_NAMES), value=LAW_NAMES[0], label="Law of lam", min_width=280),
            gr.Slider(*BOUNDS["lam_min"], value=-20, step=0.5, label="lam min (noise)", min_width=160),
            gr.Slider(*BOUNDS["lam_max"], value=20, step=0.5, label="lam max (clean)", min_width=160),
            gr.Slider(*BOUNDS["points"], value=4000, step=100, label="Draws", min_width=160),
            controls.seed_box(min_width=120),
        ]
    with gr.Accordion("The marked particle", open=False), gr.Row():
        labels = ("x₁", "x₂", "ε₁", "ε₂")
        particle = [
            gr.Slider(-3, 3, value=value, step=0.1, label=label, min_width=140)
            for label, value in zip(labels, PARTICLE, strict=True)
        ]
    return law, particle
