"""Images of several visitors walk together: each gets what they would get alone, in the order in which they came."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from cfg_core.images.pretrained import load_model, sample_images
from cfg_core.nets.network import Network
from cfg_core.samplers import final
from demo.work.together import GaveUp, Together


class Spy(torch.nn.Module):
    """A network whose answer is easily told: z + lam + c; what it is asked is written down, and may be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes, self.free, self.fails = [], threading.Event(), False
        self.free.set()

    def forward(self, z, lam, c):
        self.sizes.append(len(z))
        self.free.wait(10)
        if self.fails:
            raise ArithmeticError("no answer")
        return z + (lam + c)[:, None, None, None]


def model() -> tuple[Network, Spy]:
    spy = Spy()
    return Network(spy, null=10, event_ndim=3), spy


def ask(walk, of: Network, n: int, lam: float, c: int, out: dict, name: object) -> threading.Thread:
    def run() -> None:
        try:
            z = torch.full((n, 1, 1, 1), float(n))
            out[name] = walk.model(of).eps(z, lam, c) - z
        except (GaveUp, ArithmeticError) as problem:
            out[name] = problem

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_two_visitors_images_in_one_batch_are_those_that_each_gets_alone():
    """Different classes, weights, steps and rules, by the shipped network in float32."""
    net = load_model(bf16=False)
    asks = [
        {"classes": [7, 7], "w": 3.0, "seed": 1, "steps": 3},
        {"classes": [1, 2, 3], "w": 1.0, "seed": 2, "steps": 4, "rule": "apg"},
        {"classes": [5], "w": 2.0, "seed": 3, "steps": 2, "rule": "autoguidance"},
        {"classes": [8, 9], "w": 2.0, "seed": 4, "steps": 3, "rule": "classifier"},
        {"classes": [6], "w": 3.0, "seed": 5, "steps": 2, "rule": "classifier_u"},
    ]
    alone = [final(sample_images(net, **given)) for given in asks]
    together, got = Together(2), {}

    def sample(i: int) -> None:
        with together.walk(0.0) as walk:
            got[i] = final(sample_images(walk.model(net), **asks[i]))

    threads = [threading.Thread(target=sample, args=(i,)) for i in range(len(asks))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for i, want in enumerate(alone):
        torch.testing.assert_close(got[i], want, atol=2e-4, rtol=0)


def test_who_waits_is_put_into_one_pass_each_at_their_own_lam_and_class():
    (net, spy), together, out = model(), Together(1), {}
    spy.free.clear()
    with together.walk(0) as first, together.walk(1) as second, together.walk(2) as third:
        threads = [ask(first, net, 2, 0.5, 1, out, "first")]
        while not spy.sizes:
            time.sleep(0.01)
        threads += [ask(second, net, 3, 1.5, 2, out, "second"), ask(third, net, 4, 2.5, 3, out, "third")]
        while len(second.waiting) + len(third.waiting) < 2:
            time.sleep(0.01)
        assert (first.place, second.place, third.place) == (1, 2, 3)
        assert (first.begun, second.begun) == (True, False)
        spy.free.set()
        [thread.join() for thread in threads]
    assert spy.sizes == [2, 7]
    for name, n, want in (("first", 2, 1.5), ("second", 3, 3.5), ("third", 4, 5.5)):
        assert out[name].shape == (n, 1, 1, 1)
        assert (out[name] == want).all()


def test_one_visitor_alone_has_all_lanes():
    (net, spy), together, out = model(), Together(2), {}
    spy.free.clear()
    with together.walk(0) as walk:
        thread = ask(walk, net, 20, 0.0, 0, out, "x")
        until = time.monotonic() + 5
        while len(spy.sizes) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        spy.free.set()
        thread.join()
    assert spy.sizes == [10, 10]


def test_who_has_the_least_turn_is_served_first_and_large_requests_do_not_fill_a_pass_for_ever():
    (net, spy), together, out, order = model(), Together(1), {}, []
    spy.free.clear()
    with together.walk(0) as now, together.walk(9) as large, together.walk(1) as small:
        threads = [ask(now, net, 1, 0.0, 0, out, "now")]
        while not spy.sizes:
            time.sleep(0.01)
        threads += [ask(large, net, 60, 0.0, 0, out, "large"), ask(small, net, 5, 0.0, 0, out, "small")]
        while len(large.waiting) + len(small.waiting) < 2:
            time.sleep(0.01)
        order = [walk.place for walk in (small, large)]
        spy.free.set()
        [thread.join() for thread in threads]
    assert order == [2, 3]
    assert spy.sizes[1:] == [48, 17]  # the small one and 43 of the large, then the rest of it


def test_who_leaves_the_line_draws_nothing_and_a_problem_is_told_to_those_whom_it_concerns():
    (net, spy), together, out = model(), Together(1), {}
    spy.free.clear()
    with together.walk(0) as first, together.walk(1) as second:
        threads = [ask(first, net, 2, 0.0, 0, out, "first")]
        while not spy.sizes:
            time.sleep(0.01)
        threads.append(ask(second, net, 3, 0.0, 0, out, "second"))
        while not second.waiting:
            time.sleep(0.01)
        second.give_up()
        first.give_up()  # too late: it is being drawn
        spy.fails = True
        spy.free.set()
        [thread.join() for thread in threads]
        assert isinstance(out["second"], GaveUp)
        assert str(out["first"]) == "no answer"
        spy.fails = False
        ask(first, net, 2, 0.0, 4, out, "again").join()
    assert (out["again"] == 4).all()
    assert spy.sizes == [2, 2]


def test_walks_side_by_side_wait_for_one_another():
    (net, spy), together, out = model(), Together(1), {}
    with together.walk(0) as walk:
        mine = walk.model(net)

        def eps(n: int, pause: float):
            time.sleep(pause)
            return mine.eps(torch.zeros(n, 1, 1, 1), 1.0, 0)

        out = walk.side_by_side([lambda: eps(2, 0.0), lambda: eps(3, 0.2)])
        assert [len(x) for x in out] == [2, 3]
        assert spy.sizes == [5]
        walk.side_by_side([lambda: eps(2, 0.0), lambda: None])  # the other has nothing to ask
    assert spy.sizes == [5, 2]


def test_what_fails_on_one_side_is_raised():
    together = Together(1)
    with together.walk(0) as walk, pytest.raises(ZeroDivisionError):
        walk.side_by_side([lambda: 1 / 0, lambda: 1])
