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
    lead = "At w = {w} (scale 1 + w = {s}) the script" if guided else "The script ignores w and"
    words = f"{lead} prints mean [{{mean_x:4f}}, {{mean_y:4f}}] and spread {{spread:4f}}"
    if net:
        words = words.replace("the script", "the exact script").replace("The script", "The exact script")
    after = "."
    if net:
        trained = "is near that at w = 0, and drifts away as w grows" if guided else "comes near that"
        after = f". A network trained for seconds {trained}."
    if net and not s.drop:
        after = ". A network that never saw the null label gives something else wherever it is asked without a class."
    if s.step == "unconditional":
        plain = "no class is asked for; with enough steps the dots are the whole mixture."
    elif guided:
        plain = "each move is pushed away from what it would be without a class (towards it where w is negative)."
    else:
        far = f"{CIRCUMRADIUS:g} from the centre, spread 1"
        plain = f"with enough steps each dot is a draw of the class's own Gaussian: {far}."
        if s.mixture:
            plain = "with enough steps each dot is a draw of the class's own density."
    return {
        "panels": [
            {
                "id": "outcome",
                "title": "What the exact script samples, computed here on torch's noises",
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
        "beside": ["outcome"],
        "alt": f"Samples of the script over the contours of class {name} and of the whole mixture.",
    }  # fmt: skip
