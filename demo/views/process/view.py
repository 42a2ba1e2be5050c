"""The view "Process": the lam axis, the laws of lam, single steps there and back, and what a network is asked for."""

from demo.view import Drawing, View
from demo.views.process.compute import along, step_sweep
from demo.views.process.scene import scene, step_scene
from demo.views.process.settings import Process

ALONG = ("law", "lam_min", "lam_max", "points", "seed", "x1", "x2", "eps1", "eps2")

VIEW = View(
    name="process",
    title="Process",
    folder="process",
    settings=Process,
    drawings=(
        Drawing(along, scene, live={"lam": "lam"}, uses=ALONG, room=(1090, 3050)),
        Drawing(step_sweep, step_scene, live={"v": "v"}, uses=("noisier", "cleaner", "x", "eps"), name="step",
                room=(480, 1470), words="step"),
    ),
)  # fmt: skip
