"""The view "Compare": any two guidance rules side by side on the same noises, with the same read-outs."""

from cfg_core.guidance import RULES
from demo.fields import NUMBERS_FOLD
from demo.view import Drawing, View
from demo.views.compare.compute import compute
from demo.views.compare.scene import scene
from demo.views.compare.settings import Compare

ROWS = "\n".join(f"| **{r.title}** | ${r.formula}$ | {r.lesson} | {r.paper} |" for r in RULES.values())

VIEW = View(
    name="compare",
    title="Compare",
    folder="compare",
    next=("How does one choose w?", "tradeoff"),
    settings=Compare,
    drawings=(Drawing(compute, scene, live={"w": "w"}),),
    top=("left", "left_sampler", "right", "right_sampler"),
    notes={NUMBERS_FOLD: f"| rule | formula | what it shows | source |\n|---|---|---|---|\n{ROWS}"},
)
