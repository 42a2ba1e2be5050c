"""The scene of the points that the code on the panel gives."""

from __future__ import annotations

from typing import Any

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES

STEP_NAMES = (("1 unconditional", "unconditional"), ("2 conditional", "conditional"), ("3 guided", "guided"))
START_W = 3.0


def scene(sweep: Sweep, c: int, drop: bool = True) -> dict[str, Any]:
    """The samples of the script over the class's contours."""
    extent, name = sweep.meta["extent"], CLASS_NAMES[c]
    guided, net = sweep.meta["step"] == "guided", sweep.meta["model"] == "net"
    lead = "At w = {w} (scale {s}) the script" if guided else "The script ignores w and"
    words = f"{lead} prints mean [{{mean_x:4f}}, {{mean_y:4f}}] and spread {{spread:4f}}"
    if net:
        words = words.replace("the script", "the exact script").replace("The script", "The exact script")
    after = "; a network trained for seconds is near that at w = 0, and drifts from it as w grows." if net else "."
    if net and not drop:
        after = "; a network that never saw the null label gives something else wherever it is asked without one."
    if sweep.meta["step"] == "unconditional":
        plain = "it cannot ask for a class: the dots are the whole mixture."
    elif guided:
        plain = "each move is pushed on, away from what it would be without a class."
    else:
        plain = "each dot is a draw of the class's own Gaussian: mean 1.793 from the centre, spread 1."
    return {
        "coords": {"w": START_W},
        "sliders": {"w": "code-w"},
        "columns": 1,
        "panels": [
            {
                "id": "outcome",
                "title": "What the exact script samples, by this project's own sampler on torch's noises",
                "aspect": "equal",
                "height": 460,
                "legend": True,
                "x": {"range": extent[:2], "label": "x₁"},
                "y": {"range": extent[2:], "label": "x₂"},
                "layers": [
                    {"type": "contour", "name": "p(x), all classes", "z": "log_p", "extent": extent, "relative": "max",
                     "levels": [-3.0, -1.5], "color": "uncond", "width": 1},
                    {"type": "contour", "name": f"p(x|{name})", "z": "log_pxc", "extent": extent, "relative": "max",
                     "levels": [-4.5, -2.0, -0.5], "color": "cond"},
                    {"type": "points", "name": "samples", "xy": "samples", "color": "guided", "size": 2.6,
                     "opacity": 0.75},
                ],
            }
        ],
        "caption": [f"{words}{after}", f"Step {_number(sweep.meta['step'])}: {plain}"],
        "alt": f"Samples of the script over the contours of class {name} and of the whole mixture.",
    }  # fmt: skip


def _number(step: str) -> str:
    return next(title for title, name in STEP_NAMES if name == step)
