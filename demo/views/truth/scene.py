"""What "Target & truth" draws: three laws, the gap, one Gaussian, small steps, more dimensions."""

from __future__ import annotations

from typing import Any

from demo.scene import (
    NOT_DRAWN,
    Axis,
    Layer,
    Panel,
    Scene,
    arrows,
    axis,
    curve,
    dot,
    heat,
    line,
    linear,
    log_contour,
    path,
    picked,
    plane,
    points,
)
from demo.sweep import Sweep
from demo.views.truth.one_gaussian import BATCHES, SAMPLES, C
from demo.views.truth.settings import GAP, LAWS, ONE, STEPS, Truth

CLOSE = 0.05  # an error in law that the sentence on steps calls close
WAYS = {
    "ode": ("guided ODE (Heun)", "guided"),
    "sde": ("ancestral", "uncond"),
    "corrected": ("corrected", "C"),
}


def scene(sweep: Sweep, s: Truth) -> Scene:
    """The scene of the view that is chosen."""
    scenes = {LAWS: laws_scene, GAP: gap_scene, ONE: gaussian_scene, STEPS: steps_scene}
    return scenes.get(s.view, dimensions_scene)(sweep, s)


def _laws_plane(sweep: Sweep, s: Truth) -> Panel:
    extent, (x, y), reach = sweep.meta["extent"], sweep.meta["around"], sweep.meta["reach"]
    target = linear("log_pxc", "log_pcx")
    return {
        "id": "plane",
        "title": f"Class {s.letter}: the target, and three ways to sample",
        "source": "exact",
        "aspect": "equal",
        "x": axis(x - reach, x + reach, "x₁"),
        "y": axis(y - reach, y + reach, "x₂"),
        "layers": [
            *(
                points(f"{name} samples", key, color=color, size=1.9, opacity=0.6, toggle=True)
                for key, (name, color) in WAYS.items()
            ),
            log_contour("target (tilt)", target, extent, "cond", width=2, toggle=True),
            log_contour(
                "exact density of the ODE", "log_actual", extent, "guided", dash=[5, 4], width=1.6, toggle=True
            ),
        ],
    }


def _laws_means(sweep: Sweep) -> Panel:
    """The mean of the target and of each law, outward, over w."""
    low = min(0.0, float(sweep["out_ode"].min())) - 0.1
    top = 1.06 * max(float(sweep[f"out_{name}"].max()) for name in ("target", *WAYS))
    laws = [curve(name, "w_axis", f"out_{key}", color) for key, (name, color) in WAYS.items()]
    curves = [curve("target", "w_axis", "out_target", "cond", dash=[5, 4]), *laws]
    return {
        "id": "means",
        "title": "Mean distance out from the centre, over w",
        "source": "exact",
        "aspect": "free",
        "x": axis(-1, 10, "guidance weight w"),
        "y": axis(low, top, "mean, outward"),
        "layers": [*curves, *(dot(c["x"], c["y"], c["color"]) for c in curves)],
    }


def laws_scene(sweep: Sweep, s: Truth) -> Scene:
    """The plane, the means over w, and the effective sample size along lam."""
    said = "; ".join(f"[{color}]{name} {{out_{key}:2f}}[/] ({{sd_{key}:2f}})" for key, (name, color) in WAYS.items())
    said += ", ± {se_out:3f} (± {se_sd:3f})"  # of the corrected ones
    moved = (
        "At each noise level a Langevin step (some score, some noise) leads them back to the target."
        if s.langevin
        else "Without the Langevin step the weights only choose among particles that guidance has carried too far."
    )
    return {
        "panels": [
            _laws_plane(sweep, s),
            _laws_means(sweep),
            {
                "id": "ess",
                "title": "How even the weights are: effective sample size of the first batch",
                "source": "exact",
                "aspect": "free",
                "x": axis(-12, 12, "lam, from noise to data"),
                "y": axis(0, 1.04, "since the last resampling"),
                "layers": [line("share", "ess", "C", width=2)],
            },
        ],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) the target's mean lies [cond]{{out_target:2f}}[/] out from the centre "
            f"(spread {{sd_target:2f}}). The samples' means (and spreads): {said}.",
            f"The {s.particles:,} corrected particles carry weights, in {BATCHES} batches that share nothing: ± is the "
            "standard error from these. A batch is resampled when its effective size falls below half, the first one "
            "{resampled:0f} times here, at worst at {ess_least:0%}. That says how even the weights are since the last "
            f"time; it counts no independent samples, since copies of one particle are alike. {moved}",
            f"A step that would lose too many of them at once is taken in halves: {s.steps} steps became "
            f"{sweep.meta['moves']} moves.",
            NOT_DRAWN,
        ],
        "beside": ["means", "ess"],
        "alt": "Samples of the guided ODE, of ancestral sampling and of the corrected sampler over the tilted target.",
    }


def gap_scene(sweep: Sweep, s: Truth) -> Scene:
    """The log ratio as a heat map with its gradient, at the present w and lam."""
    extent = sweep.meta["extent"]
    ratio = heat("log ratio", "log_ratio", extent, map="diverging", color="guided", symmetric="colour", toggle=True)
    lack = arrows("what the guided score lacks", "at", "gap", "ink", scale="auto", width=1.4, toggle=True)
    return {
        "panels": [
            {
                "id": "gap",
                "title": "log of the noised tilt over what guidance follows, and its gradient",
                "source": "exact",
                **plane(extent[1], "z"),
                "layers": [ratio, lack],
            }
        ],
        "caption": [
            "At w = {w} (scale 1 + w = {s}) and lam = {lam} the guided score, of size {score_rms:2f}, is "
            "{gap_rms:2f} away from the score of the noised tilt (root mean square under the tilt).",
            "Arrows: what the guided score lacks to follow the target. At w = 0 and w = −1 it lacks nothing.",
            "Colour: log E[p(c|x)^(1+w) | z] − (1+w) log E[p(c|x) | z], never negative for w ≥ 0. The arrows are its "
            "gradient. Full colour is ±{colour:2g}.",
        ],
        "alt": "Heat map of the log ratio of the noised tilt to the guided density, with arrows of its gradient.",
    }


GAUSSIAN_LAWS = (("tilt", "target", "cond"), ("sde", "SDE", "uncond"), ("ode", "ODE", "guided"))


def gaussian_scene(sweep: Sweep, s: Truth) -> Scene:
    """Densities by formula with measured histograms, means and variances over w: lines by formula, dots measured."""
    shape, means, variances = list[Layer](), list[Layer](), list[Layer]()
    for key, name, color in GAUSSIAN_LAWS:
        shape += [
            line(f"{name} measured", f"histogram_{key}", color, width=1, fill=0.15, toggle=True),
            line(f"{name} by formula", f"density_{key}", color, width=2.2, toggle=True),
        ]
        for layers, what in ((means, "mean"), (variances, "var")):
            layers += [
                curve(name, "w_axis", f"{what}_{key}", color),
                dot("coarse_axis", f"got_{what}_{key}", color),
            ]
    said = "; ".join(f"[{color}]{name}[/] {{mean_{key}:3f}}, {{var_{key}:3f}}" for key, name, color in GAUSSIAN_LAWS)
    measured = "; ".join(
        f"[{color}]{name}[/] {{got_mean_{key}:3f}} ± {{se_mean_{key}:3f}}, {{got_var_{key}:3f}} ± {{se_var_{key}:3f}}"
        for key, name, color in GAUSSIAN_LAWS
    )
    top = 1.1 * max(float(sweep[f"mean_{key}"].max()) for key, _, _ in GAUSSIAN_LAWS)

    def panel(name: str, title: str, x: Axis, y: Axis, layers: list[Layer]) -> Panel:
        return {"id": name, "title": title, "source": "exact", "x": x, "y": y, "layers": layers}

    over = axis(-1, 10, "guidance weight w")
    return {
        "panels": [
            panel("shape", "Three laws of x", axis(-3, 3 * C + 3, "x"), axis(0, 2.0, "density"), shape),
            panel("mean", "Mean: formula (line) and measured (dot)", over, axis(-0.1, top, "mean"), means),
            panel("variance", "Variance: formula (line) and measured (dot)", over, axis(0, 2.1, "variance"), variances),
        ],
        "caption": [
            f"Mean and variance at w = {{w}} (scale 1 + w = {{s}}): {said}.",
            f"Measured: {measured}. The class is p(x|c) = N({C:g}, 1), and p(x) = N(0, 2).",
            f"On {SAMPLES:,} samples, {s.steps} steps: the tilt by the corrected "
            f"sampler, the SDE by ancestral sampling (v = 1), the ODE by Heun; ± from {BATCHES} batches each.",
        ],
        "beside": ["mean", "variance"],
        "alt": "Densities of the tilted target, the guided SDE and the guided ODE with measured histograms.",
    }  # fmt: skip


SAMPLER_COLORS = {"ancestral": "uncond", "ddim": "cond", "heun": "guided", "dpmpp_2m": "C", "euler": "B"}


def steps_scene(sweep: Sweep, s: Truth) -> Scene:
    """A panel for each w: error in law against steps, both as powers, one line a sampler."""
    panels: list[Panel] = []
    errors = sweep.meta["errors"]
    for j, w in enumerate(errors.w):
        lines: list[Layer] = [
            path(name, picked("error", sampler=i, w_index=j), SAMPLER_COLORS[name], width=2)
            for i, name in enumerate(sweep.labels["sampler"])
        ]
        panels.append(
            {"id": f"w{w:g}", "title": f"w = {w:g} (scale {1 + w:g})", "source": "exact", 
             "x": axis(1.7, 7.3, "log₂ of the steps"), "y": axis(-5, 1, "log₁₀ of the error"),
             "layers": lines}
        )  # fmt: skip
    return {
        "panels": panels,
        "caption": _on_steps(errors),
        "beside": [panels[0]["id"]],
        "alt": "Error of five samplers against their number of steps, at five guidance weights, on logarithmic axes.",
    }


def _on_steps(errors: Any) -> list[str]:
    """What each sampler needs to come close, in words."""
    words = []
    for w in errors.w:
        parts = []
        for sampler in errors.samplers:
            if sampler != "ancestral":
                steps = errors.needed(sampler, w, CLOSE)
                parts.append(f"{sampler} " + (f"{steps} steps" if steps else f"more than {errors.steps[-1]}"))
        words.append(f"At w = {w:g} (scale {1 + w:g}) an error of {CLOSE} takes {', '.join(parts)}.")
    floor = f"{errors.floor.min():.2f} to {errors.floor.max():.2f}"
    return [
        f"{words[3]} Each panel has its own w; the slider does not count here.",
        " ".join(words[:3] + words[4:]),
        f"Error: sliced 2-Wasserstein distance (how far apart two clouds are) of {errors.points} samples from the "
        "sampler's own limit: a fine Heun run from the same noises, or a fine ancestral run from others. Two "
        f"independent draws differ by {floor}: ancestral sampling cannot come nearer. A step of Heun evaluates the "
        "field twice.",
    ]


def dimensions_scene(sweep: Sweep, s: Truth) -> Scene:
    """The overshoot over the number of dimensions at the present w."""
    dims = sweep.meta["dims"]
    return {
        "panels": [
            {
                "id": "dims",
                "title": "How far the guided ODE's mean lies beyond the target's, as a share of the way to the class",
                "source": "exact",
                "aspect": "free",
                "x": axis(-0.3, 7.3, "log₂ of the number of dimensions D"),
                "y": axis(-0.4, 2.3, "overshoot / distance of the class"),
                "layers": [path("overshoot", "overshoot", "guided", width=2.4)],
            }
        ],
        "caption": [
            "At w = {w} (scale 1 + w = {s}) the guided mean lies beyond the target's by {over_2:0%} of the distance of "
            f"the class in 2 dimensions, by {{over_16:0%}} in 16 and by {{over_{dims[-1]}:0%}} in {dims[-1]}.",
            "Two classes at ±m, unit variance, every coordinate of m equal to 0.75: each dimension adds the same "
            "evidence. As a share of the way the overshoot falls; in units of the class's "
            "own spread it is {sds_2:2f}, {sds_16:2f} and {sds_128:2f} in 2, 16 and 128 dimensions.",
        ],
        "alt": "Relative overshoot of guided sampling against the number of dimensions.",
    }
