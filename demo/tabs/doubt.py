"""Tab "Classifier's doubt": samples guided by a classifier, as it, another classifier and the truth judge them."""

from __future__ import annotations

import gradio as gr

from cfg_core.sweeps.toy import CLASS_NAMES
from demo import controls
from demo.checks import choice, class_index
from demo.prepared import once
from demo.scenes import pack
from demo.scenes.doubt import scene
from demo.stage import Stage, bind_slider
from demo.texts import lead, words

SIZES = ("30", "200", "5000")
BASES = ("unconditional", "conditional")
GUIDES = {
    "classifier": "this classifier",
    "learned": "classifier-free, learned network",
    "exact": "classifier-free, exact",
}


@once(64)
def payload(size: int, c: int, base: str, guide: str) -> str:
    """The stage's value for these settings; computed once for everyone who asks the same."""
    from cfg_core.sweeps.doubt import doubt_sweep

    sweep = doubt_sweep(size, c, base, guide)
    return pack(sweep, scene(sweep))


@controls.explained()
def judged(size, c, base, guide):
    """The stage's value for what the controls say."""
    return payload(
        int(choice("training points", size, SIZES)),
        class_index(c),
        choice("base", base, BASES),
        choice("guide", guide, tuple(GUIDES)),
    )


def warm() -> None:
    """The view that the tab opens with, before anyone asks for it."""
    payload(30, CLASS_NAMES.index("B"), "unconditional", "classifier")


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    lead("doubt")
    with gr.Row():
        w = controls.w_slider("doubt-w")
        size = gr.Radio(list(SIZES), value="30", label="Points the classifier was trained on", scale=1, min_width=260)
    stage = Stage(elem_id="doubt-stage", room=(1090, 2290))
    message = gr.Markdown(elem_classes="message")
    with gr.Row():
        guide = gr.Radio(
            [(t, n) for n, t in GUIDES.items()], value="classifier", label="What guided the samples", min_width=300
        )
        base = gr.Radio(list(BASES), value="unconditional", label="The model that the classifier guides", min_width=300)
    with gr.Row():
        c = gr.Radio(list(CLASS_NAMES), value="B", label="Class", min_width=220)
        lam = gr.Slider(
            -4, 8, value=2, step=0.5, label="Log-SNR lam of the gradients", elem_id="doubt-lam", scale=2, min_width=300,
            info="−4: mostly noise; 8: nearly clean. Only the panel of gradients depends on it.",
        )  # fmt: skip
    inputs = [size, c, base, guide]

    bind_slider(w, stage, "w")
    bind_slider(lam, stage, "lam")
    controls.live(judged, inputs, [stage, message], "doubt")
    with gr.Accordion("Try this", open=False):
        words("doubt_try")
    linked = {"w": w, "lam": lam, "points": size, "class": c, "base": base, "guide": guide}
    return controls.Opening(judged, inputs, [stage, message], linked)
