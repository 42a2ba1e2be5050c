"""The CIFAR-10 tab: moving w stays in the browser, live sampling streams and gives way, and nonsense gets a message."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from cfg_core.images import pretrained
from cfg_core.images.cifar import CLASSES
from demo.sweep import Sweep
from demo.views.cifar import compute, gallery, live
from demo.views.cifar import page as page_of
from demo.views.cifar.scene import scene
from demo.views.cifar.settings import Cifar
from demo.work.tickets import SESSIONS, Tickets
from tests.calling import call_api
from tests.test_together import ask, model

GOOD = {"pick": "horse", "w": 3.0, "seed": 1, "count": 2, "steps": 2}


def asked(**changes) -> Cifar:
    return Cifar.of({**GOOD, **changes})


def test_settings_name_the_class_of_each_image_and_the_numbers_of_each_side():
    assert asked().classes == (7, 7)
    assert asked(pick="all", count=12).classes == (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1)
    two = asked(rule="apg", beside="cfg", eta=0.5)
    assert two.sides == (("cfg", {}), ("apg", {"eta": 0.5, "norm": 0.0, "momentum": 0.0}))


# ---- a run ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def passes(monkeypatch):
    """Counts network passes."""
    from cfg_core.nets.network import Network

    count = [0]
    real = Network.eps_pair

    def counted(self, z, lam, c):
        count[0] += 1
        return real(self, z, lam, c)

    monkeypatch.setattr(Network, "eps_pair", counted)
    return count


def test_frames_come_every_second_step_and_the_last_has_the_numbers():
    frames = list(live.frames(asked(pick="all", w=2.0, seed=0, count=3, steps=5), lambda: True))
    assert [f["step"] for f in frames] == [0, 2, 4, 5]
    assert [f["state"] for f in frames] == ["running"] * 3 + ["done"]
    assert frames[-1]["names"] == list(CLASSES[:3])
    assert len(frames[-1]["each"]) == 6  # three at w = 0, three at w
    assert "numbers" not in frames[0]


def test_a_replaced_run_stops_within_a_step(passes):
    wanted = [True]
    run = live.frames(asked(w=2.0, seed=0, steps=50), lambda: wanted[0])
    next(run)
    next(run)
    before = passes[0]
    wanted[0] = False
    (last,) = run
    assert last["state"] == "stopped"
    assert "numbers" not in last  # what was not sampled to the end is not judged
    assert passes[0] - before <= 1


def test_w_zero_beside_w_zero_shows_the_same_pictures():
    frame = list(live.frames(asked(pick="ship", w=0.0, seed=3, steps=4), lambda: True))[-1]
    assert frame["each"][:2] == pytest.approx(frame["each"][2:], abs=0.01)


def test_a_newer_request_of_the_same_session_replaces_the_older_one_only():
    tickets = Tickets()
    first, other, api = (tickets.wanted(session, tickets.take(session)) for session in ("a", "b", None))
    second = tickets.wanted("a")  # not announced: it becomes the latest as it begins
    assert not first()
    assert second()
    assert other()
    assert api()


def test_a_press_that_was_replaced_or_stopped_while_it_waited_draws_nothing():
    cat = {"pick": "cat", "count": 1}
    number, said = page_of.press(_Visitor())
    assert "Waiting for the network" in said
    page_of.stop(_Visitor())
    assert _answers(number, **cat) == [(gr.skip(), gr.skip())]
    older, newer = page_of.press(_Visitor())[0], page_of.press(_Visitor())[0]
    assert _answers(older, **cat) == [(gr.skip(), gr.skip())]
    assert _answers(newer, **cat)[-1][1].startswith("Done")


def test_who_waits_for_others_images_is_told_the_place_and_gets_the_pictures_then():
    (net, spy), out = model(), {}
    spy.free.clear()
    with live._together().walk(0.0) as other:  # who came first, with more images than all lanes take at once
        thread = ask(other, net, 500, 0.0, 0, out, "theirs")
        threading.Timer(1.0, spy.free.set).start()
        said = [words for _, words in _answers(pick="cat", count=1)]
        thread.join()
    assert "2nd in line for the network …" in said
    assert said[-1].startswith("Done")
    assert len(out["theirs"]) == 500


@pytest.mark.parametrize(
    ("place", "words"), [(1, "1st"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]
)
def test_a_place_is_said_in_words(place, words):
    assert page_of.in_line(place) == f"{words} in line for the network …"


def test_sessions_remembered_are_bounded():
    tickets = Tickets()
    for i in range(SESSIONS + 50):
        tickets.take(str(i))
    assert len(tickets) == SESSIONS


class _Visitor:
    session_hash = "visitor"


def _answers(press: str = "", **changes) -> list:
    """What the handler of "Sample live" streams for raw values."""
    return list(page_of.sample(_Visitor.session_hash, tuple(_raw(**changes)), press))


def _raw(**changes) -> list:
    """Every value that the handler is given, in its order."""
    defaults = Cifar()
    return [{**GOOD, **changes}.get(name, getattr(defaults, name)) for name in page_of.ASKS]


@pytest.mark.parametrize("name", ["model.safetensors", "model.json", "classifier.safetensors"])
def test_missing_weight_file_is_said_and_the_next_request_tries_again(monkeypatch, tmp_path: Path, name: str):
    monkeypatch.setattr(live, "_load", live._load.__wrapped__)
    real = pretrained.ASSETS
    for file in ("model.safetensors", "model.json", "classifier.safetensors", "classifier.json"):
        if file != name:
            (tmp_path / file).symlink_to(real / file)
    monkeypatch.setattr(pretrained, "ASSETS", tmp_path)
    monkeypatch.setattr(pretrained.load_model, "__defaults__", (tmp_path, None))
    monkeypatch.setattr(pretrained.load_classifier, "__defaults__", (tmp_path,))
    assert f"{name} is missing or damaged" in _answers()[-1][1]
    (tmp_path / name).symlink_to(real / name)
    assert _answers()[-1][1].startswith("Done")


def test_missing_gallery_is_said_and_the_tab_still_opens(tmp_path: Path):
    value = gallery.gallery_value(tmp_path)
    assert value["kind"] == "problem"
    assert "gallery.json is missing or damaged" in value["problem"]
    assert compute.compute(Cifar(), tmp_path) == Sweep({}, {})
    (tmp_path / "curves.json").write_text('{"rows": []}')
    assert compute.compute(Cifar(), tmp_path) == Sweep({}, {})
    assert "missing or damaged" in scene(Sweep({}, {}), Cifar())["caption"][0]


# ---- in the browser ------------------------------------------------------------------------------------------------


@pytest.fixture
def page(tab):
    page = tab("CIFAR-10")
    page.wait_for_function("document.querySelector('.wall')?.dataset.loaded === 'true'", timeout=20_000)
    page.wait_for_timeout(300)
    return page


def _data(page) -> dict:
    return page.evaluate("({...document.querySelector('.wall').dataset})")


def _calls(page, since: int) -> list[str]:
    return [url for url in page.requests[since:] if not url.startswith("data:") and "heartbeat" not in url]


def _pixels(page, grid: str) -> str:
    return page.evaluate(f"document.querySelector('.wall-{grid} canvas').toDataURL()")


def test_pictures_are_there_before_any_click(page):
    assert _data(page) | {"w": "3", "view": "gallery", "pick": "horse"} == _data(page)
    assert "w = 3 (scale 1 + w = 4)" in page.inner_text(".wall-at figcaption")
    assert "images seen" in page.inner_text(".wall-source")
    assert "Not photographs" in page.inner_text(".wall-source")


def test_moving_w_makes_no_request_and_shows_the_last_position(page):
    slider = page.locator("#cifar-w input[type=range]")
    zero, at = _pixels(page, "zero"), _pixels(page, "at")
    before, nodes = len(page.requests), page.evaluate("document.querySelectorAll('*').length")
    slider.focus()
    for key in ["ArrowRight"] * 10 + ["ArrowLeft"] * 16 + ["ArrowRight"] * 3:
        slider.press(key)
    page.wait_for_function("document.querySelector('.wall').dataset.w === '1.5'")
    page.wait_for_timeout(300)
    assert _calls(page, before) == []
    assert page.evaluate("document.querySelectorAll('*').length") == nodes
    assert _pixels(page, "zero") == zero  # w = 0 stays
    assert _pixels(page, "at") != at
    page.locator("#cifar-w .reset-button").click()  # the reset button
    page.wait_for_function("document.querySelector('.wall').dataset.w === '3'")
    assert _pixels(page, "at") == at


def test_dragging_over_the_whole_range_paints_at_once(page):
    """Every position of the slider has pictures of its own; from the event to the painted canvas in one frame."""
    paints = page.evaluate("""async () => {
        const input = document.querySelector('#cifar-w input[type=range]');
        const wall = document.querySelector('.wall'), out = [];
        for (let i = 0; i <= 18; i++) {
            const w = -1 + i / 2, began = performance.now();
            input.value = w; input.dispatchEvent(new Event('input', {bubbles: true}));
            while (Number(wall.dataset.w) !== w) {
                await new Promise(requestAnimationFrame);
                if (performance.now() - began > 2000) throw new Error('not painted at w = ' + w);
            }
            out.push(performance.now() - began);
        }
        return out;
    }""")
    assert np.median(paints) < 150  # a bound for a busy machine; the benchmark has the real one


def test_choosing_a_class_shows_its_pictures_and_names_it(page):
    before = _pixels(page, "at")
    page.click("#cifar-class input")
    page.get_by_role("option", name="ship").click()
    page.wait_for_function("document.querySelector('.wall').dataset.pick === 'ship'")
    page.wait_for_function("document.querySelector('.wall').dataset.loaded === 'true'")
    assert _pixels(page, "at") != before
    assert "a ship" in page.inner_text(".wall-words")


def test_clicking_a_picture_chooses_the_strip(page):
    first = page.evaluate("document.querySelector('.wall-strip canvas').toDataURL()")
    page.locator(".wall-at canvas").click(position={"x": 200, "y": 200})
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('.wall-strip canvas').toDataURL()") != first
    page.locator(".wall-at canvas").press("ArrowLeft")


def test_live_sampling_streams_and_ends_with_numbers(page):
    page.evaluate("""() => {
        window.seen = [];
        const wall = document.querySelector('.wall');
        new MutationObserver(() => { const s = wall.dataset.step; if (window.seen.at(-1) !== s) window.seen.push(s); })
            .observe(wall, {attributes: true});
    }""")
    _fill(page, "#cifar-count", 2)
    _fill(page, "#cifar-steps", 8)
    page.click("#cifar-go")
    page.wait_for_function("document.querySelector('.wall').dataset.live === 'done'", timeout=60_000)
    page.wait_for_function("document.querySelector('#cifar-message').innerText.includes('Done')")
    seen = page.evaluate("window.seen")
    assert len(seen) >= 3
    assert seen[-1] == "8/8"
    assert "of these 2 pictures" in page.inner_text(".wall-words")
    assert "Sampled now" in page.inner_text(".wall-source")
    slider = page.locator("#cifar-w input[type=range]")
    slider.focus()
    slider.press("ArrowRight")  # moving w goes back to what can be scrubbed
    page.wait_for_function("document.querySelector('.wall').dataset.view === 'gallery'")


def test_a_new_request_replaces_the_running_one(page):
    _fill(page, "#cifar-count", 64)
    _fill(page, "#cifar-steps", 50)
    page.click("#cifar-go")
    page.wait_for_function("document.querySelector('.wall').dataset.live === 'running'", timeout=60_000)
    _fill(page, "#cifar-count", 1)
    _fill(page, "#cifar-steps", 2)
    began = time.monotonic()
    page.click("#cifar-go")
    page.wait_for_function("document.querySelector('.wall').dataset.step === '2/2'", timeout=60_000)
    assert time.monotonic() - began < 20  # the first alone would take minutes on a busy machine
    assert _data(page)["live"] == "done"


def test_stop_ends_a_run(page):
    _fill(page, "#cifar-count", 32)
    _fill(page, "#cifar-steps", 50)
    page.click("#cifar-go")
    page.wait_for_function("document.querySelector('.wall').dataset.live === 'running'", timeout=60_000)
    page.click("#cifar-stop")
    page.wait_for_function("document.querySelector('.wall').dataset.live === 'stopped'", timeout=30_000)
    page.wait_for_function("document.querySelector('.wall-words').textContent.startsWith('Stopped at step')")
    assert "of 50" in page.locator(".wall-words").inner_text()
    page.evaluate("window.cfg.wall.set('w', 8)")  # the gallery, which says where one's own went
    page.wait_for_function("document.querySelector('.wall-source').textContent.includes('are under Live')")


def test_fits_a_phone_without_sideways_scroll(tab):
    page = tab("CIFAR-10")
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('.wall')?.dataset.loaded === 'true'", timeout=20_000)
    page.evaluate("window.cfg.wall.set('pick', 'all')")
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".wall-at canvas").bounding_box()
    assert box["x"] + box["width"] <= 390


def _fill(page, selector: str, value: int) -> None:
    field = page.locator(f"{selector} input[type=number]")
    field.fill(str(value))
    field.press("Enter")


# ---- through the API, past the page --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": "not_c"}, "guidance must be one of cfg, classifier, classifier_u, none, interval"),
        ({"beside": 7}, "what is beside it must be one of"),
        ({"rule": "rescale", "phi": 2}, "must be a number in [0, 1]"),
        ({"pick": "dragon"}, "the class must be one of"),
        ({"pick": "<script>"}, "the class must be one of"),
        ({"w": 10**400}, "w must be a number in [-1, 8]"),
        ({"w": "three"}, "w must be a number in"),
        ({"count": 10**9}, "number of images must be a whole number in [1, 64]"),
        ({"steps": 2.5}, "steps must be a whole number in [1, 50]"),
        ({"seed": -5}, "seed must be a whole number in [0, 4294967295]"),
        ({"pick": None, "w": None, "seed": None}, "must be"),
    ],
)
def test_hostile_call_gets_a_message_and_the_app_goes_on(served, changes: dict, words: str):
    answer = json.dumps(call_api(served, "sample", ["", *_raw(**changes)]))
    assert words in answer
    assert "<script>" not in answer
    good = call_api(served, "sample", ["", *_raw(pick="cat", count=1, steps=1)])
    assert "Done in" in json.dumps(good)


# ---- what a class is worth ------------------------------------------------------------------------------------------


def worth(folder, nats, se=0.1):
    row = {
        "nats": nats,
        "nats_below": sum(nats[:2]),
        "nats_below_se": 0.12,
        "nats_se": se,
        "images_seen": 1000,
        "p_uncond": 0.25,
    }
    record = {"n": 500, "lam": [-1, 2], "between": 1.0, "rows": [row]}
    (folder / "class_worth.json").write_text(json.dumps(record))
    return gallery.worth_value(folder)


def test_what_a_class_is_worth_is_told_with_its_limit_and_its_excess_only_where_there_is_one(tmp_path):
    words, chart = worth(tmp_path, [1.0, 2.0, 4.0])
    assert "by 7.0 ± 0.1 nats, 3.0 ± 0.1 of them" in words
    assert "4.0 where z shows it" in words
    assert "2.30 nats at most" in words
    assert "75% of its training told it the class" in words
    line = json.loads(chart)["data"][0]
    assert (line["x"], line["y"]) == ([-1, 0, 1, 2], [0, 1, 3, 7])
    within, _ = worth(tmp_path, [0.5, 1.0, 1.0], se=0.2)  # above ln 10, but not by two standard errors
    assert "worse network" not in within
    (tmp_path / "class_worth.json").write_text("{}")
    assert gallery.worth_value(tmp_path) == ("assets/cifar/class_worth.json is missing or damaged.", None)
