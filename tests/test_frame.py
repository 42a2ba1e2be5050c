"""The frame round every view: the arrival, hints, keys, a projector's page, and what an address hides."""

from urllib.parse import parse_qsl

import pytest

from demo.views.registry import VIEWS
from tests.pages import OPENED, READY, SETTLED
from tests.test_app import drawn, quiet, stage_w
from tests.test_views import MIXTURE

WATCH = """() => { window.ws = []; new MutationObserver((list) => {
  for (const one of list) if (one.target.dataset?.w !== undefined) window.ws.push(Number(one.target.dataset.w));
}).observe(document, {subtree: true, attributes: true, attributeFilter: ["data-w"]}); }"""


@pytest.fixture
def moving(browser, served):
    """A page that may move by itself; each test has a browser's storage of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    page.requests = []
    page.on("request", lambda r: page.requests.append(r.url))
    page.served = served
    yield page
    context.close()


def value(page) -> float:
    return float(page.locator("#gaussians-w input[type=range]").input_value())


def test_on_arrival_w_swings_once_from_0_to_3_in_the_browser_alone(moving):
    moving.goto(moving.served)
    moving.wait_for_function("Math.max(...ws.slice(1)) > 1.5 && ws.some(w => w < 0.5)")
    moving.wait_for_function("ws.at(-1) === 3 && ws.length > 10")
    turned = moving.evaluate("ws.slice(ws.findIndex(w => w < 0.5))")
    assert turned == sorted(turned)  # one way, once
    assert value(moving) == 3
    assert not any("queue/join" in url for url in moving.requests)


def test_a_touch_ends_the_swing(moving):
    moving.goto(moving.served)
    moving.wait_for_function("ws.some(w => w > 0 && w < 2)")
    moving.keyboard.press("Shift")
    moving.wait_for_function("ws.at(-1) === 3")
    count = moving.evaluate("ws.length")
    moving.wait_for_timeout(300)
    assert moving.evaluate("ws.length") == count


def test_who_comes_by_a_link_sees_no_swing(moving):
    moving.goto(moving.served + "?tab=gaussians&w=5")
    drawn(moving, "gaussians")
    moving.wait_for_function("ws.at(-1) === 5")
    moving.wait_for_timeout(500)
    assert moving.evaluate("Math.min(...ws)") >= 3
    assert moving.locator(".hint").count() == 0


def test_hints_go_by_doing_what_they_say_and_never_come_back(moving):
    moving.goto(moving.served)
    moving.wait_for_selector(".hint >> text=Drag this", timeout=20_000)
    moving.locator("#gaussians-w input[type=range]").press("End")
    moving.wait_for_selector(".hint >> text=This dot")
    moving.locator("#gaussians-stage .stage-beside canvas").last.hover()
    moving.wait_for_selector(".hint >> text=own figure")
    moving.reload()
    moving.wait_for_selector(".hint >> text=own figure", timeout=20_000)
    moving.get_by_role("button", name="Close this hint").click()
    moving.reload()
    drawn(moving, "gaussians")
    moving.wait_for_timeout(3000)
    assert moving.locator(".hint").count() == 0


def test_keys_turn_the_slider_and_open_the_views(tab):
    page = tab()
    drawn(page, "gaussians")
    quiet(page)
    page.locator("body").click(position={"x": 3, "y": 3})
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '3.1'")
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '2.1'")
    page.keyboard.press(" ")
    page.wait_for_function("Number(document.querySelector('#gaussians-stage .stage').dataset.w) > 3")
    page.keyboard.press(" ")
    page.wait_for_timeout(100)
    stopped = stage_w(page, "gaussians")
    page.wait_for_timeout(300)
    assert stage_w(page, "gaussians") == stopped
    assert page.requests == []
    page.keyboard.press("2")
    page.wait_for_function(OPENED, arg="field")
    page.keyboard.press("?")
    assert "full-screen" in page.locator("dialog.keys").inner_text()
    page.keyboard.press("Escape")
    page.locator("dialog.keys").wait_for(state="detached")


def test_a_number_that_is_typed_opens_no_view(tab):
    page = tab()
    drawn(page, "gaussians")
    page.locator("#gaussians-w input[type=number]").fill("")
    page.locator("#gaussians-w input[type=number]").press("5")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '5'")
    assert page.evaluate("cfg.state.here().view") == "gaussians"


def test_an_address_presents_and_a_key_ends_it(tab):
    page = tab(None, query="?tab=gaussians&present=1", height=720)
    page.wait_for_function(OPENED, arg="gaussians")
    drawn(page, "gaussians")
    page.wait_for_function("!document.documentElement.classList.contains('arriving')")
    assert page.locator("#view-gaussians .drive").is_visible()
    assert page.locator(".side:visible").count() == 0
    page.keyboard.press("p")
    assert page.locator(".open-side:visible").count() > 0
    assert "present" not in page.url


def test_an_address_hides_what_it_names_and_nothing_else(tab):
    page = tab(None, query="?tab=field&hide=settings,links,%3Cb%3E")
    page.wait_for_function(OPENED, arg="field")
    drawn(page, "field")
    assert page.locator(".side:visible").count() == page.locator(".top-links:visible").count() == 0
    assert page.locator(".drive:visible").count() == 1
    page.evaluate("cfg.frame.open('compare')")
    page.wait_for_function(OPENED, arg="compare")
    assert "hide=settings" in page.url


LINKS = {
    "?tab=gaussians&w=5&separation=2.5&seed=3&rule=apg": 1,
    "?tab=gaussians&w=5": 0,  # the picture is in the page, and w is turned in the browser
    "?tab=field&class=C&w=4&lam=-1": 1,
    "?tab=temperature&part=three&T=1.2": 1,  # the part that is seen
}


@pytest.mark.parametrize("query", LINKS)
def test_a_link_is_read_in_the_browser_and_asks_the_server_for_its_picture_alone(tab, query):
    page = tab(None, query=query)
    page.wait_for_function("window.cfg?.state.here().view && !document.documentElement.matches('.arriving')")
    wanted = dict(parse_qsl(query[1:]))
    page.wait_for_function(READY, arg=wanted["tab"], timeout=60_000)
    page.evaluate(SETTLED)
    state = page.evaluate("cfg.state.here()")
    del wanted["tab"]
    assert {key: str(state["values"][key]) for key in wanted} == wanted
    assert sum("queue/join" in address for address in page.requests) == LINKS[query]


def test_the_browser_reads_a_link_as_the_server_would(tab):
    """Values on and off the grid, at and beyond the bounds, and what is none, of every setting of every view."""
    page = tab()
    page.wait_for_function(OPENED, arg="gaussians")
    for spec in page.evaluate("cfg.state.specs()"):
        view = next(view for view in VIEWS if view.name == spec["name"])
        for setting in spec["settings"]:
            field = view.settings.fields()[setting["name"]]
            texts = ["", "x", "true", "NaN", "1e999", MIXTURE, "A_0_0_1_0_1_1", str(field.default), "0.123", "7"]
            texts += [f"{x:.10g}" for edge in (field.low, field.high) for x in (edge, edge - 1, edge + 1)]
            texts += list(field.values)
            read = page.evaluate("([s, texts]) => texts.map((text) => cfg.state.read(s, text))", [setting, texts])
            assert dict(zip(texts, read, strict=True)) == {text: field.read(text) for text in texts}, setting["key"]


def test_what_a_link_says_wrongly_is_named_with_its_bound_and_the_rest_is_shown(tab):
    page = tab(None, query="?tab=field&w=99&class=C")
    page.wait_for_selector(".refused")
    assert "w must be a number in [-1, 10]" in page.locator(".refused").inner_text()
    page.wait_for_function(OPENED, arg="field")
    assert page.evaluate("cfg.state.here().values.class") == "C"
    assert page.evaluate("cfg.state.here().values.w") == 3


def test_a_link_carries_the_layers_that_were_switched(tab):
    page = tab()
    page.wait_for_function(READY, arg="gaussians")
    chip = "#gaussians-stage button.stage-chip"
    names = page.locator(chip).all_inner_texts()
    switched = page.locator(chip).nth(names.index("guided samples"))
    assert switched.get_attribute("aria-pressed") == "true"
    switched.click()
    page.locator("[data-do=copy]").click()
    link = page.url
    assert "guided+samples" in link or "guided%20samples" in link
    other = tab(None, query="?" + link.partition("?")[2])
    other.wait_for_function(READY, arg="gaussians")
    assert other.locator(chip).nth(names.index("guided samples")).get_attribute("aria-pressed") == "false"


HERO = """() => { const seen = (from, length, end) => Math.max(0, Math.min(from + length, end) - Math.max(from, 0));
  return [...document.querySelectorAll("[data-hero] canvas")].filter((e) => e.clientWidth).reduce((sum, c) => {
    const at = c.getBoundingClientRect(), [x, y, w, h] = c.dataset.plot.split(" ").map(Number);
    return sum + 100 * seen(at.left + x, w, innerWidth) * seen(at.top + y, h, innerHeight) / innerWidth / innerHeight;
  }, 0); }"""


@pytest.mark.parametrize(("width", "height"), [(900, 600), (600, 450)])
def test_in_another_page_the_picture_has_the_room_with_w_and_the_sentence_and_no_storage_is_needed(
    browser, served, width, height
):
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.add_init_script("""const blocked = () => { throw new Error("blocked"); };
        Object.defineProperty(window, "localStorage", {get: blocked});
        Object.defineProperty(document, "cookie", {get: blocked, set: blocked});""")
    page.goto(f"{served}?embed=1")
    page.wait_for_function(READY, arg="gaussians", timeout=60_000)
    page.evaluate(SETTLED)
    assert page.evaluate(HERO) >= 35
    for what in ("#gaussians-w input[type=range]", "#gaussians-stage .stage-caption p"):
        box = page.locator(what).first.bounding_box()
        assert box["y"] + box["height"] <= height
    assert not page.locator(".top").is_visible()
    page.close()


@pytest.mark.parametrize("present", ["", "&present=1"])
def test_full_screen_shows_the_picture_large(tab, present):
    page = tab(None, query=f"?tab=tradeoff{present}")
    page.wait_for_function(READY, arg="tradeoff", timeout=60_000)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement")
    page.evaluate(SETTLED)
    assert page.evaluate(HERO) >= 30
    page.keyboard.press("f")
    page.wait_for_function("!document.fullscreenElement")


def test_on_paper_there_are_the_picture_its_legend_and_its_sentence(tab):
    page = tab()
    page.wait_for_function(READY, arg="gaussians")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.evaluate(SETTLED)
    for seen in (
        "#gaussians-stage .stage-panels canvas",
        "#gaussians-stage .stage-legend",
        "#gaussians-stage .stage-caption p",
    ):
        assert page.locator(seen).first.is_visible()
    for gone in (".top", "#gaussians-w", ".next"):
        assert not page.locator(gone).first.is_visible()
    canvas = page.evaluate(
        "(c => [c.width / c.clientWidth, c.height / c.clientHeight])(document.querySelector('#gaussians-stage canvas'))"
    )
    assert canvas[0] == pytest.approx(canvas[1], rel=0.01)  # it was painted at the size that it is printed at
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".top").is_visible()
