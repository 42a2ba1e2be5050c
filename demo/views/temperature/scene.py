"""What "Temperature" draws: a softmax, a mixture, one Gaussian."""

from __future__ import annotations

from demo.scene import Layer, Panel, Scene, axis, contour, curve, dot, line, points
from demo.sweep import Sweep
from demo.views.temperature.settings import Temperature

COLORS = ("A", "B", "C", "guided", "diff")  # of the bars' curves
# method: colour, title of its panel, its name in a sentence
METHODS = {
    "score_sde": ("A", "Score × 1/T, through the SDE", "score × 1/T, SDE"),
    "score_ode": ("diff", "Score × 1/T, through the ODE", "score × 1/T, ODE"),
    "noise": ("C", "Sampling noise × √T", "noise × √T"),
    "guidance": ("guided", "Guidance with scale 1 + w = 1/T", "guidance"),
}
GUIDE = " with w = {guide_w:3g} (scale {guide_scale:3g})"  # 1 + w = 1/T
LEVELS = (-8.0, -4.5, -2.0, -0.5)  # of a log density below its maximum: 4, 3, 2 and 1 standard deviations


def softmax_scene(sweep: Sweep, s: Temperature) -> Scene:
    """Bars at T, and probabilities and entropy against T with moving dots."""
    logits, curves = s.logits, list[Layer]()
    for i, z in enumerate(logits):
        at = ("temperature", f"p_{i + 1}", COLORS[i])
        curves += [curve(f"logit {_signed(z)}", *at), dot(*at, size=4)]
    share = ("temperature", "entropy_share", "ink")
    curves += [curve("entropy / log n", *share, dash=[5, 4]), dot(*share)]
    parts = ", ".join(f"[{COLORS[i]}]{{p_{i + 1}:1%}}[/] for logit {_signed(z)}" for i, z in enumerate(logits))
    return {
        "panels": [
            {
                "id": "bars",
                "title": "p ∝ exp(logit / T)",
                "source": "exact",
                "x": axis(0.4, len(logits) + 0.6, "choice"),
                "y": axis(0, 1.02, "probability"),
                "layers": [line("", "bars", "A", fill=0.55, width=1.5)],
            },
            {
                "id": "against",
                "title": "Probabilities and entropy as T runs from 0.05 to 5",
                "source": "exact",
                "x": axis(0, 5, "temperature T"),
                "y": axis(0, 1.02, "probability"),
                "layers": curves,
            },
        ],
        "caption": [
            f"At T = {{T}}: {parts}; entropy {{entropy:3g}} nats, {{entropy_share:0%}} of the most there can be."
        ],
        "beside": ["against"],
        "alt": "Bars of a softmax, and their heights against the temperature.",
    }


def mixture_scene(sweep: Sweep, s: Temperature) -> Scene:
    """Four panels, one for each method, each with p^(1/T)."""
    panels = [_line(sweep, name) if s.dim == 1 else _plane(sweep, name) for name in METHODS]
    rows = [f"{_named(key)}: {{share_{key}:1%}} of the samples, with width {{width_{key}:3g}}." for key in METHODS]
    return {
        "panels": panels,
        "caption": [
            "At T = {T} the true p^(1/T) has {share_true:1%} of its mass on class A's side (where p(A|x) > ½), "
            "with width {width_true:3g} there.",
            *rows,
        ],
        "beside": ["bells"],
        "alt": "Samples of four methods beside the density p to the power 1/T.",
    }


def _line(sweep: Sweep, name: str) -> Panel:
    color, title, _ = METHODS[name]
    half = sweep.meta["extent"][1]
    return {
        "id": name,
        "title": title,
        "source": "exact",
        "x": axis(-half, half, "x"),
        "y": axis(0, round(min(2.2, 1.25 * float(sweep["top"])), 2)),
        "layers": [
            line("p(x)", "plain", "uncond", width=1.2),
            line("samples", f"hist_{name}", color, width=1, fill=0.4),
            line("true p^(1/T)", "true", "ink", width=2),
        ],
    }


def _plane(sweep: Sweep, name: str) -> Panel:
    color, title, _ = METHODS[name]
    extent = sweep.meta["extent"]
    return {
        "id": name,
        "title": title,
        "source": "exact",
        "aspect": "equal",
        "x": axis(extent[0], extent[1], "x₁"),
        "y": axis(extent[2], extent[3], "x₂"),
        "layers": [
            contour("true p^(1/T); dots are samples", "log_true", extent, "ink", levels=LEVELS, relative="max"),
            points("", f"samples_{name}", color=color, size=2, opacity=0.7),
        ],
    }


def gaussian_scene(sweep: Sweep, s: Temperature) -> Scene:
    """Standard deviation against T, formula and measured, and the Gaussians themselves."""
    width, spread, bells = s.width, list[Layer](), list[Layer]()
    for key, (color, _, name) in METHODS.items():
        spread += [
            curve(name, "temperature", f"sd_{key}", color),
            dot("temperature", f"root_{key}", color),
        ]
        bells.append(line(name, f"curve_{key}", color))
    spread.append(curve("true p^(1/T)", "temperature", "sd_true", "ink", dash=[5, 4]))
    bells.append(line("true p^(1/T)", "curve_true", "ink", dash=[5, 4]))

    noise = f"from lam min = {_signed(s.lam_min)} it is"

    def row(key: str, formula: str) -> str:
        return f"{_named(key)}: {formula} {{var_{key}:3g}}, measured {{got_{key}:3g}}."

    return {
        "panels": [
            {
                "id": "spread",
                "title": "Standard deviation of the samples: formula (line) and measured (dot)",
                "source": "exact",
                "x": axis(0.25, 1.6, "temperature T"),
                "y": axis(0, 2.2 * width, "standard deviation"),
                "layers": spread,
            },
            {
                "id": "bells",
                "title": "The densities by formula",
                "source": "exact",
                "x": axis(-4 * width, 4 * width, "x"),
                "y": axis(0, 1.4 / width),
                "layers": bells,
            },
        ],
        "caption": [
            f"At T = {{T}}, on N(0, s²) with s = {width:g}, the true p^(1/T) has variance T s² = {{var_true:3g}}.",
            row("score_sde", f"variance s²/(2/T − 1) = {{limit:3g}}, {noise}"),
            row("score_ode", f"variance 0 below T = 1 and infinite above, {noise}"),
            row("noise", f"variance T s², {noise}"),
            row("guidance", "a lone class stays as it is, s² ="),
        ],
        "alt": "Standard deviation against temperature of four methods on one Gaussian, and their densities.",
    }


def _named(key: str) -> str:
    """A method's name in its colour, with its weight where it has one."""
    color, _, name = METHODS[key]
    return f"[{color}]{name}[/]" + (GUIDE if key == "guidance" else "")


def _signed(x: float) -> str:
    return f"{x:g}".replace("-", "−")
