"""What the benchmarks share: a figure beside its bound, the median time of a call, the record of all of them.

Each bench that is run to its end replaces its own figures in assets/measured.json, and assets/measured.md is written
anew from that: the README's table is nobody's handwriting.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[2] / "assets"
HEAD = """# Measured

Written by the benchmarks from measured.json, do not edit: each run of `python tests/bench/NAME.py` to its end replaces
its lines. A bound that is missed makes the command fail. They hold on a quiet machine; with another job on the same
cores, times grow tenfold at the tail.
"""

taken: list[dict[str, Any]] = []


def report(name: str, value: float, bound: float | None = None, unit: str = "", at_least: bool = False) -> None:
    """Print a figure and its bound (the most it may be, or the least), and remember both."""
    ok = bound is None or (value >= bound if at_least else value <= bound)
    said = "" if bound is None else f"(bound {bound:g}) {'' if ok else 'MISSED'}"
    print(f"{name:66s} {value:9.3g} {unit:4s} {said}", flush=True)
    taken.append({"name": name, "value": float(f"{value:.4g}"), "unit": unit, "bound": bound, "at_least": at_least})


def missed() -> list[str]:
    """The figures so far that miss their bound."""
    out = []
    for figure in taken:
        value, bound = figure["value"], figure["bound"]
        if bound is not None and not (value >= bound if figure["at_least"] else value <= bound):
            out.append(figure["name"])
    return out


def finish() -> None:
    """Record the figures under the bench's name; exit with status 1, naming them, where bounds were missed."""
    record(Path(sys.argv[0]).name, taken)
    sys.exit(f"missed: {', '.join(missed())}" if missed() else 0)


def record(bench: str, figures: list[dict[str, Any]], folder: Path = ASSETS) -> None:
    """Replace the figures of one bench in measured.json, and write measured.md anew."""
    path = folder / "measured.json"
    every = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    every[bench] = {"date": str(datetime.date.today()), "machine": machine(), "figures": figures}
    path.write_text(json.dumps(dict(sorted(every.items())), indent=1) + "\n", encoding="utf-8")
    (folder / "measured.md").write_text(table(every), encoding="utf-8")


def table(every: dict[str, Any]) -> str:
    """The record as Markdown, a table for each bench."""
    parts = [HEAD]
    for bench, run in sorted(every.items()):
        parts += [f"\n## `python tests/bench/{bench}`\n\n{run['date']}, {run['machine']}\n",
                  "\n| figure | measured | bound |\n|---|---|---|\n"]  # fmt: skip
        for f in run["figures"]:
            sign = "≥" if f["at_least"] else "≤"
            bound = "–" if f["bound"] is None else f"{sign} {f['bound']:g} {f['unit']}".strip()
            name = f["name"].replace("|", r"\|")
            parts.append(f"| {name} | {f['value']:.3g} {f['unit']} | {bound} |\n")
    return "".join(parts)


def machine() -> str:
    """The processor, its cores, and what the figures depend on."""
    names = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    flags = next((line for line in _lines("/proc/cpuinfo") if line.startswith("flags")), "").split()
    bf16 = ", ".join(name for name, flag in (("AVX512-BF16", "avx512_bf16"), ("AMX", "amx_tile")) if flag in flags)
    cpu = f"{names[0] if names else platform.processor()}{f' ({bf16})' if bf16 else ''}, {os.cpu_count()} cores"
    return f"{cpu}; Python {platform.python_version()}, torch {version('torch')}, Gradio {version('gradio')}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """Median of `runs` calls, after one to warm up."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
