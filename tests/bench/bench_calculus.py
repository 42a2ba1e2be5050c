"""How fast curl and divergence are: `python tests/bench/bench_calculus.py`.

(a) field, curl and divergence of the exact guided field on a 64 x 64 grid for one (lam, w): at most 50 ms.
(b) the same by torch autograd in float64 of the shipped conservative network, for comparison.
(c) a dropped circle: work and area integral at 25 noise levels, learned network, for comparison.
Medians of a few runs; the exit status is 1 where the target is missed.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cfg_core.density import grid
from cfg_core.mixture import three_gaussians
from cfg_core.sweeps.gradient import circle_sweep, field_model
from cfg_core.vector_calculus import curl, divergence

LAM, W = 0.5, 3.0


def median_ms(f: Callable[[], object], runs: int) -> float:
    f()  # warm up
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        f()
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def everything(model: Any) -> tuple:
    """eps~, its curl and its divergence on the grid."""
    z = grid((-5, 5), (-5, 5), 64)
    eps_c, eps_u = model.eps_pair(z, LAM, 0)
    jac_c, jac_u = model.jacobian_pair(z, LAM, 0)
    jacobian = jac_c + W * (jac_c - jac_u)
    return eps_c + W * (eps_c - eps_u), curl(jacobian), divergence(jacobian)


def main() -> int:
    mixture = three_gaussians()
    exact = median_ms(lambda: everything(mixture), 30)
    print(f"(a) exact field, curl and divergence on 64 x 64: {exact:.1f} ms (target <= 50 ms)")
    for kind in ("learned", "potential"):
        print(f"(b) {kind} network, float64 autograd: {median_ms(lambda k=kind: everything(field_model(k)), 5):.0f} ms")
    dropped = median_ms(lambda: circle_sweep(field_model("learned"), mixture, 0, (-0.9, 0.9), 1.0), 5)
    print(f"(c) a dropped circle, learned network: {dropped:.0f} ms")
    return int(exact > 50)


if __name__ == "__main__":
    sys.exit(main())
