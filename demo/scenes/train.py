"""What the tab "Train it" draws: the scene over a network's sweep and the exact one's."""

from __future__ import annotations

from cfg_core.sweeps import Sweep
from demo.scenes.parts import Part, arrows, axis, contour, curve, dot, heat, line, linear, plane, points

NAMES = ("A", "B", "C")


def _samples(array: str) -> list[Part]:
    data = [
        points(
            "training points", f"data_{name}", group="training points", size=1.4, opacity=0.35, color=name, toggle=True
        )
        for name in NAMES
    ]
    return [*data, points("guided samples", array, size=2.2, opacity=0.85, toggle=True)]


def _peak(extent: list[float]) -> Part:
    return contour("1 % and 30 % of peak density", "relative", extent, "muted", levels=[0.01, 0.3], width=1.0)


def _field(prefix: str, color: str, extent: list[float]) -> list[Part]:
    score = linear(f"{prefix}base", f"{prefix}push")
    return [_peak(extent), arrows("guided score", "at", score, color, scale="auto", width=1.3, unit=1.0)]


def _wrong(array: str, color: str, extent: list[float]) -> list[Part]:
    error = heat("log₁₀ error: none at −2, full at 0", array, extent, range=[-2, 0], map=f"class:{color}")
    return [error, _peak(extent)]


def _panels(extent: list[float], reach: float, name: str, data: str, steps: int) -> list[Part]:
    z = plane(extent[1], "z", height=330)
    x = plane(reach, "x", height=330, clickable=True)
    free = {"aspect": "free", "height": 330, "legend": True}

    def over_lam(array: str, label: str, color: str) -> list[Part]:
        return [curve(label, "noise", array, color), dot("noise", array, color, size=4)]

    loss = [line("loss, running mean", "loss", "guided"), line("with exact scores", "floor", "muted", dash=[5, 4])]
    return [
        {"id": "learned", "title": "Learned: guided samples", **x,
         "layers": _samples("samples")},
        {"id": "exact", "title": f"Exact{data}: the same noises", **x,
         "layers": _samples("exact_samples")},
        {"id": "loss", "title": "Loss, ‖ε_θ − ε‖² per coordinate", **free,
         "x": axis(0, 1.05 * steps, "optimiser step"), "y": axis(0, 1.1, "loss"),
         "layers": loss},
        {"id": "over", "title": "Error ‖ε_θ − ε*‖ over lam, all classes", **free,
         "x": axis(-8, 8, "log-SNR lam"), "y": axis(-2.5, 0.5, "log₁₀ error"),
         "layers": [*over_lam("curve_c", "conditional", "cond"), *over_lam("curve_u", "unconditional", "uncond")]},
        {"id": "field", "title": f"Learned guided field, class {name}", **z,
         "layers": _field("", "guided", extent)},
        {"id": "exact_field", "title": f"Exact{data} guided field, class {name}", **z,
         "layers": _field("exact_", "cond", extent)},
        {"id": "wrong_c", "title": f"Where ε_θ(z, {name}) is wrong", **z,
         "layers": _wrong("wrong_c", "cond", extent)},
        {"id": "wrong_u", "title": "Where ε_θ(z) is wrong", **z,
         "layers": _wrong("wrong_u", "uncond", extent)},
    ]  # fmt: skip


def scene(sweep: Sweep, p_uncond: float, steps: int, own: str, source: str, key: str) -> Part:
    """Samples and fields of the network beside the exact ones, the loss, and the errors of both branches.

    `own` says what the exact side is where the points are the visitor's, and is empty for the three Gaussians.
    """
    name = sweep.labels["class"][sweep.meta["class"]]
    words = [
        f"After {{count:0f}} steps ([cond]p_uncond = {p_uncond:g}[/]) the [cond]conditional[/] branch is off by "
        "[cond]{all_c:2g}[/], the [uncond]unconditional[/] by [uncond]{all_u:2g}[/] (length of ε_θ − ε*, root mean "
        "square over z and over lam from −8 to 8). "
        "At w = {w} (scale {s}) {own:0%} of the samples are classified as their class ({outside:0%} lie outside the "
        "plot); of the exact field's, {exact_own:0%}.",
        f"At lam = {{lam}} the errors are [cond]{{rms_c:2g}}[/] and [uncond]{{rms_u:2g}}[/]. {source}",
    ]
    if own:
        words.append(own)
    return {
        "key": key,
        "coords": {"w": 3.0, "lam": 0.0},
        "sliders": {"w": "train-w", "lam": "train-lam"},
        "columns": 4,
        "panels": _panels(sweep.meta["extent"], sweep.meta["reach"], name, " (fitted)" if own else "", steps),
        "caption": words,
        "alt": "Guided samples and field of a small network beside the exact ones, its loss, and maps of its error.",
    }
