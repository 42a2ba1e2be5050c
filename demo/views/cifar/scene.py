"""What "CIFAR-10" draws beside its wall: the measured figures as curves over w."""

from __future__ import annotations

from demo.scene import Layer, Panel, Scene, axis, curve, dot, line
from demo.sweep import Sweep
from demo.views.cifar.compute import INDEPENDENT
from demo.views.cifar.settings import ALL, Cifar

MISSING = "assets/cifar/curves.json is missing or damaged: no curves over w."


def scene(sweep: Sweep, s: Cifar) -> Scene:
    """Four small panels over w, each with its moving dot, its error bars and the value of real images."""
    if not sweep.arrays:
        return {"panels": [], "caption": [MISSING], "alt": MISSING}
    distance, seeds = sweep.meta["distance"], sweep.meta["seeds"]
    called = "Fréchet distance" if distance.startswith("frechet") else "KID"
    panels = [
        ("Fidelity", "confidence", "confidence"),
        ("Diversity", "feature distance", "distance"),
        ("Diversity", "recall", "recall"),
        ("Both", called, distance),
    ]
    words = [
        _figure(sweep, "confidence", "confidence", "0%", "1%"),
        _figure(sweep, "recall", "recall", "0%", "1%"),
        _figure(sweep, "feature distance", "distance", "2f", "2f"),
        _figure(sweep, called, distance, "3g", "2g"),
    ]
    whose = "the generated images" if s.measured == ALL else f"the generated images of class {s.measured}"
    by = "by EfficientNet-Lite0, a network trained on photographs" if distance.endswith(INDEPENDENT) else "by the same"
    return {
        "panels": [_panel(sweep, *panel) for panel in panels],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) {whose} have {', '.join(words[:-1])} and {words[-1]}.",
            "Recall is the share of real images that lie near a generated one; feature distance is how far apart two "
            f"images of one class are; {called} is how far the set is from real images.",
            _source(sweep) + f" {called} {by}, the others by our own classifier: none is the FID or Inception Score "
            "of papers." + ("" if len(seeds) > 1 else " Of one seed there is no spread to show."),
        ],
        "beside": ["distance", "frechet_efficientnet"],
        "alt": f"Confidence, recall, feature distance and {called} of generated images as curves over w.",
    }


def _figure(sweep: Sweep, called: str, key: str, form: str, spread: str) -> str:
    """A figure in words: its mean, its standard deviation where there is one, and that of real images."""
    more = f" ± {{sd_{key}:{spread}}}" if len(sweep.meta["seeds"]) > 1 else ""
    value = float(sweep[f"real_{key}"][0])
    real = f"{100 * value:.0f} %" if form == "0%" else f"{value:.2f}" if form == "2f" else f"{value:.3g}"
    return f"{called} {{{key}:{form}}}{more} (real images: {real.replace('-', '−')})"


def _source(sweep: Sweep) -> str:
    n, seeds = sweep.meta["n"], sweep.meta["seeds"]
    measured = f"Measured on {n:,} images of all classes at each of {len(sweep['w_axis'])} values of w"
    if len(seeds) == 1:
        return f"{measured}, with straight lines between."
    return (
        f"{measured} with each of {len(seeds)} seeds: lines are their mean, straight between the values; "
        "bars and ± are one standard deviation over the seeds."
    )


def _panel(sweep: Sweep, title: str, label: str, key: str) -> Panel:
    w, seeds = Cifar.fields()["w"], len(sweep.meta["seeds"])
    ends = [sweep[key] + sign * sweep[f"sd_{key}"] for sign in (-1, 1)] + [sweep[f"real_{key}"]]
    high = 1.0 if key in ("confidence", "recall") else max(float(end.max()) for end in ends)
    low = min(0.0, *(float(end.min()) for end in ends))
    bars: list[Layer] = [line("", f"bars_{key}", "guided", width=1.2)] if seeds > 1 else []
    return {
        "id": key,
        "title": title,
        "source": "precomputed",
        "x": axis(w.low - 0.2, w.high + 0.2, "w (scale 1 + w)"),
        "y": axis(round(1.06 * low, 4), round(1.06 * high, 4), label),
        "layers": [
            *bars,
            curve("generated", "w_axis", key, "guided"),
            curve("real images", "w_axis", f"real_{key}", "cond", dash=[5, 4]),
            dot("w_axis", key, "guided", size=6),
        ],
    }
