"""python tests/bench/bench_train.py: optimiser steps a second, a picture, and how soon three classes are learned.

Prints one line a figure with its bound; exits 1 where a bound is missed. On a busy machine the figure in processor time
is the steadier one: it is printed beside.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from figures import finish, report

from cfg_core.mixture import three_gaussians
from cfg_core.train import loss_curve
from demo.views.train_it.learning import BATCH, Session, learned_sweep, toy_truth
from demo.views.train_it.settings import TrainIt


def main() -> None:
    session = Session(TrainIt(steps=10_000), three_gaussians())
    session.advance(50)
    best, cheapest = np.inf, np.inf
    for _ in range(20):
        began, spent = time.perf_counter(), time.process_time()
        session.advance(100)
        best = min(best, time.perf_counter() - began)
        cheapest = min(cheapest, time.process_time() - spent)
    report(f"optimiser steps a second, default net, batch {BATCH}, one thread", 100 / best, 300, "1/s", at_least=True)
    print(f"{'... a second of processor time':64s} {100 / cheapest:9.2f} 1/s")

    t = toy_truth()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        learned_sweep(session.net, t, 0, loss_curve(session.losses), session.step_count).to_dict()
        times.append(time.perf_counter() - began)
    report("one picture, best of 5", min(times), 0.5, "s")

    fresh, began, right = Session(TrainIt(), three_gaussians()), time.perf_counter(), 0.0
    at = 6  # w = 3
    while right < 0.97 and not fresh.done:
        fresh.advance(100)
        right = learned_sweep(fresh.net, t, 0, loss_curve(fresh.losses), fresh.step_count)["own"][at]
    report("97 % of samples in their class at w = 3, pictures included", time.perf_counter() - began, 20, "s")
    print(f"{'... after':64s} {fresh.step_count:9d} steps")
    finish()


if __name__ == "__main__":
    main()
