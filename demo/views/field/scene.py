"""What "Score field" draws: arrows over a heat map, trails of a particle, the sum of its arrows tip to tail."""

from __future__ import annotations

from cfg_core.guidance import RULES
from demo.fields import about_engine, about_rule
from demo.scene import Arrows, Chain, Layer, Ref, Scene, arrows, heat, linear, path, picked, plane
from demo.sweep import Sweep
from demo.views.field.compute import TRAIL_W
from demo.views.field.settings import Field

TRAIL_COLORS = ("#8a8f98", "#4f7cac", "#3a9d8f", "#d98c2b", "#c8443c")


def scene(sweep: Sweep, s: Field) -> Scene:
    """The plane with arrows, heat and trails, and a close-up of the particle's arrows tip to tail."""
    symbol = "ε" if s.arrows == "eps" else "score"
    first, second, in_words = _parts(s.rule, symbol)
    return {
        "grabs": "plane",
        "marks": ["separation"],
        "panels": [
            {
                "id": "plane",
                "title": f"Class {s.letter} at noise level lam: the field that sampling follows",
                "source": "exact",
                **plane("extent", "z"),
                "clickable": True,
                "layers": _plane_layers("extent", s.letter, symbol),
            },
            {
                "id": "chain",
                "title": "At the particle: one arrow plus w times another",
                "source": "exact",
                "aspect": "equal",
                "x": {"range": "fit", "label": ""},
                "y": {"range": "fit", "label": ""},
                "layers": [_sum_of_arrows(first, second, symbol)],
            },
        ],
        "caption": [
            f"At w = {{w}} (scale 1 + w = {{s}}) and lam = {{lam}}, at the particle: [guided]guided {symbol} "
            f"({{base_1+w*push_1:2f}}, {{base_2+w*push_2:2f}})[/] = "
            f"[cond]{first} ({{base_1:2f}}, {{base_2:2f}})[/] + "
            f"{{w}} × [diff]{in_words} ({{push_1:2f}}, {{push_2:2f}})[/].",
            f"There the class has probability p({s.letter}|z) = {{point_prob:1%}}. "
            "On the left long arrows are drawn too short, "
            "so that they do not tangle; the panel on the right is true to scale.",
            *([about_rule(s.rule, s.params) + about_engine(s.rule)] if s.rule != "cfg" else []),
        ],
        "beside": ["chain"],
        "alt": "Arrow field of the guided estimate over the noised density, with guided trajectories of one particle.",
    }


def _plane_layers(extent: str, name: str, symbol: str) -> list[Layer]:
    """Heat maps, the four fields of arrows, the particle and its paths."""

    def field(label: str, uv: Ref, color: str, on: bool = False) -> Arrows:
        return arrows(label, "at", uv, color, scale="auto", width=1.4, unit=1.0, on=on, toggle=True)

    trails = [
        path(
            "its path for several w", picked("trails", trail=i), color,
            group="paths", label=f"w = {w:g}", width=2.2, toggle=True,
        )
        for i, (w, color) in enumerate(zip(TRAIL_W, TRAIL_COLORS, strict=True))
    ]  # fmt: skip
    return [
        heat("density p(z)", "log_p", extent, map="density", relative="max", toggle=True),
        heat(
            f"p({name}|z)", "posterior", extent, map=f"class:{name}", range=[0, 1], opacity=0.7, on=False, toggle=True
        ),
        field(f"unconditional {symbol}", "uncond", "uncond"),
        field(f"conditional {symbol}", "cond", "cond"),
        field("difference: implicit classifier", "diff", "diff"),
        field(f"guided {symbol}", linear("base", "push"), "guided", on=True),
        *trails,
        {"type": "marker", "xy": "drop", "label": "z"},
    ]


def _sum_of_arrows(first: str, second: str, symbol: str) -> Chain:
    """The particle's two arrows tip to tail, and the guided one that they make."""
    return {
        "type": "chain",
        "name": "at z",
        "at": [0, 0],
        "vectors": [
            {"uv": "point_base", "color": "cond", "label": first},
            {"uv": {"slope": "point_push", "by": "w"}, "color": "diff", "label": f"w × {second}"},
        ],
        "sum": {"color": "guided", "label": f"guided {symbol}"},
    }


def _parts(rule: str, symbol: str) -> tuple[str, str, str]:
    """Names of the two arrows whose sum is the guided one, and of the second as the sentence has it.

    Every rule here is base + w push; for those whose strength is a number of its own the push has the difference's
    direction.
    """
    if rule in ("cfg", "classifier", "classifier_u"):
        return f"{symbol}(z,c)", "difference", f"({symbol}(z,c) − {symbol}(z))"
    return f"{symbol} at w = 0", "push", f"push of “{RULES[rule].title}”"
