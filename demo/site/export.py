"""`python -m demo.site FOLDER`: the toy as a static page, without a server: for a free static Space, or a USB stick.

The folder holds index.html (all scripts inside it), one file of numbers for each view, fetched when it is chosen, and
a README with a static Space's front matter. The sweeps and scenes are those of the app; what the app computes on
request (other geometries, a particle dropped by a click) is left out, and the page says so.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from demo.fields import TOY_RULES
from demo.scene import CLASS_NAMES
from demo.settings import Settings
from demo.stage import CSS, markup
from demo.stage.bundle import bundle
from demo.view import View, packed
from demo.views.field.view import VIEW as FIELD
from demo.views.gaussians.settings import FIGURE
from demo.views.gaussians.view import VIEW as GAUSSIANS

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

Made by `python -m demo.site`. The app itself, with its trained networks, is a Gradio Space.
"""


class Page(NamedTuple):
    """One choice of a view: the name of its file, its title, its settings."""

    view: View[Any]
    name: str
    title: str
    settings: Settings

    def value(self) -> str:
        """The stage's value; what needs a server is not offered."""
        (drawing,) = self.view.drawings
        sweep, scene = drawing.made(self.view, self.settings)
        for panel in scene["panels"]:
            panel.pop("clickable", None)
        return packed(sweep, scene)


def pages() -> Iterator[Page]:
    """All that the page offers, the first of each view being the one that it opens with."""
    rules = GAUSSIANS.settings.fields()["rule"].values
    for rule in TOY_RULES:
        for sampler, word in (("heun", "Heun (ODE)"), ("ancestral", "ancestral (Algorithm 2)")):
            s = GAUSSIANS.settings.of({"rule": rule, "sampler": sampler})
            yield Page(GAUSSIANS, f"{rule}-{sampler}", f"{rules[rule]}, {word}", s)
    yield Page(GAUSSIANS, "figure", "the paper's figure", GAUSSIANS.settings.of({"view": FIGURE}))
    for name in CLASS_NAMES:
        yield Page(FIELD, f"field-{name}", f"class {name}", FIELD.settings.of({"letter": name}))


def build(folder: Path, chosen: list[Page] | None = None) -> list[Path]:
    """Write the page into `folder` (made where it is missing); returns the files written."""
    every = list(pages()) if chosen is None else chosen
    (folder / "views").mkdir(parents=True, exist_ok=True)
    options = {view.name: "".join(map(_option, (p for p in every if p.view is view))) for view in (GAUSSIANS, FIELD)}
    page = (HERE / "page.html").read_text(encoding="utf-8")
    for mark, text in {
        "STAGE_CSS": CSS.read_text(encoding="utf-8"),
        "SCRIPT": bundle(HERE / "page.js"),
        "TEMPLATE": markup(),
        "GAUSSIANS": options["gaussians"],
        "FIELD": options["field"],
    }.items():
        page = page.replace(f"<!--{mark}-->", text)
    written = [folder / "index.html", folder / "README.md"]
    written[0].write_text(page, encoding="utf-8")
    written[1].write_text(SPACE, encoding="utf-8")
    for page_ in every:
        path = folder / "views" / f"{page_.name}.js"
        # a script and not a fetch: it works from a folder on disk too
        path.write_text(f"cfg.site.take({json.dumps(page_.name)}, {json.dumps(page_.value())});\n", encoding="utf-8")
        written.append(path)
    return written


def _option(page: Page) -> str:
    return f'<option value="{html.escape(page.name)}">{html.escape(page.title)}</option>'
