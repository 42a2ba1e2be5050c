"""The scene of three judges: samples, their confidence against w, the gradients that the classifier asks for."""

from __future__ import annotations

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES
from demo.scenes.parts import Part, arrows, axis, contour, curve, dot, heat, plane, points

JUDGES = (
    ("own", "this classifier", "guided"),
    ("other", "another classifier", "diff"),
    ("exact", "exact posterior", "cond"),
)


def _plane(sweep: Sweep, name: str) -> list[Part]:
    extent = sweep.meta["extent"]
    sure = {"map": f"class:{name}", "range": [0, 1], "opacity": 0.7}
    return [
        heat(f"the classifier's p({name}|x)", "clean", extent, **sure, toggle=True),
        contour(f"true p({name}|x) = 50 %", "truth", extent, "ink", levels=[0.5], width=2.4, toggle=True),
        points("samples", "samples", size=2.1, opacity=0.85, color="ink"),
    ]


def _gradients(sweep: Sweep, name: str) -> list[Part]:
    sure = {"map": f"class:{name}", "range": [0, 1], "opacity": 0.55}
    drawn = {"scale": "auto", "width": 1.5, "unit": 1.0, "toggle": True}
    return [
        heat(f"the classifier's p({name}|z)", "field", sweep.meta["extent"], **sure, toggle=True),
        arrows("its gradient", "seats", "push", "guided", **drawn),
        arrows("the exact gradient", "seats", "push_exact", "cond", **drawn),
    ]


def _against_w(curves: list[tuple[str, str, str, list[int]]]) -> list[Part]:
    """Curves (array, name, colour, dash) against w, each with a dot that moves."""
    lines = [
        curve(name, "weight", array, color, **({"dash": dash} if dash else {})) for array, name, color, dash in curves
    ]
    return [*lines, *(dot("weight", array, color) for array, _, color, _ in curves)]


def _panels(sweep: Sweep, name: str) -> list[Part]:
    half, (low, high) = sweep.meta["extent"][1], sweep.meta["gaps"]
    free = {"aspect": "free", "height": 390, "legend": True}
    over_w = axis(-1, 10, "guidance weight w")
    air = max(5.0, high - low) / 20
    gaps = [
        ("of_classifier_exact", "samples it guided", "guided", []),
        ("of_classifier_other", "these, beyond the other classifier", "guided", [5, 4]),
        ("of_learned_exact", "classifier-free, learned network", "cond", []),
        ("of_exact_exact", "classifier-free, exact", "uncond", [5, 4]),
    ]
    return [
        {"id": "plane", "title": f"Samples of class {name} at this w", **plane(half, "x", height=390),
         "layers": _plane(sweep, name)},
        {
            "id": "judges",
            "title": f"How sure three judges are that they are {name}",
            **free,
            "x": over_w,
            "y": axis(0, 1.04, f"mean p({name}|x) of the samples"),
            "layers": _against_w([(*judge, []) for judge in JUDGES]),
        },
        {
            "id": "gradients",
            "title": f"∇ log p({name}|z) at noise level lam: what the classifier asks for",
            **plane(half, "z", height=390),
            "layers": _gradients(sweep, name),
        },
        {
            "id": "gaps",
            "title": "What only this classifier believes: its confidence beyond the truth",
            **free,
            "x": over_w,
            "y": axis(low - air, high + air, "percentage points"),
            "layers": _against_w(gaps),
        },
    ]  # fmt: skip


def _caption(sweep: Sweep, name: str) -> list[str]:
    size, guide, base = sweep.meta["size"], sweep.meta["guide"], sweep.meta["base"]
    at = "At w = {w} (scale 1 + w = {s}) "
    if guide == "classifier":
        verdict = (
            f"{at}the guiding classifier gives its samples of class {name} [guided]{{own:1%}}[/], an independent one "
            "[diff]{other:1%}[/], the exact posterior [cond]{exact:1%}[/]. It believes {gap_exact:1f} points "
            "(± {se_exact:1f}) more than is true, {gap_other:1f} more than the other classifier."
        )
        model = f"It guides the exact {base} model" + (", with w + 1." if base == "unconditional" else ", with w.")
    else:
        verdict = (
            f"{at}the classifier, which did not guide, gives these samples of class {name} [guided]{{own:1%}}[/], an "
            "independent one [diff]{other:1%}[/], the exact posterior [cond]{exact:1%}[/]: a gap of {gap_exact:1f} "
            "points (± {se_exact:1f}) that is plain error, not doubt."
        )
        with_ = "the learned network, p_uncond = 0.1" if guide == "learned" else "exact scores"
        model = f"The samples are those of classifier-free guidance with {with_}."
    compare = (
        "Beyond the exact posterior, it is sure of samples it guided by [guided]{of_classifier_exact:1f}[/] points, "
        "of classifier-free ones by [cond]{of_learned_exact:1f}[/] (learned network) and {of_exact_exact:1f} (exact). "
        "The latter is plain error (below 0: it doubts good samples). What red has above that and above 0 is won by "
        "pleasing the judge."
    )
    error = (
        f"Trained on {size} points, it gets {{right:1%}} of fresh clean points right (Bayes: {{bayes:1%}}). "
        f"At lam = {{lam}} its gradient is off by {{off:0%}} of the exact gradient's length. {model}"
    )
    return [verdict, compare, error]


def scene(sweep: Sweep) -> Part:
    """Four panels: samples over the classifier's map, the judges over w, its gradient over lam, the gaps over w."""
    name = CLASS_NAMES[sweep.meta["class"]]
    return {
        "coords": {"w": 3.0, "lam": 2.0},
        "sliders": {"w": "doubt-w", "lam": "doubt-lam"},
        "columns": 2,
        "panels": _panels(sweep, name),
        "caption": _caption(sweep, name),
        "alt": "Guided samples over a classifier's confidence, and three judges' mean confidence against w.",
    }
