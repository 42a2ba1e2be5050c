"""The whole page in a real browser and over its API, as a class and as a stranger would use it."""

import json
import math
import time

import httpx
import pytest
from playwright.sync_api import expect

from demo.views.registry import VIEWS
from tests.calling import call
from tests.calling import view as view_of
from tests.pages import OPENED, open_view
from tests.strategies import NOT_NUMBERS

DRAWN = "s => Number(document.querySelector(s + ' .stage')?.dataset.loads) > 0"
IDLE = "() => new Promise(done => setTimeout(() => requestIdleCallback(done), 500))"
LAST_SHOWN = """least => {
  const shown = document.querySelector("#gaussians-stage .stage").dataset.w;
  return shown > least && shown === document.querySelector("#gaussians-w input[type=range]").value;
}"""
ON_CANVAS = """async ([stage, x, y]) => {
  const {view, canvas} = cfg.stage.get(stage).panels[0];
  const at = () => { const b = canvas.getBoundingClientRect(); return [b.left + view.px(x), b.top + view.py(y)]; };
  canvas.scrollIntoView({block: "center"});
  for (let last = at(), since = performance.now(), now = since; now - since < 300;) {
    now = await new Promise(requestAnimationFrame);
    if (String(at()) !== String(last)) [last, since] = [at(), now];
  }
  return at();
}"""


def drawn(page, name: str) -> None:
    page.wait_for_function(DRAWN, arg=f"#{name}-stage", timeout=60_000)


def quiet(page) -> None:
    """Wait until the page has all its answers and asks for nothing more, and forget what it asked for.

    An answer that is still computed counts: a control that moved meanwhile asks again when it comes.
    """
    asked, until = -1, time.monotonic() + 60
    while asked < len(page.requests) or page.awaited():
        assert time.monotonic() < until, "the server is not done"
        asked = len(page.requests)
        page.evaluate(IDLE)
    page.requests.clear()


def on_canvas(page, name: str, x: float, y: float) -> list[float]:
    """Where the first panel's point (x, y) is on the screen, once parts that come late no longer move it."""
    return page.evaluate(ON_CANVAS, [f"{name}-stage", x, y])


def stage_w(page, name: str) -> float:
    return float(page.locator(f"#{name}-stage .stage").get_attribute("data-w"))


def test_the_first_tab_is_drawn_without_a_click_and_nothing_leaves_the_machine(tab, served):
    page = tab()
    drawn(page, "gaussians")
    page.wait_for_timeout(500)
    outside = [r for r in page.requests if not r.startswith((served, "data:", "blob:"))]
    assert outside == []


def test_dragging_w_makes_no_request_and_the_words_follow(tab):
    page = tab()
    drawn(page, "gaussians")
    quiet(page)
    slider = page.locator("#gaussians-w input[type=range]")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(box["x"] + 5 + (box["width"] - 10) * i / 59, box["y"] + box["height"] / 2)
    page.mouse.up()
    page.wait_for_function(LAST_SHOWN, arg=9.5)
    shown = stage_w(page, "gaussians")
    words = page.locator("#gaussians-stage .stage-caption").inner_text()
    assert f"At w = {shown:g} (scale 1 + w = {shown + 1:g})" in words
    slider.press("ArrowLeft")
    page.wait_for_function("w => Number(document.querySelector('#gaussians-stage .stage').dataset.w) < w", arg=shown)
    page.locator("#gaussians-w .reset-button").click()
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '3'")
    assert page.requests == []


def test_a_w_that_is_typed_beyond_its_bounds_is_shown_at_the_bound(tab):
    page = tab()
    drawn(page, "gaussians")
    page.locator("#gaussians-w input[type=number]").fill("25")
    expect(page.locator("#gaussians-stage .stage-caption")).to_contain_text("At w = 10 (scale 1 + w = 11)")


def test_a_rule_without_a_known_density_is_drawn_without_it(tab):
    page = tab(query="?tab=gaussians&rule=apg&actual=true", name=None)
    drawn(page, "gaussians")
    quiet(page)
    assert "APG" in page.locator("#gaussians-stage .stage-title").first.inner_text()
    assert "No dashed contours" in page.locator("#gaussians-stage .stage-caption").inner_text()


@pytest.mark.parametrize("seed", ["1e400", "inf", "nan", "99999999999", "3.5"])
def test_a_link_with_a_value_that_a_control_cannot_have_keeps_the_others(tab, seed):
    page = tab(query=f"?tab=truth&seed={seed}&w=5.4&view=The%20gap", name=None)
    page.wait_for_function("document.querySelector('#truth-stage .stage')?.dataset.w === '5'", timeout=60_000)
    quiet(page)
    assert "log of the noised tilt" in page.locator("#truth-stage .stage-title").first.inner_text()
    assert page.locator(".toast-body").count() == 0


def test_controls_that_do_not_count_in_a_view_are_dimmed_without_a_call(tab):
    page = tab("Target & truth")
    drawn(page, "truth")
    page.evaluate("cfg.frame.actions.settings()")
    lam, particles = page.locator("#truth-lam input[type=range]"), page.get_by_label("Corrected particles").last
    expect(lam).to_be_disabled()
    expect(particles).to_be_enabled()
    page.locator("#truth-view").get_by_text("The gap").click()
    expect(lam).to_be_enabled()
    expect(particles).to_be_disabled()


def test_new_geometry_is_computed_and_w_stays(tab):
    page = tab()
    drawn(page, "gaussians")
    page.locator("#gaussians-w input[type=number]").fill("5")
    page.locator("#gaussians-w input[type=number]").press("Enter")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '5'")
    spread = "(() => { const x = cfg.stage.value('gaussians-stage', 'samples').slice(0, 480).filter((_, i) => i % 2);"
    spread += "const m = x.reduce((a, b) => a + b) / x.length;"
    spread += "return Math.sqrt(x.reduce((a, b) => a + (b - m) ** 2, 0) / x.length); })()"
    before = page.evaluate(spread)
    page.evaluate("cfg.frame.actions.settings()")
    page.get_by_label("number input for Spread of the classes").first.fill("0.5")
    page.get_by_label("number input for Spread of the classes").first.press("Enter")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.loads === '2'", timeout=20_000)
    assert stage_w(page, "gaussians") == 5
    assert page.evaluate(spread) < 0.6 * before


def test_the_papers_figure_has_its_four_panels(tab):
    page = tab()
    drawn(page, "gaussians")
    page.get_by_label("The paper's figure").check()
    page.wait_for_function("document.querySelectorAll('#gaussians-stage canvas').length === 4", timeout=20_000)
    titles = page.locator("#gaussians-stage .stage-title").all_inner_texts()
    assert [t.split(" (")[0] for t in titles] == ["w = 0", "w = 10", "w = 100", "w = 1000"]


def test_playing_walks_lam_to_the_end_in_the_browser_and_pause_stops_it(tab):
    page = tab("Score field")
    drawn(page, "field")
    quiet(page)
    button = page.get_by_role("button", name="Play")
    button.click()
    page.wait_for_function("Number(document.querySelector('#field-stage .stage').dataset.lam) > -1")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(100)
    lam = page.locator("#field-stage .stage").get_attribute("data-lam")
    page.wait_for_timeout(300)
    assert page.locator("#field-stage .stage").get_attribute("data-lam") == lam
    assert page.requests == []
    page.get_by_role("button", name="Step ▸").click()
    page.wait_for_function("l => Number(document.querySelector('#field-stage .stage').dataset.lam) > l", arg=float(lam))


def test_a_click_drops_a_particle_whose_numbers_obey_the_formula(tab):
    page = tab("Score field")
    drawn(page, "field")
    place = on_canvas(page, "field", 1.0, 0.5)
    page.mouse.click(*place)
    page.wait_for_function("document.querySelector('#field-stage .stage').dataset.loads === '2'", timeout=20_000)
    drop = page.evaluate("cfg.stage.value('field-stage', 'drop')")
    assert drop == pytest.approx([1.0, 0.5], abs=0.05)
    cond = page.evaluate("cfg.stage.value('field-stage', 'point_base')")
    lam = float(page.locator("#field-stage .stage").get_attribute("data-lam"))
    alpha = math.sqrt(1 / (1 + math.exp(-lam)))
    mean = (0, alpha * 1.793)  # class A at the top, spread 1: the score is (mean - z) / (alpha² + sigma²)
    assert cond == pytest.approx([mean[0] - drop[0], mean[1] - drop[1]], abs=2e-3)
    words = page.locator("#field-stage .stage-caption").inner_text()
    assert f"({cond[0]:.2f}".replace("-", "−") in words


def test_a_link_opens_the_page_as_it_was_seen(tab):
    page = tab("Score field", query="?tab=field&w=7.5&lam=1.5&class=C&separation=2.5")
    drawn(page, "field")
    page.wait_for_function("document.querySelector('#field-stage .stage').dataset.w === '7.5'", timeout=20_000)
    page.wait_for_function("document.querySelector('#field-stage .stage').dataset.lam === '1.5'")
    page.wait_for_function("document.querySelector('#field-stage .stage-title').textContent.includes('Class C')")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("location.search.includes('class=C')")
    assert "w=7.5" in page.url
    assert "separation=2.5" in page.url


ASKED = """() => {
  const ask = window.fetch;
  window.asked = [];
  window.fetch = (...given) => {
    if (String(given[0]).includes("queue/join")) window.asked.push(JSON.parse(given[1].body).data);
    return ask(...given);
  };
}"""


def test_whoever_opens_a_tab_while_its_link_arrives_sees_the_link(tab):
    """The link is read in the browser before anything is asked: no answer to the settings of before can come late."""
    page = tab()
    drawn(page, "gaussians")
    page.add_init_script(f"({ASKED})()")
    page.goto(page.url + "?tab=field&class=C")
    page.wait_for_function("window.cfg?.state.here().view && document.querySelector('#tabs [data-tab-id=field]')")
    page.evaluate("cfg.frame.open('field')")
    page.wait_for_function("document.querySelector('#field-stage .stage-title')?.textContent.includes('Class C')")
    quiet(page)
    assert not [data for data in page.evaluate("asked") if "A" in data]
    assert "Class C" in page.locator("#field-stage .stage-title").first.text_content()


def test_a_link_to_the_wall_shows_its_class_and_w(tab):
    page = tab(None, query="?tab=cifar&class=ship&w=6")
    page.wait_for_function("document.querySelector('#cifar-wall-stage .stage')?.dataset.w_here === '6'", timeout=30_000)
    assert "a ship" in page.locator("#cifar-wall-stage .stage-caption").inner_text()


def test_a_link_on_a_phone_brings_the_name_of_its_view_into_sight(tab):
    page = tab(None, width=390, query="?tab=temperature")
    page.wait_for_function(
        """() => { const button = document.querySelector(".views [aria-current=page]");
        const box = button?.getBoundingClientRect();
        return button?.textContent.trim() === "Temperature" && box.left >= 0 && box.right <= innerWidth; }"""
    )
    assert page.evaluate("scrollY") == 0


def test_a_link_with_nonsense_opens_the_page_all_the_same(tab):
    page = tab(query="?tab=gaussians&w=1e9&steps=abc&rule=%3Cscript%3E&points=NaN&seed=-4&view=zzz")
    drawn(page, "gaussians")
    assert stage_w(page, "gaussians") == 3


MIXTURE = "A_-2.5_1_0.5_-0.3_2_1*A_2.5_1_0.5_0.3_2_2*B_0_-3_4_0_0.25_1.5*C_0_0.5_0.0625_0_0.0625_1"


@pytest.mark.parametrize("name", ["gaussians", "field"])
def test_a_link_carries_a_mixture_of_ones_own(tab, name):
    page = tab(None, query=f"?tab={name}&mix={MIXTURE}")
    page.wait_for_function("([name, mix]) => window.cfg?.state.valuesOf(name).mix === mix", arg=[name, MIXTURE])
    drawn(page, name)
    plain = tab(None, query=f"?tab={name}&mix=A_0_0_1_0_1_1")
    drawn(plain, name)
    plain.wait_for_function("name => window.cfg.state.here().view === name", arg=name)
    assert plain.evaluate("() => window.cfg.state.here().values.mix") == ""  # what means no mixture is not taken


def test_a_bad_mixture_gets_a_message_that_names_the_bound(served):
    bad = MIXTURE.replace("B_0_-3_4", "B_0_-3_400")
    words = json.dumps(call(served, "gaussians", mixture=bad))
    assert "mixture: component 3: eigenvalues of its covariance must be in [0.0025, 100]" in words
    assert bad not in words
    assert "mixture must be a text of at most" in json.dumps(call(served, "field", mixture=[1, 2]))
    good = call(served, "gaussians", mixture=MIXTURE, points=30)
    assert '"samples"' in good["data"][0]


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
def test_a_phone_has_no_sideways_scroll(tab, name):
    page = tab(None, width=390, height=800, query=f"?tab={name}")
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("value", [*NOT_NUMBERS, -500], ids=repr)
@pytest.mark.parametrize("name", ["separation", "steps", "lam_min", "points"])
def test_hostile_numbers_get_a_message_that_names_the_bound(served, name, value):
    answer = call(served, "gaussians", **{name: value})
    if answer.get("status") == 422:  # what is no JSON number is refused before it reaches the handler
        assert value != value or abs(value) == math.inf
        return
    field = view_of("gaussians").settings.fields()[name]
    words = json.dumps(answer["data"])
    assert f"{field.called} must be a" in words
    assert f"[{field.low:g}, {field.high:g}]" in words
    assert "Traceback" not in words


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_handler_names_and_types_its_parameters(served, view):
    endpoints = httpx.get(f"{served}gradio_api/info", timeout=60).json()["named_endpoints"]
    fields = view.settings.fields()
    kinds = {
        "number": {"number"},
        "whole": {"integer", "number"},
        "choice": {"string"},
        "switch": {"boolean"},
        "text": {"string"},
    }
    for drawing in view.drawings:
        if f"/{view.api_name(drawing)}" not in endpoints:
            assert view.asks(drawing) == () or view.own_page
            continue
        given = endpoints[f"/{view.api_name(drawing)}"]["parameters"]
        assert [p["parameter_name"] for p in given] == list(fields if view.name == "code" else view.asks(drawing))
        for parameter in given:
            assert parameter["type"]["type"] in kinds[fields[parameter["parameter_name"]].kind]
            assert parameter["label"] == fields[parameter["parameter_name"]].label
    assert not any(p["parameter_name"].startswith("param_") for e in endpoints.values() for p in e["parameters"])


def test_too_much_work_and_unknown_names_get_messages_and_the_app_goes_on(served):
    assert "at most 64000" in json.dumps(call(served, "gaussians", steps=256, points=2000))
    assert "guidance must be one of" in json.dumps(call(served, "gaussians", rule="magic"))
    assert "class must be one of" in json.dumps(call(served, "field", letter="Z"))
    assert "kept must be a number in [-1, 2]" in json.dumps(call(served, "gaussians", rule="apg", eta=5))
    good = call(served, "gaussians", points=30)
    assert good["event"] == "complete"
    assert '"samples"' in good["data"][0]


def test_a_bug_is_logged_and_said_in_one_plain_sentence(served, monkeypatch, caplog):
    def broken(*_):
        raise KeyError("secret")

    monkeypatch.setattr("demo.view.kept", broken)
    answer = json.dumps(call(served, "compare", seed=77))
    assert "secret" not in answer
    assert "Something went wrong on the server" in answer
    assert "KeyError" in caplog.text


def test_the_address_follows_the_tab_and_back_returns_to_the_one_before(tab):
    page = tab(None, query="?tab=field&w=7")
    drawn(page, "field")
    open_view(page, "Compare")
    drawn(page, "compare")
    assert page.url.endswith("/?tab=compare")
    open_view(page, "Is it a gradient?")
    page.wait_for_url("**/?tab=gradient")
    for name in ("truth", "compare", "field"):  # the chapter opened its first view on the way
        page.go_back()
        page.wait_for_function(OPENED, arg=name)
    assert page.url.endswith("/?tab=field&w=7")
    page.reload()
    drawn(page, "field")
    assert stage_w(page, "field") == 7
