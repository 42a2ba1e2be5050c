"""What "Classifier's doubt" draws: samples, three judges' confidence in them, the gradients that one asks for."""

from __future__ import annotations

from demo.scene import Axis, Layer, Panel, Scene, arrows, axis, contour, curve, dot, heat, plane, points
from demo.sweep import Sweep
from demo.views.doubt.settings import Doubt

JUDGES = (
    ("own", "this classifier", "guided"),
    ("other", "another classifier", "diff"),
    ("exact", "exact posterior", "cond"),
)


def _plane(sweep: Sweep, name: str) -> list[Layer]:
    extent = sweep.meta["extent"]
    color = f"class:{name}"
    return [
        heat(f"the classifier's p({name}|x)", "clean", extent, map=color, range=[0, 1], opacity=0.7, toggle=True),
        contour(f"true p({name}|x) = 50 %", "truth", extent, "ink", levels=[0.5], width=2.4, toggle=True),
        points("samples", "samples", size=2.1, opacity=0.85, color="ink"),
    ]


def _gradients(sweep: Sweep, name: str) -> list[Layer]:
    extent, color = sweep.meta["extent"], f"class:{name}"
    pushes = (("its gradient", "push", "guided"), ("the exact gradient", "push_exact", "cond"))
    return [
        heat(f"the classifier's p({name}|z)", "field", extent, map=color, range=[0, 1], opacity=0.55, toggle=True),
        *(arrows(words, "seats", uv, c, scale="auto", width=1.5, unit=1.0, toggle=True) for words, uv, c in pushes),
    ]


def _against_w(curves: list[tuple[str, str, str, list[float]]]) -> list[Layer]:
    """Curves (array, name, colour, dash) against w, each with a dot that moves."""
    lines = [curve(name, "weight", array, color, dash=dash) for array, name, color, dash in curves]
    return [*lines, *(dot("weight", array, color) for array, _, color, _ in curves)]


def _panels(sweep: Sweep, name: str) -> list[Panel]:
    half, (low, high) = sweep.meta["extent"][1], sweep.meta["gaps"]
    air = max(5.0, high - low) / 20

    def square(key: str, title: str, letter: str, part: str, layers: list[Layer]) -> Panel:
        return {"id": key, "title": title, "source": "learned", **plane(half, letter), "part": part, "layers": layers}

    def over_w(key: str, title: str, part: str, y: Axis, layers: list[Layer]) -> Panel:
        return {"id": key, "title": title, "source": "learned", "x": axis(-1, 10, "guidance weight w"),
                "y": y, "part": part, "layers": layers}  # fmt: skip

    gaps: list[tuple[str, str, str, list[float]]] = [
        ("of_classifier_exact", "samples it guided", "guided", []),
        ("of_classifier_other", "these, beyond the other classifier", "guided", [5, 4]),
        ("of_learned_exact", "classifier-free, learned network", "cond", []),
        ("of_exact_exact", "classifier-free, exact", "uncond", [5, 4]),
    ]
    return [
        square("plane", f"Samples of class {name} at this w", "x", "judges", _plane(sweep, name)),
        over_w(
            "judges", f"How sure three judges are of class {name}", "judges",
            axis(0, 1.04, f"mean p({name}|x) of the samples"), _against_w([(*judge, []) for judge in JUDGES]),
        ),
        square(
            "gradients", f"∇ log p({name}|z) at noise level lam: what the classifier asks for", "z", "gradients",
            _gradients(sweep, name),
        ),
        over_w(
            "gaps", "What only this classifier believes: its confidence beyond the truth", "gradients",
            axis(low - air, high + air, "percentage points"), _against_w(gaps),
        ),
    ]  # fmt: skip


def _caption(s: Doubt) -> dict[str, list[str]]:
    size, guide, base, name = s.size, s.guide, s.base, s.letter
    at = "At w = {w} (scale 1 + w = {s}) "
    if guide == "classifier":
        verdict = (
            f"{at}the guiding classifier gives its samples of class {name} [guided]{{own:1%}}[/], an independent one "
            "[diff]{other:1%}[/], the exact posterior [cond]{exact:1%}[/]."
        )
        times = "w + 1" if base == "unconditional" else "w"
        model = (
            "It believes {gap_exact:1f} points (± {se_exact:1f}) more than is true, and {gap_other:1f} more than the "
            f"other classifier. Here {times} times its gradient guides the exact {base} model."
        )
    else:
        verdict = (
            f"{at}the classifier, which did not guide, gives these samples of class {name} [guided]{{own:1%}}[/], an "
            "independent one [diff]{other:1%}[/], the exact posterior [cond]{exact:1%}[/]."
        )
        with_ = "the learned network, p_uncond = 0.1" if guide == "learned" else "exact scores"
        model = (
            "The gap of {gap_exact:1f} points (± {se_exact:1f}) is plain error: nothing was made to please it. The "
            f"samples are those of classifier-free guidance with {with_}."
        )
    compare = (
        f"{at}it is [guided]{{of_classifier_exact:1f}}[/] percentage points surer than is true of samples that it "
        "guided; of classifier-free ones, [cond]{of_learned_exact:1f}[/] (learned network) and {of_exact_exact:1f} "
        "(exact). Those are plain error (below 0 it doubts good samples); what its own samples have above them, and "
        "above 0, was won by pleasing the judge."
    )
    error = (
        f"Trained on {size} points, the classifier gets {{right:1%}} of fresh points right (at best, by Bayes' rule: "
        "{bayes:1%}). "
        f"At lam = {{lam}} its gradient is off by {{off:0%}} of the exact gradient's length."
    )
    return {"judges": [verdict, model], "gradients": [error, compare]}


def scene(sweep: Sweep, s: Doubt) -> Scene:
    """Four panels: samples over the classifier's map, the judges over w, its gradient over lam, the gaps over w."""
    return {
        "panels": _panels(sweep, s.letter),
        "caption": _caption(s),
        "beside": ["judges", "gaps"],
        "alt": "Guided samples over a classifier's confidence, and three judges' mean confidence against w.",
    }
