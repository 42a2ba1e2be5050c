"""What one sets on "Score field"."""

from dataclasses import dataclass

from demo.fields import TOY_RULES, Geometry, ToyNumbers, class_letter, guidance, params_of, weight
from demo.scene import CLASS_NAMES
from demo.settings import choice, number


@dataclass(frozen=True, kw_only=True)
class Field(Geometry, ToyNumbers):
    w: float = weight()
    lam: float = number(
        -2.0, -8, 8, "Log-SNR lam", step=0.1,
        help="−8: nearly pure noise; 8: nearly clean. Sampling walks to the right.",
    )  # fmt: skip
    letter: str = class_letter()
    arrows: str = choice("score", {"eps": "eps (noise estimate)", "score": "score = −eps / σ"}, "Arrows")
    rule: str = guidance(TOY_RULES)
    # the particle that is there before the first click, and where a click puts it
    z1: float = number(-1.4, -1e6, 1e6, "z₁ of the particle", step=0.01, shown="hidden", called="position")
    z2: float = number(-0.6, -1e6, 1e6, "z₂ of the particle", step=0.01, shown="hidden", called="position")
    at: float = number(-2.0, -20, 20, "lam of the particle", step=0.01, shown="hidden", called="lam")

    @property
    def c(self) -> int:
        return CLASS_NAMES.index(self.letter)

    @property
    def params(self) -> dict[str, float]:
        """The chosen rule's own numbers."""
        return params_of(self, self.rule)
