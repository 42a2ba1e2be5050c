"""How fast curl and divergence are: `python tests/bench/bench_calculus.py`.

(a) field, curl and divergence of the exact guided field on a 64 x 64 grid for one (lam, w): at most 50 ms.
(b) the same by torch autograd in float64 of the shipped conservative network, for comparison.
(c) a dropped circle: work and area integral at 25 noise levels, learned network, for comparison.
Medians of a few runs; the exit status is 1 where the target is missed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from figures import finish, median_seconds, report

from cfg_core.density import grid
from cfg_core.mixture import three_gaussians
from cfg_core.vector_calculus import curl, divergence
from demo.views.gradient.compute import circle_sweep, field_model

LAM, W = 0.5, 3.0


def everything(model: Any) -> tuple:
    """eps~, its curl and its divergence on the grid."""
    z = grid((-5, 5), (-5, 5), 64)
    eps_c, eps_u = model.eps_pair(z, LAM, 0)
    jac_c, jac_u = model.jacobian_pair(z, LAM, 0)
    jacobian = jac_c + W * (jac_c - jac_u)
    return eps_c + W * (eps_c - eps_u), curl(jacobian), divergence(jacobian)


def main() -> None:
    mixture = three_gaussians()
    exact = 1000 * median_seconds(lambda: everything(mixture), 30)
    report("exact field, curl and divergence on 64 x 64", exact, 50, "ms")
    for kind in ("learned", "potential"):
        took = median_seconds(lambda k=kind: everything(field_model(k)), 5)
        print(f"the same of the {kind} network, by float64 autograd: {1000 * took:.0f} ms")
    dropped = median_seconds(lambda: circle_sweep(field_model("learned"), mixture, 0, (-0.9, 0.9), 1.0), 5)
    print(f"a dropped circle, learned network: {1000 * dropped:.0f} ms")
    finish()


if __name__ == "__main__":
    main()
