"""Tab "One line": the plain PyTorch of guidance, from unconditional to conditional to guided, one line at a time."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from cfg_core.guidance import RULES
from cfg_core.snippets import BOUNDS, GUIDED, Snippet, W, lines, notebook, outcome_sweep, weight_line
from cfg_core.sweeps.toy import CLASS_NAMES
from demo import controls
from demo.checks import choice, class_index, number
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.one_line import START_W, STEP_NAMES, scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words
from demo.widgets.code_panel import CodePanel

MODEL_NAMES = (("the exact toy", "exact"), ("a network trained in place", "net"))


def panel_value(s: Snippet) -> str:
    """What the code panel shows for these settings."""
    return json.dumps(
        {
            "lines": [[line.text, line.mark, line.was] for line in lines(s)],
            "w": s.w,
            "template": weight_line(),
            "notebook": notebook(s),
            "name": f"guidance_{s.step}_{s.model}.ipynb",
        },
        separators=(",", ":"),
    )


@once(32)
def outcome(s: Snippet) -> str:
    """The stage's value; it holds every w, so `s.w` does not matter."""
    sweep = outcome_sweep(s)
    return pack(sweep, scene(sweep, s.c, s.drop))


def snippet(step: Any, model: Any, name: Any, sampler: Any, steps: Any, rule: Any, seed: Any, drop: Any,
            p_uncond: Any, w: Any) -> Snippet:  # fmt: skip
    """A checked Snippet from raw values. Raises ValueError naming the bound."""
    if not isinstance(drop, bool):
        raise ValueError("drop the label must be true or false")
    return Snippet(
        step=choice("step", step, tuple(n for _, n in STEP_NAMES)),
        model=choice("model", model, tuple(n for _, n in MODEL_NAMES)),
        c=class_index(name),
        w=number("w", w, BOUNDS),
        sampler=choice("sampler", sampler, ("ddim", "ancestral")),
        steps=int(number("steps", steps, BOUNDS)),
        rule=choice("guidance", rule, GUIDED),
        seed=int(number("seed", seed, BOUNDS)),
        drop=drop,
        p_uncond=number("p_uncond", p_uncond, BOUNDS),
    )


@controls.explained(2)
def write(*raw: Any) -> tuple[str, str]:
    """The values of the code panel and the stage."""
    s = snippet(*raw)
    same = Snippet(s.step, s.model, s.c, START_W, s.sampler, s.steps, s.rule, s.drop, seed=s.seed)
    return panel_value(s), outcome(same)


SET_W = "(w) => { window.cfgCode?.set(Number(w)); }"


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("code")
    with gr.Row():
        w = gr.Slider(
            float(W[0]), float(W[-1]), value=START_W, step=0.1, label="Guidance weight w", elem_id="code-w", scale=3,
            info="0: plain conditional; −1: unconditional. Many libraries write the scale s = 1 + w.",
        )  # fmt: skip
        step = gr.Radio(list(STEP_NAMES), value="guided", label="Sampling, one line at a time", min_width=330)
        model = gr.Radio(list(MODEL_NAMES), value="exact", label="The model in the script", min_width=330)
    with gr.Row():
        with gr.Column(scale=3, min_width=340):
            panel = CodePanel(value=panel_value(Snippet()), elem_id="code-panel")  # there at once
        with gr.Column(scale=2, min_width=320):
            stage = Stage(elem_id="code-stage", room=(620, 560))
            message = gr.Markdown(elem_classes="message")
    with gr.Row():
        name = gr.Radio(list(CLASS_NAMES), value="A", label="Class", min_width=160)
        sampler = gr.Dropdown([("DDIM", "ddim"), ("ancestral (v = 0)", "ancestral")], value="ddim",
                              label="Sampler", min_width=180)  # fmt: skip
        steps = gr.Slider(*BOUNDS["steps"], value=32, step=1, label="Steps", min_width=180)
        rule = gr.Dropdown([(RULES[n].title, n) for n in GUIDED], value="cfg", label="Guidance", min_width=180)
        seed = gr.Number(value=0, precision=0, label="Seed", minimum=0, maximum=BOUNDS["seed"][1], min_width=120)
    with gr.Row():
        drop = gr.Checkbox(value=True, label="Training drops the label (network only)", min_width=260)
        p_uncond = gr.Slider(*BOUNDS["p_uncond"], value=0.1, step=0.01, label="p_uncond, how often (network only)")
    with gr.Accordion("Try this", open=False):
        words("code_try")

    bind_slider(w, stage, "w")
    w.change(None, w, None, js=SET_W)
    watched = [step, model, name, sampler, steps, rule, seed, drop, p_uncond]
    controls.live(write, watched, [panel, stage, message], "code", extra=[w])
    linked = {
        "w": w, "step": step, "model": model, "class": name, "sampler": sampler, "steps": steps, "rule": rule,
        "seed": seed, "drop": drop, "p_uncond": p_uncond,
    }  # fmt: skip
    return controls.Opening(write, [*watched, w], [panel, stage, message], linked)
