"""The scene of curl, a circle, and the implicit classifier beside the true posterior."""

from __future__ import annotations

from typing import Any

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES

FIELDS = {"learned": "learned network", "potential": "log-density network", "exact": "exact mixture"}


def _curl_layers(sweep: Sweep, prefix: str) -> list[dict[str, Any]]:
    extent = sweep.meta["extent"]
    return [
        {
            "type": "heat",
            "name": "curl (red anticlockwise, grey clockwise)",
            "z": {"base": f"{prefix}curl_base", "slope": f"{prefix}curl_slope", "by": "w"},
            "extent": extent,
            "map": "diverging",
            "symmetric": "colour",  # both maps in the left one's colours
            "color": "guided",
            "toggle": True,
        },
        {
            "type": "arrows",
            "name": "guided score",
            "xy": "at",
            "uv": {"base": f"{prefix}score_base", "slope": f"{prefix}score_slope", "by": "w"},
            "color": "density",
            "scale": "auto",
            "width": 1.2,
            "toggle": True,
        },
        {
            "type": "contour",
            "name": "density 1 % of its peak",
            "z": "relative",
            "extent": extent,
            "levels": [0.01],
            "color": "muted",
            "toggle": True,
        },
        {"type": "circle", "name": "circle", "xy": "centre", "r": "radius", "color": "ink", "width": 2.2},
    ]


def _panels(sweep: Sweep, title: str) -> list[dict[str, Any]]:
    half, name = sweep.meta["extent"][1], CLASS_NAMES[sweep.meta["class"]]
    axes = {"x": {"range": [-half, half], "label": "z₁"}, "y": {"range": [-half, half], "label": "z₂"}}
    plane = {"aspect": "equal", "height": 390, "legend": True, **axes}
    moved = {**plane, "clickable": True, "drags": "centre"}

    def classifier(array: str, label: str) -> list[dict[str, Any]]:
        common = {"z": array, "extent": sweep.meta["extent"]}
        heat = {"type": "heat", "name": label, "map": f"class:{name}", "range": [0, 1], "opacity": 0.8, **common}
        border = {"type": "contour", "name": "at 10, 50, 90 %", "levels": [0.1, 0.5, 0.9], "color": "ink", **common}
        return [heat, border]

    return [
        {"id": "mine", "title": f"Curl of the guided score: {title}", **moved, "layers": _curl_layers(sweep, "")},
        {"id": "exact", "title": "Curl of the exact guided score", **moved, "layers": _curl_layers(sweep, "exact_")},
        {
            "id": "implicit",
            "title": f"Implicit classifier of the {title}",
            **plane,
            "layers": classifier("implicit", f"pⁱ({name}|z)"),
        },
        {
            "id": "posterior",
            "title": "True posterior (exact)",
            **plane,
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
        start += "Its curl, summed over the disc, says the same: {area_base+w*area_slope:3g} (Stokes). "
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


def scene(sweep: Sweep, kind: str, key: str) -> dict[str, Any]:
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
