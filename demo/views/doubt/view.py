"""The view "Classifier's doubt": samples guided by a classifier, as it, another classifier and the truth judge them."""

from demo.sweep import Sweep
from demo.view import Drawing, View
from demo.views.doubt.scene import scene
from demo.views.doubt.settings import Doubt


def _compute(s: Doubt) -> Sweep:
    from demo.views.doubt.compute import compute  # loads torch

    return compute(s)


VIEW = View(
    name="doubt",
    title="Classifier's doubt",
    folder="doubt",
    settings=Doubt,
    drawings=(Drawing(_compute, scene, live={"w": "w", "lam": "lam"}, room=(1090, 2290)),),
    top=("size",),
    needs=frozenset({"classifier"}),
    warm=True,
)
