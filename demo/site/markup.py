"""The static page's HTML: the layout and the class names of the app's page, so that one style sheet serves both."""

from __future__ import annotations

import html
import re
from typing import Any

from demo import frame
from demo.settings import Field
from demo.site.tables import FIRST, OFFERED, RULES_HERE, VIEWS, offered
from demo.stage import markup as stage
from demo.tab import DRAWER, only_css
from demo.view import View
from demo.views.registry import CHAPTERS, Chapter

ABOUT_RULE = (
    "Here are the rules of the form ε(z,c) + k (ε(z,c) − ε(z)); the app has others, and any steps, seed and numbers."
)
SEE = Chapter(CHAPTERS[0].title, CHAPTERS[0].sentence, VIEWS)
TEX = {
    r"\tilde\epsilon": "ε̃", r"\epsilon": "ε", r"\lambda": "λ", r"\sigma": "σ", r"\nabla": "∇", r"\mid ": "|",
    r"\mid": "|",    r"\log": "log ", r"\approx": "≈", r"\,": " ", "-": "−",
}  # fmt: skip


def tabs() -> str:
    """Both views' pages, and the tabs that the frame opens them by."""
    names = "".join(
        f'<button type="button" role="tab" data-tab-id="{view.name}" aria-selected="false">{view.title}</button>'
        for view in VIEWS
    )
    return f'<div id="tabs"><div class="tab-wrapper">{names}</div>{"".join(map(page, VIEWS))}</div>'


def page(view: View[Any]) -> str:
    """A view's page: what is said, the sliders with the picture, the settings beside it, what to try and what next."""
    beside, folds = view.shared_out(n for n in offered(view) if n not in (*view.choosers, *view.sliders))
    (drawing,) = view.drawings
    sentence, rest = view.lead
    question, following = view.next
    return f"""
<section class="view tabitem" id="{view.page_id}" role="tabpanel" hidden>
<div class="row head"><div class="lead"><div class="prose">{words(sentence)} <details><summary>more</summary>{words(rest)}</details></div></div>
<div class="choosers">{_controls(view, view.choosers)}</div>
<div class="open-side">{DRAWER}</div></div>
<div class="work">
<div class="column main">
<div class="drive"><div class="form">{_controls(view, view.sliders)}</div></div>
<div id="{view.stage_id(drawing)}">{stage()}</div>
<p class="message" role="alert"></p>
</div>
<div class="column side">{DRAWER.replace("Settings", "Close ×")}<div class="form">{_controls(view, beside)}</div>
{"".join(_fold(fold, _controls(view, names)) for fold, names in folds.items())}</div>
</div>
<div class="column after">{_fold("Try this", words(view.text("try")))}
<p class="next"><button type="button" data-open="{following}">{html.escape(question)} →</button></p></div>
<style>{only_css(view, {})}</style>
</section>"""  # noqa: E501


def _fold(title: str, inside: str) -> str:
    return f"<details class=fold><summary>{html.escape(title)}</summary>{inside}</details>"


def _controls(view: View[Any], names: list[str]) -> str:
    return "".join(control(view, name, view.settings.fields()[name]) for name in names)


def control(view: View[Any], name: str, field: Field) -> str:
    """One setting, with the value it has first; one whose tables are shipped for some values is a choice of them."""
    first, label = getattr(FIRST[view.name], name), html.escape(field.label)
    about = f'<span class="info-text">{html.escape(field.help)}</span>' if field.help else ""
    if name == "rule":
        about += f'<span class="info-text">{ABOUT_RULE}</span>'
    head = f'<label for="{view.elem_id(name)}-in"><span data-testid="block-info">{label}</span></label>'
    common = f'id="{view.elem_id(name)}-in"'
    if field.shown == "hidden":
        return f'<div class="block" hidden id="{view.elem_id(name)}" data-name="{name}"><input type="hidden" value="{first}"></div>'  # noqa: E501
    if field.shown in ("view", "part", "radio"):
        inside = _radios(view, name, field, first)
        inside = inside if field.shown != "radio" else f'<span data-testid="block-info">{label}</span>{inside}'
    elif choices := choices_of(name, field):
        options = "".join(
            f'<option value="{html.escape(value)}"{" selected" * (value == _text(first))}>{html.escape(said)}</option>'
            for value, said in choices.items()
        )
        inside = f"{head}<select {common}>{options}</select>{about}"
    elif field.kind == "switch":
        inside = f'<label><input type="checkbox" {common}{" checked" if first else ""}> <span>{label}</span></label>'
    else:
        bounds = f'min="{field.low:g}" max="{field.high:g}" step="{field.step:g}" value="{first:g}"'
        inside = (
            f'<div class="wrap"><div class="head">{head}<div class="tab-like-container">'
            f'<input type="number" aria-label="{label}, as a number" {bounds}></div></div>'
            f'<div class="slider_input_container"><input type="range" {common} {bounds}></div></div>{about}'
        )
    css = "block marked" if field.marks else "block"
    return f'<div class="{css}" id="{view.elem_id(name)}" data-name="{name}">{inside}</div>'


def choices_of(name: str, field: Field) -> dict[str, str]:
    """The values of a setting that is a choice here, and their words."""
    if name == "rule":
        return {rule: field.values[rule] for rule in RULES_HERE}
    if name in OFFERED:
        return {_text(value): _text(value) for value in OFFERED[name]}
    return dict(field.values)


def _radios(view: View[Any], name: str, field: Field, first: Any) -> str:
    items = "".join(
        f'<label class="{"selected" if value == first else ""}"><input type="radio" name="{view.elem_id(name)}" '
        f'value="{html.escape(value)}"{" checked" if value == first else ""}><span>{html.escape(said)}</span></label>'
        for value, said in field.values.items()
    )
    return f'<div class="wrap" role="radiogroup" aria-label="{html.escape(field.label)}">{items}</div>'


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def specs() -> list[dict[str, Any]]:
    """What the browser knows of the views: as the frame has it, and what each setting may be here."""
    out = frame.specs({view.name: list(offered(view)) for view in VIEWS}, (SEE,))
    for view, spec in zip(VIEWS, out, strict=True):
        (drawing,) = view.drawings
        for name, setting in zip(offered(view), spec["settings"], strict=True):
            field = view.settings.fields()[name]
            setting |= {"choices": list(choices_of(name, field)), "grid": True}
        spec |= {"live": drawing.live, "moves": drawing.moves, "drops": drawing.drops, "stage": view.stage_id(drawing)}
        spec |= {"fixed": {n: v for n, v in vars(FIRST[view.name]).items() if n not in list(offered(view))}}
        spec["drawings"][0]["uses"] = None  # page.js asks
        spec["controls"] = drawing.sent(view, FIRST[view.name])["toy"]["controls"]
    return out


def words(markdown: str) -> str:
    """HTML of the little Markdown that a view's texts are written in; formulas as plain characters.

    Raises ValueError for a formula with a command that has no such character.
    """
    text = re.sub(r"\$([^$]+)\$", lambda found: _formula(found[1]), html.escape(markdown.strip(), quote=False))
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)
    items = re.findall(r"^\d+\. (.*)$", text, re.M)
    return f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>" if items else f"<p>{text}</p>"


def _formula(tex: str) -> str:
    for command, said in TEX.items():
        tex = tex.replace(command, said)
    tex = re.sub(r"_(\w)", r"<sub>\1</sub>", re.sub(r"\^(\w)", r"<sup>\1</sup>", tex))
    if "\\" in tex:
        raise ValueError(f"the formula {tex!r} cannot be written in plain characters")
    return f'<span class="formula">{tex}</span>'


def chapters() -> str:
    """The line at the top, with the views that are here."""
    return frame.header((SEE,))
