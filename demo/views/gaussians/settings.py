"""What one sets on "Three Gaussians"."""

from dataclasses import dataclass
from typing import ClassVar

from demo.fields import Toy, ToyNumbers, weight
from demo.settings import choice, switch

TURN, FIGURE = "Turn w", "The paper's figure"
SHAPE = ("separation", "spread", "mixture", "a", "b", "c")


@dataclass(frozen=True, kw_only=True)
class Gaussians(Toy):
    w: float = weight()
    view: str = choice(TURN, (TURN, FIGURE), "View", shown="view")
    actual: bool = switch(False, "Exact density of what the guided ODE yields (dashed)", called="exact density")

    within: ClassVar = (
        "view",
        {
            TURN: (*SHAPE, "w", "rule", "sampler", "steps", "v", "lam_min", "lam_max", "points", "seed", "actual",
                   *ToyNumbers.fields()),
            FIGURE: SHAPE,
        },
    )  # fmt: skip
