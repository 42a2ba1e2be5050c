"""What one sets on "Target & truth"."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from cfg_core.mixture import GaussianMixture
from demo.fields import class_letter, gaussians, mixture, seed, separation, spread, steps, weight
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, switch, when, whole

LAWS, GAP, ONE, STEPS, DIMENSIONS = "Three laws", "The gap", "One Gaussian", "Small steps", "More dimensions"
SHAPE = ("letter", "separation", "spread", "mixture")


@dataclass(frozen=True, kw_only=True)
class Truth(Settings):
    view: str = choice(LAWS, (LAWS, GAP, ONE, STEPS, DIMENSIONS), "View", shown="view")
    w: float = weight(
        step=1, help="Whole values: each has its own particles. Many libraries write the scale s = 1 + w."
    )
    lam: float = number(-1.5, -6, 3, "Log-SNR lam (of the gap)", step=0.75)
    letter: str = class_letter()
    separation: float = separation(0.5, counts=when(mixture=""))
    spread: float = spread(counts=when(mixture=""))
    mixture: str = mixture()
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

    @cached_property
    def gaussians(self) -> GaussianMixture:
        return gaussians(self.mixture, self.separation, self.spread)
