"""The scene of the curves over w of the CIFAR-10 model."""

from __future__ import annotations

from typing import Any

from demo.scenes.parts import Part, axis, curve, dot

PICK, START_W = "horse", 3.0
W_RANGE, W_STEP = (-1.0, 8.0), 0.5  # each position of the slider has pictures of its own in the gallery


INDEPENDENT = "frechet_efficientnet"  # figures by a network that is not ours, where they were measured


def panels_of(record: dict[str, Any]) -> dict[str, str]:
    """Figure of curves.json -> the title of its panel."""
    frechet = INDEPENDENT if INDEPENDENT in record["rows"][0] else "frechet"
    return {
        "confidence": "Fidelity: confidence",
        "distance": "Diversity: feature distance",
        "recall": "Diversity: recall",
        frechet: "Both: Fréchet distance",
    }


def curves_scene(record: dict[str, Any]) -> Part:
    """Four small panels over w, each with its moving dot and the value of real images."""
    panels, titles = [], panels_of(record)
    for key, title in titles.items():
        values = [row[key] for row in record["rows"]] + [record["real"][key]]
        top = 1.0 if key in ("confidence", "recall") else max(values)
        layers = [
            curve("generated", "w_axis", key, "guided"),
            curve("real images", "w_axis", f"real_{key}", "cond", dash=[5, 4]),
            dot("w_axis", key, "guided", size=6),
        ]
        panels.append(
            {"id": key, "title": title, "aspect": "free", "height": 230, "legend": key == "confidence",
             "x": axis(*W_RANGE, "w"), "y": axis(0, round(1.06 * top, 4)), "layers": layers}
        )  # fmt: skip
    frechet = list(titles)[-1]
    ours = "in the features of our own classifier"
    of = "in those of EfficientNet-Lite0, a network trained on photographs" if frechet == INDEPENDENT else "likewise"
    caption = (
        f"Over {record['n']:,} images at each measured w (straight lines between them), at w = {{w}} (scale {{s}}): "
        "confidence {confidence:0%}, recall {recall:0%}, feature distance {distance:2f} "
        f"(real images: {record['real']['distance']:.2f}), {ours}; Fréchet distance {{{frechet}:3g}} "
        f"(real images: {record['real'][frechet]:.3g}), {of}. "
        "None of them is the FID or Inception Score of papers."
    )
    return {
        "coords": {"w": START_W},
        "columns": 4,
        "panels": panels,
        "caption": caption,
        "alt": "Confidence, recall, feature distance and Fréchet distance of generated images as curves over w.",
    }
