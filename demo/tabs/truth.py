"""Tab "Target & truth": what guidance is said to sample, what it samples, and the sampler that reaches the target."""

from __future__ import annotations

from typing import Any

import gradio as gr

from cfg_core.sweeps.toy import CLASS_NAMES
from cfg_core.sweeps.truth import BOUNDS, TruthSettings
from demo import controls
from demo.checks import choice, class_index, number, switch
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.truth import dimensions_scene, gap_scene, gaussian_scene, laws_scene, steps_scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

VIEWS = ("Three laws", "The gap", "One Gaussian", "Small steps", "More dimensions")
CLOSE = 0.05  # an error in law that the sentence on steps calls close


@once(32)
def payload(view: str, s: TruthSettings) -> str:
    """The stage's value for these settings; computed once for everyone who asks the same."""
    from cfg_core.sweeps import truth

    if view == "Three laws":
        sweep = truth.laws_sweep(s)
        return pack(sweep, laws_scene(sweep))
    if view == "The gap":
        sweep = truth.gap_sweep(s)
        return pack(sweep, gap_scene(sweep))
    if view == "One Gaussian":
        from cfg_core.sweeps.one_gaussian import one_gaussian_sweep

        sweep = one_gaussian_sweep(steps=s.steps, seed=s.seed)
        return pack(sweep, gaussian_scene(sweep))
    if view == "Small steps":
        from cfg_core.sweeps.step_error import errors_sweep, step_errors

        errors = step_errors(s.mixture, s.c, seed=s.seed)
        return pack(errors_sweep(errors), steps_scene(errors_sweep(errors), _on_steps(errors)))
    sweep = truth.overshoot_sweep(seed=s.seed)
    return pack(sweep, dimensions_scene(sweep))


def _on_steps(errors: Any) -> list[str]:
    """What each sampler needs to come close, in words."""
    words = []
    for w in errors.w:
        parts = []
        for sampler in errors.samplers:
            if sampler != "ancestral":
                steps = errors.needed(sampler, w, CLOSE)
                parts.append(f"{sampler} " + (f"{steps} steps" if steps else f"more than {errors.steps[-1]}"))
        words.append(f"At w = {w:g} (scale {1 + w:g}), to come within {CLOSE}: {', '.join(parts)}.")
    floor = f"{errors.floor.min():.2f} to {errors.floor.max():.2f}"
    return [
        "Each panel is for a w of its own; of the sliders above none counts here. " + words[3],
        " ".join(words[:3] + words[4:]),
        f"Error: sliced 2-Wasserstein distance of {errors.points} samples from the sampler's own limit (a fine Heun "
        f"run from the same noises; a fine ancestral run from others). Two independent draws differ by {floor}: "
        "ancestral sampling cannot come nearer. A step of Heun evaluates the field twice.",
    ]


@controls.explained()
def told(view, c, separation, spread, steps, particles, seed, langevin):
    """The stage's value for what the controls say."""
    settings = TruthSettings(
        c=class_index(c),
        separation=number("separation", separation, BOUNDS),
        spread=number("spread", spread, BOUNDS),
        steps=int(number("steps", steps, BOUNDS)),
        particles=int(number("particles", particles, BOUNDS)),
        seed=int(number("seed", seed, BOUNDS)),
        langevin=switch("langevin", langevin),
    )
    return payload(choice("view", view, VIEWS), settings)


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("truth")
    with gr.Row():
        view = gr.Radio(VIEWS, value=VIEWS[0], label="View", elem_id="truth-view", min_width=300)
    with gr.Row():
        w = gr.Slider(
            -1, 10, value=3, step=1, label="Guidance weight w", elem_id="truth-w", scale=3, min_width=260,
            info="Whole values: particles are resampled at each. Many libraries write the scale s = 1 + w.",
        )  # fmt: skip
        lam = gr.Slider(
            -6, 3, value=-1.5, step=0.75, label="Log-SNR lam (of the gap)", elem_id="truth-lam", scale=2, min_width=220
        )
    stage = Stage(elem_id="truth-stage", room=(610, 1830))
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        c = gr.Radio(list(CLASS_NAMES), value="A", label="Class", min_width=160)
        separation = gr.Slider(*BOUNDS["separation"], value=1.793, step=0.001, label="Separation of the classes")
        spread = gr.Slider(*BOUNDS["spread"], value=1.0, step=0.01, label="Spread of the classes")
    with gr.Row():
        steps = gr.Slider(*BOUNDS["steps"], value=128, step=1, label="Steps")
        particles = gr.Slider(*BOUNDS["particles"], value=4000, step=100, label="Corrected particles")
        seed = controls.seed_box(min_width=100)
        langevin = gr.Checkbox(True, label="Langevin step", info="of the corrected sampler, at each noise level")
    inputs = [view, c, separation, spread, steps, particles, seed, langevin]

    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    geometry = [c, separation, spread]
    controls.only_where_they_count(
        view,
        {
            "Three laws": [w, *geometry, steps, particles, seed, langevin],
            "The gap": [w, lam, *geometry],
            "One Gaussian": [w, steps, seed],
            "Small steps": [*geometry, seed],
            "More dimensions": [w, seed],
        },
    )
    controls.live(told, inputs, [stage, message], "truth")
    with gr.Accordion("Try this", open=False):
        words("truth_try")
    names = ("view", "class", "separation", "spread", "steps", "particles", "seed", "langevin")
    return controls.Opening(
        told, inputs, [stage, message], {"w": w, "lam": lam, **dict(zip(names, inputs, strict=True))}
    )
