"""python tests/bench/bench_truth.py: the table of errors against steps, and the other views of "Target & truth"."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_app import missed, report

from cfg_core.mixture import three_gaussians
from cfg_core.sweeps.step_error import step_errors
from cfg_core.sweeps.truth import TruthSettings, gap_sweep, laws_sweep


def seconds(fn: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        fn()
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    report("5 samplers x 6 step counts x 5 w: the table", seconds(lambda: step_errors(three_gaussians())), 10, "s")
    report("three laws, 4 000 corrected particles, 12 w", seconds(lambda: laws_sweep(TruthSettings())), 5, "s")
    report("the gap field, 12 w x 13 lam", seconds(lambda: gap_sweep(TruthSettings())), 1, "s")
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)
