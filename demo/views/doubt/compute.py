"""What the view "Classifier's doubt" shows: guided samples as the guiding classifier, another and the truth see them.

Three guides sample one class of the three Gaussians at every w: a trained classifier, classifier-free guidance with the
learned network, and exact classifier-free guidance. The same three judges then say how sure they are of that class:
the guiding classifier, one of the same size trained on other points from another seed, and the exact posterior. What
the first is surer of than the others, where it guided and not elsewhere, is the adversarial part.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfg_core.density import grid
from cfg_core.guidance import Model
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.nets.toys import accuracy, load_judge, load_plain
from cfg_core.process import diffuse, lam_grid
from cfg_core.samplers import sample
from demo.scene import CLASS_NAMES
from demo.sweep import Sweep
from demo.views.doubt.settings import GUIDES, Doubt

Array = NDArray[np.float64]

W_GRID = np.array([-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10.0])
LAM_MIN, LAM_MAX = -8.0, 10.0  # of sampling: networks are trained well within; the judges look at lam = LAM_MAX
STEPS = 24
POINTS = 300
LAMS = np.linspace(-4.0, 8.0, 25)  # at which gradients are compared; a slider stops at each
HALF = 8.0  # half the side of the square that is looked at


def guided_samples(
    model: Model, c: int, w: Array, rule: str = "cfg", classifier: Any = None, points: int = POINTS, seed: int = 0
) -> Array:
    """Samples of class c by Heun's method from the same noises at every w [W]: [W, points, 2]."""
    lams = lam_grid(STEPS, LAM_MIN, LAM_MAX)
    return sample(model, c, w, points, rule=rule, lams=lams, seed=seed, classifier=classifier)


@lru_cache(maxsize=32)
def samples_of(guide: str, c: int, size: int, base: str) -> Array:
    """Samples [W_GRID, POINTS, 2] of class c under that guide: of classifier guidance with the shipped classifier of
    `size` training points on the exact base model, or of classifier-free guidance.
    """
    if guide == "exact":
        return guided_samples(three_gaussians(), c, W_GRID)
    if guide == "learned":
        return guided_samples(load_plain(0.1), c, W_GRID)
    rule = "classifier_u" if base == "unconditional" else "classifier"
    return guided_samples(three_gaussians(), c, W_GRID, rule, load_judge(size, "guide"))


def judged(x: Array, c: int, judges: dict[str, Any]) -> dict[str, Array]:
    """Mean p(c|x) of clouds x [W, n, 2] by each judge, and how far the first is from the others.

    `judge` [W] for each of the judges; gap_judge, se_judge [W] for all but the first: the mean of the first's p(c|x)
    less that judge's, and its standard error over the (paired) samples.
    """
    of = {name: judge.posterior(x, LAM_MAX)[..., c] for name, judge in judges.items()}
    first, *others = of
    out = {name: p.mean(-1) for name, p in of.items()}
    for name in others:
        gap = of[first] - of[name]
        out[f"gap_{name}"] = gap.mean(-1)
        out[f"se_{name}"] = gap.std(-1, ddof=1) / np.sqrt(gap.shape[-1])
    return out


def compute(s: Doubt) -> Sweep:
    """Everything in the view.

    samples [w, point, xy] of the chosen guide; own, other, exact [w], the judges' mean p(c|x) of them; gap_* and se_*,
    in percentage points; for every guide g: of_g_exact, of_g_other [w], the same gaps. clean, truth [y, x]: the
    classifier's and the true p(c|x); then over LAMS field, field_truth [lam, y, x] and push, push_exact [lam, arrow,
    xy], the gradients of their logarithms, off [lam] their distance relative to the exact one where the data are;
    right, bayes [one], the share that the classifier and Bayes get right of clean points.
    """
    mixture, size, c, base = three_gaussians(), int(s.size), s.c, s.base
    judges = {"own": load_judge(size, "guide"), "other": load_judge(size, "judge"), "exact": mixture}
    x = samples_of(s.guide, c, size, base)
    arrays: dict[str, Any] = {"samples": (x, ("w", "point", "xy")), "weight": (W_GRID, ("w",))}
    for name, values in judged(x, c, judges).items():
        points = 100 if name.startswith(("gap_", "se_")) else 1
        arrays[name] = points * values, ("w",)
    for g in GUIDES:
        seen = judged(samples_of(g, c, size, base), c, judges)
        for name in ("exact", "other"):
            arrays[f"of_{g}_{name}"] = 100 * seen[f"gap_{name}"], ("w",)
    measured = accuracy(judges["own"], mixture, LAM_MAX)
    for name in ("right", "bayes"):
        arrays[name] = np.array([measured[name]]), ("one",)
    arrays.update(_gradients(judges["own"], mixture, c))
    gaps = [values for name, (values, _) in arrays.items() if name.startswith("of_")]
    meta = {
        "extent": [-HALF, HALF, -HALF, HALF],
        "gaps": [float(np.min(gaps)), float(np.max(gaps))],
    }
    return Sweep({"w": W_GRID, "lam": LAMS}, arrays, {"class": CLASS_NAMES}, meta)


def _gradients(classifier: Any, mixture: GaussianMixture, c: int, cells: int = 36, arrows: int = 14) -> dict[str, Any]:
    """The classifier's and the true p(c|z) and gradients of their logarithms, over LAMS."""
    points = grid((-HALF, HALF), (-HALF, HALF), cells)
    seats = grid((-HALF, HALF), (-HALF, HALF), arrows).reshape(-1, 2)
    tall, lams = np.broadcast_to(points, (len(LAMS), *points.shape)), LAMS[:, None, None]
    at = np.broadcast_to(seats, (len(LAMS), *seats.shape))
    x, _ = mixture.sample(1000, np.random.default_rng(0), c)
    z = diffuse(x, lams, np.random.default_rng(1).standard_normal(x.shape))
    mine, exact = (model.grad_log_posterior(z, LAMS[:, None], c) for model in (classifier, mixture))
    fine = grid((-HALF, HALF), (-HALF, HALF), 72)
    return {
        "clean": (classifier.posterior(fine, LAM_MAX)[..., c], ("y", "x")),
        "truth": (mixture.posterior(fine, LAM_MAX)[..., c], ("y", "x")),
        "field": (classifier.posterior(tall, lams)[..., c], ("lam", "y", "x")),
        "field_truth": (mixture.posterior(tall, lams)[..., c], ("lam", "y", "x")),
        "seats": (seats, ("arrow", "xy")),
        "push": (classifier.grad_log_posterior(at, LAMS[:, None], c), ("lam", "arrow", "xy")),
        "push_exact": (mixture.grad_log_posterior(at, LAMS[:, None], c), ("lam", "arrow", "xy")),
        "off": (np.sqrt(((mine - exact) ** 2).sum((1, 2)) / (exact**2).sum((1, 2))), ("lam",)),
    }
