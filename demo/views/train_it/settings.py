"""What one sets on "Train it"."""

from dataclasses import dataclass
from functools import cached_property

from cfg_core.mixture import GaussianMixture
from cfg_core.process import LAWS
from demo.fields import class_letter, gaussians, mixture, steps, weight
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, part

P_UNCOND = ("0.02", "0.1", "0.2", "0.5", "0.8")  # of the networks trained beforehand
DATA = "Data: the three Gaussians, or points of your own"
NETWORK = ("p_uncond", "size", "law", "steps", "lr", "mixture")  # what makes a network


@dataclass(frozen=True, kw_only=True)
class TrainIt(Settings):
    part: str = part("samples", {"samples": "Samples", "errors": "Where it is wrong", "field": "The field"})
    p_uncond: float = number(
        0.1, 0.01, 0.9, "p_uncond", step=0.01, help="How often training drops the class; from the next Start on."
    )
    w: float = weight()
    lam: float = number(
        0, -8, 8, "Log-SNR lam of the lower row", step=0.5, help="−8: nearly pure noise; 8: nearly clean."
    )
    checkpoint: str = choice(
        "0.1", P_UNCOND, "Trained beforehand, with p_uncond =", called="p_uncond of the network trained beforehand"
    )
    letter: str = class_letter()
    size: str = choice(
        "medium", {"small": "small: 2 × 32", "medium": "medium: 2 × 64", "large": "large: 3 × 128"},
        "Network: layers × width", shown="dropdown",
    )  # fmt: skip
    law: str = choice(next(iter(LAWS)), LAWS.keys(), "Law of lam in training")
    steps: int = steps(3000, 100, 10_000, "Steps of the run", step=100)
    lr: float = number(0.005, 1e-4, 2e-2, "Learning rate", step=0.0001, called="learning rate")
    data: str = choice(
        "toy", {"toy": "three Gaussians", "own": "points of my own"}, "What the network learns", fold=DATA
    )
    brush: str = choice("A", CLASS_NAMES, "Class of the points that a click draws", called="class", fold=DATA)

    mixture: str = mixture()

    @cached_property
    def gaussians(self) -> GaussianMixture:
        return gaussians(self.mixture)

    @property
    def network(self) -> "TrainIt":
        """Only what makes a network: two settings with the same one go on with the same network."""
        return self.only(NETWORK)
