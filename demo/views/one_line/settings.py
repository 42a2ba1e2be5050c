"""What one sets on "One line"."""

from dataclasses import dataclass
from functools import cached_property

from cfg_core.mixture import GaussianMixture
from demo.fields import class_letter, gaussians, guidance, mixture, seed, steps, weight
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, switch, when

STEPS = {"unconditional": "1 unconditional", "conditional": "2 conditional", "guided": "3 guided"}  # one line each
GUIDED = ("cfg", "classifier", "interval", "rising")  # the rules that are one line


@dataclass(frozen=True, kw_only=True)
class OneLine(Settings):
    """What a script does."""

    w: float = weight()
    step: str = choice("guided", STEPS, "Sampling, one line at a time")
    model: str = choice(
        "exact", {"exact": "the exact toy", "net": "a network trained in place"}, "The model in the script"
    )
    letter: str = class_letter()
    sampler: str = choice("ddim", {"ddim": "DDIM", "ancestral": "ancestral (v = 0)"}, "Sampler", shown="dropdown")
    steps: int = steps()
    rule: str = guidance(GUIDED)
    seed: int = seed()
    mixture: str = mixture()
    drop: bool = switch(
        True, "Training drops the label (network only)", called="drop the label", counts=when(model="net")
    )
    p_uncond: float = number(
        0.1, 0.01, 0.9, "p_uncond, how often (network only)", step=0.01, counts=when(model="net", drop=True)
    )

    def agree(self) -> None:
        if self.model == "net" and self.rule == "classifier":
            raise ValueError("classifier guidance needs a classifier of noisy points: choose the exact toy for it")

    @cached_property
    def gaussians(self) -> GaussianMixture:
        return gaussians(self.mixture)

    @property
    def c(self) -> int:
        return CLASS_NAMES.index(self.letter)
