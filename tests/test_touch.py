"""A finger: what is held does not scroll, what scrolls does not turn, nothing is added by accident."""

from __future__ import annotations

import pytest

from tests.pages import READY, SETTLED


def touched(browser, url, width=390, height=844):
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True,
                                  reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(READY, arg="gaussians", timeout=60_000)
    page.evaluate(SETTLED)
    return page, context.new_cdp_session(page)


def swipe(page, session, start, by, steps=8) -> None:
    """A finger goes from a place by so many pixels, as the screen tells of it."""

    def send(kind, *points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    send("touchStart", start)
    for i in range(1, steps + 1):
        send("touchMove", (start[0] + by[0] * i / steps, start[1] + by[1] * i / steps))
        page.evaluate("new Promise(requestAnimationFrame)")
    send("touchEnd")
    page.evaluate(SETTLED)


def middle(page, what) -> tuple[float, float]:
    box = page.locator(what).first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640), (820, 1180)])
def test_a_finger_moves_a_class_without_the_page_and_the_page_without_w(browser, served, width, height):
    page, session = touched(browser, served, width, height)
    where = "() => cfg.stage.get('gaussians-stage').sweep && cfg.state.here().values.mix"
    swipe(page, session, middle(page, "#gaussians-stage .grab-pad"), (20, 60))
    page.wait_for_function(where)
    assert page.evaluate("scrollY") == 0
    w = page.evaluate("cfg.state.here().values.w")
    mixture = page.evaluate("cfg.state.here().values.mix")
    swipe(page, session, middle(page, "#gaussians-w input[type=range]"), (0, -200))
    assert page.evaluate("cfg.state.here().values.w") == w
    x, y = middle(page, "#gaussians-stage canvas")
    for _ in range(2):
        swipe(page, session, (x - 60, y - 40), (0, 0), steps=1)
    assert page.evaluate("cfg.state.here().values.mix") == mixture  # a double tap adds nothing
    page.context.close()


SMALL = """() => [...document.querySelectorAll("button, summary, a, input, .grab-pad, [role=button]")]
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([e, at]) => at.width && at.top < innerHeight && at.bottom > 0 && at.right > 0 && at.left < innerWidth
    && e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && Math.min(at.width, at.height) < 24
    && getComputedStyle(e).opacity !== "0")
  .map(([e, at]) => [e.tagName, e.className.baseVal ?? e.className, e.textContent.slice(0, 20), at.width, at.height])"""


def test_a_finger_finds_what_it_is_to_touch(browser, served):
    page, _ = touched(browser, served)
    assert page.evaluate(SMALL) == []
    page.context.close()
