"""The scene of two rules side by side."""

from __future__ import annotations

from cfg_core.guidance import RULES
from cfg_core.sweeps import Sweep
from cfg_core.sweeps.compare import SIDES
from demo import controls
from demo.scenes.parts import Part, axis, curve, dot, guided_samples, plane, targets

COLORS = {"left": "guided", "right": "diff"}


def _plane(sweep: Sweep, side: str, half: float) -> Part:
    """One side's samples over the contours of the target."""
    settings = sweep.meta[side]
    return {
        "id": side,
        "title": f"{side.title()}: {RULES[settings['rule']].title}, {settings['sampler']}",
        **plane(half, "x", height=400),
        "layers": [*targets(sweep.meta["extent"], width=1.3), guided_samples(f"{side}_samples")],
    }


def _trade_off(sweep: Sweep) -> Part:
    """Class probability against spread, a curve over w and a moving dot for each side."""
    sides = [curve(side, f"{side}_keep_mean", f"{side}_prob_mean", COLORS[side]) for side in SIDES]
    most = max(float(sweep[name].max()) for name in ("target_keep", *(f"{side}_keep_mean" for side in SIDES)))
    return {
        "id": "trade",
        "title": "Fidelity against diversity",
        "aspect": "free",
        "height": 400,
        "legend": True,
        "x": axis(0, round(1.08 * most, 2), "spread kept"),
        "y": axis(0, 1.04, "mean class probability p(c|x)"),
        "layers": [
            *sides,
            curve("tilted target", "target_keep", "target_prob", "cond", dash=[5, 4]),
            *(dot(side["x"], side["y"], side["color"], size=6) for side in sides),
        ],
    }


def scene(sweep: Sweep) -> Part:
    """Both planes on the same axes, and the trade-off of both."""
    half = max(extent[1] for extent in sweep.meta["extents"].values())
    read = "{{{0}_keep_mean:0%}} of the spread, {{{0}_own_mean:1%}} classified as their class"
    rules = [(sweep.meta[side]["rule"], sweep.meta[side]["params"]) for side in SIDES]
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "compare-w"},
        "columns": 3,
        "panels": [_plane(sweep, "left", half), _plane(sweep, "right", half), _trade_off(sweep)],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) the samples keep, on the left, {read.format('left')}; "
            f"on the right, {read.format('right')}.",
            "The two samples that one noise leads to lie {apart:2f} apart (root mean square; the classes' means are "
            f"{3**0.5 * sweep.meta['left']['separation']:.2f} apart).",
            *dict.fromkeys(controls.about_rule(*rule) for rule in rules),
        ],
        "alt": "Samples of two guidance rules on the same noises, side by side, and the trade-off of each over w.",
    }
