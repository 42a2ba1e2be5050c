"""Worker processes: who dies is replaced, who mistakes is told, cheap goes before dear, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo.work import crew, worker
from demo.work.line import Estimates, Line
from demo.work.worker import Gone, Worker
from tests.calling import view

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def hand():
    made = Worker("tests.work_tasks")
    yield made
    made.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def until(true, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_a_worker_computes_elsewhere_with_one_thread_and_a_mistake_keeps_its_words(hand):
    assert hand.ask("slow", 0.0) == hand.pid != os.getpid()
    with pytest.raises(ValueError, match="w must be a number"):
        hand.ask("mistaken")
    assert hand.ask("slow", 0.0) == hand.pid


def test_a_worker_that_dies_is_replaced_and_the_caller_gets_the_answer(hand, tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "_line", Line([hand]))
    asked = SimpleNamespace(name="v", at="sweeps")
    assert crew.made(asked, 0, "value", str(tmp_path / "mark")) == hand.pid
    assert (tmp_path / "mark").exists()


def test_a_worker_that_dies_while_it_is_asked_for_what_cannot_be_asked_twice_says_so(hand):
    hand.begin()
    lost = []

    def ask():
        try:
            hand.ask("slow", 60.0)
        except Gone as problem:
            lost.append(str(problem))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    os.kill(hand.pid, signal.SIGKILL)
    thread.join(10)
    assert lost == ["the worker ended"]


def test_a_stream_comes_bit_by_bit_and_ends_when_it_is_not_wanted_or_not_read_any_more(hand):
    assert list(hand.stream(lambda: True, "counting", 3)) == [0, 1, 2]
    wanted = [True]
    seen = []
    for item in hand.stream(lambda: wanted[0], "counting", 10**6):
        seen.append(item)
        wanted[0] = len(seen) < 5
    assert seen[:5] == [0, 1, 2, 3, 4]
    assert seen[-1] == "stopped"
    assert len(seen) < 60
    left = hand.stream(lambda: True, "counting", 10**6)
    next(left)
    left.close()
    assert until(lambda: not hand._waiting)  # its last word came


def test_where_no_process_can_be_had_everything_is_computed_here_and_the_log_says_so(monkeypatch, caplog):
    def refused(*args, **more):
        raise PermissionError("no processes")

    monkeypatch.setattr(worker.subprocess, "Popen", refused)
    here = Worker("tests.work_tasks")
    assert here.ask("slow", 0.0) == os.getpid()
    assert list(here.stream(lambda: True, "counting", 2)) == [0, 1]
    assert "no process for tests.work_tasks (no processes)" in caplog.text


def test_no_process_is_left_when_the_server_is_killed_in_the_middle_of_an_answer():
    script = (
        "import time, threading\nfrom demo.work.worker import Worker\nw = Worker('tests.work_tasks')\n"
        "threading.Thread(target=w.ask, args=('slow', 300.0)).start()\ntime.sleep(0.5)\nprint(w.pid, flush=True)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    assert alive(pid)
    server.kill()
    server.wait()
    assert until(lambda: not alive(pid))


def test_a_crew_answers_what_this_process_would_and_equal_requests_are_computed_once_and_none_is_left_after_it():
    process, counted = view("process"), []
    drawing = process.drawings[0]
    s = process.settings()
    crew.start("demo.views.tasks", 1)
    try:
        (hand,) = crew._line.places
        ask, pid = hand.ask, hand.pid

        def counts(*args):
            counted.append(args)
            return ask(*args)

        hand.ask = counts
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(process.value(drawing, s))) for _ in range(6)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(counted) <= 1  # none where another test asked before
        assert set(answers) == {process.make(0, "value", s)}
        bad = SimpleNamespace(name="nowhere", at="sweeps")
        with pytest.raises(RuntimeError, match="make failed: StopIteration"):
            crew.made(bad, 0, "value", s)
    finally:
        crew.stop()
    assert not crew.working()
    assert until(lambda: not alive(pid))


# ---- who is next ---------------------------------------------------------------------------------------------------


def served(line: Line, costs: list[float]) -> list[float]:
    """In which order these get their turn, all of them waiting for a place that is taken until they do."""
    order, threads = [], []

    def wait(cost):
        with line.place(cost):
            order.append(cost)
            time.sleep(0.01)

    held = [line.place(0.0) for _ in line.places]
    [place.__enter__() for place in held]
    for i, cost in enumerate(costs):
        threads.append(threading.Thread(target=wait, args=(cost,)))
        threads[-1].start()
        assert until(lambda n=i + 1: len(line) == n)
    [place.__exit__(None, None, None) for place in held]
    [thread.join() for thread in threads]
    return order


def test_cheap_answers_come_before_dear_ones():
    assert served(Line([1]), [2.0, 0.1, 0.4, 0.2]) == [0.1, 0.2, 0.4, 2.0]


def test_a_dear_answer_is_passed_by_cheap_ones_for_some_time_only(monkeypatch):
    monkeypatch.setattr("demo.work.line.PATIENCE", 0.01)  # a hundredth of its own time
    line = Line([1])
    with line.place(0.0):
        order = []

        def wait(cost):
            with line.place(cost):
                order.append(cost)

        dear = threading.Thread(target=wait, args=(5.0,))
        dear.start()
        time.sleep(0.2)
        cheap = threading.Thread(target=wait, args=(0.1,))
        cheap.start()
        assert until(lambda: len(line) == 2)
    dear.join()
    cheap.join()
    assert order == [5.0, 0.1]


def test_of_two_places_dear_answers_take_one_only():
    line = Line("ab")
    with line.place(3.0):
        waits = threading.Thread(target=lambda: line.place(3.0).__enter__())
        waits.start()
        assert until(lambda: len(line) == 1)
        time.sleep(0.1)
        assert len(line) == 1
        with line.place(0.1) as free:
            assert free in "ab"
    waits.join(5)
    assert len(line) == 0


def test_what_a_kind_of_work_takes_is_learned_and_grows_with_its_size():
    known = Estimates(first=0.2)
    assert known.of(("a",), 3) == pytest.approx(0.6)
    known.took(("a",), 4.0, size=2.0)
    assert known.of(("a",), 3) == pytest.approx(6.0)
    assert known.of(("b",)) == 0.2
