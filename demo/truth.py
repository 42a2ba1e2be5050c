"""Tab "Target & truth": what guidance is said to sample, what it samples, and the sampler that reaches the target."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gradio as gr

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES
from cfg_core.sweeps.truth import BOUNDS, TruthSettings
from demo import controls
from demo.checks import choice, class_index, number, switch
from demo.stage import Stage, bind_slider
from demo.texts import text

VIEWS = ("Three laws", "The gap", "One Gaussian", "Small steps", "More dimensions")
LEVELS = (-4.5, -2.0, -0.5)
LAWS = {
    "ode": ("guided ODE (Heun)", "guided"),
    "sde": ("ancestral", "uncond"),
    "corrected": ("corrected", "C"),
}
CLOSE = 0.05  # an error in law that the sentence on steps calls close


def _range(low: float, high: float, label: str) -> dict[str, Any]:
    return {"range": [low, high], "label": label}


def _laws_plane(sweep: Sweep) -> dict[str, Any]:
    extent, (x, y), reach = sweep.meta["extent"], sweep.meta["around"], 3.6 * sweep.meta["settings"]["spread"]
    contour = {"type": "contour", "extent": extent, "levels": LEVELS, "relative": "max", "toggle": True}
    target = {"base": "log_pxc", "slope": "log_pcx", "by": "w"}
    layers: list[dict[str, Any]] = [
        {
            "type": "points",
            "name": f"{name} samples",
            "xy": key,
            "color": color,
            "size": 1.9,
            "opacity": 0.6,
            "toggle": True,
        }
        for key, (name, color) in LAWS.items()
    ]
    layers += [
        {**contour, "name": "target (tilt)", "z": target, "color": "cond", "width": 2},
        {
            **contour,
            "name": "exact density of the ODE",
            "z": "log_actual",
            "color": "guided",
            "dash": [5, 4],
            "width": 1.6,
        },
    ]
    return {
        "id": "plane",
        "title": f"Class {CLASS_NAMES[sweep.meta['settings']['c']]}: the target, and three ways to sample",
        "aspect": "equal",
        "height": 430,
        "legend": True,
        "x": _range(x - reach, x + reach, "x₁"),
        "y": _range(y - reach, y + reach, "x₂"),
        "layers": layers,
    }


def laws_scene(sweep: Sweep) -> dict[str, Any]:
    """The plane, the means over w, and the effective sample size along lam."""
    top = 1.06 * max(float(sweep[f"out_{name}"].max()) for name in ("target", *LAWS))
    low = min(0.0, float(sweep["out_ode"].min())) - 0.1
    curves = [("target", "target", "cond", [5, 4]), *((k, n, c, None) for k, (n, c) in LAWS.items())]
    means: list[dict[str, Any]] = []
    for key, name, color, dash in curves:
        line = {"type": "curve", "name": name, "x": "w_axis", "y": f"out_{key}", "along": "w", "color": color}
        means.append({**line, "dash": dash} if dash else line)
    means += [
        {"type": "dot", "x": "w_axis", "y": f"out_{key}", "color": color, "size": 5} for key, _, color, _ in curves
    ]
    said = "; ".join(f"[{color}]{name} {{out_{key}:2f}}[/] ({{sd_{key}:2f}})" for key, (name, color) in LAWS.items())
    n = sweep.meta["settings"]["particles"]
    moved = (
        "A Langevin step at each noise level keeps them where the weights point."
        if sweep.meta["settings"]["langevin"]
        else "Without the Langevin step the weights can only choose among particles that guidance has carried too far."
    )
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "truth-w"},
        "columns": 3,
        "panels": [
            _laws_plane(sweep),
            {
                "id": "means",
                "title": "Mean distance out from the centre, over w",
                "aspect": "free",
                "height": 430,
                "legend": True,
                "x": _range(-1, 10, "guidance weight w"),
                "y": _range(low, top, "mean, outward"),
                "layers": means,
            },
            {
                "id": "ess",
                "title": "Effective sample size of the corrected particles",
                "aspect": "free",
                "height": 430,
                "x": _range(-12, 12, "lam, from noise to data"),
                "y": _range(0, 1.04, "share of the particles"),
                "layers": [{"type": "path", "name": "share", "xy": "ess", "color": "C", "width": 2, "ends": False}],
            },
        ],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) the target's mean lies [cond]{{out_target:2f}}[/] out from the centre "
            f"(spread {{sd_target:2f}}). Samples: {said}.",
            f"The {n:,} corrected particles carry weights and were resampled {{resampled:0f}} times, each time their "
            "effective number fell below half; at worst it was {ess_least:0%} (where that is a few per cent, the steps "
            f"are too long for these weights: take more). {moved}",
        ],
        "alt": "Samples of the guided ODE, of ancestral sampling and of the corrected sampler over the tilted target.",
    }


def gap_scene(sweep: Sweep) -> dict[str, Any]:
    """The log ratio as a heat map with its gradient, at the present w and lam."""
    extent = sweep.meta["extent"]
    axes = {"x": _range(extent[0], extent[1], "z₁"), "y": _range(extent[2], extent[3], "z₂")}
    heat = {
        "type": "heat",
        "name": "log ratio",
        "z": "log_ratio",
        "extent": extent,
        "map": "diverging",
        "color": "diff",
    }
    arrows = {"type": "arrows", "name": "what the guided score lacks", "xy": "at", "uv": "gap", "color": "ink"}
    return {
        "coords": {"w": 3.0, "lam": -1.5},
        "sliders": {"w": "truth-w", "lam": "truth-lam"},
        "play": {"slider": "truth-lam", "seconds": 6, "step": 0.75, "label": "from noise to data, along lam"},
        "columns": 1,
        "panels": [
            {
                "id": "gap",
                "title": "log of the noised tilt over what guidance follows, and its gradient",
                "aspect": "equal",
                "height": 520,
                "legend": True,
                **axes,
                "layers": [
                    {**heat, "symmetric": "colour", "toggle": True},
                    {**arrows, "scale": "auto", "width": 1.4, "toggle": True},
                ],
            }
        ],
        "caption": [
            "At w = {w} (scale 1 + w = {s}) and lam = {lam} the guided score is [diff]{gap_rms:2f}[/] away from the "
            "score of the noised tilt (root mean square under the tilt), beside its own size of {score_rms:2f}. "
            "Full colour is a log ratio of ±{colour:2g}.",
            "Colour: log E[p(c|x)^(1+w) | z] − (1+w) log E[p(c|x) | z], by quadrature; never negative for w ≥ 0. "
            "Arrows: its gradient, to be added to the guided score to follow the target. None at w = 0 and w = −1.",
        ],
        "alt": "Heat map of the log ratio of the noised tilt to the guided density, with arrows of its gradient.",
    }


GAUSSIAN_LAWS = (("tilt", "target", "cond"), ("sde", "SDE", "uncond"), ("ode", "ODE", "guided"))


def gaussian_scene(sweep: Sweep) -> dict[str, Any]:
    """Densities by formula with measured histograms, means and variances over w: lines by formula, dots measured."""
    shape: list[dict[str, Any]] = []
    means: list[dict[str, Any]] = []
    variances: list[dict[str, Any]] = []
    for key, name, color in GAUSSIAN_LAWS:
        measured = {"type": "path", "name": f"{name} measured", "xy": f"histogram_{key}", "color": color, "width": 1}
        shape.append({**measured, "fill": 0.15, "ends": False, "toggle": True})
        formula = {"type": "path", "name": f"{name} by formula", "xy": f"density_{key}", "color": color, "width": 2.2}
        shape.append({**formula, "ends": False, "toggle": True})
        for layers, what in ((means, "mean"), (variances, "var")):
            line = {"type": "curve", "name": name, "x": "w_axis", "y": f"{what}_{key}", "along": "w", "color": color}
            dot = {"type": "dot", "x": "coarse_axis", "y": f"got_{what}_{key}", "color": color, "size": 5}
            layers += [line, dot]
    c = sweep.meta["c"]
    said = "; ".join(
        f"[{color}]{name}[/] mean {{mean_{key}:3f}} (measured {{got_mean_{key}:3f}}), variance {{var_{key}:3f}} "
        f"(measured {{got_var_{key}:3f}})"
        for key, name, color in GAUSSIAN_LAWS
    )
    top = 1.1 * max(float(sweep[f"mean_{key}"].max()) for key, _, _ in GAUSSIAN_LAWS)
    free = {"aspect": "free", "height": 400, "legend": True}
    over = _range(-1, 10, "guidance weight w")
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "truth-w"},
        "columns": 3,
        "panels": [
            {"id": "shape", "title": "Three laws of x", **free, "x": _range(-3, 3 * c + 3, "x"),
             "y": _range(0, 2.0, "density"), "layers": shape},
            {"id": "mean", "title": "Mean: formula (line) and measured (dot)", **free, "x": over,
             "y": _range(-0.1, top, "mean"), "layers": means},
            {"id": "variance", "title": "Variance: formula (line) and measured (dot)", **free, "x": over,
             "y": _range(0, 2.1, "variance"), "layers": variances},
        ],
        "caption": [
            f"p(x|c) = N({c:g}, 1) and p(x) = N(0, 2), at w = {{w}} (scale 1 + w = {{s}}): {said}.",
            f"Measured on {sweep.meta['samples']:,} samples, {sweep.meta['steps']} steps: the target by the corrected "
            "sampler, the SDE by ancestral sampling (v = 1), the ODE by Heun.",
        ],
        "alt": "Densities of the tilted target, the guided SDE and the guided ODE with measured histograms.",
    }  # fmt: skip


SAMPLER_COLORS = {"ancestral": "uncond", "ddim": "cond", "heun": "guided", "dpmpp_2m": "C", "euler": "B"}


def steps_scene(sweep: Sweep, sentences: list[str]) -> dict[str, Any]:
    """A panel for each w: error in law against steps, both as powers, one line a sampler."""
    panels = []
    for j, w in enumerate(sweep.meta["w"]):
        lines = [
            {"type": "path", "name": name, "xy": {"array": "error", "pick": {"sampler": i, "w_index": j}},
             "color": SAMPLER_COLORS[name], "width": 2}
            for i, name in enumerate(sweep.labels["sampler"])
        ]  # fmt: skip
        panels.append(
            {"id": f"w{w:g}", "title": f"w = {w:g} (scale {1 + w:g})", "aspect": "free", "height": 300,
             "legend": j == 0, "x": _range(1.7, 7.3, "log₂ of the steps"), "y": _range(-5, 1, "log₁₀ of the error"),
             "layers": lines}
        )  # fmt: skip
    return {
        "coords": {"w": 3.0},
        "columns": 3,
        "panels": panels,
        "caption": sentences,
        "alt": "Error of five samplers against their number of steps, at five guidance weights, on logarithmic axes.",
    }


def dimensions_scene(sweep: Sweep) -> dict[str, Any]:
    """The overshoot over the number of dimensions at the present w."""
    dims = sweep.meta["dims"]
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "truth-w"},
        "columns": 1,
        "panels": [
            {
                "id": "dims",
                "title": "How far the guided ODE's mean lies beyond the target's, as a share of the way to the class",
                "aspect": "free",
                "height": 380,
                "x": _range(-0.3, 7.3, "log₂ of the number of dimensions D"),
                "y": _range(-0.4, 2.3, "overshoot / distance of the class"),
                "layers": [{"type": "path", "name": "overshoot", "xy": "overshoot", "color": "guided", "width": 2.4}],
            }
        ],
        "caption": [
            "At w = {w} (scale 1 + w = {s}) the guided mean overshoots the target's by {over_2:0%} of the distance of "
            f"the class in 2 dimensions, by {{over_16:0%}} in 16 and by {{over_{dims[-1]}:0%}} in {dims[-1]}.",
            "Two classes at ±m, unit variance, every coordinate of m equal to 0.75: each dimension adds the same "
            "evidence. A picture in the plane exaggerates what happens in the space of images.",
        ],
        "alt": "Relative overshoot of guided sampling against the number of dimensions.",
    }


def _pack(sweep: Sweep, scene: dict[str, Any]) -> str:
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene}, separators=(",", ":"))


@lru_cache(maxsize=32)
def payload(view: str, s: TruthSettings) -> str:
    """The stage's value for these settings; computed once for everyone who asks the same."""
    from cfg_core.sweeps import truth

    if view == "Three laws":
        sweep = truth.laws_sweep(s)
        return _pack(sweep, laws_scene(sweep))
    if view == "The gap":
        sweep = truth.gap_sweep(s)
        return _pack(sweep, gap_scene(sweep))
    if view == "One Gaussian":
        from cfg_core.sweeps.one_gaussian import one_gaussian_sweep

        sweep = one_gaussian_sweep(steps=s.steps, seed=s.seed)
        return _pack(sweep, gaussian_scene(sweep))
    if view == "Small steps":
        from cfg_core.sweeps.step_error import errors_sweep, step_errors

        errors = step_errors(s.mixture, s.c, seed=s.seed)
        return _pack(errors_sweep(errors), steps_scene(errors_sweep(errors), _on_steps(errors)))
    sweep = truth.overshoot_sweep(seed=s.seed)
    return _pack(sweep, dimensions_scene(sweep))


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
        words[3],
        " ".join(words[:3] + words[4:]),
        f"Error: sliced 2-Wasserstein distance of {errors.points} samples from the sampler's own limit (a fine Heun "
        f"run from the same noises; a fine ancestral run from others). Two independent draws differ by {floor}: "
        "ancestral sampling cannot come nearer. A step of Heun evaluates the field twice.",
    ]


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    gr.Markdown(text("truth"), latex_delimiters=controls.LATEX)
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
    stage = Stage(elem_id="truth-stage")
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        c = gr.Radio(list(CLASS_NAMES), value="A", label="Class", min_width=160)
        separation = gr.Slider(*BOUNDS["separation"], value=1.793, step=0.001, label="Separation of the classes")
        spread = gr.Slider(*BOUNDS["spread"], value=1.0, step=0.01, label="Spread of the classes")
    with gr.Row():
        steps = gr.Slider(*BOUNDS["steps"], value=128, step=1, label="Steps")
        particles = gr.Slider(*BOUNDS["particles"], value=4000, step=100, label="Corrected particles")
        seed = gr.Number(value=0, precision=0, label="Seed", minimum=0, min_width=100)
        langevin = gr.Checkbox(True, label="Langevin step", info="of the corrected sampler, at each noise level")
    inputs = [view, c, separation, spread, steps, particles, seed, langevin]

    def compute(view, c, separation, spread, steps, particles, seed, langevin):
        try:
            settings = TruthSettings(
                c=class_index(c),
                separation=number("separation", separation, BOUNDS),
                spread=number("spread", spread, BOUNDS),
                steps=int(number("steps", steps, BOUNDS)),
                particles=int(number("particles", particles, BOUNDS)),
                seed=int(number("seed", seed, BOUNDS)),
                langevin=switch("langevin", langevin),
            )
            return payload(choice("view", view, VIEWS), settings), ""
        except ValueError as problem:
            return gr.skip(), f"⚠ {problem}"

    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    controls.live(compute, inputs, [stage, message], "truth")
    with gr.Accordion("Try this", open=False):
        gr.Markdown(text("truth_try"), latex_delimiters=controls.LATEX)
    names = ("view", "class", "separation", "spread", "steps", "particles", "seed", "langevin")
    return controls.Opening(
        compute, inputs, [stage, message], {"w": w, "lam": lam, **dict(zip(names, inputs, strict=True))}
    )
