"""Tab "Is it a gradient?": curl, loop integral and implicit classifier of a learned field, beside the exact one."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES
from demo import controls
from demo.checks import choice, class_index, number
from demo.prepared import once
from demo.scenes.gradient import FIELDS, scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

P_UNCOND = ("0.02", "0.1", "0.2", "0.5", "0.8")
BOUNDS = {"z₁ of the circle": (-5.0, 5.0), "z₂ of the circle": (-5.0, 5.0), "radius": (0.1, 3.0)}
CIRCLE = (1.8, 0.6, 1.0)  # z1, z2 and radius before the first drag


@once(32)
def fields(kind: str, p_uncond: float, c: int) -> Sweep:
    """What does not depend on the circle."""
    from cfg_core.mixture import three_gaussians
    from cfg_core.sweeps.gradient import curl_sweep, field_model, implicit_sweep

    model, mixture = field_model(kind, p_uncond, single=True), three_gaussians()
    return curl_sweep(model, mixture, c).merged(implicit_sweep(model, mixture, c))


@once(256)
def round_the_circle(kind: str, p_uncond: float, c: int, x: float, y: float, radius: float) -> Sweep:
    from cfg_core.mixture import three_gaussians
    from cfg_core.sweeps.gradient import circle_sweep, field_model

    return circle_sweep(field_model(kind, p_uncond), three_gaussians(), c, (x, y), radius)


def checked(kind: Any, p: Any, c: Any, x: Any, y: Any, radius: Any) -> tuple[str, float, int, float, float, float]:
    """All settings of the view. Raises ValueError naming the bound or the names."""
    kind = choice("field", kind, tuple(FIELDS))
    p_uncond = float(choice("p_uncond", p, P_UNCOND)) if kind == "learned" else 0.1
    at = (number(name, value, BOUNDS) for name, value in zip(BOUNDS, (x, y, radius), strict=True))
    return kind, p_uncond, class_index(c), *at  # type: ignore[return-value]


def _key(kind: str, p_uncond: float, c: int) -> str:
    return f"{kind} {p_uncond:g} {c}"


def payload(kind: str, p_uncond: float, c: int, *at: float) -> str:
    """The stage's value: the maps (shared by all who ask the same) and the circle."""
    sweep = fields(kind, p_uncond, c).merged(round_the_circle(kind, p_uncond, c, *at))
    value = {"sweep": sweep.to_dict(), "scene": scene(sweep, kind, _key(kind, p_uncond, c))}
    return json.dumps(value, separators=(",", ":"))


def patch(kind: str, p_uncond: float, c: int, *at: float) -> str:
    """The circle alone, for the scene that is shown already: a hundredth of the whole."""
    sweep = round_the_circle(kind, p_uncond, c, *at)
    return json.dumps({"patch": _key(kind, p_uncond, c), "sweep": sweep.to_dict()}, separators=(",", ":"))


@controls.explained()
def seen(*values: Any) -> str:
    return payload(*checked(*values))


@controls.explained()
def moved(x: Any, y: Any, radius: Any, kind: Any, p: Any, c: Any) -> str:
    return patch(*checked(kind, p, c, x, y, radius))


@controls.explained(2)
def dropped(event: gr.EventData) -> tuple[float, ...]:
    """Where the circle's centre was put, for the two sliders."""
    at = controls.clicked(event, "x", "y")
    return tuple(round(number(name, value, BOUNDS), 2) for name, value in zip(BOUNDS, at, strict=False))


def warm() -> None:
    """The view that the tab opens with, before anyone asks for it."""
    payload("learned", 0.1, 0, *CIRCLE)


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("gradient")
    with gr.Row():
        w = controls.w_slider("gradient-w")
        lam = gr.Slider(
            -6, 6, value=0, step=0.5, label="Log-SNR lam", elem_id="gradient-lam", scale=3, min_width=300,
            info="−6: nearly pure noise; 6: nearly clean.",
        )  # fmt: skip
    stage = Stage(elem_id="gradient-stage", room=(1160, 2210))
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        kind = gr.Radio(
            [(title, name) for name, title in FIELDS.items()], value="learned", label="Field on the left", min_width=300
        )
        p = gr.Radio(list(P_UNCOND), value="0.1", label="p_uncond of the learned network", min_width=300)
        c = gr.Radio(list(CLASS_NAMES), value="A", label="Class", min_width=220)
    with gr.Row():
        x, y, radius = (
            gr.Slider(
                *BOUNDS[name], value=at, step=0.05, label=name.capitalize() if name == "radius" else name, min_width=260
            )
            for name, at in zip(BOUNDS, CIRCLE, strict=True)
        )

    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    controls.live(seen, [kind, p, c], [stage, message], "gradient", extra=[x, y, radius])
    controls.live(moved, [x, y, radius], [stage, message], "gradient_circle", extra=[kind, p, c])
    quiet: dict[str, Any] = {"preprocess": False, "show_progress": "hidden", "queue": False}
    stage.drop(dropped, None, [x, y, message], trigger_mode="always_last", api_name="gradient_drop", **quiet)
    with gr.Accordion("Try this", open=False):
        words("gradient_try")
    linked = {"w": w, "lam": lam, "field": kind, "p_uncond": p, "class": c, "z1": x, "z2": y, "radius": radius}
    return controls.Opening(seen, [kind, p, c, x, y, radius], [stage, message], linked)
