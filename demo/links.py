"""Links that carry the settings: ?tab=field&w=4&lam=-1 opens the page as someone else saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from demo.settings import Settings
from demo.view import View

SEARCH = "() => window.cfg.state.search()"  # the address, or what a lesson wants to show
OPEN = "() => { if (window.location.search.includes('tab=')) document.querySelector('#link').click(); }"


def query(search: Any) -> dict[str, str]:
    """The settings in an address from its "?" on; none where it is not text."""
    return dict(parse_qsl(search.lstrip("?"), keep_blank_values=True)) if isinstance(search, str) else {}


def read(settings: type[Settings], query: Mapping[str, str]) -> dict[str, Any]:
    """The settings that a link names, with values that they may have."""
    named = {name: field for name, field in settings.fields().items() if field.key in query}
    values = {name: field.read(query[field.key]) for name, field in named.items()}
    return {name: value for name, value in values.items() if value is not None}


def restore(query: Mapping[str, str], views: Sequence[View[Any]], controls: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Updates for every control of the views, in order. What a link does not name, or names wrongly, stays as it is."""
    out: list[Any] = []
    for view, made in zip(views, controls, strict=True):
        values = read(view.settings, query) if query.get("tab") == view.name else {}
        out += [gr.update(value=values[name]) if name in values else gr.skip() for name in made]
    return out


def chosen_tab(query: Mapping[str, str], views: Sequence[View[Any]]) -> Any:
    """The update that opens the tab a link names; to be sent when its controls have their values."""
    chosen = query.get("tab", "")
    return gr.update(selected=chosen) if any(view.name == chosen for view in views) else gr.skip()
