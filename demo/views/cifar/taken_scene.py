"""What is drawn of what w takes away: pictures and a count on one part, spectra and distances on the other."""

from __future__ import annotations

import numpy as np

from demo.scene import TALL, Layer, Panel, Scene, Source, axis, curve, dot, line, picture_panel, pictures
from demo.sweep import Sweep
from demo.views.cifar.settings import Cifar
from demo.views.cifar.taken_compute import PLACES

MEASURED: Source = "precomputed"
ACROSS = 5  # pictures of a row
AT_W = "At w = {shown} (scale 1 + w = {shown_scale}), "


def taken_scene(sweep: Sweep, s: Cifar) -> Scene:
    """Mean pictures, the test images that no sample is near any more, and how many those are over w."""
    if not sweep.arrays:
        return _nothing(sweep)
    about, w = sweep.meta, Cifar.fields()["w"]
    name, sheet = about["name"], about["sheet"]
    means: Panel = {
        "id": "means",
        "title": f"Mean of {name}",
        "source": MEASURED,
        **picture_panel(2, 2, TALL),
        "layers": [pictures("", "means", 2, sheet, tall=TALL, words=["w = 0", "at this w", "real images", "change"])],
    }
    left: Panel = {
        "id": "left",
        "title": "Real images left out",
        "source": MEASURED,
        **picture_panel(ACROSS, -(-PLACES // ACROSS)),
        "layers": [pictures("", "left", ACROSS, sheet, numbers="numbers", none="none at this w")],
    }
    most = max(sweep[name].max() for name in ("over_left_out", "other"))
    count: Panel = {
        "id": "count",
        "title": "How many of them",
        "source": MEASURED,
        "x": axis(w.low, w.high, "w"),
        "y": axis(0, round(1.08 * max(float(most), 1.0), 1)),
        "layers": [
            curve("at w", "over_shown", "over_left_out", "guided"),
            curve("other noises, w = 0", "over_shown", "over_other", "cond", dash=[5, 4]),
            dot("shown", "left_out", "guided", size=6),
        ],
    }
    return {
        "panels": [means, left, count],
        "caption": [
            AT_W + f"{{left_out:0f}} of the {{first:0f}} real images of class {name} that had a sample near them at "
            "w = 0 have none any more. Other noises at w = 0 would leave out {other:0f}.",
            f"Near means: nearer, in our classifier's features, than the image's {_ordinal(about['near'])}-nearest "
            f"neighbour among the {about['images']:,} test images of its class. Of those left out, the pictures show "
            f"the {PLACES} whose nearest sample has gone farthest.",
            "The change in the mean picture is half its difference from w = 0, about grey. " + _how(sweep),
        ],
        "beside": ["count"],
        "alt": f"Mean pictures of class {name}, real test images that no sample is near any more, and their number.",
    }  # fmt: skip


def spread_scene(sweep: Sweep, s: Cifar) -> Scene:
    """Spectra, effective dimensions and nearest-neighbour distances, at w beside w = 0 and real images."""
    if not sweep.arrays:
        return _nothing(sweep)
    about, w = sweep.meta, Cifar.fields()["w"]
    name, n = about["name"], about["noises"]

    def over_w(key: str, title: str, beside: str, words: str) -> Panel:
        top = 1.1 * max(float(sweep[key].max()), float(sweep[beside].max()))
        return {
            "id": key, "title": title, "source": MEASURED,
            "x": axis(w.low, w.high, "w"), "y": axis(0, round(top, 4)),
            "layers": [
                curve("samples", "over_shown", f"over_{key}", "guided"),
                curve(words, "over_shown", f"over_{beside}", "cond", dash=[5, 4]),
                dot("shown", key, "guided", size=6),
            ],
        }  # fmt: skip

    def sorted_(key: str, title: str) -> Panel:
        return {
            "id": key, "title": title, "source": MEASURED,
            "x": axis(0, 100, "per cent lie nearer"), "y": axis(*_about(sweep, key), "distance"), "layers": _three(key),
        }  # fmt: skip

    spectra: Panel = {
        "id": "spectrum", "title": "Eigenvalues", "source": MEASURED,
        "x": axis(0, n, "number of the eigenvalue"), "y": axis(*_about(sweep, "spectrum"), "log10"),
        "layers": _three("spectrum"),
    }  # fmt: skip
    return {
        "panels": [
            spectra,
            over_w("dimensions", "Effective dimensions", "real_dimensions", "real images"),
            over_w("suspicious", "Near training", "expected", "test images"),
            sorted_("to_sample", "Real to sample"),
            sorted_("among", "Sample to sample"),
            sorted_("to_training", "Sample to training"),
        ],
        "caption": [
            AT_W + f"the {n} samples of class {name} spread over {{dimensions:1f}} effective dimensions "
            "({first_dimensions:1f} at w = 0, real images {real_dimensions:1f}), and their features' total variance is "
            "{variance:1f} ({first_variance:1f} at w = 0, real images {real_variance:1f}).",
            "{suspicious:0%} of the samples lie closer to a training image than the closest "
            f"{about['suspicious_percent']} % of the class's {about['images']:,} test images do, which no network was "
            "trained on. A share far above that would be a reason to look for copies.",
            "Sorted distances in our classifier's features: of each real test image to its nearest sample, among the "
            "samples, and of each sample to its nearest training image. Real: test images in the samples' place.",
            "Effective dimensions: (Σ v)² / Σ v² of the eigenvalues v of the features' covariance (the participation "
            f"ratio), for {n} samples and for as many real images, since it grows with their number. " + _how(sweep),
        ],
        "beside": ["dimensions", "suspicious"],
        "alt": f"Class {name} at w, at w = 0 and of real images: eigenvalues, effective dimensions, sorted distances.",
    }


def _three(key: str) -> list[Layer]:
    return [
        line("at this w", key, "guided", width=2.4),
        line("w = 0", f"first_{key}", "uncond", dash=[2, 3]),
        line("real", f"real_{key}", "cond", dash=[5, 4]),
    ]


def _about(sweep: Sweep, key: str) -> tuple[float, float]:
    """A little below the least value of three lines and a little above the largest."""
    values = np.concatenate([sweep[name][..., 1].ravel() for name in (key, f"first_{key}", f"real_{key}")])
    air = 0.06 * float(np.ptp(values) or 1.0)
    return round(float(values.min()) - air, 2), round(float(values.max()) + air, 2)


def _how(sweep: Sweep) -> str:
    about = sweep.meta
    return (
        f"Measured at w = {', '.join(f'{w:g}' for w in about['w'])}, from {about['noises']} noises (seed "
        f"{about['seed']}, {about['steps']} steps, weights {about['model_sha256'][:8]}); between these the nearest is "
        "shown."
    )


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _nothing(sweep: Sweep) -> Scene:
    words = str(sweep.meta["problem"])
    return {"panels": [], "caption": [words], "alt": words}
