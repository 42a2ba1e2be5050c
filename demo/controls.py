"""Controls that several tabs share, and the wiring that all of them use."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache, wraps
from types import MappingProxyType
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from cfg_core.guidance import RULES, Param
from cfg_core.sweeps.toy import BOUNDS, TOY_RULES
from demo.texts import LATEX


class Opening(NamedTuple):
    """What a tab gives the page: the handler that fills it when it is first opened, and what its link carries."""

    fn: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]
    linked: Mapping[str, Component] = MappingProxyType({})


SAMPLER_NAMES = (
    ("Heun (ODE)", "heun"),
    ("DDIM", "ddim"),
    ("DPM-Solver++(2M)", "dpmpp_2m"),
    ("ancestral (Algorithm 2)", "ancestral"),
    ("Euler in lam (naive)", "euler"),
)


def w_slider(elem_id: str, value: float = 3.0) -> gr.Slider:
    """The guidance weight, the same everywhere: −1 … 10."""
    return gr.Slider(
        *BOUNDS["w"],
        value=value,
        step=0.1,
        label="Guidance weight w",
        info="0: plain conditional; −1: unconditional. Many libraries write the scale s = 1 + w.",
        elem_id=elem_id,
        scale=3,
    )


TOY_PARAMS: tuple[Param, ...] = tuple(p for name in TOY_RULES for p in RULES[name].params)


def rule_choice(
    names: Sequence[str] = TOY_RULES, value: str = "cfg", label: str = "Guidance", **more: Any
) -> gr.Dropdown:
    return gr.Dropdown([(RULES[name].title, name) for name in names], value=value, label=label, min_width=220, **more)


def rule_numbers(params: Sequence[Param] = TOY_PARAMS, table: bool = False) -> dict[str, gr.Slider]:
    """The numbers that rules take beside w, by name, in a closed accordion; in the order of `params`.

    With `table`, what each rule is stands below: in one tab only, since formulas make a page slow to appear.
    """
    with gr.Accordion("The guidance rules and their numbers", open=False):
        with gr.Row():
            sliders = {
                p.name: gr.Slider(p.low, p.high, value=p.default, step=0.01, label=_sentence(p.label), min_width=300)
                for p in params
            }
        if not table:
            gr.Markdown("What each rule is, with its formula and its paper: the tab *Compare*, at the same place.")
            return sliders
        rows = "\n".join(f"| **{r.title}** | ${r.formula}$ | {r.lesson} | {r.paper} |" for r in RULES.values())
        gr.Markdown(f"| rule | formula | what it shows | source |\n|---|---|---|---|\n{rows}", latex_delimiters=LATEX)
    return sliders


def about_rule(name: str, numbers: Sequence[tuple[str, float]] = ()) -> str:
    """What a rule shows, where it is from and the numbers it has, in one line; `numbers` are those not its defaults."""
    r = RULES[name]
    has = r.numbers(**dict(numbers))
    here = ", ".join(f"{p.label.split(': ', 1)[-1]} {has[p.name]:g}" for p in r.params)
    return f"Guidance “{r.title}”: {r.lesson} ({r.paper})" + (f" Here: {here}." if here else "")


def _sentence(label: str) -> str:
    return label[0].upper() + label[1:]


def sampler_choice(label: str = "Sampler") -> gr.Dropdown:
    return gr.Dropdown(list(SAMPLER_NAMES), value="heun", label=label)


def seed_box(value: int = 0, **more: Any) -> gr.Number:
    return gr.Number(value=value, precision=0, label="Seed", minimum=0, maximum=BOUNDS["seed"][1], **more)


def geometry() -> tuple[gr.Slider, gr.Slider]:
    """Separation and spread of the three classes."""
    separation = gr.Slider(*BOUNDS["separation"], value=1.793, step=0.001, label="Separation of the classes")
    spread = gr.Slider(*BOUNDS["spread"], value=1.0, step=0.01, label="Spread of the classes")
    return separation, spread


def explained(stages: int = 1) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A handler's `stages` values, and a message that is empty.

    Where it raises ValueError, the stages stay as they are and the message is what the error says.
    """

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(fn)
        def handler(*values: Any, **named: Any) -> tuple[Any, ...]:
            try:
                answer = fn(*values, **named)
            except ValueError as problem:
                return *[gr.skip()] * stages, f"⚠ {problem}"
            return (answer, "") if stages == 1 else (*answer, "")

        return handler

    return decorate


def clicked(event: gr.EventData, *keys: str) -> list[Any]:
    """What a click on a stage sent under these names, unchecked. Raises ValueError where it sent something else."""
    try:
        return [event._data[key] for key in keys]
    except (KeyError, TypeError) as problem:
        raise ValueError(f"a click must send {', '.join(keys)}") from problem


# Where a control does not count, it is dimmed: in the browser, since nothing is computed.
DIM = """(value) => {
  const out = (%s[value] ?? %s).map((counts) => ({__type__: "update", interactive: counts}));
  return out.length === 1 ? out[0] : out;
}"""


def only_where_they_count(chooser: gr.Radio | gr.Dropdown, counts: Mapping[str, Sequence[Component]]) -> None:
    """Dim the controls that do not count for the value of `chooser`, of those that count for some of its values."""
    every = list(dict.fromkeys(component for components in counts.values() for component in components))
    table = {value: [component in components for component in every] for value, components in counts.items()}
    for component, here in zip(every, table[chooser.value], strict=True):
        component.interactive = here
    chooser.change(None, chooser, every, js=DIM % (json.dumps(table), json.dumps([True] * len(every))))


def numbers_of_the_rule(rule: gr.Dropdown, numbers: Mapping[str, gr.Slider]) -> None:
    """Dim the numbers that the chosen rule does not have."""
    only_where_they_count(rule, {name: [numbers[p.name] for p in RULES[name].params] for name in TOY_RULES})


def in_order(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The handler, one call of a visitor at a time.

    A link sets several controls at once, and each asks for a view: asked at the same time, the first, which knows only
    some of the new values, could answer last.
    """

    @lru_cache(1024)
    def turn(session: str) -> threading.Lock:
        return threading.Lock()

    @wraps(fn)
    def run(request: gr.Request, *values: Any) -> Any:
        with turn(request.session_hash) if request.session_hash else nullcontext():
            return fn(*values)

    asks = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    signature = inspect.signature(fn)  # Gradio names the API's parameters by it
    run.__signature__ = signature.replace(parameters=[asks, *signature.parameters.values()])  # type: ignore[attr-defined]
    run.__annotations__ = {**fn.__annotations__, "request": gr.Request}
    return run


def live(
    fn: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Component],
    name: str,
    extra: Sequence[Component] = (),
) -> None:
    """Recompute when an input changes, the latest value coming last; `extra` inputs are passed, not watched.

    Values reach `fn` as they were sent: it checks them itself, and answers a bad one with a message.
    """
    gr.on(
        [component.change for component in inputs],
        in_order(fn),
        [*inputs, *extra],
        list(outputs),
        preprocess=False,
        queue=True,
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_id="sweeps",
        concurrency_limit=2,
        api_name=name,
    )
