"""One Gaussian: the three laws by formula and as measured, over w."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.corrected import corrected, standard_error, systematic
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
BATCHES = 10  # that they come in, each resampled on its own: their figures' spread is the error
X_RANGE = (-6.0, 14.0)  # the range of x that is drawn
BINS = 100


def measured(w: Array, steps: int, seed: int) -> dict[str, Array]:
    """Batches of samples [batch, w, n] of three ways: the corrected sampler ("tilt"), ancestral sampling with v = 1
    ("sde") and Heun ("ode")."""
    each, lams, model = SAMPLES // BATCHES, lam_grid(steps), OneGaussian()
    noise = seeded_noise(seed, (BATCHES, 1, each, 1))
    start = np.broadcast_to(noise(0), (BATCHES, len(w), each, 1))
    eps = guided(model, C, w[:, None])
    *_, last = corrected(model, C, w[:, None], lams, noise, start=start)
    pick = np.apply_along_axis(systematic, -1, last.log_weight, 0.5)
    return {
        "tilt": np.take_along_axis(last.x[..., 0], pick, -1),
        "sde": final(walk("ancestral", eps, lams, noise, v=1.0, start=start))[..., 0],
        "ode": final(walk("heun", eps, lams, noise, start=start))[..., 0],
    }


def one_gaussian_sweep(steps: int, seed: int) -> Sweep:
    """Arrays over w: mean_NAME, var_NAME by formula; density_NAME [w, k, 2]: (x, p(x)). Over w:coarse: got_mean_NAME,
    got_var_NAME as measured, se_mean_NAME, se_var_NAME their standard errors; histogram_NAME [w:coarse, k, 2], a step
    line."""
    x = np.linspace(*X_RANGE, 301)
    arrays: dict[str, Any] = {"w_axis": (W, ("w",)), "coarse_axis": (W_WHOLE, ("w:coarse",))}
    samples = measured(W_WHOLE, steps, seed)
    for name in LAWS:
        mean, variance = law(name, W)
        each = samples[name]
        got = np.concatenate(each, axis=1)
        arrays |= {
            f"mean_{name}": (C * mean, ("w",)),
            f"var_{name}": (variance, ("w",)),
            f"density_{name}": (bell(C * mean, variance, x), ("w", "k", "xy")),
            f"got_mean_{name}": (got.mean(-1), ("w:coarse",)),
            f"got_var_{name}": (got.var(-1, ddof=1), ("w:coarse",)),
            f"se_mean_{name}": (standard_error(each.mean(-1)), ("w:coarse",)),
            f"se_var_{name}": (standard_error(each.var(-1, ddof=1)), ("w:coarse",)),
            f"histogram_{name}": (histogram(got, *X_RANGE, BINS), ("w:coarse", "k", "xy")),
        }
    return Sweep({"w": W, "w:coarse": W_WHOLE}, arrays)
