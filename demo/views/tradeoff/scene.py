"""What "Trade-off" draws: distributions one can move, the paper's tables, ours in the same axes."""

from __future__ import annotations

import numpy as np

from demo.scene import Layer, Panel, Scene, Source, axis, curve, dot, line, points
from demo.sweep import Sweep
from demo.views.tradeoff.compute import CLASSES
from demo.views.tradeoff.settings import RANGES, Tradeoff
from demo.views.tradeoff.tables import Table

COLORS = ("A", "B", "C")


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
        "alt": "Two clouds of features, the label distributions of one and of all pictures, and a dot for both scores.",
    }  # fmt: skip


# ---- tables over w ----------------------------------------------------------------------------------------------

MISSING = "assets/cifar/p_uncond.json is missing or damaged: choose one of the paper's tables."


def paper_scene(sweep: Sweep, s: Tradeoff) -> Scene:
    """FID and IS over w, and against each other, one colour a column of the table."""
    if not sweep.arrays:
        return {"panels": [], "caption": [MISSING], "alt": MISSING}
    table, top_w = sweep.meta["table"], RANGES[s.span]
    shown = table.w <= top_w
    fid, score = 1.06 * float(table.fid[shown].max()), float(table.score[shown].max())
    low = 0 if table.fid.min() < fid / 4 else 0.95 * float(table.fid.min())
    named = [f"{table.vary} = {v:g}" for v in table.values]
    short = [name.replace("p_uncond", "p") for name in named]  # so that legends stay on one line
    panels: list[Panel] = []
    for key, title, x, y, span in (
        ("fid", f"{table.fid_name} against w: lower is nearer to the data", "w_axis", "fid", (low, fid)),
        ("is", f"{_capital(table.score_name)} against w: higher is surer", "w_axis", "is", (0, 1.06 * score)),
        ("curve", "The trade-off: one against the other", "is", "fid", (low, fid)),
    ):
        across = (
            axis(-0.02 * top_w, 1.02 * top_w, "w (scale 1 + w)")
            if x == "w_axis"
            else axis(0.95 * float(table.score.min()), 1.03 * score, table.score_name)
        )
        panels.append(
            {"id": key, "title": title, "source": table.source, "x": across,
             "y": axis(*span, table.score_name if key == "is" else table.fid_name),
             "layers": _paper_layers(key, x, y, short)}
        )  # fmt: skip
    return {
        "panels": panels,
        "caption": _table_words(table, named, top_w),
        "alt": f"{table.fid_name} and {table.score_name} as curves over w and against each other.",
    }


def _table_words(table: Table, named: list[str], top_w: float) -> list[str]:
    at_equal_w = ", ".join(f"[{c}]{{fid_{i}:2f}} ({{is_{i}:2f}})[/]" for i, c in enumerate(COLORS, 1))
    at_equal_score = "; ".join(
        f"[{c}]{name} at w = {{equal_w_{i}:2f}}: {{equal_fid_{i}:2f}}[/]"
        for i, (c, name) in enumerate(zip(COLORS, named, strict=True), 1)
    )
    first, last = named[0], named[-1]
    return [
        f"At equal w = {{w}} (scale 1 + w = {{s}}), {table.fid_name} ({table.score_name}) for {table.vary} = "
        f"{' / '.join(f'{v:g}' for v in table.values)}: {at_equal_w}. {last} minus {first}: {{gap_at_w:2f}}.",
        f"At equal {table.score_name} {{is_3:2f}}, {table.fid_name}: {at_equal_score}. {last} minus {first}: "
        "{gap_at_score:2f}.",
        f"{table.title}, {table.about}. Straight lines between rows. Where a column never has that score, its nearest "
        "row is shown." + ("" if top_w >= 4 else f" What lies beyond w = {top_w:g} is not shown."),
    ]


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _paper_layers(key: str, x: str, y: str, named: list[str]) -> list[Layer]:
    layers: list[Layer] = [points("", f"rows_{key}", size=3, opacity=0.8)]
    if key == "curve":
        layers.append(line("", "level", "ink", width=1.2, dash=[4, 4]))
    for i, (color, name) in enumerate(zip(COLORS, named, strict=True), 1):
        across, up = x if x == "w_axis" else f"{x}_{i}", f"{y}_{i}"
        layers.append(curve(name, across, up, color))
        if key == "curve":  # the dots that are compared: all on the line of equal score
            across, up = f"equal_is_{i}", f"equal_fid_{i}"
        layers.append(dot(across, up, color, size=6))
    return layers


# ---- ours ---------------------------------------------------------------------------------------------------------


def ours_scene(sweep: Sweep, s: Tradeoff) -> Scene:
    """The same plane three times: the paper's numbers, our CIFAR-10 model's and the toy's."""
    data, cifar = float(sweep.meta["data_score"]), sweep.meta.get("cifar")
    panels = [
        _plane("paper", "The paper: ImageNet 64² (w from 0 to 4)", "Inception Score", "FID", sweep),
    ]
    words = []
    if cifar is not None:
        panels.append(
            _plane(
                "cifar", "Our CIFAR-10 model", "score by our classifier", "Fréchet, our classifier's features", sweep
            )
        )
        words.append(
            "[C]Our CIFAR-10 model[/] has score {cifar_score:2f} and Fréchet distance {cifar_fid:2f} (real images: "
            f"{cifar['real_score']:.2f} and {cifar['real_fid']:.2f}), on {cifar['n']:,} images at each w, by our own "
            "classifier."
        )
    else:
        words.append("The curves of our CIFAR-10 model are missing or damaged: assets/cifar/curves.json.")
    panels.append(_plane("toy", "The toy, exact", "score by the exact p(c|x)", "Fréchet to the data", sweep))
    return {
        "panels": panels,
        "caption": [
            "At w = {w} (scale 1 + w = {s}) [guided]the toy[/] has score {toy_score:2f} of 3 (its data: "
            f"{data:.2f}) and Fréchet distance {{toy_fid:3g}}. Its samples have mean p(c|x) {{prob_mean:1%}} and keep "
            "{keep_mean:0%} of their spread.",
            *words,
            "The paper's tables go from w = 0 to 4; beyond that its dot stays at their end.",
        ],
        "alt": "Three curves of a Fréchet distance against an inception score: the paper's, our CIFAR-10 model's, "
        "the toy's, each with a dot that moves with w.",
    }


LINES: dict[str, tuple[str, Source]] = {
    "paper": ("A", "published"), "cifar": ("C", "precomputed"), "toy": ("guided", "exact"),
}  # fmt: skip


def _plane(key: str, title: str, x: str, y: str, sweep: Sweep) -> Panel:
    color, source = LINES[key]
    across, up = sweep[f"{key}_score"], sweep[f"{key}_fid"]
    if key == "toy":
        seen = sweep.axes["w"] <= Tradeoff.fields()["w"].high
        across, up = across[seen], up[seen]
    air = 0.06 * float(np.ptp(across)) + 0.02
    at = (f"{key}_score", f"{key}_fid", color)
    return {
        "id": key,
        "title": title,
        "source": source,
        "x": axis(float(across.min()) - air, float(across.max()) + air, x),
        "y": axis(min(0.0, 0.9 * float(up.min())), 1.06 * float(up.max()), y),
        "layers": [curve("", *at), dot(*at, size=7)],
    }
