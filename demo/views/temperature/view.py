"""The view "Temperature": a softmax with T, and the three knobs of a diffusion model that are taken for one."""

from demo.view import Drawing, View
from demo.views.temperature.compute import mixture, one_gaussian, softmax
from demo.views.temperature.scene import gaussian_scene, mixture_scene, softmax_scene
from demo.views.temperature.settings import Temperature

VIEW = View(
    name="temperature",
    title="Temperature",
    folder="temperature",
    next=("Which guidance is best, then?", "compare"),
    settings=Temperature,
    drawings=(
        Drawing(softmax, softmax_scene, live={"T": "softmax_t"}, name="softmax", parts=("softmax",),
                uses=("logit_1", "logit_2", "logit_3", "logit_4")),
        Drawing(mixture, mixture_scene, live={"T": "t"}, parts=("three",), words="three",
                uses=("view", "weight", "width_a", "width_b", "separation", "steps", "lam_min", "seed"),
                play={"coord": "T", "seconds": 9, "step": 0.05, "label": "from cold to warm, along T"}),
        Drawing(one_gaussian, gaussian_scene, live={"T": "t"}, name="one", parts=("one",), words="one",
                uses=("width", "steps", "lam_min", "seed")),
    ),
    top=("view",),
)  # fmt: skip
