"""The scene of curl, a circle, and the implicit classifier beside the true posterior."""

from __future__ import annotations

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES
from demo.scenes.parts import Part, arrows, contour, heat, linear, plane

FIELDS = {"learned": "learned network", "potential": "log-density network", "exact": "exact mixture"}


def _curl_layers(sweep: Sweep, prefix: str) -> list[Part]:
    extent = sweep.meta["extent"]
    curl = linear(f"{prefix}curl_base", f"{prefix}curl_slope")
    score = linear(f"{prefix}score_base", f"{prefix}score_slope")
    signed = {"map": "diverging", "symmetric": "colour", "color": "guided"}  # both maps in the left one's colours
    return [
        heat("curl (red anticlockwise, grey clockwise)", curl, extent, **signed, toggle=True),
        arrows("guided score", "at", score, "density", scale="auto", width=1.2, toggle=True),
        contour("density 1 % of its peak", "relative", extent, "muted", levels=[0.01], toggle=True),
        {"type": "circle", "name": "circle", "xy": "centre", "r": "radius", "color": "ink", "width": 2.2},
    ]


def _panels(sweep: Sweep, title: str) -> list[Part]:
    extent, name = sweep.meta["extent"], CLASS_NAMES[sweep.meta["class"]]
    square = plane(extent[1], "z", height=390)
    moved = {**square, "clickable": True, "drags": "centre"}

    def classifier(array: str, label: str) -> list[Part]:
        return [
            heat(label, array, extent, map=f"class:{name}", range=[0, 1], opacity=0.8),
            contour("at 10, 50, 90 %", array, extent, "ink", levels=[0.1, 0.5, 0.9]),
        ]

    return [
        {"id": "mine", "title": f"Curl of the guided score: {title}", **moved, "layers": _curl_layers(sweep, "")},
        {"id": "exact", "title": "Curl of the exact guided score", **moved, "layers": _curl_layers(sweep, "exact_")},
        {
            "id": "implicit",
            "title": f"Implicit classifier of the {title}",
            **square,
            "layers": classifier("implicit", f"pⁱ({name}|z)"),
        },
        {
            "id": "posterior",
            "title": "True posterior (exact)",
            **square,
            "layers": classifier("posterior", f"p({name}|z)"),
        },
    ]


def _caption(kind: str, title: str, name: str) -> list[str]:
    trained = kind != "exact"
    of = f"[guided]the {title}[/]"
    small = "ratio:1%" if kind == "learned" else "ratio"
    start = (
        f"At lam = {{lam}}, w = {{w}} (scale 1 + w = {{s}}), class {name}: once round the circle the guided score of "
        f"{of} does work [guided]{{work_base+w*work_slope:3g}}[/]; a gradient would do 0. "
    )
    if kind == "learned":
        start += "Its curl, summed over points of the disc: {area_base+w*area_slope:3g}, by Stokes' theorem the same. "
    if trained:
        start += "Exact field: [cond]{exact_work_base+w*exact_work_slope:3g}[/], which is rounding."
    share = (
        f"Where the data are, the curl of {of} is {{{small}}} of its whole Jacobian (root mean squares); of the exact "
        "field {exact_ratio}. Full colour is a curl of ±{colour:2g}."
    )
    if kind == "potential":
        how = "exp(f(z,c) − f(z)) of its own log-densities f, whatever the path"
        path = ""
    else:
        how = "the difference of its two outputs added up along straight lines from the centre"
        path = " By another way, round the circle say, log pⁱ would come out different by {work_slope}."
    implicit = (
        f"pⁱ is {how}, set to the truth at the centre and normalised over the classes. It misses the true posterior by "
        "{miss:1%} (root mean square); before normalising they added up to 1 within {excess:1%}."
    )
    return [start, share, implicit + path]


def scene(sweep: Sweep, kind: str, key: str) -> Part:
    """Four planes: curl of the field and of the exact one with the circle; implicit classifier and true posterior."""
    name = CLASS_NAMES[sweep.meta["class"]]
    return {
        "key": key,
        "coords": {"w": 3.0, "lam": 0.0},
        "sliders": {"w": "gradient-w", "lam": "gradient-lam"},
        "play": {"slider": "gradient-lam", "seconds": 8, "step": 0.5, "label": "from noise to data, along lam"},
        "columns": 2,
        "panels": _panels(sweep, FIELDS[kind]),
        "caption": _caption(kind, FIELDS[kind], name),
        "alt": "Heat maps of the curl of a guided score field with a circle, and of the classifier that it implies.",
    }
