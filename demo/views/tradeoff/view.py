"""The view "Trade-off": what raises IS and what wrecks FID, the paper's tables as curves, and our own in their axes."""

from demo.view import Drawing, View
from demo.views.tradeoff.compute import REAL_CONFIDENCE, movable, ours, paper
from demo.views.tradeoff.scene import movable_scene, ours_scene
from demo.views.tradeoff.settings import Tradeoff
from demo.views.tradeoff.tables_scene import paper_scene

MOVERS = ("confidence", "covered", "diversity", "shift")

VIEW = View(
    name="tradeoff",
    title="Trade-off",
    folder="tradeoff",
    next=("Look again at the first picture", "gaussians"),
    settings=Tradeoff,
    drawings=(
        Drawing(movable, movable_scene, live={name: name for name in MOVERS}, uses=(), name="movable",
                parts=("movable",)),
        Drawing(paper, paper_scene, live={"w": "paper_w"}, uses=("table", "span"), name="paper",
                parts=("paper",), words="paper"),
        Drawing(ours, ours_scene, live={"w": "w"}, uses=("sampler", "steps", "separation", "spread", "mixture"),
                name="ours", parts=("ours",), words="ours"),
    ),
    top=("table", "span"),
    presets={
        words: dict(zip(MOVERS, values, strict=True))
        for words, values in {
            "Like the real pictures": (REAL_CONFIDENCE, 10, 1.0, 0.0),
            "Like strong guidance": (0.98, 10, 0.35, 0.2),
            "Half of the classes": (REAL_CONFIDENCE, 5, 1.0, 0.0),
            "One picture of each": (1.0, 10, 0.0, 0.0),
            "Another style": (REAL_CONFIDENCE, 10, 1.0, 1.5),
        }.items()
    },
)  # fmt: skip
