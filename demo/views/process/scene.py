"""What "Process" draws: the way along lam, and one step between two noise levels."""

from __future__ import annotations

from cfg_core.process import LAWS
from demo.scene import (
    Arrows,
    Dot,
    Layer,
    Panel,
    Ref,
    Scene,
    arrows,
    axis,
    curve,
    dot,
    heat,
    line,
    path,
    plane,
    points,
)
from demo.sweep import Sweep
from demo.views.process.settings import Process

KINDS = {"eps": ("guided", "ε"), "x": ("C", "x"), "v": ("diff", "v")}  # colour and symbol of each prediction
AXIS = axis(-10, 10, "lam (noise ← → clean)")


def _plane(sweep: Sweep) -> Panel:
    extent = sweep.meta["extent"]
    return {
        "id": "plane",
        "title": "z = αx + σε: every point keeps its own noise ε",
        "source": "exact",
        **plane(extent[1], "z"),
        "layers": [
            heat("density p(z)", "log_p", extent, map="density", relative="max", opacity=0.5, toggle=True),
            points("three classes", "cloud", size=1.9, opacity=0.7, toggle=True),
            path("one particle's path", "path", "ink", width=2, toggle=True),
            arrows("its velocity v", "particle", "target_v", "diff", scale=0.6, width=2.5, toggle=True),
            {"type": "marker", "xy": "particle", "label": "z"},
        ],
    }


def _targets(sweep: Sweep) -> Panel:
    """Arrows from the origin: the particle's z, tip to tail of its parts, and the three targets."""

    def arrow(name: str, at: Ref, uv: str, color: str, width: float) -> Arrows:
        return arrows(name, at, uv, color, width=width, toggle=True)

    centre: Ref = [0, 0]
    largest = max(float(abs(sweep[name]).max()) for name in ("target_x", "target_eps", "target_v", "particle"))
    half = max(1.0, 1.15 * largest)
    return {
        "id": "targets",
        "title": "The three targets of the marked particle",
        "source": "exact",
        "aspect": "equal",
        "x": axis(-half, half, "first coordinate"),
        "y": axis(-half, half, "second coordinate"),
        "layers": [
            arrow("z = αx + σε", centre, "particle", "ink", 3),
            arrow("αx", centre, "part_x", "uncond", 1.5),
            arrow("σε", "part_x", "part_eps", "uncond", 1.5),
            arrow("x", centre, "target_x", "C", 2.5),
            arrow("ε", centre, "target_eps", "guided", 2.5),
            arrow("v = αε − σx", centre, "target_v", "diff", 2.5),
        ],
    }


def _lines(
    name: str, title: str, label: str, y_range: tuple[float, float], lines: list[tuple[str, str, str]]
) -> Panel:  # fmt: skip
    """A panel of curves (array, colour, name) against lam, each with a moving dot."""
    layers: list[Layer] = []
    for array, color, words in lines:
        dash = [5.0, 4.0] if words.endswith("²") else []
        layers += [curve(words, "axis", array, color, dash=dash), dot("axis", array, color, size=4)]
    return {
        "id": name,
        "title": title,
        "source": "exact",
        "x": AXIS,
        "y": axis(*y_range, label),
        "layers": layers,
    }


def _law(sweep: Sweep, s: Process) -> Panel:
    layers: list[Layer] = [
        line(f"{s.points} draws of lam", "hist", "density", width=0.5, fill=0.45),
        *(
            line(key, f"curve_{key}", color, width=2.5 if key == s.law else 1)
            for key, color in zip(LAWS, ("A", "B"), strict=True)
        ),
        dot("axis", "p_lam", "ink"),
    ]
    return {
        "id": "law",
        "title": f"The law of lam in training: {s.law}",
        "source": "exact",
        "x": axis(s.lam_min, s.lam_max, "lam"),
        "y": axis(0, 1.1 * sweep.meta["top"], "density p(lam)"),
        "layers": layers,
    }


def scene(sweep: Sweep, s: Process) -> Scene:
    """Six panels along lam: the plane, the targets, the amplitudes, the weights, the errors and the law."""
    x1, x2, e1, e2 = s.x1, s.x2, s.eps1, s.eps2
    powers = [(f"{name}{n}", color, f"{letter}{mark}") for n, mark in (("", ""), ("2", "²"))
              for name, color, letter in (("alpha", "A", "α"), ("sigma", "B", "σ"))]  # fmt: skip
    weights = [(f"log_weight_{k}", color, f"{symbol}-MSE") for k, (color, symbol) in KINDS.items()]
    gains = [(f"log_gain_{k}", color, f"{symbol}-prediction") for k, (color, symbol) in KINDS.items()]
    return {
        "panels": [
            {**_plane(sweep), "part": "particle"},
            {**_targets(sweep), "part": "particle"},
            {**_lines("amplitudes", "Signal α and noise σ", "", (0, 1.04), powers), "part": "particle"},
            {**_lines("weights", "How much a loss weighs the same error of ε̂", "log₁₀ weight", (-4.4, 4.4), weights),
             "part": "weights"},
            {**_lines("gains", "Error of x̂ per unit error of the output", "log₁₀ error of x̂", (-2.2, 2.2), gains),
             "part": "weights"},
            {**_law(sweep, s), "part": "weights"},
        ],
        "caption": {"particle": [
            "At lam = {lam}: alpha = {alpha:3g}, sigma = {sigma:3g}, signal-to-noise ratio e^lam = {snr:3g}.",
            f"The particle is at z = {{alpha:3g}} × ({x1:.2f}, {x2:.2f}) + {{sigma:3g}} × ({e1:.2f}, {e2:.2f}) = "
            f"({{z_1:2f}}, {{z_2:2f}}). A network is asked for [guided]ε = ({e1:.2f}, {e2:.2f})[/], for "
            f"[C]x = ({x1:.2f}, {x2:.2f})[/] or for [diff]v = ({{v_1:2f}}, {{v_2:2f}})[/].".replace("-", "−"),
        ], "weights": [
            "At lam = {lam} an error of 1 in the output makes an error in x̂ of [guided]{gain_eps:3g} for ε[/], "
            "[C]1 for x[/] and [diff]{gain_v:3g} for v[/].",
            "Beside the squared error (MSE) of ε, with [guided]weight 1[/], the same error weighs "
            "[C]e^−lam = {weight_x:3g} in x-MSE[/] and [diff]1 + e^−lam = {weight_v:3g} in v-MSE[/].",
            f"The law of lam, {s.law}, has density {{p_lam:3g}} here. {{drawn:1%}} of the draws have "
            "|lam| < 2, by the law {expected:1%}.",
        ]},
        "beside": ["targets", "amplitudes", "law"],
        "alt": "Three classes and one particle turning to noise, its prediction targets, amplitudes, loss weights, "
        "error amplification and the law of lam.",
    }  # fmt: skip


def _step_panels(sweep: Sweep, low: str, high: str) -> list[Panel]:
    """The transition, the reverse step and its variance against v."""

    def value(label: str, color: str, at: str) -> Dot:
        return dot(at, [0], color, name=label, size=6)

    def densities(name: str, title: str, layers: list[Layer]) -> Panel:
        top = 1.12 * sweep.meta["top"]
        return {"id": name, "title": title, "source": "exact", "x": axis(-3.5, 3.5, "z"),
                "y": axis(0, top), "layers": layers}  # fmt: skip

    forward: list[Layer] = [
        line("transition", "forward", "A", fill=0.3),
        line("q(z_lam | x)", "marginal", "uncond", dash=[5, 4]),
        value("z_lam'", "A", "z_"),
        value("x", "C", "clean"),
    ]
    back: list[Layer] = [
        line("v = 0: posterior q(z_lam' | z_lam, x)", "reverse_low", "B", dash=[5, 4]),
        line("v = 1", "reverse_high", "uncond", dash=[5, 4]),
        line("at this v", "reverse", "guided", fill=0.3),
        value("z_lam", "B", "z"),
        value("x", "C", "clean"),
    ]
    variance: Panel = {
        "id": "variance",
        "title": "Reverse variance as v goes from 0 to 1",
        "source": "exact",
        "x": axis(0, 1, "v"),
        "y": axis(0, 1.1 * float(sweep["reverse_var"].max()), "variance"),
        "layers": [
            curve("(σ̃²)^(1−v) (σ²)^v", "v_axis", "reverse_var", "guided"),
            dot("v_axis", "reverse_var", "guided"),
        ],
    }
    return [
        densities("forward", f"More noise, lam' = {high} to lam = {low}: q(z_lam | z_lam')", forward),
        densities("back", f"Back, lam = {low} to lam' = {high}: the reverse step at v", back),
        variance,
    ]


def step_scene(sweep: Sweep, s: Process) -> Scene:
    """The step to more noise, the step back, and the reverse variance against v."""
    low, high = (f"{lam:g}".replace("-", "−") for lam in (s.noisier, s.cleaner))
    return {
        "panels": _step_panels(sweep, low, high),
        "caption": [
            f"From lam' = {high} to lam = {low}: [A]q(z_lam | z_lam')[/] has mean "
            "{forward_factor:3g} × {z_:3g} = {forward_mean:3g} and variance "
            "(1 − e^(lam − lam')) σ² = {forward_var:3g}.",
            "Back: [B]q(z_lam' | z_lam, x)[/] has mean {back_on_z:3g} × {z:3g} (z_lam) + "
            "{back_on_x:3g} × {clean:3g} (x) = {back_mean:3g} and variance σ̃² = {back_var:3g}.",
            "The sampler's step at v = {v}: [guided]variance {reverse_var:3g}[/], standard deviation {reverse_sd:3g}, "
            "between {back_var:3g} (v = 0) and {forward_var:3g} (v = 1).",
        ],
        "beside": ["variance"],
        "alt": "Gaussian densities of one step of the process and of its reverse, and the reverse variance against v.",
    }
