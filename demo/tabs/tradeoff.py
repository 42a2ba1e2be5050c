"""Tab "Trade-off": what raises IS and what wrecks FID, the paper's tables as curves, and our own in the same axes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.tradeoff import (
    CONFIDENCE,
    COVERED,
    DIVERSITY,
    REAL_CONFIDENCE,
    SHIFT,
    cifar_sweep,
    movable_sweep,
    paper_sweep,
    read_tables,
    same_axes_sweep,
    toy_sweep,
)
from demo import controls
from demo.checks import choice, toy_settings
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.tradeoff import OURS_W, START, movable_scene, ours_scene, paper_scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

CURVES = Path(__file__).resolve().parents[2] / "assets" / "cifar" / "curves.json"
TABLES = {"ImageNet 64², by p_uncond": "imagenet64", "ImageNet 128², by steps T": "imagenet128"}
RANGES = {"w up to 4": 4.0, "w up to 1": 1.0}
POINTS = 400  # of each class of the toy

# what a button sets: confidence, classes covered, diversity, shift
PRESETS = {
    "Like the real pictures": (REAL_CONFIDENCE, 10, 1.0, 0.0),
    "Like strong guidance": (0.98, 10, 0.35, 0.2),
    "Half of the classes": (REAL_CONFIDENCE, 5, 1.0, 0.0),
    "One picture of each": (1.0, 10, 0.0, 0.0),
    "Another style": (REAL_CONFIDENCE, 10, 1.0, 1.5),
}


@once(1)
def movable_payload() -> str:
    sweep = movable_sweep()
    return pack(sweep, movable_scene(sweep))


@once(8)
def paper_payload(name: str, top_w: float) -> str:
    table = read_tables()[name]
    return pack(paper_sweep(table), paper_scene(table, top_w))


@controls.explained()
def paper(table: Any, span: Any) -> str:
    """The value of the paper's stage."""
    name = TABLES[choice("table", table, tuple(TABLES))]
    return paper_payload(name, RANGES[choice("range", span, tuple(RANGES))])


def _cifar(path: Path = CURVES) -> Sweep | None:
    try:
        return cifar_sweep(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


@once(32)
def ours_payload(sampler: str, steps: int, separation: float, spread: float) -> str:
    s = toy_settings(sampler=sampler, steps=steps, separation=separation, spread=spread, points=POINTS)
    toy, cifar = toy_sweep(s), _cifar()
    sweep = same_axes_sweep(toy, read_tables()["imagenet64"], cifar)
    return pack(sweep, ours_scene(sweep, toy, cifar))


@controls.explained()
def ours(sampler: Any, steps: Any, separation: Any, spread: Any) -> str:
    """The value of the stage of our own curves."""
    s = toy_settings(sampler=sampler, steps=steps, separation=separation, spread=spread, points=POINTS)
    return ours_payload(s.sampler, s.steps, s.separation, s.spread)


# ---- the tab ------------------------------------------------------------------------------------------------------


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("tradeoff")
    moving, movers = _movable()
    words("tradeoff_paper")
    with gr.Row():
        paper_w = gr.Slider(
            0,
            4,
            value=1,
            step=0.02,
            label="Guidance weight w of the paper's tables",
            scale=3,
            elem_id="tradeoff-paper-w",
            info="Its rows: 0 to 1 by tenths, then 2, 3 and 4. Many libraries write the scale s = 1 + w.",
        )
        table = gr.Radio(list(TABLES), value=next(iter(TABLES)), label="Table", min_width=260)
        span = gr.Radio(list(RANGES), value=next(iter(RANGES)), label="Range shown", min_width=160)
    standing = Stage(elem_id="tradeoff-paper-stage", room=(520, 1670))
    words("tradeoff_ours")
    ours_w = gr.Slider(
        *OURS_W,
        value=1,
        step=0.1,
        label="Guidance weight w",
        elem_id="tradeoff-ours-w",
        info="0: plain conditional; −1: unconditional. Many libraries write the scale s = 1 + w.",
    )
    own = Stage(elem_id="tradeoff-ours-stage", room=(450, 1360))
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        sampler = controls.sampler_choice("The toy's sampler")
        steps = gr.Slider(2, 128, value=32, step=1, label="The toy's steps")
        separation, spread = controls.geometry()
    with gr.Accordion("Try this", open=False):
        words("tradeoff_try")

    bind_slider(paper_w, standing, "w")
    bind_slider(ours_w, own, "w")
    chosen, toy = [table, span], [sampler, steps, separation, spread]
    controls.live(paper, chosen, [standing, message], "tradeoff_paper")
    controls.live(ours, toy, [own, message], "tradeoff_ours")

    def opened(table: Any, span: Any, *values: Any) -> tuple[Any, ...]:
        first, wrong = paper(table, span)
        second, message = ours(*values)
        return movable_payload(), first, second, wrong or message

    linked = {
        **movers, "paper_w": paper_w, "table": table, "span": span,
        "w": ours_w, "sampler": sampler, "steps": steps, "separation": separation, "spread": spread,
    }  # fmt: skip
    return controls.Opening(opened, [*chosen, *toy], [moving, standing, own, message], linked)


def _movable() -> tuple[Stage, dict[str, gr.Slider]]:
    """Four sliders that move two distributions in the browser, and buttons that set them."""
    limits = {
        "confidence": ("Confidence of the classifier", CONFIDENCE),
        "covered": ("Classes covered", COVERED),
        "diversity": ("Diversity within a class", DIVERSITY),
        "shift": ("Shift of all pictures", SHIFT),
    }
    with gr.Row():
        buttons = [gr.Button(name, size="sm", min_width=140) for name in PRESETS]
    with gr.Row():
        sliders = {
            name: gr.Slider(
                round(float(grid[0]), 6), round(float(grid[-1]), 6), value=start, label=label, min_width=200,
                step=round(float(grid[1] - grid[0]), 6), elem_id=f"tradeoff-{name}",
            )
            for (name, (label, grid)), start in zip(limits.items(), START, strict=True)
        }  # fmt: skip
    stage = Stage(elem_id="tradeoff-stage", room=(510, 1510))
    for name, slider in sliders.items():
        bind_slider(slider, stage, name)
    for button, values in zip(buttons, PRESETS.values(), strict=True):
        button.click(None, None, list(sliders.values()), js=f"() => {json.dumps(list(values))}")
    return stage, sliders
