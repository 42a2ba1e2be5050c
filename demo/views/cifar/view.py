"""The view "CIFAR-10": the same noises at w and at w = 0, from a network trained here."""

from demo.fields import ABOUT_RULES, NUMBERS_FOLD
from demo.view import Drawing, View
from demo.views.cifar.compute import compute
from demo.views.cifar.gallery import gallery, gallery_scene
from demo.views.cifar.scene import scene
from demo.views.cifar.settings import Cifar
from demo.views.cifar.taken_compute import spread, taken
from demo.views.cifar.taken_scene import spread_scene, taken_scene

VIEW = View(
    name="cifar",
    title="CIFAR-10",
    folder="cifar",
    next=("How was this network trained?", "train"),
    settings=Cifar,
    drawings=(
        Drawing(gallery, gallery_scene, live={"w": "w"}, uses=("pick",), name="wall", parts=("wall",)),
        Drawing(compute, scene, live={"w": "w"}, uses=("measured",), name="curves", parts=("curves",)),
        Drawing(taken, taken_scene, live={"w": "w"}, uses=("pick",), name="taken", parts=("taken",)),
        Drawing(spread, spread_scene, live={"w": "w"}, uses=("pick",), name="spread", parts=("spread",)),
    ),
    notes={NUMBERS_FOLD: ABOUT_RULES},
    only={
        **dict.fromkeys((name for name in Cifar.fields() if name not in ("part", "w", "measured")), "live"),
        "pick": ("wall", "live", "taken", "spread"),
    },
    own_page=True,
)
