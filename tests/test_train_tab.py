"""The tab "Train it": what a visitor may do, what is seen of others, and what stops."""

import json
import time

import gradio as gr
import pytest
from playwright.sync_api import expect

from demo.training import runs
from demo.training.rooms import RUNNING, Room, Rooms, pictures
from tests.test_app import call, drawn
from tests.test_train_it import table

SETTINGS = [0.1, "small", "hyperbolic secant", 10_000, 0.005]  # a run too long to end by itself in a test


@pytest.fixture
def begun():
    """A room whose run number 7 is on, and the stream of its states past the first."""
    room = Room()
    runs.prepare(room, "toy", *SETTINGS)
    room.run = 7
    states = pictures(room, 7, room.session)
    assert next(states) == "running"
    return room, states


def test_two_visitors_never_see_each_others_networks():
    rooms = Rooms()
    a, b = rooms.of("a"), rooms.of("b")
    assert rooms.of("a") is a is not b
    for room, p in ((a, 0.1), (b, 0.5)):
        runs.prepare(room, "toy", p, *SETTINGS[1:])
    a.session.advance(5)
    assert (a.session.step_count, b.session.step_count) == (5, 0)
    before = a.session
    runs.prepare(a, "toy", *SETTINGS)
    assert a.session is before  # the same settings go on
    runs.prepare(a, "toy", 0.2, *SETTINGS[1:])
    assert a.session is not before


def test_only_so_many_train_at_once_and_a_room_only_once():
    rooms = Rooms()
    runs = [(rooms.of(str(i)), rooms.enter(rooms.of(str(i)))) for i in range(RUNNING)]
    with pytest.raises(ValueError, match="already"):
        rooms.enter(runs[0][0])
    with pytest.raises(ValueError, match="try again in a minute"):
        rooms.enter(rooms.of("late"))
    rooms.leave(*runs[0])
    assert rooms.enter(rooms.of("late")) > 0
    assert rooms.running == RUNNING


def test_the_longest_unused_rooms_are_forgotten():
    rooms = Rooms()
    first = rooms.of("0")
    for i in range(1, 100):
        rooms.of(str(i))
    assert rooms.of("99") is rooms.of("99")
    assert rooms.of("0") is not first


def test_a_run_stops_when_paused_and_when_its_time_is_up(begun):
    room, states = begun
    room.run = 0
    assert list(states) == ["paused"]
    room.run = 8
    assert list(pictures(room, 8, room.session, began=time.monotonic() - 1e4)) == ["out of time"]


def test_a_run_whose_network_is_taken_away_ends(begun):
    room, states = begun
    room.session = None  # Reset
    assert list(states) == ["paused"]


def test_a_stream_whose_network_is_taken_away_says_nothing_more_and_raises_nothing():
    room = Room()
    stream = runs.running(room, "toy", *SETTINGS)
    assert [next(stream)[1] for _ in range(3)] == 3 * ["Training …"]
    room.run, room.session, room.shown = 0, None, False
    assert list(stream) == [(gr.skip(), gr.skip())]
    assert room.run == 0


@pytest.mark.parametrize("answers", [1, 2])
def test_reset_or_pause_right_after_start_ends_the_stream_in_silence(answers):
    room = Room()
    stream = runs.running(room, "toy", *SETTINGS)
    for _ in range(answers):
        assert next(stream)[1] == "Training …"
    room.run, room.session, room.shown = 0, None, False
    assert [said for _, said in stream][-1] in ("", gr.skip())
    assert room.run == 0


def test_clicks_draw_points_and_the_view_says_what_the_exact_side_is():
    room = Room()
    for name, x in (("A", -2.0), ("C", 2.0)):
        runs.spray(room, name, x, 0.0)
    assert room.points.names == ("A", "C")
    runs.prepare(room, "own", *SETTINGS)
    value = json.loads(runs.whole(room))
    assert "scikit-learn" in " ".join(value["scene"]["caption"])
    assert value["sweep"]["labels"]["class"] == ["A", "C"]
    changed = json.loads(runs.patch(room))
    assert set(changed["sweep"]["arrays"]) < set(value["sweep"]["arrays"])
    assert changed["patch"] == value["scene"]["key"]


def test_every_array_that_the_scene_names_is_there():
    value = json.loads(runs.bundled("0.1", 0))
    named = set()

    def walk(node):
        if isinstance(node, dict):
            named.update(
                v for k, v in node.items() if k in ("xy", "uv", "z", "x", "y", "base", "slope") and isinstance(v, str)
            )
            for v in node.values():
                walk(v)
        elif isinstance(node, list):
            for v in node:
                walk(v)

    walk([p["layers"] for p in value["scene"]["panels"]])
    assert named <= set(value["sweep"]["arrays"])


@pytest.mark.parametrize(
    ("position", "value", "words"),
    [(1, 0, "p uncond must be a number in [0.01, 0.9]"), (1, "abc", "p uncond"), (2, "huge", "size must be one of"),
     (3, None, "law must be one of"), (4, 1e9, "steps must be a whole number in [100, 10000]"),
     (5, True, "learning rate must be a number"), (0, "theirs", "data must be one of"), (0, "own", "no points yet")],
)  # fmt: skip
def test_the_api_names_the_bound(served, position, value, words):
    data = ["toy", *SETTINGS]
    data[position] = value
    for name in ("train_start", "train_step"):
        assert words in json.dumps(call(served, name, data))


def test_start_trains_on_screen_pause_stops_it_and_a_closed_page_too(tab):
    page = tab("Train it")
    drawn(page, "train")
    words = page.locator("#train-stage .stage-caption")
    assert "After 4000 steps" in words.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] < 4000", timeout=20_000)
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] > 20", timeout=20_000)
    page.locator("#train-pause").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('Paused')", timeout=20_000)
    count = page.evaluate("cfgStage.value('train-stage', 'count')[0]")
    page.wait_for_timeout(600)
    assert page.evaluate("cfgStage.value('train-stage', 'count')[0]") == count
    assert f"After {count:.0f} steps" in words.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("n => cfgStage.value('train-stage', 'count')[0] > n", arg=count, timeout=20_000)
    assert runs.ROOMS.running == 1
    other = tab("Train it")  # a second visitor sees nothing of it, and has a network of its own
    drawn(other, "train")
    assert other.evaluate("cfgStage.value('train-stage', 'count')[0]") == 4000
    other.locator("#train-step").click()
    other.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 10", timeout=20_000)
    assert page.evaluate("cfgStage.value('train-stage', 'count')[0]") > 10
    page.close()
    until = time.monotonic() + 30
    while runs.ROOMS.running and time.monotonic() < until:
        time.sleep(0.1)
    assert runs.ROOMS.running == 0


def test_reset_while_training_shows_the_network_trained_beforehand_and_says_nothing(tab):
    page = tab("Train it")
    drawn(page, "train")
    page.locator("#train-start").click()
    page.wait_for_function("(n => n > 20 && n < 4000)(cfgStage.value('train-stage', 'count')[0])", timeout=20_000)
    page.locator("#train-reset").click()
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 4000", timeout=20_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("cfgStage.value('train-stage', 'count')[0]") == 4000
    assert page.locator("#train-message").inner_text().strip() == ""
    assert page.locator(".toast-body").count() == 0


def test_points_that_are_cleared_leave_the_screen_and_those_missing_are_asked_for(tab):
    page = tab("Train it")
    drawn(page, "train")
    words, message = page.locator("#train-stage .stage-caption"), page.locator("#train-message")
    page.get_by_text("Data: the three Gaussians").click()
    page.locator("#train-data").get_by_label("points of my own").check()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('No points yet')")
    file = {"name": "points.csv", "mimeType": "text/csv", "buffer": table().encode()}
    page.locator("#train-data input[type=file]").set_input_files([file])
    page.wait_for_function(
        "document.querySelector('#train-stage .stage-caption').textContent.includes('your 60 points')", timeout=30_000
    )
    page.get_by_role("button", name="Clear my points").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('are gone')", timeout=20_000)
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 4000", timeout=20_000)
    expect(words).not_to_contain_text("your")
    expect(message).to_contain_text("Your points are gone")


def test_a_file_of_points_is_taken_and_fitted_and_a_wrong_one_changes_nothing(tab):
    page = tab("Train it")
    drawn(page, "train")

    def upload(content):
        file = {"name": "points.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.locator("#train-data input[type=file]").set_input_files([file])

    words, message = page.locator("#train-stage .stage-caption"), page.locator("#train-message")
    page.get_by_text("Data: the three Gaussians").click()
    upload("a,b,class\n1,2,x\n")
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('20 to 5000 points')")
    assert "After 4000 steps" in words.inner_text()
    upload(table())
    page.wait_for_function(
        "document.querySelector('#train-stage .stage-caption').textContent.includes('your 60 points')", timeout=30_000
    )
    assert "60 points; classes A (x), B (y)" in message.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] > 20", timeout=20_000)
    page.locator("#train-pause").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('Paused')", timeout=20_000)
    page.locator("#train-reset").click()  # their network is forgotten, they are not
    page.wait_for_function("cfgStage.value('train-stage', 'count')[0] === 0", timeout=20_000)
    assert "your 60 points" in words.inner_text()
    assert "has not seen your 60 points" in message.inner_text()
