"""What the benchmarks share: a figure beside its bound, the median time of a call, the exit status."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

missed: list[str] = []


def report(name: str, value: float, bound: float, unit: str, at_least: bool = False) -> None:
    """Print a figure and its bound (the most it may be, or the least), and remember whether it is missed."""
    ok = value >= bound if at_least else value <= bound
    print(f"{name:66s} {value:9.3g} {unit:4s} (bound {bound:g}) {'' if ok else 'MISSED'}", flush=True)
    if not ok:
        missed.append(name)


def finish() -> None:
    """Exit with status 1, naming them, where bounds were missed."""
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """Median of `runs` calls, after one to warm up."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
