"""The view "Process": the lam axis, the laws of lam, single steps there and back, and what a network is asked for."""

from demo.scene import along_lam
from demo.view import Drawing, View
from demo.views.process.compute import along, step_sweep
from demo.views.process.scene import scene, step_scene
from demo.views.process.settings import Process

LAW = ("law", "lam_min", "lam_max", "points", "seed")
PARTICLE = ("x1", "x2", "eps1", "eps2")
ALONG = (*LAW, *PARTICLE)

VIEW = View(
    name="process",
    title="Process",
    folder="process",
    next=("What does a network learn of this?", "train"),
    settings=Process,
    drawings=(
        Drawing(along, scene, live={"lam": "lam"}, uses=ALONG, parts=("particle", "weights"),
                play=along_lam(10, label="from noise to data, along lam; the forward process goes the other way")),
        Drawing(step_sweep, step_scene, live={"v": "v"}, uses=("noisier", "cleaner", "x", "eps"), name="step",
                parts=("step",), words="step"),
    ),
    square=("particle",),
    only={**dict.fromkeys(LAW, "weights"), **dict.fromkeys(PARTICLE, "particle")},
)  # fmt: skip
