"""The view "One line": the plain PyTorch of guidance, from unconditional to conditional to guided, a line at a time."""

from demo.view import Drawing, View
from demo.views.one_line.compute import outcome_sweep
from demo.views.one_line.scene import scene
from demo.views.one_line.settings import OneLine

PICTURED = tuple(name for name in OneLine.fields() if name != "p_uncond")  # the exact script has no training


VIEW = View(
    name="code",
    title="One line",
    folder="one_line",
    next=("What happens to pictures?", "cifar"),
    settings=OneLine,
    drawings=(Drawing(outcome_sweep, scene, live={"w": "w"}, uses=PICTURED),),
    top=("step", "model"),
    own_page=True,
)
