"""The scene of the points that the code on the panel gives."""

from __future__ import annotations

from cfg_core.sweeps import Sweep
from cfg_core.sweeps.toy import CLASS_NAMES
from demo.scenes.parts import Part, axis, contour, log_contour, points

STEP_NAMES = (("1 unconditional", "unconditional"), ("2 conditional", "conditional"), ("3 guided", "guided"))
START_W = 3.0


def scene(sweep: Sweep, c: int, drop: bool = True) -> Part:
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
        plain = "it cannot ask for a class: with enough steps the dots are the whole mixture."
    elif guided:
        plain = "each move is pushed on, away from what it would be without a class (towards it where w is negative)."
    else:
        plain = "with enough steps each dot is a draw of the class's own Gaussian: 1.793 from the centre, spread 1."
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
                "x": axis(extent[0], extent[1], "x₁"),
                "y": axis(extent[2], extent[3], "x₂"),
                "layers": [
                    contour(
                        "p(x), all classes", "log_p", extent, "uncond", relative="max", levels=[-3.0, -1.5], width=1
                    ),
                    log_contour(f"p(x|{name})", "log_pxc", extent, "cond"),
                    points("samples", "samples", color="guided", size=2.6, opacity=0.75),
                ],
            }
        ],
        "caption": [f"{words}{after}", f"Step {_number(sweep.meta['step'])}: {plain}"],
        "alt": f"Samples of the script over the contours of class {name} and of the whole mixture.",
    }  # fmt: skip


def _number(step: str) -> str:
    return next(title for title, name in STEP_NAMES if name == step)
