"""What one sets on "CIFAR-10"."""

from dataclasses import dataclass
from typing import Any

from cfg_core.images.cifar import CLASSES
from cfg_core.images.shipped import image_rules
from demo.fields import guidance, numbers_of, params_of, seed, weight
from demo.settings import choice, part, whole

ALL = "all"
RULES = tuple(image_rules())  # those that the networks which are here can be guided by
ImageNumbers: Any = numbers_of(RULES, by=("rule", "beside"))


@dataclass(frozen=True, kw_only=True)
class Cifar(ImageNumbers):
    part: str = part(
        "wall",
        {
            "wall": "Pictures",
            "live": "Live",
            "curves": "Measured over w",
            "taken": "What w takes away",
            "spread": "Spread of a class",
        },
    )
    pick: str = choice(
        "horse", {ALL: "all ten classes", **{name: name for name in CLASSES}}, "Class",
        shown="dropdown", key="class", called="the class",
    )  # fmt: skip
    w: float = weight(high=8, step=0.5)  # each position of the slider has pictures of its own in the gallery
    seed: int = seed(1)
    count: int = whole(8, 1, 64, "Images", called="number of images")
    steps: int = whole(12, 1, 50, "Steps")
    rule: str = guidance(RULES, label="Live: guidance")
    measured: str = choice(
        ALL, {ALL: "all ten classes", **{name: name for name in CLASSES}}, "Figures of",
        shown="dropdown", key="of", called="whose figures",
    )  # fmt: skip
    beside: str = guidance(RULES, "none", "Live: beside it", called="what is beside it")

    @property
    def classes(self) -> tuple[int, ...]:
        """The class of each image."""
        one = [CLASSES.index(self.pick)] if self.pick != ALL else range(len(CLASSES))
        return tuple(one[i % len(one)] for i in range(self.count))

    @property
    def sides(self) -> tuple[tuple[str, dict[str, float]], ...]:
        """The rules of the pictures on the left and on the right, with their own numbers."""
        return tuple((rule, params_of(self, rule)) for rule in (self.beside, self.rule))
