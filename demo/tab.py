"""The page of a view, from its specification: controls, stages, handlers, dimming and the link."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, Generic

import gradio as gr
from gradio.components import Component

from demo import texts
from demo.errors import SORRY, log
from demo.settings import Field, S
from demo.stage import Stage, bind_slider
from demo.turns import in_turn
from demo.view import Drawing, View

# Where a control does not count it is dimmed, in the browser: nothing is computed. The table: [choosers, conditions of
# each control]; a condition is {name: values}, and any one of a control's has to hold.
DIM = """(...values) => {
  const [names, table] = %s, at = Object.fromEntries(names.map((name, i) => [name, values[i]]));
  const out = table.map((any) => ({__type__: "update", interactive: any.some((every) =>
    Object.entries(every).every(([name, allowed]) => allowed.includes(at[name])))}));
  return out.length === 1 ? out[0] : out;
}"""
QUIET: dict[str, Any] = {"preprocess": False, "show_progress": "hidden"}
SWEEPS: dict[str, Any] = {**QUIET, "concurrency_id": "sweeps", "concurrency_limit": 2}


class Controls(Generic[S]):
    """The controls of a view's settings, made where they are asked for, inside a Gradio context."""

    def __init__(self, view: View[S]) -> None:
        self.view, self.fields, self.made = view, view.settings.fields(), dict[str, Any]()

    def make(self, *names: str) -> list[Any]:
        """The controls of these settings, made here unless they were made before."""
        return [self.made.get(name) or self._make(name) for name in names]

    def row(self, *names: str) -> None:
        """The controls of these settings side by side."""
        if names:
            with gr.Row():
                self.make(*names)

    def make_rest(self) -> None:
        """The settings that have no control yet: in a row, or in the fold that they name."""
        rest = [name for name in self.fields if name not in self.made]
        for name in rest:
            if self.fields[name].shown == "hidden":
                self.make(name)
        for fold in dict.fromkeys(["", *(self.fields[name].fold for name in rest if name not in self.made)]):
            here = [name for name in rest if self.fields[name].fold == fold and name not in self.made]
            if not fold:
                self.row(*here)
                continue
            with gr.Accordion(fold, open=False):
                self.row(*here)
                if fold in self.view.notes:
                    gr.Markdown(self.view.notes[fold], latex_delimiters=texts.LATEX)

    def inputs(self, names: Iterable[str]) -> list[Any]:
        return [self.made[name] for name in names]

    def settings(self, names: Sequence[str], values: Sequence[Any]) -> S:
        """Settings from the values of these controls. Raises ValueError naming the bound."""
        return self.view.settings.of(dict(zip(names, values, strict=True)))

    def dim(self) -> None:
        """Dim what does not count, now and when what it depends on changes."""
        conditional = [name for name, field in self.fields.items() if field.counts and field.shown != "hidden"]
        choosers = list(dict.fromkeys(other for n in conditional for every in self.fields[n].counts for other in every))
        first = self.view.settings()
        for name in conditional:
            self.made[name].interactive = first.counts(name)
        if conditional:
            table = [choosers, [self.fields[name].counts for name in conditional]]
            inputs = self.inputs(choosers)
            gr.on([c.change for c in inputs], None, inputs, self.inputs(conditional), js=DIM % json.dumps(table))

    def _make(self, name: str) -> Any:
        self.made[name] = _control(self.fields[name], self.view.elem_id(name))
        return self.made[name]


def _control(field: Field, elem_id: str) -> Any:
    common: dict[str, Any] = {"label": field.label, "elem_id": elem_id, "value": field.default}
    if field.help:
        common["info"] = field.help
    if field.shown == "slider":
        long = field.high - field.low > 100 * field.step or field.help
        return gr.Slider(field.low, field.high, step=field.step, min_width=280 if long else 180, **common)
    if field.shown in ("box", "hidden") and field.kind in ("number", "whole"):
        visible: Any = "hidden" if field.shown == "hidden" else True
        precision = 0 if field.kind == "whole" else None
        return gr.Number(
            precision=precision, minimum=field.low, maximum=field.high, min_width=110, visible=visible, **common
        )
    if field.kind == "switch":
        return gr.Checkbox(min_width=220, **common)
    choices = [(words, value) for value, words in field.values.items()]
    if field.shown == "dropdown":
        return gr.Dropdown(choices, min_width=180, **common)
    return gr.Radio(choices, min_width=min(330, 70 + 60 * len(choices)), **common)


def named(fn: Callable[..., Any], names: Sequence[str], fields: Mapping[str, Field]) -> Callable[..., Any]:
    """fn(*values) with a parameter for each setting, by its name: Gradio names and types the API by the signature."""
    kinds = {"number": float, "whole": int, "choice": str, "switch": bool}
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
    """(stage's value, message) from the values of the controls, one call of a visitor after another."""
    names = view.asks(drawing)

    def answer(*values: Any) -> tuple[Any, ...]:
        return told(1, lambda: (value(drawing, view.settings.of(dict(zip(names, values, strict=True)))),))

    return named(in_turn(answer), names, view.settings.fields())


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


def wire(
    view: View[S], drawing: Drawing[S], controls: Controls[S], stage: Stage, message: gr.Markdown, tab: gr.Tab
) -> None:
    """Sliders move the stage in the browser; other settings ask the server, the latest values coming last.

    Opening the tab asks as a setting does, so that no answer to it comes after that to a later change.
    """
    for coord, name in drawing.live.items():
        bind_slider(controls.made[name], stage, coord)
    fields, inputs, api = view.settings.fields(), controls.inputs(view.asks(drawing)), view.api_name(drawing)
    for value, watched, name in ((view.value, view.uses(drawing), api), (view.patch, drawing.moves, f"{api}_move")):
        changes = [controls.made[n].change for n in watched if fields[n].shown != "hidden"]
        changes += [tab.select] if value == view.value and not view.at_once else []
        if changes:
            gr.on(changes, handler(view, drawing, value), inputs, [stage, message], queue=True,
                  trigger_mode="always_last", api_name=name, **SWEEPS)  # fmt: skip
    if drawing.drops:
        stage.drop(dropper(view, drawing), inputs, [stage, *controls.inputs(drawing.drops), message],
                   trigger_mode="always_last", api_name=f"{api}_drop", **SWEEPS)  # fmt: skip


def build(view: View[S], tab: gr.Tab) -> Mapping[str, Component]:
    """A tab's contents, inside it: its controls, by setting."""
    if view.own_page:
        return import_module(f"demo.views.{view.folder}.page").build(view, tab)
    controls, stages, messages = Controls(view), [], []
    texts.lead(view.text("lead"), f"{view.name}-lead")
    for drawing in view.drawings:
        if drawing.words:
            texts.show(view.text(drawing.words))
        presets(view, drawing, controls)
        controls.row(*drawing.live.values(), *(n for n in view.top if n in view.asks(drawing)))
        first = view.value(drawing, view.settings()) if view.at_once else None
        stages.append(Stage(elem_id=view.stage_id(drawing), room=drawing.room, value=first))
        messages.append(gr.Markdown(elem_classes="message"))
        own = own_row(view, drawing)
        controls.row(*(name for name in own if name not in drawing.moves))
        controls.row(*(name for name in own if name in drawing.moves))
    controls.make_rest()
    for drawing, stage, message in zip(view.drawings, stages, messages, strict=True):
        wire(view, drawing, controls, stage, message, tab)
    controls.dim()
    if view.extend:
        view.extend(view, controls)
    with gr.Accordion("Try this", open=False):
        texts.show(view.text("try"))
    return controls.made


def own_row(view: View[S], drawing: Drawing[S]) -> list[str]:
    """The settings that stand below a drawing, where a view has several: those that it is the first to ask for."""
    before = {n for other in view.drawings[: view.drawings.index(drawing)] for n in view.asks(other)}
    fields = view.settings.fields()
    return [n for n in view.asks(drawing) if n not in before and not fields[n].fold and fields[n].shown != "hidden"]


def presets(view: View[S], drawing: Drawing[S], controls: Controls[S]) -> None:
    """Buttons that set some of the drawing's sliders, in the browser."""
    here = {words: values for words, values in view.presets.items() if set(values) <= set(drawing.live.values())}
    if here:
        with gr.Row():
            buttons = [gr.Button(words, size="sm", min_width=140) for words in here]
        controls.row(*drawing.live.values())
        for button, values in zip(buttons, here.values(), strict=True):
            button.click(None, None, controls.inputs(values), js=f"() => {json.dumps(list(values.values()))}")
