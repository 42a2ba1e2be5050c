"""What the scripts of "One line" sample, by this project's own sampler on the noises that torch gives them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cfg_core.density import grid
from cfg_core.guidance import guided
from cfg_core.moments import reach
from cfg_core.process import lam_grid
from cfg_core.samplers import Noise, final, walk
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.one_line.settings import OneLine
from demo.views.one_line.snippets import N

Array = NDArray[np.float64]

W_STOPS = np.round(np.arange(-10, 101) / 10, 1)  # every position of the slider, so that nothing is read between two
DRAWN = 200  # points that are drawn


def torch_noise(seed: int, n: int) -> Noise:
    """What `torch.manual_seed(seed)` and one `torch.randn(n, 2)` after another give in float64, without loading torch.

    torch's generator for the processor is MT19937; randn takes 53 of every 64 bits as uniform numbers and turns them to
    normal ones (Box & Muller 1958) in blocks of 16, so 2 n must be a multiple of 16.
    """
    if n % 8:
        raise ValueError("n must be a multiple of 8")
    words = np.random.RandomState(seed)
    draws: list[Array] = []

    def noise(i: int) -> Array:
        while len(draws) <= i:
            high, low = words.randint(0, 2**32, (2 * n, 2), dtype=np.uint64).T
            u = ((high << np.uint64(32) | low) & np.uint64(2**53 - 1)) * 2.0**-53
            first, second = u.reshape(-1, 2, 8).swapaxes(0, 1)
            radius, angle = np.sqrt(-2 * np.log1p(-first)), 2 * np.pi * second
            draws.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(n, 2))
        return draws[i]

    return noise


def outcome_sweep(s: OneLine, cells: int = 48) -> Sweep:
    """What the exact script samples, by this project's own sampler on the noises that torch gives it, for every w.

    Arrays: samples [w, point, xy], the first of them; mean_x, mean_y, spread [w], what it prints; log_pxc and log_p
    [y, x], the class's density and the whole mixture's. The network's script approximates the same.
    Unconditional and conditional scripts do not depend on w, and neither do their arrays.
    """
    noise = torch_noise(s.seed, N)
    mixture, lams = s.gaussians, lam_grid(s.steps)
    half = float(np.ceil(1.4 * reach(mixture, 3)))  # w carries samples beyond the classes
    w = {"unconditional": 0 * W_STOPS - 1, "conditional": 0 * W_STOPS, "guided": W_STOPS}[s.step]
    rule = s.rule if s.step == "guided" else "cfg"
    one = np.unique(w)
    start = np.broadcast_to(noise(0), (len(one), N, 2))
    eps = guided(mixture, s.c, one[:, None], rule, lams)
    x = final(walk(s.sampler, eps, lams, noise, start=start))[np.searchsorted(one, w)]  # [w, point, xy]
    points = grid((-half, half), (-half, half), cells)
    return Sweep(
        axes={"w": W_STOPS},
        arrays={
            "samples": (x[:, :DRAWN], ("w", "point", "xy")),
            "mean_x": (x[..., 0].mean(-1), ("w",)),
            "mean_y": (x[..., 1].mean(-1), ("w",)),
            "spread": (np.sqrt(x.var(axis=-2, ddof=1).mean(-1)), ("w",)),
            "log_pxc": (mixture.log_density(points, c=s.c), ("y", "x")),
            "log_p": (mixture.log_density(points), ("y", "x")),
        },
        labels={"class": CLASS_NAMES},
        meta={"extent": [-half, half, -half, half]},
    )
