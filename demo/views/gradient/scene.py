"""What "Is it a gradient?" draws: curl, a circle, and the implicit classifier beside the true posterior."""

from __future__ import annotations

from demo.scene import Layer, Panel, Scene, Source, arrows, contour, heat, linear, plane
from demo.sweep import Sweep
from demo.views.gradient.settings import FIELDS, Gradient


def _curl_layers(extent: list[float], prefix: str) -> list[Layer]:
    curl = linear(f"{prefix}curl_base", f"{prefix}curl_slope")
    score = linear(f"{prefix}score_base", f"{prefix}score_slope")
    name = "curl (red anticlockwise, grey clockwise)"
    return [  # both maps in the left one's colours
        heat(name, curl, extent, map="diverging", symmetric="colour", color="guided", toggle=True),
        arrows("guided score", "at", score, "density", scale="auto", width=1.2, toggle=True),
        contour("density 1 % of its peak", "relative", extent, "muted", levels=[0.01], toggle=True),
        {"type": "circle", "name": "circle", "xy": "centre", "r": "radius", "color": "ink", "width": 2.2},
    ]


def _panels(sweep: Sweep, s: Gradient) -> list[Panel]:
    extent, name, title = sweep.meta["extent"], s.letter, FIELDS[s.kind]
    mine: Source = "exact" if s.kind == "exact" else "learned"

    def square(key: str, title: str, source: Source, layers: list[Layer]) -> Panel:
        return {"id": key, "title": title, "source": source, **plane(extent[1], "z"), "layers": layers}

    def moved(key: str, title: str, source: Source, prefix: str) -> Panel:
        panel = square(key, title, source, _curl_layers(extent, prefix))
        return {**panel, "clickable": True, "drags": "centre", "part": "curl"}

    def classifier(key: str, title: str, source: Source, label: str) -> Panel:
        layers: list[Layer] = [
            heat(label, key, extent, map=f"class:{name}", range=[0, 1], opacity=0.8),
            contour("at 10, 50, 90 %", key, extent, "ink", levels=[0.1, 0.5, 0.9]),
        ]
        return {**square(key, title, source, layers), "part": "implicit"}

    return [
        moved("mine", f"Curl of the guided score: {title}", mine, ""),
        moved("exact", "Curl of the exact guided score", "exact", "exact_"),
        classifier("implicit", f"Implicit classifier of the {title}", mine, f"pⁱ({name}|z)"),
        classifier("posterior", "True posterior (exact)", "exact", f"p({name}|z)"),
    ]


def _caption(kind: str, title: str, name: str) -> dict[str, list[str]]:
    trained = kind != "exact"
    of = f"[guided]the {title}[/]"
    small = "ratio:1%" if kind == "learned" else "ratio"
    start = (
        f"At lam = {{lam}}, w = {{w}} (scale 1 + w = {{s}}), class {name}: once round the circle the guided score of "
        f"{of} does work [guided]{{work_base+w*work_slope:3g}}[/]; a gradient would do 0. "
    )
    if trained:
        start += "The exact field does [cond]{exact_work_base+w*exact_work_slope:3g}[/], which is rounding."
    stokes = "By Stokes' theorem its curl summed over the disc is the same: {area_base+w*area_slope:3g}. "
    share = (stokes if kind == "learned" else "") + (
        f"Where the data are, curl is {{{small}}} of the Jacobian (all slopes of the arrows; root mean squares) of "
        f"{of}, and {{exact_ratio}} of the exact one. Full colour is a curl of ±{{colour:2g}}."
    )
    if kind == "potential":
        how = "exp(f(z,c) − f(z)) of its own log-densities f, whatever the path"
        path = ""
    else:
        how = "the difference of its two outputs, added up along straight lines from the centre"
        path = " Added up along another way, round the circle say, log pⁱ would differ by {work_slope}."
    implicit = (
        f"At lam = {{lam}} the implicit classifier pⁱ of {of} misses the true posterior of class {name} by "
        "{miss:1%} (root mean square)."
    )
    made = (
        f"pⁱ is {how}, set to the truth at the centre and normalised over the classes. Before that they added up to 1 "
        "within {excess:1%}."
    )
    return {"curl": [start, share], "implicit": [implicit, made + path]}


def scene(sweep: Sweep, s: Gradient) -> Scene:
    """Four planes: curl of the field and of the exact one with the circle; implicit classifier and true posterior."""
    return {
        "panels": _panels(sweep, s),
        "caption": _caption(s.kind, FIELDS[s.kind], s.letter),
        "alt": "Heat maps of the curl of a guided score field with a circle, and of the classifier that it implies.",
    }
