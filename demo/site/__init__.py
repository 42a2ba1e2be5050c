"""`python -m demo.static FOLDER`: the toy as a static page, without a server: for a free static Space, or a USB stick.

The folder holds index.html (all scripts inside it), one file of numbers for each view, fetched when it is chosen, and
a README with a static Space's front matter. The sweeps and scenes are those of the app; what the app computes on
request (other geometries, a particle dropped by a click) is left out, and the page says so.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cfg_core.guidance import RULES
from cfg_core.sweeps.toy import CLASS_NAMES, TOY_RULES, ToySettings
from demo.stage import CSS, head, markup
from demo.tabs import field, gaussians

HERE = Path(__file__).parent
SPACE = """---
title: Classifier-Free Guidance, by hand
emoji: 🎯
colorFrom: indigo
colorTo: gray
sdk: static
short_description: Turn w and watch three classes pull apart
license: mit
---

Made by `python -m demo.static`. The app itself, with its trained networks, is a Gradio Space.
"""


class View(NamedTuple):
    tab: str  # "gaussians" or "field"
    name: str  # of its file
    title: str
    value: Callable[[], str]  # the stage's value


def views() -> Iterator[View]:
    """All that the page offers, the first of each tab being the one that it opens with."""
    for rule in TOY_RULES:
        for sampler, word in (("heun", "Heun (ODE)"), ("ancestral", "ancestral (Algorithm 2)")):
            settings = ToySettings(rule=rule, sampler=sampler)
            yield View(
                "gaussians",
                f"{rule}-{sampler}",
                f"{RULES[rule].title}, {word}",
                partial(gaussians.payload, settings, gaussians.VIEWS[0], False),
            )
    figure = ToySettings()
    yield View(
        "gaussians", "figure", "the paper's figure", partial(gaussians.payload, figure, gaussians.VIEWS[1], False)
    )
    for c, name in enumerate(CLASS_NAMES):
        yield View("field", f"field-{name}", f"class {name}", partial(_field, c))


def build(folder: Path, chosen: list[View] | None = None) -> list[Path]:
    """Write the page into `folder` (made where it is missing); returns the files written."""
    every = list(views()) if chosen is None else chosen
    (folder / "views").mkdir(parents=True, exist_ok=True)
    options = {tab: "".join(_option(v) for v in every if v.tab == tab) for tab in ("gaussians", "field")}
    page = (HERE / "page.html").read_text(encoding="utf-8")
    for mark, text in {
        "HEAD": head(),
        "STAGE_CSS": CSS.read_text(encoding="utf-8"),
        "SCRIPT": (HERE / "page.js").read_text(encoding="utf-8"),
        "TEMPLATE": markup((610, 1210)),
        "GAUSSIANS": options["gaussians"],
        "FIELD": options["field"],
    }.items():
        page = page.replace(f"<!--{mark}-->", text)
    written = [folder / "index.html", folder / "README.md"]
    written[0].write_text(page, encoding="utf-8")
    written[1].write_text(SPACE, encoding="utf-8")
    for view in every:
        path = folder / "views" / f"{view.name}.js"
        # a script and not a fetch: it works from a folder on disk too
        path.write_text(f"cfgStatic({json.dumps(view.name)}, {json.dumps(view.value())});\n", encoding="utf-8")
        written.append(path)
    return written


def _option(view: View) -> str:
    return f'<option value="{html.escape(view.name)}">{html.escape(view.title)}</option>'


def _field(c: int) -> str:
    value = json.loads(field.payload(ToySettings(), c, "score", field.DROP))
    for panel in value["scene"]["panels"]:
        panel["clickable"] = False  # there is no server that could answer
    return json.dumps(value, separators=(",", ":"))
