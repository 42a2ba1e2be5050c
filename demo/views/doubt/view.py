"""The view "Classifier's doubt": samples guided by a classifier, as it, another classifier and the truth judge them."""

from demo.sweep import Sweep
from demo.view import Drawing, View
from demo.views.doubt import images, images_scene
from demo.views.doubt.scene import scene
from demo.views.doubt.settings import Doubt
from demo.views.workers import NETWORKS


def _compute(s: Doubt) -> Sweep:
    from demo.views.doubt.compute import compute  # loads torch

    return compute(s)


VIEW = View(
    name="doubt",
    title="Classifier's doubt",
    folder="doubt",
    next=("Why not just lower the temperature?", "temperature"),
    settings=Doubt,
    drawings=(
        Drawing(_compute, scene, live={"w": "w", "lam": "lam"}, uses=("size", "guide", "base", "letter"),
                parts=("judges", "gradients")),
        Drawing(images.compute, images_scene.scene, live={"w": "w"}, uses=("against",), name="images",
                parts=("images", "measured")),
    ),
    top=("size",),
    square=("judges", "gradients"),
    only={"lam": "gradients"},
    at=NETWORKS,
)  # fmt: skip
