"""What one sets on "Temperature"."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cfg_core.mixture import GaussianMixture
from demo.fields import seed, steps
from demo.settings import Settings, choice, number, part

LINE, PLANE = "In one dimension", "In two dimensions"
LAM_MAX = 10.0  # clean: what noise is left has variance 5e-5


def _logit(i: int, value: float) -> Any:
    return number(value, -5, 5, f"Logit {i}", step=0.1, called="logit")


@dataclass(frozen=True, kw_only=True)
class Temperature(Settings):
    """A softmax; two classes, A left and B right, in one or two dimensions; one Gaussian."""

    part: str = part("softmax", {"softmax": "A softmax", "three": "Three knobs on a mixture", "one": "One Gaussian"})
    softmax_t: float = number(1, 0.05, 5, "Temperature T of the softmax", step=0.05, key="T_softmax")
    logit_1: float = _logit(1, 2.0)
    logit_2: float = _logit(2, 1.0)
    logit_3: float = _logit(3, 0.5)
    logit_4: float = _logit(4, -1.0)
    t: float = number(
        0.5, 0.25, 1.6, "Temperature T", step=0.05, key="T",
        help="Below 1: sharper. At T = 1 every knob is the plain sampler.",
    )  # fmt: skip
    view: str = choice(LINE, (LINE, PLANE), "View")
    weight: float = number(0.7, 0.05, 0.95, "Weight of class A", step=0.05)
    width_a: float = number(0.35, 0.15, 1.5, "Width of A", step=0.05)
    width_b: float = number(0.9, 0.15, 1.5, "Width of B", step=0.05)
    separation: float = number(1.5, 0, 3, "Separation", step=0.1)  # A is centred at minus this, B at plus this
    steps: int = steps(160, 64, label="Sampling steps", step=16)
    lam_min: float = number(-12, -20, -6, "lam min (noise)", step=1)
    seed: int = seed()
    width: float = number(1.0, 0.2, 2, "Width s of the single Gaussian", step=0.1, key="s")

    @property
    def logits(self) -> tuple[float, ...]:
        return self.logit_1, self.logit_2, self.logit_3, self.logit_4

    @property
    def dim(self) -> int:
        return 1 if self.view == LINE else 2

    @property
    def mixture(self) -> GaussianMixture:
        means = np.zeros((2, self.dim))
        means[:, 0] = -self.separation, self.separation
        covs = np.array([self.width_a**2, self.width_b**2])[:, None, None] * np.eye(self.dim)
        return GaussianMixture(means, covs, np.array([self.weight, 1 - self.weight]), np.array([0, 1]))

    @property
    def lams(self) -> Any:
        """Evenly spaced in lam: with the score scaled up, long steps at high noise would be unstable."""
        return np.linspace(self.lam_min, LAM_MAX, self.steps + 1)

    @property
    def half(self) -> float:
        """Half the width of the view."""
        return float(np.ceil(2 * (self.separation + 3.2 * max(self.width_a, self.width_b))) / 2)
