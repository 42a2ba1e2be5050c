"""What "One line" draws: the points that the code on the panel gives."""

from __future__ import annotations

from cfg_core.mixture import CIRCUMRADIUS
from demo.scene import Scene, axis, contour, log_contour, points
from demo.sweep import Sweep
from demo.views.one_line.settings import STEPS, OneLine


def scene(sweep: Sweep, s: OneLine) -> Scene:
    """The samples of the script over the class's contours."""
    extent, name = sweep.meta["extent"], s.letter
    guided, net = s.step == "guided", s.model == "net"
    lead = "At w = {w} (scale {s}) the script" if guided else "The script ignores w and"
    words = f"{lead} prints mean [{{mean_x:4f}}, {{mean_y:4f}}] and spread {{spread:4f}}"
    if net:
        words = words.replace("the script", "the exact script").replace("The script", "The exact script")
    after = "; a network trained for seconds is near that at w = 0, and drifts from it as w grows." if net else "."
    if net and not s.drop:
        after = "; a network that never saw the null label gives something else wherever it is asked without one."
    if s.step == "unconditional":
        plain = "it cannot ask for a class: with enough steps the dots are the whole mixture."
    elif guided:
        plain = "each move is pushed on, away from what it would be without a class (towards it where w is negative)."
    else:
        far = f"{CIRCUMRADIUS:g} from the centre, spread 1"
        plain = f"with enough steps each dot is a draw of the class's own Gaussian: {far}."
        if s.mixture:
            plain = "with enough steps each dot is a draw of the class's own density."
    return {
        "panels": [
            {
                "id": "outcome",
                "title": "What the exact script samples, by this project's own sampler on torch's noises",
                "source": "exact",
                "aspect": "equal",
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
        "caption": [f"{words}{after}", f"Step {STEPS[s.step]}: {plain}"],
        "alt": f"Samples of the script over the contours of class {name} and of the whole mixture.",
    }  # fmt: skip
