"""What stands round every view: header, chapters, links; its JavaScript and style are beside this file."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cfg_core
from demo import lessons
from demo.view import Drawing, View
from demo.views.registry import CHAPTERS, VIEWS, Chapter

HERE = Path(__file__).parent
CSS = HERE / "frame.css"
ICON = (  # two classes that pull apart; in the page itself, since Gradio's is asked for at the root of the server
    '<link rel="icon" href="data:image/svg+xml,<svg xmlns=%27http://www.w3.org/2000/svg%27 viewBox=%270 0 9 9%27>'
    "<circle cx=%273%27 cy=%276%27 r=%273%27 fill=%27%232f6fb4%27/>"
    '<circle cx=%276%27 cy=%273%27 r=%273%27 fill=%27%23d9772b%27/></svg>">'
)


def header(shown: Sequence[Chapter] = CHAPTERS) -> str:
    """The line at the top and the chapters with their views, as HTML."""
    chapters = "".join(
        f'<button type="button" data-chapter="{c.title}" data-open="{c.views[0].name}" title="{c.sentence}">{c.title}'
        "</button>"
        for c in shown
    )
    views = "".join(
        f'<div class="views" data-chapter="{c.title}"{"" if c is shown[0] else " hidden"}>'
        + "".join(f'<button type="button" data-open="{v.name}">{html.escape(v.title)}</button>' for v in c.views)
        + "</div>"
        for c in shown
    )
    page, about = ((HERE / name).read_text(encoding="utf-8") for name in ("frame.html", "about.html"))
    return page.replace("<!--CHAPTERS-->", chapters).replace("<!--VIEWS-->", views).replace("<!--ABOUT-->", about)


def specs(made: Mapping[str, Iterable[str]], shown: Sequence[Chapter] = CHAPTERS) -> list[dict[str, Any]]:
    """What the page knows of its views (state.js): their settings in the order of the controls that were `made`."""
    return [
        {
            "name": view.name,
            "title": view.title,
            "chapter": chapter.title,
            "main": view.elem_id(view.sliders[0]),
            "settings": [_setting(view, name) for name in made[view.name]],
            "drawings": [_drawing(view, drawing) for drawing in view.drawings],
            "fixed": {},
        }
        for chapter in shown
        for view in chapter.views
    ]


def _drawing(view: View[Any], drawing: Drawing[Any]) -> dict[str, Any]:
    """What a picture follows (follow.js); a toy asks by itself after its first value, which the page may have."""
    fields, dropped = view.settings.fields(), drawing.drops
    uses, moves = ([fields[n].key for n in of if n not in dropped] for of in (view.uses(drawing), drawing.moves))
    asks = None if view.at_once or not drawing.asks else [] if drawing.toy else uses
    live = {coord: fields[name].key for coord, name in drawing.live.items()}
    return {"id": view.stage_id(drawing), "live": live, "uses": asks, "moves": moves, "parts": list(drawing.parts)}


def _setting(view: View[Any], name: str) -> dict[str, Any]:
    fields = view.settings.fields()
    field = fields[name]
    marks = {value: words for value, words in field.marks.items() if field.low <= value <= field.high}
    return {"name": name, "key": field.key, "id": view.elem_id(name), "default": field.default, "kind": field.kind,
            "label": field.label, "called": field.called, "choices": list(field.values), "low": field.low,
            "high": field.high, "step": field.step, "grid": field.shown == "slider",
            "counts": [{fields[other].key: values for other, values in every.items()} for every in field.counts],
            "marks": list(marks.items())}  # fmt: skip


def begin(made: Mapping[str, Mapping[str, Any]]) -> str:
    """JavaScript for the page's load event."""
    given = json.dumps(specs(made)), json.dumps(version()), json.dumps(lessons.page())
    publicly = json.dumps(public_address())
    said = f"document.documentElement.dataset.publicly = {publicly};"
    return "() => {{ {} window.cfg.frame.begin({}, {}); window.cfg.lessons.begin({}); }}".format(said, *given)


def public_address() -> str:
    """Under which the app is known, for links in saved pictures: CFG_PUBLIC_ADDRESS, or the Space's; "" for none."""
    space = os.environ.get("SPACE_HOST")
    return os.environ.get("CFG_PUBLIC_ADDRESS") or (f"https://{space}/" if space else "")


def version() -> str:
    """The version of the app."""
    return cfg_core.__version__


def tell(view: View[Any]) -> str:
    """JavaScript for a change of any control of the view."""
    return f"(...values) => {{ window.cfg.state.tell({json.dumps(view.name)}, values); }}"


__all__ = ["CHAPTERS", "CSS", "VIEWS", "begin", "header", "specs", "tell"]
