"""The networks of images that ship with the app, by name, and what each lets a model do. Loads no torch.

A network more is one entry here and one builder in `pretrained`: the rules that are offered follow from its ability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cfg_core import files
from cfg_core.guidance import Rule, rules_for

ASSETS = files.ASSETS / "cifar"


@dataclass(frozen=True)
class Shipped:
    """`kind` of network (see `pretrained.BUILDERS`); `gives`: what a rule may need of a model that has it beside it."""

    kind: str
    gives: str
    needed: bool = False  # without it there is no model at all


MODELS: Mapping[str, Shipped] = MappingProxyType(
    {
        "model": Shipped("unet", "image", needed=True),  # the network that is sampled
        "worse": Shipped("unet", "worse"),  # the same, trained less: autoguidance guides away from it
        "noisy_classifier": Shipped("noisy classifier", "classifier"),  # its gradient guides
    }
)


def present(folder: Path = ASSETS) -> dict[str, Shipped]:
    """The networks whose record is in the folder, and the one that is always needed."""
    return {name: m for name, m in MODELS.items() if m.needed or (folder / f"{name}.json").exists()}


def image_rules(folder: Path = ASSETS) -> dict[str, Rule]:
    """The rules that these networks can be guided by."""
    return rules_for(*(m.gives for m in present(folder).values()))
