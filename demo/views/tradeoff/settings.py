"""What one sets on "Trade-off"."""

from dataclasses import dataclass

from demo.fields import SCALE, Carried, Toy, sampler, steps, weight
from demo.settings import choice, number, part
from demo.views.tradeoff import tables

OURS = "ours"
TABLES = {"ImageNet 64², by p_uncond": "imagenet64", "ImageNet 128², by steps T": "imagenet128"}
if tables.OURS.exists():
    TABLES["Ours, CIFAR-10, by p_uncond"] = OURS
RANGES = {"w up to 4": 4.0, "w up to 1": 1.0}
POINTS = 400  # of each class of the toy


@dataclass(frozen=True, kw_only=True)
class Tradeoff(Carried):
    part: str = part("movable", {"movable": "Two scores by hand", "paper": "Tables over w", "ours": "Ours"})
    confidence: float = number(0.9, 0.1, 1, "Confidence of the classifier", step=0.02)
    covered: float = number(10, 1, 10, "Classes covered", step=1)
    diversity: float = number(0.6, 0, 1.6, "Diversity within a class", step=0.05)
    shift: float = number(0.2, 0, 2, "Shift of all pictures", step=0.05)
    paper_w: float = weight(
        1, 0, 4, 0.02, label="Guidance weight w of the tables",
        help="Its rows: 0 to 1 by tenths, then 2, 3 and 4. Many libraries write the scale s = 1 + w.",
    )  # fmt: skip
    table: str = choice(next(iter(TABLES)), TABLES.keys(), "Table")
    span: str = choice(next(iter(RANGES)), RANGES.keys(), "Range shown", called="range")
    w: float = weight(1, high=8, help=SCALE)
    sampler: str = sampler("The toy's sampler")
    steps: int = steps(high=128, label="The toy's steps")

    @property
    def toy(self) -> Toy:
        names = ("sampler", "steps", "separation", "spread", "mixture")
        return Toy(points=POINTS, **{name: getattr(self, name) for name in names})
