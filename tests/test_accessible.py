"""For whoever cannot see the picture well, or has no mouse: axe-core's findings, shapes, words, keys."""

from pathlib import Path

import axe_playwright_python
import pytest

from demo.views.registry import VIEWS
from tests.pages import DRAWN, parts_of
from tests.test_app import drawn

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((v) => ["serious", "critical"].includes(v.impact))
  .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_view(tab, theme):
    page = tab(None, query=f"?__theme={theme}", height=720)
    page.wait_for_function("window.cfg?.state.here().view")
    page.add_script_tag(content=AXE)
    found = {}
    for view in VIEWS:
        for part in parts_of(view):
            assert page.evaluate("([name, part]) => cfg.state.go(name, part)", [view.name, part])
            page.wait_for_function(DRAWN, arg=view.name, timeout=60_000)
            if problems := page.evaluate(SERIOUS):
                found[view.name, *part.values()] = problems
    page.evaluate("cfg.lessons.choose()")
    if problems := page.evaluate(SERIOUS):
        found["the list of lessons"] = problems
    page.evaluate("cfg.lessons.teacher()")
    if problems := page.evaluate(SERIOUS):
        found["the teacher's page"] = problems
    assert found == {}


def test_the_sentence_is_the_pictures_text_and_is_said_when_it_settles(tab):
    page = tab()
    drawn(page, "gaussians")
    page.wait_for_function("document.querySelector('#gaussians-stage canvas').ariaLabel?.includes('At w = 3')")
    assert page.locator("#gaussians-stage .stage-live").text_content() == ""  # nothing was asked yet
    page.locator("#gaussians-w input[type=range]").press("End")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage-live').textContent.includes('At w = 10')")
    for canvas in page.locator("#gaussians-stage canvas").all():
        assert "At w = 10 (scale 1 + w = 11)" in canvas.get_attribute("aria-label")


def test_a_particle_is_dropped_by_the_keyboard(tab):
    page = tab("Score field")
    drawn(page, "field")
    canvas = page.locator("#field-stage canvas").first
    canvas.focus()
    for key in ["ArrowRight"] * 5 + ["ArrowUp"] * 3 + ["Enter"]:  # the first shows the cross in the middle
        page.keyboard.press(key)
    page.wait_for_function("document.querySelector('#field-stage .stage').dataset.loads === '2'", timeout=20_000)
    wide = page.evaluate("(() => { const {x} = cfg.stage.get('field-stage').panels[0].view; return x[1] - x[0]; })()")
    at = page.evaluate("cfg.stage.value('field-stage', 'drop')")
    assert at == pytest.approx([4 * wide / 40, 3 * wide / 40], abs=0.01)
    assert page.evaluate("scrollY") == 0
