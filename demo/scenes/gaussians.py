"""The scenes of the first tab: samples over the target, fidelity against diversity, the paper's figure."""

from __future__ import annotations

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES, FIGURE_W
from demo import controls
from demo.scenes.parts import Part, axis, curve, dot, guided_samples, heat, log_contour, plane, targets

CAPTION = (
    "At w = {w} (scale 1 + w = {s}) class A keeps {keep_A:0%} of its spread; "
    "{own_A:1%} of its samples are classified as A.",
    "Class B keeps {keep_B:0%} ({own_B:1%} classified as B), class C {keep_C:0%} ({own_C:1%} as C).",
)
GIVE_OR_TAKE = "Measured on {n} points of each class, a spread is known to about ± {part:.0f} % of itself."


def _plane_layers(sweep: Sweep) -> list[Part]:
    """Class shares, contours of the target and (where computed) of the guided density, and the samples."""
    extent = sweep.meta["extent"]
    share = {"rgb": "class_share", "extent": extent, "opacity": 0.35, "on": False, "toggle": True}
    layers: list[Part] = [{"type": "heat", "name": "which class is likelier, p(c|x)", **share}]
    layers += targets(extent, width=1.4)
    if "log_actual" in sweep.arrays:
        layers += [
            log_contour(
                "exact density of the guided ODE", {"array": "log_actual", "pick": {"class": c}}, extent, name,
                group="actual", width=2.2, dash=[5, 4], toggle=True,
            )
            for c, name in enumerate(CLASS_NAMES)
        ]  # fmt: skip
    return [*layers, guided_samples("samples")]


TRADE_OFF = [
    curve("guided samples", "keep_mean", "prob_mean", "guided"),
    curve("tilted target", "target_keep", "target_prob", "cond", dash=[5, 4]),
    dot("target_keep", "target_prob", "cond", size=4),
    dot("keep_mean", "prob_mean", "guided", size=6),
]


def scene(sweep: Sweep, title: str, actual: bool) -> Part:
    """Two panels: the plane with samples over the target's contours, and the trade-off with a moving dot."""
    half, settings = sweep.meta["extent"][1], sweep.meta["settings"]
    n = settings["points"]
    about = controls.about_rule(settings["rule"], settings["params"])
    return {
        "coords": {"w": 3.0},
        "sliders": {"w": "gaussians-w"},
        "columns": 2,
        "panels": [
            {
                "id": "plane",
                "title": title,
                **plane(half, "x", height=470, span=1.15),
                "layers": _plane_layers(sweep),
            },
            {
                "id": "trade",
                "title": "Fidelity against diversity, as w runs from −1 to 10",
                "aspect": "free",
                "height": 470,
                "legend": True,
                "x": axis(0, _most_kept(sweep), "spread kept (1 = that of p(x|c))"),
                "y": axis(0, 1.04, "mean class probability p(c|x)"),
                "layers": TRADE_OFF,
            },
        ],
        "caption": [*CAPTION, GIVE_OR_TAKE.format(n=n, part=50 / n**0.5), *_about_density(sweep, actual), about],
        "alt": "Guided samples of three Gaussian classes over the contours of the tilted target, and the trade-off "
        "between class probability and spread.",
    }


def _about_density(sweep: Sweep, asked: bool) -> list[str]:
    """A sentence on the dashed contours, where they are drawn or asked for in vain."""
    if "log_actual" not in sweep.arrays:
        why = "No dashed contours: this rule's divergence has no formula here, so its exact density is not known."
        return [why] if asked else []
    words = "Dashed: the exact density of the guided ODE's end point, from its analytic divergence; no histogram."
    lam_max = sweep.meta["settings"]["lam_max"]
    if lam_max < 12:  # the samples shown are x^, which still takes away the noise left at lam_max
        words += f" It still holds the noise of lam max = {lam_max:g}: a little wider than the samples, which are x^."
    return [words]


def figure_scene(sweep: Sweep) -> Part:
    """Four panels, each relative to its own maximum, white to dark, as the paper prints them."""
    extent = sweep.meta["extent"]
    bare = {"aspect": "equal", "height": 260, "x": axis(extent[0], extent[1]), "y": axis(extent[2], extent[3])}
    panels = []
    for i, w in enumerate(FIGURE_W):
        density = heat("", {"array": "log_mixture", "pick": {"panel": i}}, extent, map="paper", relative="max")
        title = f"w = {w:g} (scale {1 + w:g})" + (": no guidance" if w == 0 else "")
        panels.append({"id": f"w{w:g}", "title": title, **bare, "layers": [density]})
    return {
        "coords": {},
        "columns": 4,
        "panels": panels,
        "caption": [
            "The paper's figure, computed: mixtures of the normalised guided conditionals p(x|c) p(c|x)^w / Z(w), "
            "each shown relative to its own maximum. Mass moves away from the other classes. These are target "
            "densities: guided sampling goes further (choose “Turn w” to see by how much). Of the controls only the "
            "separation, the spread and the weights count here.",
            *_about_window(sweep.meta["in_view"]),
        ],
        "alt": "Four heat maps of a mixture of three classes, at guidance weights 0, 10, 100 and 1000.",
    }


def _about_window(in_view: float) -> list[str]:
    """What to say where classes that overlap much have been pushed out of the panels."""
    if in_view > 0.99:
        return []
    return [f"These classes overlap so much that w pushes them far out: of one target the panels hold {in_view:.0%}."]


def _most_kept(sweep: Sweep) -> float:
    return round(1.08 * max(float(sweep["keep_mean"].max()), float(sweep["target_keep"].max())), 2)
