"""Tab "CIFAR-10": the same noises at w and at w = 0, from a network trained here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from cfg_core.images.cifar import CLASSES
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.tradeoff import measured_sweep
from demo import controls, live
from demo.figures import loss_chart
from demo.scenes import pack
from demo.scenes.cifar import PICK, START_W, W_RANGE, W_STEP, curves_scene, panels_of
from demo.stage import Stage, bind_slider
from demo.texts import lead, words
from demo.widgets.chart import Chart
from demo.widgets.wall import Wall, set_js

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets" / "cifar"

tickets = live.Tickets()


def gallery_value(folder: Path = ASSETS) -> dict[str, Any]:
    """The wall's value for the pre-rendered gallery; a problem to show where its files are missing or damaged."""
    path = folder / "gallery" / "gallery.json"
    try:
        record = json.loads(path.read_text())
        numbers = {name: record["classes"][name] for name in CLASSES}
        sampler = f"seed {record['seed']}, {record['sampler']}, {record['steps']} steps"
        seen, ws = record["images_seen"], record["w"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return {"kind": "problem", "problem": f"{_short(path)} is missing or damaged ({type(problem).__name__})."}
    files = {name: folder / "gallery" / f"{name}.webp" for name in CLASSES}
    missing = [_short(file) for file in files.values() if not file.exists()]
    version = record["model_sha256"][:8]
    return {
        "kind": "gallery", "tile": 32, "w": ws, "noises": record["noises"], "names": CLASSES, "pick": PICK,
        "sheets": {name: f"gradio_api/file={quote(str(file))}?v={version}" for name, file in files.items()},
        "files": {name: _short(file) for name, file in files.items()},
        "numbers": numbers,
        "problem": f"{', '.join(missing)}: missing." if missing else "",
        "source": f"Rendered beforehand by the network that ships with this page: trained by us, {seen:,} images seen; "
        f"{sampler}; weights {version}. Not photographs.",
    }  # fmt: skip


def curves_value(folder: Path = ASSETS) -> str | None:
    """The stage's value for the measured curves over w, or None where curves.json is missing or damaged."""
    try:
        record = json.loads((folder / "curves.json").read_text())
        sweep = measured_sweep(record, panels_of(record))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    return pack(sweep, curves_scene(record))


def no_curves() -> str:
    """The stage's value where there is nothing to draw: a sentence that says so."""
    words = "assets/cifar/curves.json is missing or damaged: no curves over w."
    scene = {"coords": {}, "columns": 1, "panels": [], "caption": words, "alt": words}
    return pack(Sweep({}, {}), scene)


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def sample(request: gr.Request, *values: Any) -> Iterator[tuple[Any, Any]]:
    """The handler of "Sample live": (the wall's value, a message), frame by frame.

    The last of `values` is the number of the press (none for a call that was not announced), the others are as in
    live.checked. What was replaced or stopped while it waited ends at once.
    """
    *raw, press = values
    wanted = tickets.wanted(request.session_hash, press)
    try:
        asked = live.checked(*raw)
        if wanted():
            yield gr.skip(), "Loading the network …"
        for frame in live.frames(asked, wanted):
            done = f"Done in {frame['seconds']:.1f} s." if frame["state"] == "done" else ""
            yield json.dumps(frame, separators=(",", ":")), done
        if not wanted():
            yield gr.skip(), gr.skip()
    except ValueError as problem:
        yield gr.skip(), f"⚠ {problem}"


def press(request: gr.Request) -> tuple[str, str]:
    """The number of a new request, which replaces all of its session from now on, and what to say until its turn."""
    return str(tickets.take(request.session_hash)), "Waiting for the network, which draws for one visitor at a time …"


def stop(request: gr.Request) -> str:
    """Replaces the running request, and those that wait, by nothing: it ends within a step."""
    tickets.take(request.session_hash)
    return "Stopped."


def training_value(folder: Path = ASSETS) -> tuple[str, Any]:
    """How the shipped network was trained: a sentence, and its loss curve as a plotly figure."""
    try:
        record = json.loads((folder / "model.json").read_text())
        words = (
            f"{record['parameters'] / 1e6:.1f} million parameters, trained by Algorithm 1 with "
            f"p_uncond = {record['p_uncond']} and lam ~ {record['lam_law']} on {record['data']}: "
            f"{record['images_seen']:,} images seen in {record['minutes']:.0f} minutes of training, "
            f"seed {', then '.join(map(str, record['seeds']))}, weight average {record['ema_decay']}."
        )
        return words, loss_chart(record["loss_curve"])
    except (OSError, ValueError, KeyError, TypeError):
        return "assets/cifar/model.json is missing or damaged.", gr.skip()


def opening() -> tuple[Any, ...]:
    """What the tab shows first, from files alone; the network is loaded meanwhile, so that the first press is quick."""
    threading.Thread(target=_warm, daemon=True).start()
    curves = curves_value()
    wall = json.dumps(gallery_value(), separators=(",", ":"))
    return wall, no_curves() if curves is None else curves, *training_value()


def _warm() -> None:
    try:
        live.networks()
    except ValueError:
        return  # said in words when someone presses the button


def tab() -> controls.Opening:
    """The tab's contents; call inside gr.Tab. Returns what fills it when it is opened."""
    gr.set_static_paths(ASSETS / "gallery")
    lead("cifar")
    with gr.Row():
        pick = gr.Dropdown([("all ten classes", live.ALL), *((c, c) for c in CLASSES)], value=PICK,
                           label="Class", elem_id="cifar-class", min_width=160, scale=1)  # fmt: skip
        w = gr.Slider(
            *W_RANGE, value=START_W, step=W_STEP, label="Guidance weight w", elem_id="cifar-w", scale=3, min_width=280,
            info="0: plain conditional; −1: unconditional. Many libraries write the scale s = 1 + w.",
        )  # fmt: skip
    wall = Wall(elem_id="cifar-wall")
    with gr.Row():
        seed = controls.seed_box(1, elem_id="cifar-seed", min_width=110)
        count = gr.Slider(1, 64, value=8, step=1, label="Images", elem_id="cifar-count", min_width=160)
        steps = gr.Slider(1, 50, value=12, step=1, label="Steps", elem_id="cifar-steps", min_width=160)
        with gr.Column(min_width=150, scale=0):
            go = gr.Button("Sample live", variant="primary", size="md", elem_id="cifar-go")
            halt = gr.Button("Stop", size="sm", elem_id="cifar-stop")
    with gr.Row():
        rule = controls.rule_choice(live.IMAGE_RULES, label="Live: guidance", elem_id="cifar-rule")
        beside = controls.rule_choice(live.IMAGE_RULES, "none", "Live: beside it", elem_id="cifar-beside")
    message = gr.Markdown(elem_classes="message", elem_id="cifar-message")
    stage = Stage(elem_id="cifar-curves", room=(360, 1420))
    numbers = controls.rule_numbers(live.IMAGE_PARAMS)
    with gr.Accordion("How this network was trained", open=False):
        training = gr.Markdown()
        chart = Chart(elem_id="cifar-loss", label="training loss against images seen")
    with gr.Accordion("Try this", open=False):
        words("cifar_try")

    w.change(None, w, None, js=set_js("w"), api_visibility="private")
    pick.change(None, pick, None, js=set_js("pick"), api_visibility="private")
    bind_slider(w, stage, "w")
    number = gr.Textbox(visible="hidden")  # of the press
    at_once: dict[str, Any] = {"queue": False, "trigger_mode": "multiple", "show_progress": "hidden",
                               "api_visibility": "private"}  # fmt: skip
    halt.click(stop, None, message, **at_once)
    # First, outside the queue, the session's other requests learn that they were replaced; then the new one waits.
    go.click(press, None, [number, message], **at_once).then(
        sample, [pick, w, seed, count, steps, rule, beside, *numbers.values(), number], [wall, message],
        preprocess=False, trigger_mode="multiple", concurrency_id="model", concurrency_limit=1,
        show_progress="hidden", api_name="sample",
    )  # fmt: skip
    linked = {"w": w, "class": pick, "seed": seed, "count": count, "steps": steps, "rule": rule, "beside": beside}
    return controls.Opening(opening, [], [wall, stage, training, chart], {**linked, **numbers})
