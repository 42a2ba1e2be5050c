"""What "Trade-off" draws of a table over w: FID and IS against w, and against each other."""

from __future__ import annotations

from demo.scene import Layer, Panel, Scene, axis, curve, dot, line, points
from demo.sweep import Sweep
from demo.views.tradeoff.settings import RANGES, Tradeoff
from demo.views.tradeoff.tables import Table

COLORS = ("A", "B", "C")
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
        "beside": ["is"],
        "alt": f"{table.fid_name} and {table.score_name} as curves over w and against each other.",
    }


def _table_words(table: Table, named: list[str], top_w: float) -> list[str]:
    digits = 1 if table.score.max() > 50 else 2  # of a score
    at_equal_w = ", ".join(f"[{c}]{{fid_{i}:2f}} ({{is_{i}:{digits}f}})[/]" for i, c in enumerate(COLORS, 1))
    at_equal_score = "; ".join(
        f"[{c}]{name} at w = {{equal_w_{i}:2f}}: {{equal_fid_{i}:2f}}[/]"
        for i, (c, name) in enumerate(zip(COLORS, named, strict=True), 1)
    )
    first, last = named[0], named[-1]
    return [
        f"At equal w = {{w}} (scale 1 + w = {{s}}), {table.fid_name} ({table.score_name}) for {table.vary} = "
        f"{' / '.join(f'{v:g}' for v in table.values)}: {at_equal_w}. {last} minus {first}: {{gap_at_w:2f}}.",
        f"At equal {table.score_name} {{is_3:{digits}f}}, {table.fid_name}: {at_equal_score}. {last} minus {first}: "
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
