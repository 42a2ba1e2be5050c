"""The view "Train it": Algorithm 1 in front of you, on the toy or on points of one's own."""

import threading

from demo.sweep import Sweep
from demo.view import Drawing, View
from demo.views.train_it.scene import scene
from demo.views.train_it.settings import TrainIt
from demo.views.workers import NETWORKS


def _bundled(s: TrainIt) -> Sweep:
    """Of a network trained beforehand; the worker has all that a first Start needs, soon after."""
    sweep = NETWORKS.ask("bundled", float(s.checkpoint), s.letter)
    threading.Thread(target=NETWORKS.ask, args=("warm",), daemon=True).start()
    return sweep


VIEW = View(
    name="train",
    title="Train it",
    folder="train_it",
    next=("What does it take in code?", "code"),
    settings=TrainIt,
    drawings=(Drawing(_bundled, scene, live={"w": "w", "lam": "lam"}, uses=("checkpoint", "letter"), asks=False),),
    own_page=True,
    at="here",
)
