"""A finger: what is held does not scroll, what scrolls does not turn, nothing is added by accident."""

from __future__ import annotations

import pytest

from tests.pages import READY, SETTLED

SIZES = [(390, 844), (360, 640), (820, 1180)]
SLIDER = "#gaussians-w input[type=range]"


@pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
def hand(request, browser, served):
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True,
                                  reduced_motion="reduce")  # fmt: skip
    page = context.new_page()
    page.goto(served)
    page.wait_for_function(READY, arg="gaussians", timeout=60_000)
    page.evaluate(SETTLED)
    yield Hand(page)
    context.close()


class Hand:
    """Fingers on a screen, as the screen tells of them."""

    def __init__(self, page) -> None:
        self.page, self.session = page, page.context.new_cdp_session(page)

    def send(self, kind, *points) -> None:
        points = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def tap(self, at) -> None:
        self.send("touchStart", at)
        self.send("touchEnd")

    def swipe(self, start, by, steps=8) -> float:
        """From a place by so many pixels; gives how far the page scrolled."""
        before = self.page.evaluate("scrollY")
        self.send("touchStart", start)
        for i in range(1, steps + 1):
            self.send("touchMove", (start[0] + by[0] * i / steps, start[1] + by[1] * i / steps))
            self.page.evaluate("new Promise(requestAnimationFrame)")
        self.send("touchEnd")
        self.page.evaluate(SETTLED)
        return self.page.evaluate("scrollY") - before

    def at(self, what, across=0.5) -> tuple[float, float]:
        box = self.page.locator(what).first.bounding_box()
        return box["x"] + box["width"] * across, box["y"] + box["height"] / 2

    def shown(self) -> dict:
        return self.page.evaluate("cfg.state.here().values")


def test_what_is_held_does_not_scroll(hand):
    for what in (".grab-pad", ".grab-one:focus .grab-knob"):
        before = hand.shown()["mix"]
        assert hand.swipe(hand.at(f"#gaussians-stage {what}"), (15, -60)) == 0
        assert hand.shown()["mix"] != before  # the page could scroll that way, and the class went
    hand.page.locator("#gaussians-stage .toy-bar button:last-child").tap()
    hand.page.wait_for_function("cfg.state.here().values.mix === ''")  # a way back


def test_what_scrolls_does_not_turn_w_and_what_turns_w_does_not_scroll(hand):
    w = hand.shown()["w"]
    assert hand.swipe(hand.at(SLIDER, 0.8), (3, -200)) > 100
    assert hand.shown()["w"] == w
    assert float(hand.page.locator(SLIDER).input_value()) == w
    assert hand.swipe(hand.at(SLIDER, 0.2), (100, 2)) == 0
    assert hand.shown()["w"] != w
    assert hand.page.locator(".drive .info-text:visible").count() == 0  # its help does not stay


def test_a_double_tap_adds_nothing_and_the_button_does(hand):
    hand.page.evaluate("addEventListener('dblclick', () => (window.twice = true), true)")
    x, y = hand.at("#gaussians-stage canvas")
    for _ in range(2):
        hand.tap((x - 60, y - 40))
    hand.page.wait_for_function("window.twice")
    hand.page.evaluate(SETTLED)
    assert hand.page.locator("#gaussians-stage .grab-one").count() == 3
    hand.page.locator("#gaussians-stage .toy-plus").tap()
    hand.page.wait_for_function("document.querySelectorAll('#gaussians-stage .grab-one').length === 4")


SMALL = """() => [...document.querySelectorAll("button, summary, a, input, .grab-pad, .grab-knob, [role=button]")]
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([e, at]) => at.width && at.top < innerHeight && at.bottom > 0 && at.right > 0 && at.left < innerWidth
    && e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && Math.min(at.width, at.height) < 24)
  .map(([e, at]) => [e.tagName, e.className.baseVal ?? e.className, e.textContent.slice(0, 20), at.width, at.height])"""


def test_a_finger_finds_what_it_is_to_touch(hand):
    hand.tap(hand.at("#gaussians-stage .grab-pad"))
    hand.page.wait_for_function("document.querySelector('.grab-one:focus')")  # its knob is there
    assert hand.page.evaluate(SMALL) == []
