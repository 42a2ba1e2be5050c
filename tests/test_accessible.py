"""For whoever cannot see the picture well, or has no mouse: words, keys."""

import pytest

from tests.test_app import drawn


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
