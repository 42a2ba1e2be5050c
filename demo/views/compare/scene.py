"""What "Compare" draws: both clouds on the same axes, and the trade-off of both."""

from __future__ import annotations

import numpy as np

from cfg_core.guidance import RULES
from cfg_core.moments import apart
from demo.fields import Toy, about_rule
from demo.scene import Panel, Scene, axis, curve, dot, guided_samples, plane, targets
from demo.sweep import Sweep
from demo.views.compare.settings import Compare

COLORS = {"left": "guided", "right": "diff"}


def scene(sweep: Sweep, s: Compare) -> Scene:
    read = "keep {{{0}_keep_mean:0%}} of their spread, and {{{0}_own_mean:1%}} are classified as their class"
    return {
        "panels": [*(_plane(sweep, side, toy) for side, toy in s.sides.items()), _trade_off(sweep)],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) the samples on the left {read.format('left')}; "
            f"those on the right {read.format('right')}.",
            "The two samples that one noise leads to lie {apart:2f} apart (root mean square; the classes' means are "
            f"{apart(s.gaussians):.2f} apart{' on average' if s.mixture else ''}).",
            *(
                f"On the {side}, {{{side}_outside:1%}} of the samples lie outside the view, or ran off to infinity."
                for side in s.sides
                if sweep[f"{side}_outside"].max() > 0.01
            ),
            *dict.fromkeys(about_rule(toy.rule, toy.params) for toy in s.sides.values()),
        ],
        "beside": ["trade"],
        "alt": "Samples of two guidance rules on the same noises, side by side, and the trade-off of each over w.",
    }


def _plane(sweep: Sweep, side: str, toy: Toy) -> Panel:
    """One side's samples over the contours of the target."""
    return {
        "id": side,
        "title": f"{side.title()}: {RULES[toy.rule].title}, {toy.sampler}",
        "source": "exact",
        **plane(sweep.meta["reach"], "x"),
        "layers": [*targets(sweep.meta["extent"], width=1.3), guided_samples(f"{side}_samples")],
    }


def _trade_off(sweep: Sweep) -> Panel:
    """Class probability against spread, a curve over w and a moving dot for each side."""
    most = max(float(np.nanmax(sweep[name])) for name in ("target_keep", "left_keep_mean", "right_keep_mean"))
    at = {side: (f"{side}_keep_mean", f"{side}_prob_mean", color) for side, color in COLORS.items()}
    return {
        "id": "trade",
        "title": "Fidelity against diversity",
        "source": "exact",
        "x": axis(0, round(1.08 * most, 2), "spread kept"),
        "y": axis(0, 1.04, "mean class probability p(c|x)"),
        "layers": [
            *(curve(side, *xy) for side, xy in at.items()),
            curve("tilted target", "target_keep", "target_prob", "cond", dash=[5, 4]),
            *(dot(*xy, size=6) for xy in at.values()),
        ],
    }
