"""What one sets on "Process"."""

from dataclasses import dataclass
from typing import Any

from cfg_core.process import LAWS
from demo.fields import seed
from demo.settings import Settings, choice, number, part, whole

PARTICLE = "The marked particle"


def _coordinate(value: float, label: str) -> Any:
    return number(value, -3, 3, label, step=0.1, called="coordinate", fold=PARTICLE)


@dataclass(frozen=True, kw_only=True)
class Process(Settings):
    """The process along lam with its law and one marked particle; one step between two noise levels."""

    part: str = part("particle", {"particle": "A point turns to noise", "weights": "What a loss weighs",
                                  "step": "One step there and back"})  # fmt: skip
    lam: float = number(
        -2, -10, 10, "Log-SNR lam", step=0.1,
        help="−10: nearly pure noise; 10: nearly clean. Noising walks to the left, sampling to the right.",
    )  # fmt: skip
    law: str = choice(next(iter(LAWS)), LAWS.keys(), "Law of lam")
    lam_min: float = number(-20, -20, 0, "lam min (noise)", step=0.5)
    lam_max: float = number(20, 0, 20, "lam max (clean)", step=0.5)
    points: int = whole(4000, 200, 20_000, "Draws", step=100)
    seed: int = seed()
    x1: float = _coordinate(0.3, "x₁")
    x2: float = _coordinate(2.1, "x₂")
    eps1: float = _coordinate(1.2, "ε₁")
    eps2: float = _coordinate(-0.8, "ε₂")
    v: float = number(0.3, 0, 1, "Reverse variance v", step=0.02)
    noisier: float = number(-1, -10, 10, "lam (noisier)", step=0.1, key="lam_noisier", called="lam")
    cleaner: float = number(1, -10, 10, "lam' (cleaner)", step=0.1, key="lam_cleaner", called="lam'")
    x: float = number(1, -3, 3, "x, the clean value", step=0.1)
    eps: float = number(-0.6, -3, 3, "ε, its noise at both levels", step=0.1)

    def agree(self) -> None:
        if not self.lam_min < self.lam_max:
            raise ValueError("lam min must be below lam max")
        if not self.noisier <= self.cleaner - 0.05:
            raise ValueError("lam must be below lam' by at least 0.05: it is the noisier of the two")
