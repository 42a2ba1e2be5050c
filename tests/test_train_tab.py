"""The tab "Train it": what a visitor may do, what is seen of others, and what stops."""

import base64
import json
import threading
import time
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from cfg_core.fit import Points
from demo.views.train_it import runs
from demo.views.train_it.rooms import Network, Room, Rooms, pictures
from demo.views.train_it.settings import TrainIt
from demo.views.workers import NETWORKS
from demo.work.limits import TRAINING
from demo.work.worker import Gone, Worker
from tests.calling import call_api
from tests.calling import view as view_of
from tests.scene_check import problems
from tests.test_app import drawn
from tests.test_train_it import table

LONG = TrainIt(size="small", steps=10_000)  # a run too long to end by itself in a test
MADE = ("data", "p_uncond", "size", "law", "steps", "lr", "mixture")  # what Start is sent


@pytest.fixture(scope="module")
def desk():
    return runs.Desk(view_of("train"))


@pytest.fixture
def begun():
    """A room whose run number 7 is on, and the stream of its states past the first."""
    room = Room()
    _, network = runs.prepare(room, LONG)
    room.change(run=7)
    states = pictures(room, 7, network)
    assert next(states) == "running"
    return room, states


def test_two_visitors_never_see_each_others_networks():
    rooms = Rooms()
    a, b = rooms.of("a"), rooms.of("b")
    assert rooms.of("a") is a is not b
    for room, p in ((a, 0.1), (b, 0.5)):
        runs.prepare(room, TrainIt(size="small", p_uncond=p))
    a.state.network.advance(5, 10.0)
    assert (a.state.network.steps, b.state.network.steps) == (5, 0)
    before = a.state.network
    runs.prepare(a, TrainIt(size="small", p_uncond=0.1, w=7))
    assert a.state.network is before  # the same settings go on
    runs.prepare(a, TrainIt(size="small", p_uncond=0.2))
    assert a.state.network is not before


def test_only_so_many_train_at_once_and_a_room_only_once():
    rooms = Rooms()
    begun = [(rooms.of(str(i)), rooms.enter(rooms.of(str(i)))) for i in range(TRAINING)]
    with pytest.raises(ValueError, match="already"):
        rooms.enter(begun[0][0])
    with pytest.raises(ValueError, match="try again in a minute"):
        rooms.enter(rooms.of("late"))
    rooms.leave(*begun[0])
    assert rooms.enter(rooms.of("late")) > 0
    assert len(rooms.running) == TRAINING


MIXTURE = "A_-2.5_1_0.5_-0.3_2_1*A_2.5_1_0.5_0.3_2_2*B_0_-8_4_0_0.25_1.5*C_0_0.5_0.0625_0_0.0625_1"


def test_a_mixture_of_ones_own_is_shown_with_a_network_that_learns_it(desk):
    room, own = Room(), TrainIt(size="small", steps=200, mixture=MIXTURE)
    value, said = desk.look(room, own)
    assert "has not seen your mixture" in said
    shown = json.loads(value)
    assert "learns your own mixture" in json.dumps(shown["scene"]["caption"])
    data = array(shown, "data_B")
    np.testing.assert_allclose(data.mean(0), [0, -8], atol=0.6)  # 1.5 of 5.5 parts of 300 points
    low, high = shown["scene"]["panels"][0]["y"]["range"]
    assert low <= -8 - 4 * 0.5
    assert high >= 1 + 4 * 2**0.5
    number = room.state.network.number
    value, said = desk.step(room, own)
    assert "again" not in said
    assert desk.look(room, replace(own, letter="B"))[1] == ""  # no new one for another class
    assert (room.state.network.number, room.state.network.steps) == (number, runs.A_STEP)
    value, _ = desk.look(room, TrainIt(size="small", steps=200))  # back to the three Gaussians
    assert "trained beforehand" in json.dumps(json.loads(value)["scene"]["caption"])
    assert not room.state.shown


def array(value: dict, name: str) -> np.ndarray:
    """One array of a stage's value."""
    sent = value["sweep"]["arrays"][name]
    return np.frombuffer(base64.b64decode(sent["f4"]), "<f4").reshape(sent["shape"])


def test_the_longest_unused_rooms_are_forgotten():
    rooms = Rooms()
    first = rooms.of("0")
    for i in range(1, 100):
        rooms.of(str(i))
    assert rooms.of("99") is rooms.of("99")
    assert rooms.of("0") is not first


def test_a_room_is_replaced_as_a_whole_so_that_changes_of_two_handlers_are_both_there():
    room = Room()
    seen = []

    def point(name):
        for _ in range(20):
            runs.spray(room, name, 0.0, 0.0)
            state = room.state
            seen.append((len(state.drawn), len(state.points.c)))

    both = [threading.Thread(target=point, args=(name,)) for name in "AB"]
    [thread.start() for thread in both]
    [thread.join() for thread in both]
    assert len(room.state.drawn) == 2 * 20 * 15
    assert all(drawn == points for drawn, points in seen)


def test_a_run_stops_when_paused_and_when_its_time_is_up(begun):
    room, states = begun
    room.change(run=0)
    assert list(states) == ["paused"]
    room.change(run=8)
    assert list(pictures(room, 8, room.state.network, began=time.monotonic() - 1e4)) == ["out of time"]


def test_a_run_whose_network_is_taken_away_ends(begun):
    room, states = begun
    room.change(network=None)  # Reset
    assert list(states) == ["paused"]


def test_a_stream_whose_network_is_taken_away_says_nothing_more_and_raises_nothing(desk):
    room = Room()
    stream = desk.run(room, LONG)
    assert [next(stream)[1] for _ in range(3)] == 3 * ["Training …"]
    room.change(run=0, network=None, shown=False)
    assert list(stream) == [(gr.skip(), gr.skip())]
    assert room.state.run == 0


@pytest.mark.parametrize("answers", [1, 2])
def test_reset_or_pause_right_after_start_ends_the_stream_in_silence(desk, answers):
    room = Room()
    stream = desk.run(room, LONG)
    for _ in range(answers):
        assert next(stream)[1] == "Training …"
    room.change(run=0, network=None, shown=False)
    assert [said for _, said in stream][-1] in ("", gr.skip())
    assert room.state.run == 0


def test_clicks_draw_points_and_the_view_says_what_the_exact_side_is(desk):
    room = Room()
    for name, x in (("A", -2.0), ("C", 2.0)):
        runs.spray(room, name, x, 0.0)
    assert room.state.points.names == ("A", "C")
    state, network = runs.prepare(room, TrainIt(data="own", size="small"))
    value = json.loads(desk.whole(state, network))
    for words in value["scene"]["caption"].values():
        assert "scikit-learn" in " ".join(words)
    assert value["sweep"]["labels"]["class"] == ["A", "C"]
    changed = json.loads(desk.part(state, network))
    assert set(changed["sweep"]["arrays"]) < set(value["sweep"]["arrays"])
    assert changed["patch"] == value["scene"]["key"]


def test_what_the_scene_of_ones_own_network_names_is_there(desk):
    room = Room()
    state, network = runs.prepare(room, LONG)
    sweep, steps = NETWORKS.ask("look", network.number, "B", True)
    scene = json.loads(desk.whole(state, network))["scene"]
    assert problems(sweep, scene) == []
    assert steps == 0


# ---- the worker -----------------------------------------------------------------------------------------------------


def test_training_leaves_the_servers_own_threads_as_they_are():
    """Runs that overlap once left the process with one thread, and every picture after them was slow."""
    before = torch.get_num_threads()
    networks = [Network(TrainIt(size="small", p_uncond=p)) for p in (0.1, 0.2)]
    threads = [threading.Thread(target=n.advance, args=(200, 5.0)) for n in networks]
    for thread, pause in zip(threads, (0.05, 0), strict=True):
        thread.start()
        time.sleep(pause)
    [thread.join() for thread in threads]
    assert [n.steps for n in networks] == [200, 200]
    assert torch.get_num_threads() == before


def test_those_who_train_at_once_get_equal_shares_and_a_picture_does_not_wait_for_all_of_them():
    """Whatever the size of their network: turns are of time."""
    sizes = ("small", "large", "small", "large")
    networks = [Network(TrainIt(size=size, steps=10_000, p_uncond=0.1 + 0.1 * i)) for i, size in enumerate(sizes)]
    until, turns = time.monotonic() + 3.0, [0] * len(networks)

    def train(i):
        while time.monotonic() < until:
            networks[i].advance(10**6, 0.1)
            turns[i] += 1

    threads = [threading.Thread(target=train, args=(i,)) for i in range(len(networks))]
    [thread.start() for thread in threads]
    time.sleep(1.0)
    began, before = time.monotonic(), sum(turns)
    NETWORKS.ask("look", networks[0].number, "A", False)
    passed = sum(turns) - before
    assert passed <= len(networks) + 0.3 * (time.monotonic() - began) / 0.1
    [thread.join() for thread in threads]
    assert max(turns) - min(turns) <= 2
    assert min(turns) >= 3
    assert min(n.steps for n in networks) > 0


def test_a_worker_that_dies_is_said_and_the_next_question_starts_another():
    worker = Worker("demo.views.train_it.tasks")
    assert worker.ask("begin", 1, LONG, None) == ("A 1", "B 1", "C 1")
    first = worker.pid
    lost = []

    def long():
        try:
            worker.ask("advance", 1, 10**6, 60.0)
        except Gone as problem:
            lost.append(str(problem))

    waiting = threading.Thread(target=long)
    waiting.start()
    time.sleep(0.3)
    worker._process.kill()
    waiting.join(10)
    assert lost == ["the worker ended"]
    assert worker.ask("begin", 2, LONG, None) == ("A 1", "B 1", "C 1")
    assert worker.pid != first
    worker._process.kill()


def test_a_visitors_mistake_keeps_its_words_and_a_bug_does_not_reach_the_visitor(desk):
    few = Points(np.zeros((30, 2)) + 1e200, np.zeros(30, dtype=np.int64), ("A",))
    with pytest.raises((ValueError, FloatingPointError)):
        Network(TrainIt(size="small", data="own"), few).advance(5, 5.0)
    from demo.views.train_it.page import answered

    value, words = answered(NETWORKS.ask, "advance", -1, 1, 1.0)
    assert value == gr.skip()
    assert words.startswith("⚠ Something went wrong")


def test_a_network_that_nobody_holds_is_forgotten_in_the_worker():
    network = Network(LONG)
    number = network.number
    assert number in NETWORKS.ask("numbers")
    del network
    until = time.monotonic() + 5
    while number in NETWORKS.ask("numbers") and time.monotonic() < until:
        time.sleep(0.05)
    assert number not in NETWORKS.ask("numbers")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("p_uncond", 0, "p uncond must be a number in [0.01, 0.9]"), ("p_uncond", "abc", "p uncond"),
     ("size", "huge", "size must be one of"), ("law", None, "law must be one of"),
     ("steps", 1e9, "steps must be a whole number in [100, 10000]"), ("lr", True, "learning rate must be a number"),
     ("data", "theirs", "data must be one of"), ("data", "own", "no points yet")],
)  # fmt: skip
def test_the_api_names_the_bound(served, name, value, words):
    data = [{name: value}.get(n, getattr(LONG, n)) for n in MADE]
    for api in ("train_start", "train_step"):
        assert words in json.dumps(call_api(served, api, data))


def test_start_trains_on_screen_pause_stops_it_and_a_closed_page_too(tab):
    page = tab("Train it")
    drawn(page, "train")
    words = page.locator("#train-stage .stage-caption")
    assert "After 4000 steps" in words.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("cfg.stage.value('train-stage', 'count')[0] < 4000", timeout=20_000)
    page.wait_for_function("cfg.stage.value('train-stage', 'count')[0] > 20", timeout=20_000)
    page.locator("#train-pause").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('Paused')", timeout=20_000)
    count = page.evaluate("cfg.stage.value('train-stage', 'count')[0]")
    page.wait_for_timeout(600)
    assert page.evaluate("cfg.stage.value('train-stage', 'count')[0]") == count
    assert f"After {count:.0f} steps" in words.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("n => cfg.stage.value('train-stage', 'count')[0] > n", arg=count, timeout=20_000)
    assert len(runs.ROOMS.running) == 1
    other = tab("Train it")  # a second visitor sees nothing of it, and has a network of its own
    drawn(other, "train")
    assert other.evaluate("cfg.stage.value('train-stage', 'count')[0]") == 4000
    other.locator("#train-step").click()
    other.wait_for_function("cfg.stage.value('train-stage', 'count')[0] === 10", timeout=20_000)
    assert page.evaluate("cfg.stage.value('train-stage', 'count')[0]") > 10
    page.close()
    until = time.monotonic() + 30
    while runs.ROOMS.running and time.monotonic() < until:
        time.sleep(0.1)
    assert len(runs.ROOMS.running) == 0


def test_reset_while_training_shows_the_network_trained_beforehand_and_says_nothing(tab):
    page = tab("Train it")
    drawn(page, "train")
    page.locator("#train-start").click()
    page.wait_for_function("(n => n > 20 && n < 4000)(cfg.stage.value('train-stage', 'count')[0])", timeout=20_000)
    page.locator("#train-reset").click()
    page.wait_for_function("cfg.stage.value('train-stage', 'count')[0] === 4000", timeout=20_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("cfg.stage.value('train-stage', 'count')[0]") == 4000
    assert page.locator("#train-message").inner_text().strip() == ""
    assert page.locator(".toast-body").count() == 0


def test_points_that_are_cleared_leave_the_screen_and_those_missing_are_asked_for(tab):
    page = tab("Train it")
    drawn(page, "train")
    words, message = page.locator("#train-stage .stage-caption"), page.locator("#train-message")
    page.evaluate("cfg.frame.actions.settings()")
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
    page.wait_for_function("cfg.stage.value('train-stage', 'count')[0] === 4000", timeout=20_000)
    expect(words).not_to_contain_text("your")
    expect(message).to_contain_text("Your points are gone")


def test_a_file_of_points_is_taken_and_fitted_and_a_wrong_one_changes_nothing(tab):
    page = tab("Train it")
    drawn(page, "train")

    def upload(content):
        file = {"name": "points.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.locator("#train-data input[type=file]").set_input_files([file])

    words, message = page.locator("#train-stage .stage-caption"), page.locator("#train-message")
    page.evaluate("cfg.frame.actions.settings()")
    page.get_by_text("Data: the three Gaussians").click()
    upload("a,b,class\n1,2,x\n")
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('at least 20 points, not 1')")
    assert "After 4000 steps" in words.inner_text()
    upload(table())
    page.wait_for_function(
        "document.querySelector('#train-stage .stage-caption').textContent.includes('your 60 points')", timeout=30_000
    )
    assert "60 points; classes A (x), B (y)" in message.inner_text()
    page.locator("#train-start").click()
    page.wait_for_function("cfg.stage.value('train-stage', 'count')[0] > 20", timeout=20_000)
    page.locator("#train-pause").click()
    page.wait_for_function("document.querySelector('#train-message').textContent.includes('Paused')", timeout=20_000)
    page.locator("#train-reset").click()  # their network is forgotten, they are not
    page.wait_for_function("cfg.stage.value('train-stage', 'count')[0] === 0", timeout=20_000)
    assert "your 60 points" in words.inner_text()
    assert "has not seen your 60 points" in message.inner_text()
