"""Every view and each of its parts at each size: the first screen, a phone, a projector, axe-core's findings.

One walk through the app gathers what all these tests look at.
"""

from pathlib import Path

import axe_playwright_python
import pytest

from demo.views.registry import VIEWS
from tests.pages import READY, SEEN, SETTLED, parts_of

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
SERIOUS = """async (where) => (await axe.run(where ?? document, {resultTypes: ["violations"]})).violations
  .filter((v) => ["serious", "critical"].includes(v.impact))
  .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`))"""
FONTS = """() => [...document.querySelectorAll(".stage")].filter((s) => s.clientWidth)
  .map((s) => cfg.stage.get(s.closest("[id$=-stage]").id).font)"""
SIZES = {"projector": (1280, 720), "laptop": (1024, 768), "phone": (390, 844)}


@pytest.fixture(scope="module")
def walked(browser, app):
    """{(view, part): {size: what is seen, "present": what is seen, "light", "dark": what axe finds}}."""
    blocks, served = app
    page = browser.new_page(reduced_motion="reduce")
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(served + "?__theme=light")
    page.wait_for_function("window.cfg?.state.here().view")
    page.add_script_tag(content=AXE)
    out = {}
    for view in VIEWS:
        for part in parts_of(view):
            assert page.evaluate("([name, part]) => cfg.state.go(name, part)", [view.name, part])
            page.evaluate(SETTLED)  # by now what the server is to compute was asked for
            while len(blocks._queue) > 0 or any(blocks._queue.active_jobs):
                page.evaluate(SETTLED)
            page.wait_for_function(READY, arg=view.name, timeout=60_000)
            out[view.name, *part.values()] = looked_at(page, view)
    opened = {"the page": "0", "lessons": "cfg.lessons.choose()", "teacher": "cfg.lessons.teacher()"}
    for name, open_it in opened.items():
        page.evaluate(open_it)
        out[name,] = {"light": page.evaluate(SERIOUS)}
    assert errors == []
    yield out
    page.close()


def looked_at(page, view) -> dict:
    """The view that is open at each size, for a projector, and by axe in both themes."""

    def seen():
        page.evaluate(SETTLED)
        page.evaluate("scrollTo(0, 0)")
        return {**page.evaluate(SEEN, view.name), "fonts": page.evaluate(FONTS)}

    out = {}
    for size in ("phone", "laptop", "projector"):
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        out[size] = seen()
    for theme in ("light", "dark"):
        out[theme] = page.evaluate(SERIOUS, f"#view-{view.name}")
        page.evaluate("cfg.frame.actions.theme()")
    page.evaluate("cfg.frame.actions.present()")
    out["present"] = seen() | {"settings": page.locator(".side:visible").count()}
    page.evaluate("cfg.frame.actions.present()")
    return out


def views_of(walked):
    """What was seen of each view, with the view and its part."""
    for view in VIEWS:
        for part in parts_of(view):
            yield view, part, walked[view.name, *part.values()]


@pytest.mark.parametrize("size", ["projector", "laptop", "present"])
def test_pictures_and_sliders_are_whole_on_the_first_screen(walked, size):
    height = SIZES.get(size, SIZES["projector"])[1]
    cut = []
    for view, part, seen in views_of(walked):
        at = seen[size]
        counts = any(view.settings.of(part).counts(name) for name in view.sliders)  # some show all w side by side
        if (
            not at["pictures"]
            or counts > at["sliders"]
            or at["lowest"] > height
            or at["smallest"] < (75 if size == "present" else 100)
        ):
            cut.append((view.name, part, at))
    assert cut == []


@pytest.mark.parametrize(("size", "least"), [("laptop", 11), ("present", 13)])
def test_words_in_a_picture_are_large_enough(walked, size, least):
    small = {(view.name, *part.values()): min(seen[size]["fonts"], default=99) for view, part, seen in views_of(walked)}
    assert {key: font for key, font in small.items() if font < least} == {}


def test_a_projectors_page_has_no_settings(walked):
    assert {seen["present"]["settings"] for *_, seen in views_of(walked)} == {0}


def test_on_a_phone_no_view_is_longer_than_three_screens(walked):
    long = {key: at["phone"]["tall"] for key, at in walked.items() if at.get("phone", {}).get("tall", 0) > 2500}
    assert long == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(walked, theme):
    assert {key: at[theme] for key, at in walked.items() if at.get(theme)} == {}
