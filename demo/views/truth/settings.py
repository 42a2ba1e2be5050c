"""What one sets on "Target & truth"."""

from dataclasses import dataclass
from typing import ClassVar

from cfg_core.mixture import CIRCUMRADIUS, GaussianMixture, three_gaussians
from demo.fields import class_letter, seed, steps, weight
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, switch, whole

LAWS, GAP, ONE, STEPS, DIMENSIONS = "Three laws", "The gap", "One Gaussian", "Small steps", "More dimensions"
SHAPE = ("letter", "separation", "spread")


@dataclass(frozen=True, kw_only=True)
class Truth(Settings):
    view: str = choice(LAWS, (LAWS, GAP, ONE, STEPS, DIMENSIONS), "View", shown="view")
    w: float = weight(
        step=1, help="Whole values: each has its own particles. Many libraries write the scale s = 1 + w."
    )
    lam: float = number(-1.5, -6, 3, "Log-SNR lam (of the gap)", step=0.75)
    letter: str = class_letter()
    separation: float = number(CIRCUMRADIUS, 0.5, 5, "Separation of the classes", step=0.001)
    spread: float = number(1.0, 0.2, 3, "Spread of the classes", step=0.01)
    steps: int = steps(128, 32)  # at least: the corrected sampler halves those that are too long
    particles: int = whole(4000, 400, 8000, "Corrected particles", step=100)
    seed: int = seed()
    langevin: bool = switch(True, "Langevin step", help="of the corrected sampler, at each noise level")

    within: ClassVar = (
        "view",
        {
            LAWS: ("w", *SHAPE, "steps", "particles", "seed", "langevin"),
            GAP: ("w", "lam", *SHAPE),
            ONE: ("w", "steps", "seed"),
            STEPS: (*SHAPE, "seed"),
            DIMENSIONS: ("w", "seed"),
        },
    )

    @property
    def c(self) -> int:
        return CLASS_NAMES.index(self.letter)

    @property
    def mixture(self) -> GaussianMixture:
        return three_gaussians(self.separation, self.spread)
