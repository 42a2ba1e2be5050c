"""The view "Target & truth": what guidance is said to sample, what it samples, and the sampler that gets there."""

from demo.scene import along_lam
from demo.view import Drawing, View
from demo.views.truth.compute import compute
from demo.views.truth.scene import scene
from demo.views.truth.settings import LAWS, Truth

VIEW = View(
    name="truth",
    title="Target & truth",
    folder="truth",
    next=("Are the arrows a gradient of anything?", "gradient"),
    settings=Truth,
    drawings=(Drawing(compute, scene, live={"w": "w", "lam": "lam"}, play=along_lam(6, 0.75)),),
    square=(LAWS,),
)
