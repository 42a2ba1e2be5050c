"""How fast the browser's engine is, in Node, beside the core in the same run: `python tests/bench/bench_engine.py`.

3 x 240 points, 32 Heun steps. (a) all that "Three Gaussians" shows at one w, as while a class is dragged: at most 5 ms.
(b) the same at 25 values of w: at most 250 ms, and no more than 3 times what numpy takes for the samples alone. Best of
some runs, since what else the machine does only adds. The exit status is 1 where a bound is missed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from figures import finish, report

from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.samplers import final, seeded_noise, walk
from cfg_core.tables import ode_table
from cfg_core.targets import DENSITY_W
from demo.views.field.settings import Field
from demo.views.field.toy import toy as field_toy
from demo.views.gaussians.settings import Gaussians
from demo.views.gaussians.toy import toy
from tests.engine import ask, sent

S = Gaussians()
WS = np.linspace(-1, 10, 25)


def eight() -> GaussianMixture:
    """As many components as one may have, aslant."""
    rng = np.random.default_rng(0)
    root = rng.uniform(0.3, 1.2, (8, 2, 2))
    covs = root @ root.swapaxes(1, 2) + 0.1 * np.eye(2)
    return GaussianMixture(rng.uniform(-4, 4, (8, 2)), covs, rng.uniform(0.5, 2, 8), [0, 1, 2, 0, 1, 2, 0, 1])


def narrow() -> GaussianMixture:
    """The same, four of them so narrow that the target has grids of its own for them."""
    wide = eight()
    small = np.where(np.arange(8)[:, None, None] % 2 == 0, 0.003 * np.eye(2), wide.covs)
    return GaussianMixture(wide.means, small, wide.weights, wide.labels)


def by_core() -> float:
    """Seconds, best of five, that the core takes for the samples alone."""
    noise, best = seeded_noise(S.seed, (3, S.points, 2)), float("inf")
    start = np.broadcast_to(noise(0), (len(WS), 3, S.points, 2))
    for _ in range(5):
        began = time.perf_counter()
        final(walk(S.sampler, S.guided(np.arange(3)[:, None], WS[:, None, None]), S.lams, noise, start=start))
        best = min(best, time.perf_counter() - began)
    return best


def main() -> None:
    tables = {**toy(S)["tables"], "mixture": sent(three_gaussians())}
    one = {"ws": [3.0], "ends": [-1, 10], "finest": 96}
    more = {"mixture": sent(eight())}
    flow = {"ode": ode_table("cfg"), "ws": list(DENSITY_W), "half": 7}
    jobs = [
        ("gaussians", {**tables, **one}, 80),
        ("gaussians", {**tables, **one, **more}, 40),
        ("gaussians", {**tables, **one, "mixture": sent(narrow())}, 40),
        ("gaussians", {**tables, "ws": WS.tolist()}, 12),
        ("gaussians", {**tables, **more, "ws": WS.tolist()}, 4),
        ("cloud", {**tables, "w": 3.0}, 20),
        ("field", {**field_toy(Field())["tables"], "mixture": sent(three_gaussians())}, 10),
        ("actual", {**flow, "mixture": sent(three_gaussians())}, 2),
    ]
    took = [sweep["took"] for sweep in ask([{"kind": kind, "ask": asked, "repeat": n} for kind, asked, n in jobs])]
    one_w, eight_one, narrow_one, every, eight_every, cloud, field, density = took
    report("Three Gaussians at one w, as while a class is dragged", one_w, 5, "ms")
    report("the same with eight components", eight_one, None, "ms")
    report("the same with eight components, four of them narrow", narrow_one, None, "ms")
    report("Three Gaussians at 25 values of w", every, 250, "ms")
    report("the same with eight components", eight_every, None, "ms")
    report("the samples' way from noise to data at one w", cloud, None, "ms")
    report("Score field at 33 noise levels", field, None, "ms")
    report("exact density of the guided ODE, 12 values of w, 3 classes", density, None, "ms")
    report("25 values of w: the engine's time over the core's for the samples", every / (1e3 * by_core()), 3, "x")
    finish()


if __name__ == "__main__":
    main()
