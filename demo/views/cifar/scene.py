"""What "CIFAR-10" draws beside its wall: the measured figures as curves over w."""

from __future__ import annotations

from demo.scene import Panel, Scene, axis, curve, dot
from demo.sweep import Sweep
from demo.views.cifar.compute import INDEPENDENT
from demo.views.cifar.settings import Cifar

MISSING = "assets/cifar/curves.json is missing or damaged: no curves over w."


def scene(sweep: Sweep, s: Cifar) -> Scene:
    """Four small panels over w, each with its moving dot and the value of real images."""
    if not sweep.arrays:
        return {"panels": [], "caption": [MISSING], "alt": MISSING}
    frechet = sweep.meta["frechet"]
    titles = {
        "confidence": "Fidelity: confidence",
        "distance": "Diversity: feature distance",
        "recall": "Diversity: recall",
        frechet: "Both: Fréchet distance",
    }
    real = {key: float(sweep[f"real_{key}"][0]) for key in titles}
    by = "by EfficientNet-Lite0, a network trained on photographs" if frechet == INDEPENDENT else "by the same"
    return {
        "panels": [_panel(sweep, key, title) for key, title in titles.items()],
        "caption": [
            "At w = {w} (scale 1 + w = {s}) the generated images have confidence {confidence:0%}, recall {recall:0%}, "
            f"feature distance {{distance:2f}} (real images: {real['distance']:.2f}) and Fréchet distance "
            f"{{{frechet}:3g}} (real images: {real[frechet]:.3g}).",
            "Recall is the share of real images that lie near a generated one; feature distance is how far apart two "
            "images of one class are.",
            f"Measured on {sweep.meta['n']:,} images at each w, with straight lines between. Fréchet distance {by}, "
            "the others by our own classifier: none is the FID or Inception Score of papers.",
        ],
        "alt": "Confidence, recall, feature distance and Fréchet distance of generated images as curves over w.",
    }


def _panel(sweep: Sweep, key: str, title: str) -> Panel:
    w = Cifar.fields()["w"]
    top = 1.0 if key in ("confidence", "recall") else max(float(sweep[name].max()) for name in (key, f"real_{key}"))
    return {
        "id": key,
        "title": title,
        "source": "precomputed",
        "x": axis(w.low, w.high, "w"),
        "y": axis(0, round(1.06 * top, 4)),
        "layers": [
            curve("generated", "w_axis", key, "guided"),
            curve("real images", "w_axis", f"real_{key}", "cond", dash=[5, 4]),
            dot("w_axis", key, "guided", size=6),
        ],
    }
