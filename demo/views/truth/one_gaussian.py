"""One Gaussian: the three laws by formula and as measured, over w."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.corrected import corrected, systematic
from cfg_core.guidance import guided
from cfg_core.one_gaussian import LAWS, OneGaussian, law
from cfg_core.process import lam_grid
from cfg_core.samplers import final, seeded_noise, walk
from demo.fields import W_WHOLE, W
from demo.shapes import bell, histogram
from demo.sweep import Sweep

Array = NDArray[np.float64]

C = 1.0  # the class's mean
SAMPLES = 4000  # of each law
X_RANGE = (-6.0, 14.0)  # the range of x that is drawn
BINS = 100


def measured(w: Array, steps: int, seed: int) -> dict[str, Array]:
    """Samples [w, n] of the corrected sampler ("tilt"), ancestral sampling with v = 1 ("sde") and Heun ("ode")."""
    noise, lams, model = seeded_noise(seed, (SAMPLES, 1)), lam_grid(steps), OneGaussian()
    start = np.broadcast_to(noise(0), (len(w), SAMPLES, 1))
    eps = guided(model, C, w[:, None])
    *_, last = corrected(model, C, w[:, None], lams, noise, start=start)
    even = [x[systematic(log, 0.5)] for x, log in zip(last.x, last.log_weight, strict=True)]
    return {
        "tilt": np.stack(even)[..., 0],
        "sde": final(walk("ancestral", eps, lams, noise, v=1.0, start=start))[..., 0],
        "ode": final(walk("heun", eps, lams, noise, start=start))[..., 0],
    }


def one_gaussian_sweep(steps: int, seed: int) -> Sweep:
    """Arrays over w: mean_NAME, var_NAME by formula; density_NAME [w, k, 2]: (x, p(x)). Over w:coarse: got_mean_NAME,
    got_var_NAME as measured, histogram_NAME [w:coarse, k, 2], a step line."""
    x = np.linspace(*X_RANGE, 301)
    arrays: dict[str, Any] = {"w_axis": (W, ("w",)), "coarse_axis": (W_WHOLE, ("w:coarse",))}
    samples = measured(W_WHOLE, steps, seed)
    for name in LAWS:
        mean, variance = law(name, W)
        got = samples[name]
        arrays |= {
            f"mean_{name}": (C * mean, ("w",)),
            f"var_{name}": (variance, ("w",)),
            f"density_{name}": (bell(C * mean, variance, x), ("w", "k", "xy")),
            f"got_mean_{name}": (got.mean(-1), ("w:coarse",)),
            f"got_var_{name}": (got.var(-1, ddof=1), ("w:coarse",)),
            f"histogram_{name}": (histogram(got, *X_RANGE, BINS), ("w:coarse", "k", "xy")),
        }
    return Sweep({"w": W, "w:coarse": W_WHOLE}, arrays)
