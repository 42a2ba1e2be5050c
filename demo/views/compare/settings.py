"""What one sets on "Compare"."""

from dataclasses import dataclass
from typing import Any

from demo.fields import TOY_RULES, Carried, Toy, guidance, numbers_of, sampler, seed, steps, weight

POINTS = 200  # of each class
BothNumbers: Any = numbers_of(TOY_RULES, by=("left", "right"))


@dataclass(frozen=True, kw_only=True)
class Compare(Carried, BothNumbers):
    w: float = weight()
    left: str = guidance(TOY_RULES, label="Left: guidance")
    left_sampler: str = sampler("Left: sampler", called="sampler")
    right: str = guidance(TOY_RULES, "interval", "Right: guidance")
    right_sampler: str = sampler("Right: sampler", called="sampler")
    steps: int = steps()
    seed: int = seed()

    @property
    def sides(self) -> dict[str, Toy]:
        """The toy of each side: the same classes and noises, each with its own rule and sampler."""
        names = ("separation", "spread", "mixture", "steps", "seed", *BothNumbers.fields())
        shared = {name: getattr(self, name) for name in names}
        return {
            "left": Toy(rule=self.left, sampler=self.left_sampler, points=POINTS, **shared),
            "right": Toy(rule=self.right, sampler=self.right_sampler, points=POINTS, **shared),
        }
