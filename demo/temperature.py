"""Tab "Temperature": a softmax with T, and the three knobs of a diffusion model that are taken for a temperature."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gradio as gr

from cfg_core.sweeps import Sweep
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
from demo.stage import Stage, bind_slider
from demo.texts import text

COLORS = ("A", "B", "C", "guided", "diff")  # of the bars' curves
# method: colour, title of its panel, its name in a sentence
METHODS = {
    "score_sde": ("A", "Score × 1/T, through the SDE", "score × 1/T, SDE"),
    "score_ode": ("diff", "Score × 1/T, through the ODE", "score × 1/T, ODE"),
    "noise": ("C", "Sampling noise × √T", "noise × √T"),
    "guidance": ("guided", "Guidance with scale 1 + w = 1/T", "guidance"),
}
GUIDE = " with w = {guide_w:3g} (scale {guide_scale:3g})"  # 1 + w = 1/T
VIEWS = {"In one dimension": 1, "In two dimensions": 2}
LEVELS = (-8.0, -4.5, -2.0, -0.5)  # of a log density below its maximum: 4, 3, 2 and 1 standard deviations
NAMES = ("weight", "width_a", "width_b", "separation", "steps", "lam_min", "seed")


def softmax_scene(sweep: Sweep) -> dict[str, Any]:
    """Bars at T, and probabilities and entropy against T with moving dots."""
    logits = sweep.meta["logits"]
    curves: list[dict[str, Any]] = []
    for i, z in enumerate(logits):
        line = {"x": "temperature", "y": f"p_{i + 1}", "color": COLORS[i]}
        curves += [{"type": "curve", "name": f"logit {_signed(z)}", **line}, {"type": "dot", "size": 4, **line}]
    share = {"x": "temperature", "y": "entropy_share", "color": "ink"}
    curves += [{"type": "curve", "name": "entropy / log n", "dash": [5, 4], **share}, {"type": "dot", **share}]
    parts = ", ".join(f"[{COLORS[i]}]{{p_{i + 1}:1%}}[/] for logit {_signed(z)}" for i, z in enumerate(logits))
    return {
        "coords": {"T": 1.0},
        "sliders": {"T": "temperature-softmax-T"},
        "columns": 2,
        "panels": [
            {
                "id": "bars",
                "title": "p ∝ exp(logit / T)",
                "height": 260,
                "x": {"range": [0.4, len(logits) + 0.6], "label": "choice"},
                "y": {"range": [0, 1.02], "label": "probability"},
                "layers": [{"type": "path", "xy": "bars", "color": "A", "fill": 0.55, "width": 1.5, "ends": False}],
            },
            {
                "id": "against",
                "title": "Probabilities and entropy as T runs from 0.05 to 5",
                "height": 260,
                "legend": True,
                "x": {"range": [0, 5], "label": "temperature T"},
                "y": {"range": [0, 1.02], "label": "probability"},
                "layers": curves,
            },
        ],
        "caption": [
            f"At T = {{T}}: {parts}; entropy {{entropy:3g}} nats, {{entropy_share:0%}} of the largest possible."
        ],
        "alt": "Bars of a softmax, and their heights against the temperature.",
    }


def mixture_scene(sweep: Sweep) -> dict[str, Any]:
    """Four panels, one for each method, each with p^(1/T)."""
    dim, half = sweep.meta["settings"]["dim"], sweep.meta["extent"][1]
    panels = [_line(sweep, name) if dim == 1 else _plane(sweep, name) for name in METHODS]
    rows = [
        f"{_named(key)}: {{share_{key}:1%}} of the samples on A's side, width there {{width_{key}:3g}}."
        for key in METHODS
    ]
    return {
        "coords": {"T": 0.5},
        "sliders": {"T": "temperature-T"},
        "play": {"slider": "temperature-T", "seconds": 9, "step": 0.05, "label": "from cold to warm, along T"},
        "columns": 4 if dim == 1 else 2,
        "panels": [{**p, "x": {"range": [-half, half], "label": "x" if dim == 1 else "x₁"}} for p in panels],
        "caption": [
            "At T = {T}, true p^(1/T): {share_true:1%} of the mass on class A's side (where p(A|x) > ½), "
            "width there {width_true:3g}.",
            *rows,
        ],
        "alt": "Samples of four methods beside the density p to the power 1/T.",
    }


def _line(sweep: Sweep, name: str) -> dict[str, Any]:
    color, title, _ = METHODS[name]
    return {
        "id": name,
        "title": title,
        "height": 300,
        "legend": True,
        "y": {"range": [0, round(min(2.2, 1.25 * float(sweep["top"])), 2)], "label": ""},
        "layers": [
            {"type": "path", "name": "p(x)", "xy": "plain", "color": "uncond", "width": 1.2, "ends": False},
            {
                "type": "path",
                "name": "samples",
                "xy": f"hist_{name}",
                "color": color,
                "width": 1,
                "fill": 0.4,
                "ends": False,
            },
            {"type": "path", "name": "true p^(1/T)", "xy": "true", "color": "ink", "width": 2, "ends": False},
        ],
    }


def _plane(sweep: Sweep, name: str) -> dict[str, Any]:
    color, title, _ = METHODS[name]
    extent = sweep.meta["extent"]
    return {
        "id": name,
        "title": title,
        "aspect": "equal",
        "height": 340,
        "legend": True,
        "y": {"range": extent[2:], "label": "x₂"},
        "layers": [
            {
                "type": "contour",
                "name": "true p^(1/T); dots are samples",
                "z": "log_true",
                "extent": extent,
                "levels": LEVELS,
                "relative": "max",
                "color": "ink",
            },
            {"type": "points", "xy": f"samples_{name}", "color": color, "size": 2, "opacity": 0.7},
        ],
    }


def gaussian_scene(sweep: Sweep) -> dict[str, Any]:
    """Standard deviation against T, formula and measured, and the Gaussians themselves."""
    width = sweep.meta["width"]
    spread: list[dict[str, Any]] = []
    bells: list[dict[str, Any]] = []
    for key, (color, _, name) in METHODS.items():
        line = {"color": color, "name": name}
        spread.append({"type": "curve", "x": "temperature", "y": f"sd_{key}", **line})
        spread.append({"type": "dot", "x": "temperature", "y": f"root_{key}", "color": color})
        bells.append({"type": "path", "xy": f"curve_{key}", "ends": False, **line})
    truth = {"color": "ink", "dash": [5, 4], "name": "true p^(1/T)"}
    spread.append({"type": "curve", "x": "temperature", "y": "sd_true", **truth})
    bells.append({"type": "path", "xy": "curve_true", "ends": False, **truth})

    noise = f"lam min = {_signed(sweep.meta['lam_min'])} it ends at"

    def row(key: str, formula: str) -> str:
        return f"{_named(key)}: {formula} {{var_{key}:3g}}, measured {{got_{key}:3g}}."

    return {
        "coords": {"T": 0.5},
        "sliders": {"T": "temperature-T"},
        "columns": 2,
        "panels": [
            {
                "id": "spread",
                "title": "Standard deviation of the samples: formula (line) and measured (dot)",
                "height": 300,
                "legend": True,
                "x": {"range": [0.25, 1.6], "label": "temperature T"},
                "y": {"range": [0, 2.2 * width], "label": "standard deviation"},
                "layers": spread,
            },
            {
                "id": "bells",
                "title": "The densities by formula",
                "height": 300,
                "legend": True,
                "x": {"range": [-4 * width, 4 * width], "label": "x"},
                "y": {"range": [0, 1.4 / width], "label": ""},
                "layers": bells,
            },
        ],
        "caption": [
            f"On N(0, s²) with s = {width:g}, at T = {{T}}: true p^(1/T) has variance T s² = {{var_true:3g}}.",
            row("score_sde", f"s²/(2/T − 1) = {{limit:3g}}, from {noise}"),
            row("score_ode", f"from {noise}"),
            row("noise", "T s² ="),
            row("guidance", "a lone class is left alone, s² ="),
        ],
        "alt": "Standard deviation against temperature of four methods on one Gaussian, and their densities.",
    }


def _named(key: str) -> str:
    """A method's name in its colour, with its weight where it has one."""
    color, _, name = METHODS[key]
    return f"[{color}]{name}[/]" + (GUIDE if key == "guidance" else "")


def _signed(x: float) -> str:
    return f"{x:g}".replace("-", "−")


def _pack(sweep: Sweep, scene: dict[str, Any]) -> str:
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene}, separators=(",", ":"))


@lru_cache(maxsize=64)
def softmax_payload(logits: tuple[float, ...]) -> str:
    sweep = softmax_sweep(logits)
    return _pack(sweep, softmax_scene(sweep))


@lru_cache(maxsize=64)
def mixture_payload(s: TemperatureSettings) -> str:
    sweep = mixture_sweep(s)
    return _pack(sweep, mixture_scene(sweep))


@lru_cache(maxsize=64)
def gaussian_payload(width: float, lam_min: float, steps: int, seed: int) -> str:
    sweep = gaussian_sweep(width, lam_min, steps, seed)
    return _pack(sweep, gaussian_scene(sweep))


def soften(*logits: Any) -> tuple[Any, str]:
    """The softmax stage's value, or a message."""
    try:
        return softmax_payload(tuple(number("logit", z, BOUNDS) for z in logits)), ""
    except ValueError as problem:
        return gr.skip(), f"⚠ {problem}"


def temper(view: Any, width: Any, *values: Any) -> tuple[Any, Any, str]:
    """The values of the mixture's and the single Gaussian's stages, or a message."""
    try:
        dim = VIEWS[choice("view", view, tuple(VIEWS))]
        given: dict[str, Any] = {n: number(n, x, BOUNDS) for n, x in zip(NAMES, values, strict=True)}
        s = TemperatureSettings(dim=dim, **given)
        return mixture_payload(s), gaussian_payload(number("width", width, BOUNDS), s.lam_min, s.steps, s.seed), ""
    except ValueError as problem:
        return gr.skip(), gr.skip(), f"⚠ {problem}"


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    gr.Markdown(text("temperature"), latex_delimiters=controls.LATEX)
    with gr.Row():
        t_soft = gr.Slider(
            0.05, 5, value=1, step=0.05, label="Temperature T of the softmax", elem_id="temperature-softmax-T"
        )
    soft = Stage(elem_id="temperature-softmax-stage")
    with gr.Row():
        logits = [
            gr.Slider(*BOUNDS["logit"], value=z, step=0.1, label=f"Logit {i}", min_width=140)
            for i, z in enumerate(LOGITS, 1)
        ]
    gr.Markdown(text("temperature_three"), latex_delimiters=controls.LATEX)
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
    stage = Stage(elem_id="temperature-stage")
    message = gr.Markdown(elem_classes="message")
    numbers = _mixture_controls()
    gr.Markdown(text("temperature_one"), latex_delimiters=controls.LATEX)
    width = gr.Slider(*BOUNDS["width"], value=1.0, step=0.1, label="Width s of the single Gaussian")
    one = Stage(elem_id="temperature-one-stage")

    bind_slider(t_soft, soft, "T")
    for each in (stage, one):
        bind_slider(t, each, "T")
    controls.live(soften, logits, [soft, message], "temperature_softmax")
    inputs = [view, width, *numbers]
    controls.live(temper, inputs, [stage, one, message], "temperature")
    with gr.Accordion("Try this", open=False):
        gr.Markdown(text("temperature_try"), latex_delimiters=controls.LATEX)

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
            gr.Number(value=0, precision=0, label="Seed", minimum=0, min_width=120),
        ]
    return numbers
