"""The view "Target & truth": what guidance is said to sample, what it samples, and the sampler that gets there."""

from demo.view import Drawing, View
from demo.views.truth.compute import compute
from demo.views.truth.scene import scene
from demo.views.truth.settings import Truth

VIEW = View(
    name="truth",
    title="Target & truth",
    folder="truth",
    settings=Truth,
    drawings=(Drawing(compute, scene, live={"w": "w", "lam": "lam"}, room=(610, 1830)),),
    top=("view",),
    needs=frozenset({"classifier"}),
)
