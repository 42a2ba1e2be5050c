"""What "Score field" shows: four fields of arrows over lam, and a particle in them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.density import grid
from cfg_core.guidance import guided
from cfg_core.moments import separation
from cfg_core.process import LAM_MAX, lam_grid, score_from_eps
from cfg_core.samplers import seeded_noise, walk
from cfg_core.targets import half_range
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.field.settings import Field

Array = NDArray[np.float64]

LAMS = np.linspace(-8.0, 8.0, 33)  # the noise levels that are scrubbed: within them the fields change
TRAIL_W = (-1.0, 0.0, 1.0, 3.0, 10.0)  # the guided trajectories drawn from a dropped particle
PATH_STEPS = 48


def field_sweep(s: Field, cells: int = 44, arrows: int = 17) -> Sweep:
    """The fields of one class over lam: arrows and heat maps on grids that a slider of lam scrubs.

    Arrays: extent [4] of the view; separation [] of the classes; over lam: cond, uncond, diff [lam, arrow, xy] (eps, or
    the score -eps/sigma), log_p [lam, y, x], posterior [lam, y, x]. The guided field at any w is base + w push: every
    rule here is affine in w, and for classifier-free guidance base is cond and push is diff.
    """
    mixture, half = s.gaussians, half_range(s.gaussians)
    at = grid((-half, half), (-half, half), arrows).reshape(-1, 2)
    points = grid((-half, half), (-half, half), cells)
    cond, uncond = (_shown(s, eps) for eps in mixture.eps_pair(_tall(at), LAMS[:, None], s.c))
    base, push = _guided_pair(s, at)
    arrow = ("lam", "arrow", "xy")
    return Sweep(
        axes={"lam": LAMS},
        arrays={
            "extent": (np.array([-half, half, -half, half]), ("edge",)),
            "separation": (np.array(separation(mixture)), ()),
            "at": (at, ("arrow", "xy")),
            "cond": (cond, arrow),
            "uncond": (uncond, arrow),
            "diff": (cond - uncond, arrow),
            "base": (base, arrow),
            "push": (push, arrow),
            "log_p": (mixture.log_density(_tall(points), LAMS[:, None, None]), ("lam", "y", "x")),
            "posterior": (mixture.posterior(_tall(points), LAMS[:, None, None])[..., s.c], ("lam", "y", "x")),
        },
        labels={"class": CLASS_NAMES},
        meta={"extent": [-half, half, -half, half]},
    )


def particle_sweep(s: Field) -> Sweep:
    """The particle, kept in view: its guided path for each of TRAIL_W, and the fields where it is over lam.

    Arrays: drop [xy]; trails [trail, step, xy], the probability-flow ODE from s.at to LAM_MAX (constant where it is
    there); point_base, point_push [lam, xy], base_1, base_2, push_1, push_2 [lam] one by one, the guided field being
    base + w push; point_prob [lam], p_lam(c|z).
    """
    edge = 0.96 * half_range(s.gaussians)
    at = np.clip([s.z1, s.z2], -edge, edge)
    base, push = (field[:, 0] for field in _guided_pair(s, at[None]))
    start: Array = np.broadcast_to(at, (len(TRAIL_W), 2))
    if s.at < LAM_MAX - 1e-6:
        path = lam_grid(PATH_STEPS, s.at, LAM_MAX)
        eps = guided(s.gaussians, s.c, np.asarray(TRAIL_W), s.rule, path, **s.params)
        trails = np.stack([step.z for step in walk("heun", eps, path, seeded_noise(0, (1,)), start=start)], axis=1)
    else:
        trails = np.repeat(start[:, None], 2, axis=1)
    return Sweep(
        axes={"lam": LAMS},
        arrays={
            "drop": (at, ("xy",)),
            "trails": (trails, ("trail", "step", "xy")),
            "point_base": (base, ("lam", "xy")),
            "point_push": (push, ("lam", "xy")),
            **{f"base_{i + 1}": (base[:, i], ("lam",)) for i in range(2)},
            **{f"push_{i + 1}": (push[:, i], ("lam",)) for i in range(2)},
            "point_prob": (s.gaussians.posterior(np.broadcast_to(at, (len(LAMS), 2)), LAMS)[:, s.c], ("lam",)),
        },
        labels={"trail": tuple(f"w = {w:g}" for w in TRAIL_W)},
    )


def _tall(points: Array) -> Array:
    """The same points at every lam."""
    return np.broadcast_to(points, (len(LAMS), *points.shape))


def _shown(s: Field, eps: Array) -> Any:
    """eps or score, as the settings say, from eps [lam, ..., 2]."""
    return eps if s.arrows == "eps" else score_from_eps(eps, LAMS.reshape(-1, *[1] * (eps.ndim - 1)))


def _guided_pair(s: Field, points: Array) -> tuple[Array, Array]:
    """(base, push) at points [n, 2] for every lam, the guided field being base + w push: two [lam, n, 2]."""
    twice, w, path = np.broadcast_to(points, (2, *points.shape)), np.array([[0.0], [1.0]]), lam_grid(32)
    each = [guided(s.gaussians, s.c, w, s.rule, path, **s.params)(twice, float(lam)) for lam in LAMS]  # without a past
    fields = _shown(s, np.stack(each))  # [lam, 2, n, 2]
    return fields[:, 0], fields[:, 1] - fields[:, 0]
