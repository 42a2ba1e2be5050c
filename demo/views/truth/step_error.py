"""Strong guidance needs small steps: how far each sampler's law is from its limit, against steps, for several w."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.guidance import guided
from cfg_core.metrics import sliced_distance
from cfg_core.mixture import GaussianMixture
from cfg_core.process import lam_grid
from cfg_core.samplers import SAMPLERS, final, seeded_noise, walk
from demo.sweep import Sweep

Array = NDArray[np.float64]

ERROR_STEPS = (4, 8, 16, 32, 64, 128)
ERROR_W = (0.0, 1.0, 3.0, 6.0, 10.0)
ERROR_SAMPLERS = tuple(SAMPLERS)
FINE = {"ode": 384, "sde": 1024}  # steps of the references: Heun's, and the ancestral sampler's


@dataclass(frozen=True)
class StepErrors:
    """error [sampler, steps, w] in units of x; floor [w]: two independent draws of the ancestral limit, compared."""

    error: Array
    floor: Array
    points: int
    samplers: tuple[str, ...] = ERROR_SAMPLERS
    steps: tuple[int, ...] = ERROR_STEPS
    w: tuple[float, ...] = ERROR_W

    def needed(self, sampler: str, w: float, bound: float) -> int | None:
        """The least number of steps (of those tried) from which on the error stays below the bound, or None."""
        row = self.error[self.samplers.index(sampler), :, self.w.index(w)]
        good = [i for i in range(len(row)) if (row[i:] < bound).all()]
        return self.steps[good[0]] if good else None


def step_errors(mixture: GaussianMixture, c: int = 0, points: int = 500, seed: int = 0) -> StepErrors:
    """The whole table: 5 samplers x 6 step counts x 5 w, each w in the same arrays.

    The samplers of the ODE start from the noises of their reference, Heun with 384 steps; the ancestral sampler (v = 0)
    is compared with an independent run of 1024 steps, so its error cannot fall below `floor`.
    """
    w = np.asarray(ERROR_W)[:, None]
    noise, other, third = (seeded_noise(seed + k, (points, 2)) for k in range(3))
    start = np.broadcast_to(noise(0), (len(ERROR_W), points, 2))
    eps = guided(mixture, c, w)

    def sample(name: str, steps: int, draws: Any = noise) -> Array:
        begin = start if draws is noise else np.broadcast_to(draws(0), start.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.nan_to_num(final(walk(name, eps, lam_grid(steps), draws, start=begin)), nan=1e6).clip(-1e6, 1e6)

    ode, sde = sample("heun", FINE["ode"]), sample("ancestral", FINE["sde"], other)
    floor = sliced_distance(sample("ancestral", FINE["sde"] // 2, third), sde)
    error = np.stack(
        [
            [sliced_distance(sample(name, steps), sde if name == "ancestral" else ode) for steps in ERROR_STEPS]
            for name in ERROR_SAMPLERS
        ]
    )
    return StepErrors(error, floor, points)


def errors_sweep(errors: StepErrors) -> Sweep:
    """The table for the screen: error [sampler, w_index, k, 2] = (log2 steps, log10 error), no live axis."""
    log = np.log10(np.maximum(errors.error, 1e-6)).transpose(0, 2, 1)  # [sampler, w, steps]
    steps = np.broadcast_to(np.log2(errors.steps), log.shape)
    return Sweep(
        axes={},
        arrays={"error": (np.stack([steps, log], axis=-1), ("sampler", "w_index", "k", "xy"))},
        labels={"sampler": errors.samplers},
        meta={"errors": errors},
    )
