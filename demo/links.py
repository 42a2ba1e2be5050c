"""Links that carry the settings: ?tab=field&w=4&lam=-1 opens the page as someone else saw it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
from gradio.components import Component

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


def follow(titles: Mapping[str, str]) -> str:
    """JavaScript for the page's load event: `titles` of the tabs, as they stand on the page, to their names."""
    return FOLLOW % json.dumps(titles)


def copy_button(tab: str, linked: Mapping[str, Component]) -> None:
    """A button that copies the link to what this tab shows now; no server call."""
    elem_id = f"{tab}-link"
    button = gr.Button("Copy a link to this view", size="sm", elem_id=elem_id, scale=0, min_width=220)
    js = COPY % (json.dumps(list(linked)), json.dumps(tab), elem_id)
    button.click(None, list(linked.values()), None, js=js)


def query(search: Any) -> dict[str, str]:
    """The settings in an address from its "?" on; none where it is not text."""
    return dict(parse_qsl(search.lstrip("?"))) if isinstance(search, str) else {}


def restore(query: Mapping[str, str], tabs: Mapping[str, Mapping[str, Component]]) -> list[Any]:
    """Updates for every linked component, in order, from a link's query.

    What a link does not name, or names with a value that the control does not have, stays as it is.
    """
    chosen = query.get("tab", "")
    out: list[Any] = []
    for tab, linked in tabs.items():
        for name, component in linked.items():
            value = _read(component, query.get(name, "")) if tab == chosen else None
            out.append(gr.skip() if value is None else gr.update(value=value))
    return out


def chosen_tab(query: Mapping[str, str], tabs: Mapping[str, Any]) -> Any:
    """The update that opens the tab a link names; to be sent when its controls have their values."""
    chosen = query.get("tab", "")
    return gr.update(selected=chosen) if chosen in tabs else gr.skip()


def _read(component: Any, raw: str) -> Any:
    """The value that `raw` means to this control, or None."""
    if isinstance(component, gr.Checkbox):
        return {"true": True, "false": False}.get(raw)
    if isinstance(component, gr.Radio | gr.Dropdown):
        return raw if raw in [value for _, value in component.choices] else None
    try:
        number = float(raw)
    except ValueError:
        return None
    low, high = component.minimum, component.maximum
    if (low is not None and not number >= low) or (high is not None and not number <= high) or not isfinite(number):
        return None
    if isinstance(component, gr.Slider):  # only values that it can be dragged to
        number = round(low + component.step * round((number - low) / component.step), 9)
    return int(number) if number == int(number) else number
