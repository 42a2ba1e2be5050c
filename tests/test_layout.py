"""The layout: what stays in sight, nothing jumps, two clicks reach any view."""

import pytest

from demo.views.registry import CHAPTERS
from tests.pages import READY, SETTLED, open_view

SHIFTS = """() => { window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true}); }"""


def test_on_a_phone_the_slider_stays_while_the_picture_is_on_screen(tab):
    page = tab(None, width=390, height=844)
    page.wait_for_function(READY, arg="gaussians", timeout=60_000)
    for panel in (0, 1):
        page.locator("#gaussians-stage canvas").nth(panel).scroll_into_view_if_needed()
        page.evaluate(SETTLED)
        box = page.locator("#gaussians-w input[type=range]").bounding_box()
        assert 0 <= box["y"] <= 844 - box["height"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("query", ["", "?tab=field", "?tab=tradeoff&part=paper", "?tab=cifar"])
def test_nothing_jumps_while_the_page_fills(browser, served, width, query):
    """Cumulative layout shift as the browser counts it; web.dev calls 0.1 good."""
    page = browser.new_page(viewport={"width": width, "height": 720 if width > 640 else 844})
    page.add_init_script(f"({SHIFTS})()")
    page.goto(served + query)
    name = query.partition("tab=")[2].partition("&")[0] or "gaussians"
    page.wait_for_function(READY, arg=name, timeout=60_000)
    page.wait_for_timeout(500)
    assert page.evaluate("shifted") <= 0.02
    page.close()


def test_two_clicks_reach_any_view_and_each_leads_on(tab):
    page = tab(None)
    page.wait_for_function("window.cfg?.state.here().view")
    for chapter in CHAPTERS:
        for view in chapter.views:
            open_view(page, view.title)
            assert page.locator(".views button:visible").all_inner_texts() == [v.title for v in chapter.views]
            page.locator(f"#view-{view.name} .next button").click()
            page.wait_for_function("name => cfg.state.here().view === name", arg=view.next[1])


def test_each_part_of_a_view_has_a_link_of_its_own(tab):
    page = tab(None, query="?tab=process&part=step")
    page.wait_for_function(READY, arg="process", timeout=60_000)
    titles = page.locator("#view-process .stage-title:visible").all_inner_texts()
    assert len(titles) == 3
    assert "reverse step" in titles[1]
    page.locator("#process-part").get_by_text("What a loss weighs").click()
    page.wait_for_function("document.querySelector('#view-process').dataset.part === 'weights'")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("location.search.includes('part=weights')")
    assert page.locator("#view-process .stage canvas:visible").count() == 3
