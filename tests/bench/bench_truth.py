"""python tests/bench/bench_truth.py: the table of errors against steps, and the other views of "Target & truth"."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from figures import finish, median_seconds, report

from cfg_core.mixture import three_gaussians
from demo.views.truth.compute import gap_sweep, laws_sweep
from demo.views.truth.settings import Truth
from demo.views.truth.step_error import step_errors

if __name__ == "__main__":
    for name, work, bound in (
        ("5 samplers x 6 step counts x 5 w: the table", lambda: step_errors(three_gaussians()), 10),
        ("three laws, 4 000 corrected particles, 12 w", lambda: laws_sweep(Truth()), 5),
        ("the gap field, 12 w x 13 lam", lambda: gap_sweep(Truth()), 1),
    ):
        report(name, median_seconds(work, 3), bound, "s")
    finish()
