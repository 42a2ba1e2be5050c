"""The view "Is it a gradient?": curl, loop integral and implicit classifier of a learned field and the exact one."""

from demo.scene import along_lam
from demo.sweep import Sweep
from demo.view import Drawing, View
from demo.views.gradient.scene import scene
from demo.views.gradient.settings import Gradient
from demo.views.workers import NETWORKS


def _fields(s: Gradient) -> Sweep:
    from demo.views.gradient.compute import fields  # loads torch

    return fields(s)


def _circle(s: Gradient) -> Sweep:
    from demo.views.gradient.compute import round_the_circle

    return round_the_circle(s)


VIEW = View(
    name="gradient",
    title="Is it a gradient?",
    folder="gradient",
    next=("Would a classifier's own gradient be better?", "doubt"),
    settings=Gradient,
    drawings=(
        Drawing(
            _fields, scene, live={"w": "w", "lam": "lam"},
            detail=_circle, moves=("z1", "z2", "radius"), drops={"z1": "x", "z2": "y"},
            play=along_lam(),
        ),
    ),
    only={"radius": "curl"},
    at=NETWORKS,
)  # fmt: skip
