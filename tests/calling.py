"""Calls of the app's public handlers, as any client would make them."""

from __future__ import annotations

import json
from typing import Any

import httpx

from demo.view import Drawing, View
from demo.views.registry import VIEWS


def view(name: str) -> View:
    """The view of that name in links."""
    return next(view for view in VIEWS if view.name == name)


def values(view: View, drawing: Drawing, /, **settings: Any) -> list[Any]:
    """What the drawing's handler is sent: the settings given, raw, and the defaults of the others."""
    names, defaults = view.asks(drawing), view.settings()
    assert set(settings) <= set(names), set(settings) - set(names)
    return [settings.get(name, getattr(defaults, name)) for name in names]


def call(served: str, name: str, drawing: int = 0, /, **settings: Any) -> dict:
    """One call of a view's handler through the queue: the last message of its stream, or that it was refused."""
    found = view(name)
    drawn = found.drawings[drawing]
    return call_api(served, found.api_name(drawn), values(found, drawn, **settings))


def call_api(served: str, api_name: str, data: list[Any]) -> dict:
    """One call of any public handler; NaN and Infinity are sent as Python writes them."""
    body, headers = json.dumps({"data": data}), {"content-type": "application/json"}
    with httpx.Client(base_url=served, timeout=60) as client:
        answer = client.post(f"/gradio_api/call/{api_name}", content=body, headers=headers)
        if answer.status_code != 200:
            return {"refused": answer.text, "status": answer.status_code}
        with client.stream("GET", f"/gradio_api/call/{api_name}/{answer.json()['event_id']}") as stream:
            lines = [line for line in stream.iter_lines() if line]
    return {"event": lines[-2].removeprefix("event: "), "data": json.loads(lines[-1].removeprefix("data: "))}
