"""What "Three Gaussians" draws: samples over the target, fidelity against diversity; or the paper's figure."""

from __future__ import annotations

from cfg_core.guidance import RULES
from demo.fields import SAMPLER_NAMES, about_engine, about_rule
from demo.scene import (
    CLASS_NAMES,
    NOT_DRAWN,
    Axis,
    Layer,
    Panel,
    Scene,
    axis,
    curve,
    dot,
    guided_samples,
    heat,
    log_contour,
    picked,
    plane,
    points,
    targets,
)
from demo.sweep import Sweep
from demo.views.gaussians import six
from demo.views.gaussians.compute import FIGURE_W
from demo.views.gaussians.settings import FIGURE, Gaussians

CAPTION = (
    "At w = {w} (scale 1 + w = {s}) class A keeps {keep_A:0%} of its spread; "
    "{own_A:1%} of its samples are classified as A.",
    "Class B keeps {keep_B:0%} ({own_B:1%} classified as B), class C {keep_C:0%} ({own_C:1%} as C).",
)
GIVE_OR_TAKE = "Measured on {n} points of each class, a spread is known to about ± {part:.0f} % of itself."
OUT_OF_VIEW = (
    "{out_of_view>0.01?}These classes overlap so much that w pushes them far out: of one target the panels hold "
    "{in_view:0%}."
)
OUTSIDE = (
    "{outside_most>0.01?}{outside:1%} of the samples lie outside this view, or ran off to infinity; "
    "they count as no class."
)


def scene(sweep: Sweep, s: Gaussians) -> Scene:
    return figure_scene() if s.view == FIGURE else turned_scene(sweep, s)


def turned_scene(sweep: Sweep, s: Gaussians) -> Scene:
    """Two panels: the plane with samples over the target's contours, and the trade-off with a moving dot."""
    rule = "" if s.rule == "cfg" else f", guidance: {RULES[s.rule].title}"
    samples: Panel = {
        "id": "plane",
        "title": f"Samples by {SAMPLER_NAMES[s.sampler].split(' (')[0]}, {s.steps} steps{rule}",
        "source": "exact",
        **plane("extent", "x"),
        "layers": _plane_layers(sweep),
    }
    trade: Panel = {
        "id": "trade",
        "title": "Surer, but less varied · fidelity against diversity over w",
        "source": "exact",
        "x": {
            "range": {"low": 0, "over": ["keep_mean", "target_keep"]},
            "label": "← less varied: the spread that is left",
        },
        "y": axis(0, 1.04, "surer ↑ mean p(c|x)"),
        "layers": [
            curve("guided samples", "keep_mean", "prob_mean", "guided"),
            curve("tilted target", "target_keep", "target_prob", "cond", dash=[5, 4]),
            dot("target_keep", "target_prob", "cond", size=4),
            dot("keep_mean", "prob_mean", "guided", size=6),
        ],
    }
    return {
        "panels": [samples, *six.panel(), trade],
        "grabs": "plane",
        "marks": ["separation"],
        "caption": [
            *CAPTION,
            GIVE_OR_TAKE.format(n=s.points, part=50 / s.points**0.5),
            OUTSIDE,
            *_about_density(sweep, s),
            about_rule(s.rule, s.params) + about_engine(s.rule),
        ],
        "beside": ["six", "trade"],
        "alt": "Guided samples of three Gaussian classes over the contours of the tilted target, and the trade-off "
        "between class probability and spread.",
    }


def _plane_layers(sweep: Sweep) -> list[Layer]:
    """Class shares, contours of the target and (where computed) of the guided density, and the samples."""
    extent = "extent"
    layers: list[Layer] = [
        {"type": "heat", "name": "which class is likelier, p(c|x)", "rgb": "class_share", "extent": extent,
         "opacity": 0.35, "on": False, "toggle": True}
    ]  # fmt: skip
    layers += targets(extent, width=1.4)
    if "log_actual" in sweep.arrays:
        layers += [
            log_contour(
                "exact density of the guided ODE", picked("log_actual", **{"class": c}), "actual_extent", name,
                group="actual", width=2.2, dash=[5, 4], toggle=True,
            )
            for c, name in enumerate(CLASS_NAMES)
        ]  # fmt: skip
    trails: Layer = {
        "type": "trails", "name": "trails from w = 0", "xy": "samples", "by": "w", "toggle": True, "on": False
    }  # fmt: skip
    unguided = points(
        "unguided", "samples", fixed={"w": 0.0}, moving="cloud_0", size=2.1, opacity=0.25, toggle=True, on=False
    )
    return [*layers, trails, unguided, {**guided_samples("samples"), "moving": "cloud"}]


def _about_density(sweep: Sweep, s: Gaussians) -> list[str]:
    """A sentence on the dashed contours, where they are drawn or asked for in vain."""
    if "log_actual" not in sweep.arrays:
        why = "No dashed contours: for this rule the exact density has no formula here."
        return [why] if s.actual else []
    words = "Dashed: the exact density in which the guided ODE ends, by a formula and not from the dots."
    if s.lam_max < 12:  # the samples shown are x^, which still takes away the noise left at lam_max
        words += f" It holds the noise left at lam max = {s.lam_max:g}, so it is wider than the samples, which are x^."
    return [words, NOT_DRAWN]


def figure_scene() -> Scene:
    """Four panels, each relative to its own maximum, white to dark, as the paper prints them."""
    whole: Axis = {"range": "extent", "label": ""}
    panels: list[Panel] = [
        {
            "id": f"w{w:g}",
            "title": f"w = {w:g} (scale {1 + w:g})" + (": no guidance" if w == 0 else ""),
            "source": "exact",
            "aspect": "equal",
            "x": whole,
            "y": whole,
            "layers": [heat("", picked("log_mixture", panel=i), "extent", map="paper", relative="max")],
        }
        for i, w in enumerate(FIGURE_W)
    ]
    return {
        "panels": panels,
        "caption": [
            "The paper's figure, computed for w = 0, 10, 100 and 1000 (scale 1 + w = 1 to 1001): as w grows, the mass "
            "of each class moves away from the other classes.",
            "Each panel is a mixture of the normalised targets p(x|c) p(c|x)^w / Z(w), drawn relative to its own "
            "maximum. Guided sampling goes further: “Turn w” shows by how much. Of the settings only the separation, "
            "the spread and the weights count here.",
            OUT_OF_VIEW,
        ],
        "alt": "Four heat maps of a mixture of three classes, at guidance weights 0, 10, 100 and 1000.",
    }
