"""The stage in a real browser: what it draws from a sweep, and that it stays on the page's side of the wire."""

import json
import math

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import expect

from demo.stage import CSS, Stage, head
from demo.sweep import Sweep

W = np.array([0.0, 1.0, 3.0])
BROKEN = '{"sweep": {"arrays": {"a": {"dims": ["k"], "shape": [9], "f4": "AAAAAA=="}}}, "scene": {}}'


def payload(panels=None, **scene) -> str:
    yy, xx = np.mgrid[-2:2:64j, -2:2:64j]
    sweep = Sweep(
        {"w": W, "w:coarse": np.array([0.0, 3.0])},
        {
            "line": (np.array([1.0, 5.0, 5.5]), ("w",)),
            "base": (np.array([1.0, -2.0]), ("xy",)),
            "slope": (np.array([0.5, 4.0]), ("xy",)),
            "rough": (np.array([[0.0, 10.0], [3.0, 40.0]]), ("w:coarse", "k")),
            "by_class": (np.arange(12.0).reshape(3, 2, 2), ("w", "class", "k")),
            "bowl": (np.hypot(xx, yy), ("y", "x")),
            "dots": (np.zeros((2, 1, 2)) + np.array([[[0.5, 0.5]], [[-1, -1]]]), ("class", "point", "xy")),
        },
        {"class": ("A", "B")},
    )
    heat = {"type": "heat", "name": "bowl", "z": "bowl", "extent": [-2, 2, -2, 2], "range": [0, 3], "toggle": True}
    dots = {"type": "points", "name": "dots", "xy": "dots", "size": 4, "toggle": True}
    plane = {
        "id": "plane", "title": "Plane", "aspect": "equal", "clickable": True,
        "x": {"range": [-2, 2], "label": "x"}, "y": {"range": [-2, 2], "label": "y"}, "layers": [heat, dots],
    }  # fmt: skip
    scene = {
        "coords": {"w": 1.0}, "panels": panels or [plane], "sliders": {"w": "w"}, "alt": "a bowl",
        "caption": ["at {w} (scale {s}) [A]line {line:2f}[/], share {line:0%}"], **scene,
    }  # fmt: skip
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene})


@pytest.fixture(scope="module")
def stage_url():
    with gr.Blocks() as page, gr.Tabs():
        with gr.Tab("one"):
            w = gr.Slider(0, 3, value=1, step=0.05, label="w", elem_id="w")
            stage = Stage(elem_id="stage")
            again = gr.Button("again")
            broken = gr.Button("broken")
            clicked = gr.Textbox(label="clicked")
            w.change(None, w, None, js="(w) => cfg.stage.set('stage', {w})")
        with gr.Tab("two"):
            gr.Markdown("nothing here")

        def told(event: gr.EventData) -> str:
            return f"{event._data['x']:.1f},{event._data['y']:.1f}"

        page.load(payload, None, stage)
        again.click(lambda: payload(caption=["second {line:1f}"]), None, stage)
        broken.click(lambda: BROKEN, None, stage)
        stage.drop(told, None, clicked)
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, head=head(), css_paths=[CSS], run_history=False, ssr_mode=False
    )
    yield url
    page.close()


@pytest.fixture
def page(browser, stage_url):
    page = browser.new_page(viewport={"width": 900, "height": 800})
    page.goto(stage_url)
    page.wait_for_function("Number(document.querySelector('.stage')?.dataset.loads) > 0")
    yield page
    page.close()


def at(page, w: float, ref) -> list[float]:
    script = "([w, ref]) => { cfg.stage.set('stage', {w}); return cfg.stage.value('stage', ref); }"
    return page.evaluate(script, [w, ref])


def paint(page, w: float) -> None:
    page.evaluate("w => cfg.stage.set('stage', {w})", w)
    page.wait_for_function("w => document.querySelector('.stage').dataset.w === String(w)", arg=w)


@pytest.mark.parametrize(("w", "value"), [(0, 1), (0.5, 3), (1, 5), (2, 5.25), (3, 5.5), (-4, 1), (9, 5.5)])
def test_between_two_values_of_w_the_stage_draws_a_straight_line_and_stops_at_the_ends(page, w, value):
    assert at(page, w, "line") == pytest.approx([value])


def test_a_second_sampling_of_w_has_its_own_grid(page):
    assert at(page, 1.5, "rough") == pytest.approx([1.5, 25])


def test_base_plus_w_times_slope(page):
    assert at(page, 3, {"base": "base", "slope": "slope", "by": "w"}) == pytest.approx([2.5, 10])
    assert at(page, 3, {"slope": "slope", "by": "w"}) == pytest.approx([1.5, 12])


def test_a_picked_class_is_that_class_at_the_live_w(page):
    assert at(page, 2, {"array": "by_class", "pick": {"class": 1}}) == pytest.approx([8, 9])


def test_the_dots_are_painted_where_the_data_say_in_their_classes_colours(page):
    pixel = """([x, y]) => {
        const c = document.querySelector('.stage canvas'), v = cfg.stage.get('stage').panels[0].view;
        const k = c.width / c.clientWidth;
        return Array.from(c.getContext('2d').getImageData(v.px(x) * k, v.py(y) * k, 1, 1).data).slice(0, 3);
    }"""
    paint(page, 2)
    assert page.evaluate(pixel, [0.5, 0.5]) == pytest.approx([0x2F, 0x6F, 0xB4], abs=2)
    assert page.evaluate(pixel, [-1, -1]) == pytest.approx([0xD9, 0x77, 0x2B], abs=2)


def test_the_last_of_sixty_rapid_positions_is_the_one_shown_and_no_request_was_made(page):
    requests = []
    page.wait_for_timeout(300)
    page.on("request", lambda r: requests.append(r.url))
    page.evaluate("() => { for (let i = 0; i < 60; i++) cfg.stage.set('stage', {w: i / 20}); }")
    page.wait_for_function("document.querySelector('.stage').dataset.w === '2.95'")
    slider = page.locator("#w input[type=range]")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.stage').dataset.w === '1.5'")
    page.locator("#w button").click()  # reset
    page.wait_for_function("document.querySelector('.stage').dataset.w === '1'")
    page.wait_for_timeout(300)
    assert requests == []


def test_nodes_stay_as_many_over_300_updates(page):
    count = "document.getElementsByTagName('*').length"
    before = page.evaluate(count)
    page.evaluate(
        """async () => { for (let i = 0; i < 300; i++) {
        cfg.stage.set('stage', {w: (i % 60) / 20});
        await new Promise(r => requestAnimationFrame(r));
    } }"""
    )
    assert page.evaluate(count) == before


def test_captions_show_the_live_numbers_in_both_conventions(page):
    paint(page, 0.5)
    assert page.locator(".stage-caption").inner_text() == "at 0.5 (scale 1.5) line 3.00, share 300 %"


def test_toggles_and_w_survive_a_new_sweep(page):
    paint(page, 2)
    chip = page.get_by_role("button", name="dots")
    chip.focus()
    page.keyboard.press("Enter")
    page.evaluate("document.querySelector('#w input[type=range]')")
    page.get_by_role("button", name="again").click()
    page.wait_for_function("document.querySelector('.stage').dataset.loads === '2'")
    assert page.get_by_role("button", name="dots").get_attribute("aria-pressed") == "false"
    assert page.locator(".stage-caption").inner_text().startswith("second")


def test_a_damaged_payload_is_a_message_and_the_picture_stays(page):
    page.get_by_role("button", name="broken").click()
    page.wait_for_function("document.querySelector('.stage-error').textContent !== ''")
    assert "array a holds" in page.locator(".stage-error").inner_text()
    paint(page, 2)


def test_dark_mode_repaints_in_other_colours(page):
    corner = """() => { const c = document.querySelector('.stage canvas'), v = cfg.stage.get('stage').panels[0].view,
        k = c.width / c.clientWidth;
        return Array.from(c.getContext('2d').getImageData(v.px(-1) * k, v.py(-1) * k, 1, 1).data); }"""
    light = page.evaluate(corner)
    page.evaluate("document.body.classList.toggle('dark')")
    page.wait_for_function(f"light => ({corner})().some((v, i) => v !== light[i])", arg=light, timeout=5000)


def test_a_stage_loaded_in_a_hidden_tab_has_the_right_width_when_shown(page):
    page.get_by_role("tab", name="two").click()
    page.set_viewport_size({"width": 600, "height": 800})
    page.get_by_role("tab", name="one").click()
    page.wait_for_timeout(300)
    canvas = "document.querySelector('.stage canvas')"
    widths = page.evaluate(f"[{canvas}.width, {canvas}.clientWidth]")
    assert widths[0] == widths[1]
    assert 150 < widths[1] <= 600  # two pictures beside each other


def test_a_click_reports_its_place_in_data_coordinates(page):
    where = page.evaluate(
        """() => { const c = document.querySelector('.stage canvas'), v = cfg.stage.get('stage').panels[0].view,
        b = c.getBoundingClientRect(); return [b.left + v.px(0.5), b.top + v.py(-1.2)]; }"""
    )
    page.mouse.click(*where)
    clicked = page.get_by_label("clicked")
    expect(clicked).not_to_have_value("", timeout=20_000)
    x, y = map(float, clicked.input_value().split(","))
    assert math.hypot(x - 0.5, y + 1.2) < 0.15


def test_text_from_data_is_never_markup(browser, stage_url):
    page = browser.new_page()
    page.goto(stage_url)
    page.wait_for_function("Number(document.querySelector('.stage')?.dataset.loads) > 0")
    evil = json.loads(payload())
    evil["scene"]["panels"][0]["title"] = "<img src=x onerror='window.hacked=1'>"
    evil["scene"]["caption"] = ["<img src=x onerror='window.hacked=1'>"]
    evil["scene"]["panels"][0]["layers"][0]["name"] = "<b onclick=1>"
    page.evaluate("v => cfg.stage.load('stage', v)", json.dumps(evil))
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".stage img, .stage b").count() == 0
    page.close()


HASH = """() => { const c = document.querySelector('.stage canvas'); let h = 0;
    for (const v of c.getContext('2d').getImageData(0, 0, c.width, c.height).data) h = (31 * h + v) | 0;
    return h; }"""


def test_after_a_layer_that_cannot_be_drawn_the_next_picture_is_whole(page):
    bad, good = json.loads(payload()), json.loads(payload())
    bad["scene"]["panels"][0]["layers"][1]["xy"] = "missing"
    for axis in ("x", "y"):
        good["scene"]["panels"][0][axis]["range"] = [-1, 1]
    load = "v => cfg.stage.load('stage', v)"
    page.evaluate(load, json.dumps(good))
    clean = page.evaluate(HASH)
    page.evaluate(load, json.dumps(bad))
    page.evaluate(load, json.dumps(good))
    assert page.evaluate(HASH) == clean


def test_data_w_stays_at_the_last_value_that_was_painted(page):
    paint(page, 2)
    bad = json.loads(payload())
    bad["scene"]["panels"][0]["layers"][1]["xy"] = "missing"
    page.evaluate("v => cfg.stage.load('stage', v)", json.dumps(bad))
    page.evaluate("cfg.stage.set('stage', {w: 0.5})")
    page.wait_for_timeout(100)
    assert page.locator(".stage").get_attribute("data-w") == "2"
    assert "no array missing" in page.locator(".stage-error").inner_text()


def test_a_coordinate_that_is_no_number_is_left_out(page):
    paint(page, 2)
    page.evaluate("cfg.stage.set('stage', {w: NaN})")
    page.wait_for_timeout(100)
    assert page.locator(".stage").get_attribute("data-w") == "2"


def test_a_curve_can_be_one_of_several_along_an_axis(page):
    run = page.evaluate("Array.from(cfg.stage.get('stage').sweep.along({array: 'by_class', pick: {class: 1, k: 1}}))")
    assert run == [3, 7, 11]


PIXEL = """([x, y]) => {
    const c = document.querySelector('.stage canvas'), v = cfg.stage.get('stage').panels[0].view;
    const k = c.width / c.clientWidth;
    return Array.from(c.getContext('2d').getImageData(v.px(x) * k, v.py(y) * k, 1, 1).data).slice(0, 3);
}"""


def with_circle() -> str:
    """The scene with a circle of radius 1 round `base` = (1, -2), that drags, and a map whose full colour is ±4."""
    value = json.loads(payload(key="one"))
    panel = value["scene"]["panels"][0]
    heat = {"type": "heat", "z": "bowl", "extent": [-2, 2, -2, 2], "map": "diverging", "symmetric": [4]}
    circle = {"type": "circle", "xy": "base", "r": [1], "color": "ink", "width": 4}
    panel["layers"], panel["drags"] = [heat, circle], "base"
    for axis in ("x", "y"):
        panel[axis]["range"] = [-4, 4]
    return json.dumps(value)


def test_a_circle_is_drawn_at_its_radius_and_follows_the_pointer_to_where_it_is_left(page):
    page.evaluate("v => cfg.stage.load('stage', v)", with_circle())
    ink = [0x1B, 0x1F, 0x27]
    for turn in (0.3, 2.0, 4.0):
        assert page.evaluate(PIXEL, [1 + math.cos(turn), -2 + math.sin(turn)]) == pytest.approx(ink, abs=2)
    place = page.evaluate(
        """() => { const [p] = cfg.stage.get('stage').panels, v = p.view, b = p.canvas.getBoundingClientRect();
        return [b.left + v.px(1), b.top + v.py(-2), b.left + v.px(-1.5), b.top + v.py(2)]; }"""
    )
    page.mouse.move(*place[:2])
    page.mouse.down()
    page.mouse.move(*place[2:], steps=4)
    expect(page.locator(".stage-caption.stale")).to_be_attached()
    page.wait_for_timeout(100)
    assert page.evaluate(PIXEL, [-1.5 + math.cos(0.3), 2 + math.sin(0.3)]) == pytest.approx(ink, abs=2)
    page.mouse.up()
    expect(page.get_by_label("clicked")).to_have_value("-1.5,2.0")


def test_a_symmetric_map_has_the_named_number_as_full_colour(page):
    page.evaluate("v => cfg.stage.load('stage', v)", with_circle())
    full, half = (page.evaluate(PIXEL, at) for at in ([-1.95, 1.95], [-1.05, 1.05]))  # bowl: 2.76 and 1.48 of 4
    guided, paper = [0xC0, 0x34, 0x3C], 255
    for pixel, share in ((full, 2.76 / 4), (half, 1.48 / 4)):
        assert pixel == pytest.approx([paper + (g - paper) * share for g in guided], abs=5)


def test_a_patch_changes_its_arrays_and_one_for_another_scene_nothing(page):
    page.evaluate("v => cfg.stage.load('stage', v)", with_circle())
    arrays = Sweep({}, {"base": (np.array([0.25, 0.5]), ("xy",))}).to_dict()
    for key, value in (("two", [1, -2]), ("one", [0.25, 0.5])):
        page.evaluate("v => cfg.stage.load('stage', v)", json.dumps({"patch": key, "sweep": arrays}))
        assert page.evaluate("cfg.stage.value('stage', 'base')") == value
    assert page.evaluate("cfg.stage.value('stage', 'slope')") == [0.5, 4]


def test_a_filled_path_covers_what_it_encloses_and_no_more(page):
    bar = [[-1, 0], [-1, 1], [1, 1], [1, 0]]
    given = json.loads(payload())
    given["sweep"]["arrays"] |= Sweep({}, {"bar": (np.array(bar, dtype=float), ("k", "xy"))}).to_dict()["arrays"]
    given["scene"]["panels"][0]["layers"] = [{"type": "path", "xy": "bar", "color": "B", "fill": 1, "ends": False}]
    page.evaluate("v => cfg.stage.load('stage', v)", json.dumps(given))
    pixel = """([x, y]) => {
        const c = document.querySelector('.stage canvas'), v = cfg.stage.get('stage').panels[0].view;
        const k = c.width / c.clientWidth;
        return Array.from(c.getContext('2d').getImageData(v.px(x) * k, v.py(y) * k, 1, 1).data).slice(0, 3);
    }"""
    assert page.evaluate(pixel, [0.1, 0.4]) == pytest.approx([0xD9, 0x77, 0x2B], abs=2)
    assert page.evaluate(pixel, [0.1, -0.3]) == [255, 255, 255]
    assert page.evaluate(pixel, [1.06, -0.04]) == [255, 255, 255]  # where a disc would end it


def test_points_of_one_colour_have_a_chip_of_that_colour_and_four_decimals_are_to_be_had(page):
    given = json.loads(payload())
    swatches = page.locator(".stage-chip.points i").evaluate_all("all => all.map((i) => i.className)")
    assert swatches == ["mark-A", "mark-B", "mark-C"]  # the classes' colours and shapes
    layers = given["scene"]["panels"][0]["layers"]
    given["scene"]["panels"][0]["layers"] = [layers[0], {**layers[1], "name": "plain", "color": "guided"}]
    given["scene"]["caption"] = ["{line:4f}"]
    page.evaluate("v => cfg.stage.load('stage', v)", json.dumps(given))
    chip = page.locator(".stage-chip.points i")
    assert "mark" not in (chip.get_attribute("class") or "")
    assert chip.evaluate("i => getComputedStyle(i).backgroundColor") == "rgb(192, 52, 60)"
    paint(page, 0.1234)
    assert page.locator(".stage-caption").inner_text() == "1.4936"
