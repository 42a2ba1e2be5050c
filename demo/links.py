"""Links that carry the settings: ?tab=field&w=4&lam=-1 opens the page as someone else saw it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
from gradio.components import Component

from demo.settings import Settings
from demo.view import View

# Writes the address, puts it on the clipboard where the browser allows it, and says so on the button.
COPY = """(...values) => {
  const url = new URL(window.location.href.split("?")[0]), names = %s;
  const theme = new URLSearchParams(window.location.search).get("__theme");
  url.searchParams.set("tab", %s);
  if (theme) url.searchParams.set("__theme", theme);
  names.forEach((name, i) => url.searchParams.set(name, values[i]));
  history.replaceState(null, "", url);
  const button = document.querySelector("#%s"), words = button.textContent;
  const said = (text) => { button.textContent = text; setTimeout(() => { button.textContent = words; }, 1800); };
  (navigator.clipboard?.writeText(url.href) ?? Promise.reject()).then(
    () => said("Link copied"), () => said("The link is in the address bar"));
}"""

SEARCH = "() => window.location.search"
OPEN = "() => { if (window.location.search.includes('tab=')) document.querySelector('#link').click(); }"

# On a phone the row of tabs scrolls: bring the open one into sight.
SHOW_TAB = """() => setTimeout(() =>
  document.querySelector("#tabs button[role=tab][aria-selected=true]:not(.visually-hidden *)")
    ?.scrollIntoView({ inline: "center", block: "nearest" }), 100)"""

# The address follows the tab that is opened by hand, without the settings of another; Back returns to the last one.
FOLLOW = """() => {
  const titles = %s, buttons = () => [...document.querySelectorAll("#tabs button[role=tab]:not(.visually-hidden *)")];
  let moving = false; // a tab is opened by Back, not by hand
  document.querySelector("#tabs").addEventListener("click", (event) => {
    const name = titles[event.target.closest("button[role=tab]")?.textContent.trim()];
    const url = new URL(window.location.href.split("?")[0]), here = new URLSearchParams(window.location.search);
    if (!name || moving || name === (here.get("tab") ?? Object.values(titles)[0])) return;
    url.searchParams.set("tab", name);
    if (here.has("__theme")) url.searchParams.set("__theme", here.get("__theme"));
    history.pushState(null, "", url);
  });
  window.addEventListener("popstate", () => {
    const name = new URLSearchParams(window.location.search).get("tab") ?? Object.values(titles)[0];
    moving = true;
    const button = buttons().find((one) => titles[one.textContent.trim()] === name);
    button?.click();
    button?.scrollIntoView({ inline: "center", block: "nearest" });
    moving = false;
  });
}"""


def follow(views: Sequence[View[Any]]) -> str:
    """JavaScript for the page's load event: the titles of the tabs, as they stand on the page, to their names."""
    return FOLLOW % json.dumps({view.title: view.name for view in views})


def copy_button(view: View[Any], controls: Mapping[str, Component]) -> None:
    """A button that copies the link to what this tab shows now; no server call."""
    elem_id = f"{view.name}-link"
    fields = view.settings.fields()
    button = gr.Button("Copy a link to this view", size="sm", elem_id=elem_id, scale=0, min_width=220)
    js = COPY % (json.dumps([fields[name].key for name in controls]), json.dumps(view.name), elem_id)
    button.click(None, list(controls.values()), None, js=js)


def query(search: Any) -> dict[str, str]:
    """The settings in an address from its "?" on; none where it is not text."""
    return dict(parse_qsl(search.lstrip("?"))) if isinstance(search, str) else {}


def read(settings: type[Settings], query: Mapping[str, str]) -> dict[str, Any]:
    """The settings that a link names, with values that they may have."""
    values = {name: field.read(query.get(field.key, "")) for name, field in settings.fields().items()}
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
