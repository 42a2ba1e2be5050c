"""What "Train it" draws: a network's samples, field and errors beside the exact ones."""

from __future__ import annotations

from dataclasses import dataclass

from demo.scene import (
    CLASS_NAMES,
    Contour,
    Layer,
    Panel,
    Plane,
    Scene,
    Source,
    arrows,
    axis,
    contour,
    curve,
    dot,
    heat,
    line,
    linear,
    plane,
    points,
)
from demo.sweep import Sweep
from demo.views.train_it.settings import TrainIt


@dataclass(frozen=True)
class Shown:
    """The network that is looked at: the class, what made it, and `own`, what the exact side is where the points are
    the visitor's (empty for the three Gaussians)."""

    letter: str
    p_uncond: float
    steps: int
    own: str
    source: str


def _samples(array: str) -> list[Layer]:
    data: list[Layer] = [
        points(
            "training points", f"data_{name}", group="training points", size=1.4, opacity=0.35, color=name, toggle=True
        )
        for name in CLASS_NAMES
    ]
    return [*data, points("guided samples", array, size=2.2, opacity=0.85, toggle=True)]


def _peak(extent: list[float]) -> Contour:
    return contour("1 % and 30 % of peak density", "relative", extent, "muted", levels=[0.01, 0.3], width=1.0)


def _field(prefix: str, color: str, extent: list[float]) -> list[Layer]:
    score = linear(f"{prefix}base", f"{prefix}push")
    return [_peak(extent), arrows("guided score", "at", score, color, scale="auto", width=1.3, unit=1.0)]


def _wrong(array: str, color: str, extent: list[float]) -> list[Layer]:
    error = heat("log₁₀ error: none at −2, full at 0", array, extent, range=[-2, 0], map=f"class:{color}")
    return [error, _peak(extent)]


def _panels(extent: list[float], reach: float, shown: Shown) -> list[Panel]:
    name, data = shown.letter, " (fitted)" if shown.own else ""
    z, x = plane(extent[1], "z"), plane(reach, "x")

    def square(key: str, title: str, source: Source, at: Plane, layers: list[Layer]) -> Panel:
        part = "errors" if key.startswith("wrong") else "field" if key.endswith("field") else "samples"
        return {"id": key, "title": title, "source": source, **at, "part": part, "layers": layers}

    def over_lam(array: str, label: str, color: str) -> list[Layer]:
        return [curve(label, "noise", array, color), dot("noise", array, color, size=4)]

    loss: Panel = {
        "id": "loss",
        "title": "Loss, ‖ε_θ − ε‖² per coordinate",
        "source": "learned",
        "part": "samples",
        "x": axis(0, 1.05 * shown.steps, "optimiser step"),
        "y": axis(0, 1.1, "loss"),
        "layers": [
            line("loss, running mean", "loss", "guided"),
            line("with exact scores", "floor", "muted", dash=[5, 4]),
        ],
    }
    errors: Panel = {
        "id": "over",
        "title": "Error ‖ε_θ − ε*‖ over lam, all classes",
        "source": "learned",
        "part": "errors",
        "x": axis(-8, 8, "log-SNR lam"),
        "y": axis(-2.5, 0.5, "log₁₀ error"),
        "layers": [*over_lam("curve_c", "conditional", "cond"), *over_lam("curve_u", "unconditional", "uncond")],
    }
    return [
        {**square("learned", "Learned: guided samples", "learned", x, _samples("samples")), "clickable": True},
        {**square("exact", f"Exact{data}: the same noises", "exact", x, _samples("exact_samples")), "clickable": True},
        loss,
        errors,
        square("field", f"Learned guided field, class {name}", "learned", z, _field("", "guided", extent)),
        square("exact_field", f"Exact{data} guided field, class {name}", "exact", z, _field("exact_", "cond", extent)),
        square("wrong_c", f"Where ε_θ(z, {name}) is wrong", "learned", z, _wrong("wrong_c", "cond", extent)),
        square("wrong_u", "Where ε_θ(z) is wrong", "learned", z, _wrong("wrong_u", "uncond", extent)),
    ]


def scene(sweep: Sweep, s: TrainIt) -> Scene:
    """Of a network trained beforehand."""
    source = "This network (3 layers of 128) was trained beforehand on the three Gaussians, by this repository's code."
    steps = int(sweep["count"][0])
    return learned_scene(sweep, Shown(s.letter, float(s.checkpoint), steps, "", source))


def learned_scene(sweep: Sweep, shown: Shown) -> Scene:
    """Samples and fields of the network beside the exact ones, the loss, and the errors of both branches."""
    after = f"After {{count:0f}} steps with p_uncond = {shown.p_uncond:g}"
    about = [shown.source, *([shown.own] if shown.own else [])]
    at_lam = "At lam = {lam} their errors are [cond]{rms_c:2g}[/] and [uncond]{rms_u:2g}[/]."
    return {
        "panels": _panels(sweep.meta["extent"], sweep.meta["reach"], shown),
        "caption": {
            "samples": [
                f"{after}, at w = {{w}} (scale 1 + w = {{s}}): {{own:0%}} of the learned samples are classified as "
                "their class, and {exact_own:0%} of the exact ones. {outside:0%} of the learned lie outside the plot.",
                *about,
            ],
            "errors": [
                f"{after} the [cond]conditional[/] branch is off by [cond]{{all_c:2g}}[/], the "
                f"[uncond]unconditional[/] one by [uncond]{{all_u:2g}}[/]. {at_lam}",
                "An error is the length of ε_θ − ε*, root mean square over z (and over lam from −8 to 8).",
                *about,
            ],
            "field": [
                "At w = {w} (scale 1 + w = {s}) and lam = {lam} the learned field stands beside the exact one. Its "
                "branches are off by [cond]{rms_c:2g}[/] (with the class) and [uncond]{rms_u:2g}[/] (without).",
                *about,
            ],
        },
        "beside": ["loss", "over"],
        "alt": "Guided samples and field of a small network beside the exact ones, its loss, and maps of its error.",
    }
