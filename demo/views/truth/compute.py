"""Target and truth: the tilted density, what guided sampling yields instead, the gap between, and the way back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cfg_core.corrected import Weighted, corrected, standard_error, systematic
from cfg_core.density import (
    NoisedTilt,
    drawn,
    grid,
    guided_log_density,
    quadrature,
    tilt_nodes,
    tilted_log_density,
    tilted_moments,
)
from cfg_core.guidance import guided
from cfg_core.mixture import GaussianMixture
from cfg_core.moments import outward, reach
from cfg_core.process import lam_grid
from cfg_core.samplers import final, seeded_noise, walk
from cfg_core.targets import FAINTEST
from demo.fields import W_WHOLE
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.truth.one_gaussian import BATCHES, one_gaussian_sweep
from demo.views.truth.settings import GAP, LAWS, ONE, STEPS, Truth
from demo.views.truth.step_error import errors_sweep, step_errors

Array = NDArray[np.float64]

LANGEVIN = 0.2  # noise to score, of the corrected sampler's Langevin steps
DRAWN, PLAIN = 400, 2000  # samples of each law on the screen; of the two plain samplers, whose weights are even


def compute(s: Truth) -> Sweep:
    """The sweep of the view that is chosen."""
    if s.view == GAP:
        return gap_sweep(s)
    if s.view == ONE:
        return one_gaussian_sweep(s.steps, s.seed)
    if s.view == STEPS:
        return errors_sweep(step_errors(s.gaussians, s.c, seed=s.seed))
    return laws_sweep(s) if s.view == LAWS else overshoot_sweep(seed=s.seed)


def laws_sweep(s: Truth, cells: int = 56) -> Sweep:
    """The target and three ways of sampling, of one class, over w; each law's mean and spread outward.

    "Outward" is the coordinate from the centre through the class's mean. log_pxc, log_pcx [y, x]: their sum with weight
    w is the target. log_actual [w, y, x] of the guided ODE, NaN where its mass on the grid is off 1 by actual_off [w].
    ode, sde, corrected [w, point, xy], the last resampled. out_NAME, sd_NAME [w] of target and of each law; se_out,
    se_sd [w], standard errors of the corrected ones. Of the first batch ess [w, step, 2]: (lam, size), and ess_least,
    resampled [w].
    """
    mixture, w = s.gaussians, W_WHOLE
    direction = outward(mixture, s.c)
    plain, (last, lams, ess) = _plain_samples(s), _corrected_run(s)
    se_out, se_sd = map(standard_error, _moments(last.x @ direction, np.exp(last.log_weight)))
    x, log_weight = (
        np.concatenate(last.x, axis=1),
        np.concatenate(last.log_weight, axis=1),
    )  # [w, point, xy], [w, point]
    even = np.stack([some[systematic(log, 0.5)] for some, log in zip(x, log_weight, strict=True)])
    moments = {
        "target": _target_moments(mixture, s.c, direction, w),
        **{name: _moments(x @ direction, np.full(x.shape[:2], 1 / x.shape[1])) for name, x in plain.items()},
        "corrected": _moments(x @ direction, np.exp(log_weight) / BATCHES),
    }
    low = min(float((m - 2.5 * sd).min()) for m, sd in moments.values())
    high = max(float((m + 3.5 * sd)[w >= 0].max()) for m, sd in moments.values())
    half = float(np.ceil(2 * max(reach(mixture, 4.5), high) - 1e-9) / 2)
    points = grid((-half, half), (-half, half), cells)
    coarse = grid((-half, half), (-half, half), 40)
    actual = guided_log_density(mixture, np.broadcast_to(coarse, (len(w), *coarse.shape)), s.c, w[:, None, None])
    actual, off = drawn(actual, (half / 20) ** 2)
    return Sweep(
        axes={"w": w},
        arrays={
            "log_actual": (np.maximum(actual, FAINTEST), ("w", "y", "x")),
            "actual_off": (off, ("w",)),
            **{name: (x[:, :DRAWN], ("w", "point", "xy")) for name, x in plain.items()},
            "corrected": (even[:, :: max(1, s.particles // DRAWN)][:, :DRAWN], ("w", "point", "xy")),
            **_sample_sizes(last, lams, ess),
            "se_out": (se_out, ("w",)),
            "se_sd": (se_sd, ("w",)),
            "log_pxc": (mixture.log_density(points, c=s.c), ("y", "x")),
            "log_pcx": (mixture.log_posterior(points)[..., s.c], ("y", "x")),
            **{f"out_{name}": (mean, ("w",)) for name, (mean, _) in moments.items()},
            **{f"sd_{name}": (sd, ("w",)) for name, (_, sd) in moments.items()},
            "w_axis": (w, ("w",)),
        },
        labels={"class": CLASS_NAMES},
        meta={
            "extent": [-half, half, -half, half],
            "around": ((low + high) / 2 * direction).tolist(),  # a square that holds the samples
            "reach": (high - low) / 2,
            "moves": len(lams) - 1,  # of the corrected particles
        },
    )


def _plain_samples(s: Truth) -> dict[str, Array]:
    """What the guided ODE and ancestral sampling yield from the same noises: [w, point, xy] each."""
    eps, noise = guided(s.gaussians, s.c, W_WHOLE[:, None]), seeded_noise(s.seed, (min(PLAIN, s.particles), 2))
    start = np.broadcast_to(noise(0), (len(W_WHOLE), *noise(0).shape))
    return {
        "ode": final(walk("heun", eps, lam_grid(48), noise, start=start)),
        "sde": final(walk("ancestral", eps, lam_grid(s.steps), noise, v=1.0, start=start)),
    }


def _corrected_run(s: Truth) -> tuple[Weighted, Array, Array]:
    """Batches of corrected particles for each w: the last step [batch, w, n], all steps' lam [step], and of the first
    batch the effective sizes [w, step]."""
    each = s.particles // BATCHES
    noise = seeded_noise(s.seed, (BATCHES, 1, each, 2))
    start = np.broadcast_to(noise(0), (BATCHES, len(W_WHOLE), each, 2))
    langevin = LANGEVIN if s.langevin else 0.0
    lams, ess = list[float](), list[Array]()
    for step in corrected(
        s.gaussians, s.c, W_WHOLE[:, None], lam_grid(s.steps), noise, start=start, langevin=langevin
    ):  # their particles together would be hundreds of MB
        lams.append(step.lam)
        ess.append(step.ess[0])
    return step, np.array(lams), np.stack(ess, axis=1)


def _sample_sizes(last: Weighted, lams: Array, ess: Array) -> dict[str, tuple[Array, tuple[str, ...]]]:
    """Effective sample sizes of the first batch, along lam and at its least, and how often it was resampled."""
    curve = np.stack([np.broadcast_to(lams, ess.shape), ess], axis=-1)[:, np.abs(lams) <= 12]
    return {
        "ess": (curve, ("w", "step", "xy")),
        "ess_least": (ess.min(1), ("w",)),
        "resampled": (last.resampled[0].astype(float), ("w",)),
    }


def gap_sweep(s: Truth, cells: int = 36, arrows: int = 15) -> Sweep:
    """What guidance leaves out at each noise level: the noised tilt against the density whose score it follows.

    The tilt, noised, is p_lam(z) E[p(c|x)^{1+w} | z]; guidance follows p_lam(z) (E[p(c|x) | z])^{1+w}: the average
    before the power. Over w and lam: log_ratio [w, lam, y, x] of the first to the second (>= 0 for w >= 0, by Jensen);
    gap [w, lam, arrow, xy], its gradient, which the guided score lacks; gap_rms, score_rms [w, lam] of both under the
    noised tilt; colour [w, lam], a scale for the map. Where the noised tilt is below 1e-290 of its peak, both are 0.
    """
    lams, half = np.linspace(-6.0, 3.0, 13), float(np.ceil(2 * reach(s.gaussians, 3.5) - 1e-9) / 2)
    tilt = NoisedTilt(s.gaussians, s.c, W_WHOLE, tilt_nodes(s.gaussians, half, lams))
    maps, fields, sizes = [], [], []
    for lam in lams:
        ratio, gap, score, share = tilt.at(grid((-half, half), (-half, half), cells), float(lam))
        maps.append(ratio)
        weight = share[..., None]
        sizes.append([*(np.sqrt((weight * field**2).sum((1, 2, 3))) for field in (gap, score)),
                      (share * np.abs(ratio)).sum((1, 2))])  # fmt: skip
        coarse = tilt.at(grid((-half, half), (-half, half), arrows), float(lam))[1]
        fields.append(coarse.reshape(len(W_WHOLE), -1, 2))
    arrow_points = grid((-half, half), (-half, half), arrows).reshape(-1, 2)
    size = np.array(sizes)  # [lam, 3, w]
    log_ratio = np.stack(maps, axis=1)
    return Sweep(
        axes={"w": W_WHOLE, "lam": lams},
        arrays={
            "colour": (4 * size[:, 2].T.clip(0.01), ("w", "lam")),
            "log_ratio": (log_ratio, ("w", "lam", "y", "x")),
            "gap": (np.stack(fields, axis=1), ("w", "lam", "arrow", "xy")),
            "gap_rms": (size[:, 0].T, ("w", "lam")),
            "score_rms": (size[:, 1].T, ("w", "lam")),
            "at": (arrow_points, ("arrow", "xy")),
        },
        meta={"extent": [-half, half, -half, half]},
    )


def _moments(x: Array, weights: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of [..., w, n] under weights [..., w, n] that sum to 1."""
    mean = (weights * x).sum(-1)
    return mean, np.sqrt((weights * (x - mean[..., None]) ** 2).sum(-1))


def _target_moments(mixture: GaussianMixture, c: int, direction: Array, w: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the tilted target along a direction, at every w: two [W]."""
    _, mean, cov = tilted_moments(mixture, *quadrature(mixture, reach(mixture, 8), 160), c, w)
    return mean @ direction, np.sqrt(direction @ cov @ direction)


def overshoot_sweep(dims: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128), n: int = 2000, seed: int = 0) -> Sweep:
    """How far the guided ODE's mean lies beyond the target's, as a share of the class's distance, over dimensions.

    Two classes at ±m with |m_i| = 0.75 in each of D coordinates, unit variance: every coordinate adds the same
    evidence, so |m| = 0.75 sqrt(D). Only the coordinate along m is guided, so it alone is sampled, exactly. Arrays over
    w: overshoot [w, dim, 2]: (log2 D, share), its value at each D, over_D [w], and in units of the class's own spread,
    sds_D [w].
    """
    noise = seeded_noise(seed, (n, 1))
    share = np.empty((len(W_WHOLE), len(dims)))
    for j, d in enumerate(dims):
        far = 0.75 * np.sqrt(d)
        pair = GaussianMixture(np.array([[far], [-far]]), np.ones((2, 1, 1)), np.ones(2), np.arange(2))
        start = np.broadcast_to(noise(0), (len(W_WHOLE), n, 1))
        x = final(walk("heun", guided(pair, 0, W_WHOLE[:, None]), lam_grid(64), noise, start=start))[..., 0]
        line = np.linspace(-far - 9, far + 9, 4001)[:, None]
        step = float(line[1, 0] - line[0, 0])
        mass = np.exp(tilted_log_density(pair, line, 0, W_WHOLE, step)) * step
        share[:, j] = (x.mean(-1) - mass @ line[:, 0]) / far
    log_d = np.broadcast_to(np.log2(dims), share.shape)
    return Sweep(
        axes={"w": W_WHOLE},
        arrays={
            "overshoot": (np.stack([log_d, share], axis=-1), ("w", "dim", "xy")),
            **{f"over_{d}": (share[:, j], ("w",)) for j, d in enumerate(dims)},
            **{f"sds_{d}": (share[:, j] * 0.75 * np.sqrt(d), ("w",)) for j, d in enumerate(dims)},
        },
        meta={"dims": dims},
    )
