"""What one sets on "Is it a gradient?"."""

from dataclasses import dataclass

from demo.fields import class_letter, weight
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, part, when

FIELDS = {"learned": "learned network", "potential": "log-density network", "exact": "exact mixture"}
HALF = 5.0  # half the side of the square that is looked at


@dataclass(frozen=True, kw_only=True)
class Gradient(Settings):
    part: str = part("curl", {"curl": "Curl: once round a circle", "implicit": "The implicit classifier"})
    w: float = weight()
    lam: float = number(0, -6, 6, "Log-SNR lam", step=0.5, help="−6: nearly pure noise; 6: nearly clean.")
    kind: str = choice("learned", FIELDS, "Field on the left", key="field", called="field")
    p: str = choice(
        "0.1", ("0.02", "0.1", "0.2", "0.5", "0.8"), "p_uncond of the learned network",
        key="p_uncond", called="p_uncond", counts=when(kind="learned"),
    )  # fmt: skip
    letter: str = class_letter()
    z1: float = number(1.8, -HALF, HALF, "z₁ of the circle", step=0.05, called="z₁ of the circle")
    z2: float = number(0.6, -HALF, HALF, "z₂ of the circle", step=0.05, called="z₂ of the circle")
    radius: float = number(1.0, 0.1, 3, "Radius", step=0.05)

    @property
    def c(self) -> int:
        return CLASS_NAMES.index(self.letter)
