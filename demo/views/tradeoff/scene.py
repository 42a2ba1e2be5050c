"""What "Trade-off" draws of distributions that one can move, and of ours in the paper's axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo.scene import Layer, Panel, Scene, Source, axis, curve, dot, line, points
from demo.sweep import Sweep
from demo.views.tradeoff.compute import CLASSES
from demo.views.tradeoff.settings import Tradeoff

# ---- distributions one can move ---------------------------------------------------------------------------------


def movable_scene(sweep: Sweep, s: Tradeoff) -> Scene:
    """The two clouds, the two label distributions, and the plane of both scores."""
    half = 5.2
    real_score, n = float(sweep["real_score"][0]), sweep.meta["n"]
    clouds: list[Layer] = [
        points("real", "real", color="uncond", size=2.4, opacity=0.55),
        points("generated", "made", color="guided", size=2.4, opacity=0.7),
    ]
    bars: list[Layer] = [
        line("p(y|x) of one picture", "one_bars", "guided", fill=0.45, width=1),
        line("p(y) of all of them", "all_bars", "A", width=2),
    ]
    plane: list[Layer] = [
        dot("real_score", "real_fid", "uncond", name="real pictures", size=7),
        dot("score", "fid", "guided", name="generated", size=7),
    ]
    exact: Source = "exact"
    return {
        "panels": [
            {"id": "clouds", "title": "FID looks here: features, two of 16", "source": exact,
             "aspect": "equal", "x": axis(-half, half, "feature 1"), "y": axis(-half, half, "feature 2"),
             "layers": clouds},
            {"id": "bars", "title": "IS looks here: what the classifier says", "source": exact, 
             "x": axis(0.3, CLASSES + 0.7, "class y"), "y": axis(0, 1.02, "probability"), "layers": bars},
            {"id": "plane", "title": "Both scores: right is surer, low is nearer", "source": exact, 
             "x": axis(0.5, CLASSES + 0.5, "Inception Score"), "y": axis(-1, 29, "FID"), "layers": plane},
        ],
        "caption": [
            "[guided]Confidence {confidence:0%} over {covered} of 10 classes: Inception Score {score:2f}[/] "
            f"(real pictures: {real_score:.2f}). "
            "[guided]Diversity × {diversity:2f}, shift {shift:2f}: FID {fid:2f}[/] = {fid_mean:2f} from the means "
            "+ {fid_cov:2f} from the covariances.",
            f"These are exact. Measured on {n} pictures of each set FID would be {{fid_drawn:2f}}: with few pictures "
            "it tends to be too high.",
        ],
        "beside": ["bars"],
        "alt": "Two clouds of features, the label distributions of one and of all pictures, and a dot for both scores.",
    }  # fmt: skip


# ---- ours ---------------------------------------------------------------------------------------------------------

PAPER_NOTE = (
    "[A]ImageNet 64²[/] is from the paper's tables (p_uncond = 0.1), which go from w = 0 to 4: beyond, its dot stays "
    "at their end."
)
MISSING = {
    "cifar": "The curves of our CIFAR-10 model are missing or damaged: assets/cifar/curves.json.",
    "published": "assets/paper/cifar10_by_scale.json is missing or damaged: no published rows of CIFAR-10.",
}


def ours_scene(sweep: Sweep, s: Tradeoff) -> Scene:
    """The same plane of published numbers, of our CIFAR-10 model's and of the toy's."""
    data, here = float(sweep.meta["data_score"]), [key for key in PLANES if f"{key}_score" in sweep.arrays]
    words = [SAID[key](sweep) if key in here else missing for key, missing in MISSING.items()]
    return {
        "panels": [_plane(key, sweep) for key in here],
        "caption": [
            "At w = {w} (scale 1 + w = {s}) [guided]the toy[/] has score {toy_score:2f} of 3 (its data: "
            f"{data:.2f}) and Fréchet distance {{toy_fid:3g}}. Its samples have mean p(c|x) {{prob_mean:1%}} and keep "
            "{keep_mean:0%} of their spread.",
            *words,
            PAPER_NOTE,
        ],
        "beside": ["paper", "published"],
        "alt": "Curves of a Fréchet distance against an inception score: the paper's, one published for CIFAR-10, our "
        "CIFAR-10 model's, the toy's, each with a dot that moves with w.",
    }


def _cifar(sweep: Sweep) -> str:
    meta = sweep.meta["cifar"]
    seeds = f" and each of {meta['seeds']} seeds (crosses: their standard deviation)" if meta["seeds"] > 1 else ""
    return (
        "[C]Ours[/], our network of CIFAR-10, has score {cifar_score:2f} and Fréchet distance {cifar_fid:3g} "
        f"([uncond]real images[/]: {{real_score:2f}} and {{real_fid:3g}}), on {meta['n']:,} images at each w{seeds}, "
        "by our own classifier."
    )


def _published(sweep: Sweep) -> str:
    meta = sweep.meta["published"]
    rows = ", ".join(f"{w:g}" for w in meta["w"]).replace("-", "−")
    return (
        "[B]CIFAR-10[/] as another group published it: Inception Score {published_score:2f} and FID "
        f"{{published_fid:2f}}, by straight lines between rows at w = {rows}, kept beyond ({meta['source']}). FID is "
        "another measure than our Fréchet distance: compare the shapes of the two curves, not their numbers."
    )


SAID: dict[str, Callable[[Sweep], str]] = {"published": _published, "cifar": _cifar}

# title, Inception Score or what stands for it, FID or what stands for it, colour, where from
PLANES: dict[str, tuple[str, str, str, str, Source]] = {
    "paper": ("ImageNet 64²", "Inception Score", "FID", "A", "published"),
    "published": ("CIFAR-10", "Inception Score", "FID", "B", "published"),
    "cifar": ("Ours", "score by our classifier", "Fréchet distance", "C", "precomputed"),
    "toy": ("The toy", "score by the exact p(c|x)", "Fréchet distance", "guided", "exact"),
}  # fmt: skip


def _plane(key: str, sweep: Sweep) -> Panel:
    title, x, y, color, source = PLANES[key]
    across, up = sweep[f"{key}_score"], sweep[f"{key}_fid"]
    if key == "toy":
        seen = sweep.axes["w"] <= Tradeoff.fields()["w"].high
        across, up = across[seen], up[seen]
    air = 0.06 * float(np.ptp(across)) + 0.02
    at = (f"{key}_score", f"{key}_fid", color)
    more: list[Layer] = []
    if key == "published":
        more = [points("", "published_rows", color=color, size=3)]
    if key == "cifar":
        real = dot("real_score", "real_fid", "uncond")
        more = [real, line("", "cifar_bars", color, width=1.2)] if sweep.meta["cifar"]["seeds"] > 1 else [real]
        across, up = np.append(across, sweep["real_score"]), np.append(up, sweep["real_fid"])
    return {
        "id": key,
        "title": title,
        "source": source,
        "x": axis(float(across.min()) - air, float(across.max()) + air, x),
        "y": axis(min(0.0, 0.9 * float(up.min())), 1.06 * float(up.max()), y),
        "layers": [*more, curve("", *at), dot(*at, size=7)],
    }
