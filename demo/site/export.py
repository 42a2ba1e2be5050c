"""`python -m demo.site FOLDER`: the toy as a static page, without a server: for a free static Space, or a USB stick.

The page is the app's, with the same stage, frame and lessons, and the engine that the app has in the browser computes
it: any geometry, the rules of the form eps_c + k (eps_c - eps_u), samplers, steps and seeds. The folder holds
index.html (all scripts inside it), data/ (tables and noises of what is offered, read when they are needed) and a README
with a static Space's front matter. Rules of another form need the app.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cfg_core.guidance import RULES
from demo import frame, lessons
from demo.site import markup, tables
from demo.stage import CSS
from demo.stage.bundle import as_text, bundle
from demo.stage.component import ENGINE
from demo.views.gaussians import six

HERE = Path(__file__).parent
STYLES = (CSS, HERE / "site.css", frame.CSS, lessons.HERE / "bar.css")
SPACE = """---
title: Classifier-Free Guidance, by hand
emoji: 🎯
colorFrom: indigo
colorTo: gray
sdk: static
short_description: Turn w, grab three classes and pull them apart
license: mit
---

Made by `python -m demo.site`. The app itself, with its trained networks, is a Gradio Space.
"""


def build(folder: Path, seeds: Iterable[int] = tables.OFFERED["seed"]) -> list[Path]:  # type: ignore[assignment]
    """Write the page into `folder` (made where it is missing); returns the files written.

    Of `seeds` the noises of sampling steps are written; the others can be sampled only where a step takes none.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    page = (HERE / "page.html").read_text(encoding="utf-8")
    for mark, text in {
        "CSS": "\n".join(path.read_text(encoding="utf-8") for path in STYLES),
        "HEADER": markup.chapters(),
        "TABS": markup.tabs(),
        "GIVEN": _json(given()),
        "SCRIPT": as_text(ENGINE, "cfgEngine") + bundle(HERE / "page.js"),
    }.items():
        page = page.replace(f"<!--{mark}-->", text)
    files = {folder / "index.html": page, folder / "README.md": SPACE}
    data: dict[str, Any] = {"gaussians": tables.gaussians(), "field": tables.field()}
    data |= {f"noise-{seed}": tables.step_noise(int(seed)) for seed in seeds}
    for name, value in data.items():
        # a script and not a fetch: it works from a folder on disk too
        files[folder / "data" / f"{name}.js"] = f"cfg.site.take({json.dumps(name)}, {_json(value)});\n"
    for path, text in files.items():
        path.write_text(text.replace(six.ADDRESS, six.SHEET.name), encoding="utf-8")
    pictures = folder / six.SHEET.name
    pictures.write_bytes(six.SHEET.read_bytes())
    return [*files, pictures]


def given() -> dict[str, Any]:
    """What the page knows from the start: its views, each rule's numbers, the lessons that need no other view."""
    here = {view.name for view in tables.VIEWS}
    page = lessons.page()
    kept = [lesson for lesson in page["lessons"] if {step["view"] for step in lesson["steps"]} <= here]
    names = {lesson["name"] for lesson in kept}
    plans = [
        {**plan, "parts": [_without_others(part, names) for part in plan["parts"]]} for plan in page["teacher"]["plans"]
    ]
    return {
        "views": markup.specs(),
        "params": {name: [p.name for p in RULES[name].params] for name in tables.RULES_HERE},
        "lessons": {"lessons": kept, "teacher": {**page["teacher"], "plans": plans}},
    }


def _without_others(part: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """A part of a teacher's plan, without the link to a lesson that is not here."""
    return {key: value for key, value in part.items() if key != "lesson" or value in names}


def _json(value: Any) -> str:
    """JSON that may stand in a script."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
