"""The page of a view, from its specification: controls, stages, handlers, dimming and the link."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, Generic

import gradio as gr
from gradio.components import Component

from demo import carry, texts
from demo.errors import SORRY, log
from demo.settings import Field, S
from demo.stage import Stage
from demo.view import Drawing, View
from demo.work import limits

QUIET: dict[str, Any] = {"preprocess": False, "show_progress": "hidden"}
DRAWER = '<button type="button" data-do="settings">Settings</button>'
SWEEPS: dict[str, Any] = {**QUIET, **limits.SWEEPS}


class Controls(Generic[S]):
    """The controls of a view's settings, made where they are asked for, inside a Gradio context."""

    def __init__(self, view: View[S]) -> None:
        self.view, self.fields, self.made = view, view.settings.fields(), dict[str, Any]()
        self.folds: dict[str, list[str]] = {}  # the settings that each fold holds

    def make(self, *names: str) -> list[Any]:
        """The controls of these settings, made here unless they were made before."""
        return [self.made.get(name) or self._make(name) for name in names]

    def row(self, *names: str, css: str = "") -> None:
        """The controls of these settings side by side."""
        if names:
            with gr.Row(elem_classes=css):
                self.make(*names)

    def make_rest(self) -> None:
        """The settings that have no control yet: a few of each picture's, the others folded."""
        beside, self.folds = self.view.shared_out(name for name in self.fields if name not in self.made)
        self.make(*beside)
        for fold, here in self.folds.items():
            with gr.Accordion(fold, open=False, elem_id=self.view.fold_id(fold)):
                self.make(*here)
                if fold in self.view.notes:
                    gr.Markdown(self.view.notes[fold], latex_delimiters=texts.LATEX)

    def inputs(self, names: Iterable[str]) -> list[Any]:
        return [self.made[name] for name in names]

    def settings(self, names: Sequence[str], values: Sequence[Any]) -> S:
        """Settings from the values of these controls. Raises ValueError naming the bound."""
        return self.view.settings.of(dict(zip(names, values, strict=True)))

    def _make(self, name: str) -> Any:
        self.made[name] = _control(self.fields[name], self.view.elem_id(name))
        return self.made[name]


def _control(field: Field, elem_id: str) -> Any:
    common: dict[str, Any] = {"label": field.label, "elem_id": elem_id, "value": field.default}
    if field.help:
        common["info"] = field.help
    if field.shown == "slider":
        css = "marked" if field.marks else None
        return gr.Slider(field.low, field.high, step=field.step, min_width=150, elem_classes=css, **common)
    if field.shown in ("box", "hidden") and field.kind in ("number", "whole"):
        visible: Any = "hidden" if field.shown == "hidden" else True
        precision = 0 if field.kind == "whole" else None
        return gr.Number(
            precision=precision, minimum=field.low, maximum=field.high, min_width=100, visible=visible, **common
        )
    if field.kind == "text":  # in the page, so that JavaScript can set it
        return gr.Textbox(max_length=int(field.high), visible="hidden", **common)
    if field.kind == "switch":
        return gr.Checkbox(**common)
    choices = [(words, value) for value, words in field.values.items()]
    if field.shown == "dropdown":
        return gr.Dropdown(choices, **common)
    if field.shown in ("view", "part"):
        return gr.Radio(choices, show_label=False, container=False, **common)
    return gr.Radio(choices, **common)


def named(fn: Callable[..., Any], names: Sequence[str], fields: Mapping[str, Field]) -> Callable[..., Any]:
    """fn(*values) with a parameter for each setting, by its name: Gradio names and types the API by the signature."""
    kinds = {"number": float, "whole": int, "choice": str, "switch": bool, "text": str}
    extra = [p for p in inspect.signature(fn).parameters.values() if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    own = [
        inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kinds[fields[n].kind]) for n in names
    ]
    fn.__signature__ = inspect.Signature([*extra, *own])  # type: ignore[attr-defined]
    fn.__annotations__ = {p.name: p.annotation for p in (*extra, *own)}
    return fn


def told(stages: int, work: Callable[[], Sequence[Any]]) -> tuple[Any, ...]:
    """The values of `work` and an empty message; where it fails, nothing changes and the message says why."""
    try:
        return *work(), ""
    except ValueError as problem:
        return *[gr.skip()] * stages, f"⚠ {problem}"
    except Exception:
        log.exception("a handler failed")
        return *[gr.skip()] * stages, SORRY


def handler(view: View[S], drawing: Drawing[S], value: Callable[[Drawing[S], S], str]) -> Callable[..., Any]:
    """(stage's value, message) from the values of the controls."""
    names = view.asks(drawing)

    def answer(*values: Any) -> tuple[Any, ...]:
        return told(1, lambda: (value(drawing, view.settings.of(dict(zip(names, values, strict=True)))),))

    return named(answer, names, view.settings.fields())


def dropper(view: View[S], drawing: Drawing[S]) -> Callable[..., Any]:
    """(stage's part, the settings that a click sets, message)."""
    names, fields = view.asks(drawing), view.settings.fields()

    def dropped(event: gr.EventData, *values: Any) -> tuple[Any, ...]:
        def work() -> Sequence[Any]:
            sent = event._data if isinstance(event._data, dict) else {}
            at = {name: sent.get(said) for name, said in drawing.drops.items()}
            at = {name: round(x, 3) if isinstance(x, float) else x for name, x in at.items()}
            s = view.settings.of({**dict(zip(names, values, strict=True)), **at})
            return view.patch(drawing, s), *(getattr(s, name) for name in at)

        return told(1 + len(drawing.drops), work)

    return named(dropped, names, fields)


def wire(view: View[S], drawing: Drawing[S], controls: Controls[S], stage: Stage, message: gr.Markdown) -> None:
    """The stage asks for its value, and for its part, when what they are computed from has changed: see follow.js."""
    inputs, api, outputs = controls.inputs(view.asks(drawing)), view.api_name(drawing), [stage, message]
    one: dict[str, Any] = {"trigger_mode": "always_last", **SWEEPS}
    stage.ask(handler(view, drawing, view.value), inputs, outputs, api_name=api, **one)
    if set(drawing.moves) - set(drawing.drops):
        stage.move(handler(view, drawing, view.patch), inputs, outputs, api_name=f"{api}_move", **one)
    if drawing.drops:
        stage.drop(dropper(view, drawing), inputs, [stage, *controls.inputs(drawing.drops), message],
                   api_name=f"{api}_drop", **one)  # fmt: skip


class Page(Generic[S]):
    """A view's page: what is said, the pictures, beside them what turns them, a drawer of settings, where to go next.

    A view that is more than stages and settings has a subclass in its folder's page.py.
    """

    def __init__(self, view: View[S], tab: gr.Tab) -> None:
        self.view, self.tab, self.controls = view, tab, Controls(view)
        self.stages: list[tuple[Drawing[S], Stage, gr.Markdown]] = []

    def build(self) -> Mapping[str, Component]:
        """The tab's contents, inside it: its controls, by setting."""
        view, controls = self.view, self.controls
        with gr.Column(elem_classes="view", elem_id=view.page_id):
            with gr.Row(elem_classes="head"):
                texts.lead(*view.lead)
                controls.row(*view.choosers, css="choosers")
                gr.HTML(DRAWER, padding=False, elem_classes="open-side")
            with gr.Row(elem_classes="work"):
                with gr.Column(elem_classes="main"):
                    self.drive()
                    self.front()
                    self.main()
                with gr.Column(elem_classes="side"):
                    self.side()
            with gr.Column(elem_classes="after"):
                self.after()
            gr.HTML(
                f"<style>{only_css(view, self.within())}</style>",
                padding=False,
                elem_classes="only",
                js_on_load=f"window.cfg.frame.mounted({view.name!r})",
            )
        self.wire()
        return controls.made

    def within(self) -> dict[str, set[str]]:
        """The parts of the view that each element belongs to, by its id; none where it is always shown."""
        view, folds = self.view, self.controls.folds
        out = {view.elem_id(name): view.parts(name) for name in view.settings.fields()}
        for drawing in view.drawings:
            words = [f"{view.name}-{drawing.words}-words"] if drawing.words else []
            out |= {i: set(drawing.parts) for i in (view.stage_id(drawing), view.presets_id(drawing), *words)}
        for fold, names in folds.items():
            inside = [view.parts(name) for name in names]
            out[view.fold_id(fold)] = set[str]().union(*inside) if all(inside) else set()
        return out

    def drive(self) -> None:
        """The sliders that move the pictures in the browser."""
        with gr.Row(elem_classes="drive"):
            self.controls.make(*self.view.sliders)

    def front(self) -> None:
        """The settings that the view is about, beside its picture."""
        if names := [name for name in self.view.top if name not in self.view.choosers]:
            self.controls.row(*names, css="front")

    def main(self) -> None:
        """The pictures."""
        for drawing in self.view.drawings:
            presets(self.view, drawing, self.controls)
            self.stage(drawing)
            if drawing.words:
                title, _, words = self.view.text(drawing.words).partition("\n\n")
                with gr.Accordion(title.lstrip("# "), open=False, elem_id=f"{self.view.name}-{drawing.words}-words"):
                    texts.show(words)

    def stage(self, drawing: Drawing[S]) -> Stage:
        """A stage with its message."""
        first = self.view.value(drawing, self.view.settings()) if self.view.at_once else None
        kinds = {
            "plays": drawing.play or drawing.toy,
            "toys": drawing.toy,
            "formulas": drawing.formula,
        }  # room for their bars from the start
        room = [name for name, has in kinds.items() if has]
        stage = Stage(elem_id=self.view.stage_id(drawing), value=first, elem_classes=room)
        self.stages.append((drawing, stage, gr.Markdown(elem_classes="message")))
        return stage

    def side(self) -> None:
        """All other settings, in a drawer over the page that is closed at first."""
        gr.HTML(DRAWER.replace("Settings", "Close ×"), padding=False)
        if "mixture" in self.controls.fields and not self.view.lends:
            gr.HTML(carry.BACK, padding=False, elem_classes="back")
        self.controls.make_rest()
        if self.view.extend:
            self.view.extend(self.view, self.controls)

    def after(self) -> None:
        """What to try, and which view comes next."""
        with gr.Accordion("Try this", open=False):
            texts.show(self.view.text("try"))
        question, name = self.view.next
        onward = f'<p class="next"><button type="button" data-open="{name}">{question} →</button></p>'
        gr.HTML(f'<div class="onward">{onward}{carry.menu(self.view)}</div>', padding=False)

    def wire(self) -> None:
        """What the settings do."""
        for drawing, stage, message in self.stages:
            wire(self.view, drawing, self.controls, stage, message)


def build(view: View[S], tab: gr.Tab) -> Mapping[str, Component]:
    """A tab's contents, inside it: its controls, by setting."""
    kind = import_module(f"demo.views.{view.folder}.page").Page if view.own_page else Page
    return kind(view, tab).build()


def only_css(view: View[Any], within: Mapping[str, set[str]]) -> str:
    """Rules that hide what belongs to another part of the view than the one that is shown, and leave room beside a
    square picture.
    """
    square = [f':has(input[value="{value}"]:checked)' for value in view.square] if view.choosers else view.square
    rules = [f"#{view.page_id}{where} .work {{ --column: var(--rest); }}" for where in square]
    chosen = next((field for field in view.settings.fields().values() if field.shown == "part"), None)
    if chosen is None:
        return " ".join(rules)
    for elem_id, parts in within.items():
        if parts:
            here = "".join(f':not([data-part="{part}"])' for part in sorted(parts))
            first = "[data-part]" if chosen.default in parts else ""
            rules.append(f"#{view.page_id}{first}{here} #{elem_id} {{ display: none; }}")
    return " ".join(rules)


def presets(view: View[S], drawing: Drawing[S], controls: Controls[S]) -> None:
    """Buttons that set some of the drawing's sliders, in the browser."""
    here = {words: values for words, values in view.presets.items() if set(values) <= set(drawing.live.values())}
    if here:
        with gr.Row(elem_id=view.presets_id(drawing), elem_classes="presets"):
            for words, values in here.items():
                button = gr.Button(words, size="sm", min_width=100)
                button.click(None, None, controls.inputs(values), js=f"() => {json.dumps(list(values.values()))}")
