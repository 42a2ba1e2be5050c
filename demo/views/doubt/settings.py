"""What one sets on "Classifier's doubt"."""

from dataclasses import dataclass

from demo.fields import class_letter, weight
from demo.scene import CLASS_NAMES
from demo.settings import Settings, choice, number, part

GUIDES = {
    "classifier": "this classifier",
    "learned": "classifier-free, learned network",
    "exact": "classifier-free, exact",
}
JUDGES = {"classifier": "our other classifier", "probe": "a network trained on photographs"}  # of images


@dataclass(frozen=True, kw_only=True)
class Doubt(Settings):
    part: str = part(
        "judges",
        {
            "judges": "Three judges", "gradients": "What the classifier asks for", "images": "On images",
            "measured": "On images: measured",
        },
    )  # fmt: skip
    w: float = weight()
    size: str = choice(
        "30", ("30", "200", "5000"), "Points the classifier was trained on", key="points", called="training points"
    )
    lam: float = number(
        2, -4, 8, "Log-SNR lam of the gradients", step=0.5,
        help="−4: mostly noise; 8: nearly clean. It moves the gradients alone.",
    )  # fmt: skip
    guide: str = choice("classifier", GUIDES, "What guided the samples")
    base: str = choice("unconditional", ("unconditional", "conditional"), "The model that the classifier guides")
    letter: str = class_letter("B")
    against: str = choice(
        "classifier", JUDGES, "Judge of the images", called="judge",
        help="The first was trained by us on images without noise. Of the second, EfficientNet-Lite0, only a linear "
        "layer has seen CIFAR-10.",
    )  # fmt: skip

    @property
    def c(self) -> int:
        return CLASS_NAMES.index(self.letter)
