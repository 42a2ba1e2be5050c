"""The ways of making an image show its class more clearly that are compared at one w, each from the same noises.

By temperature T = 1 / (1 + w), the scale's inverse, as in `cfg_core.temperature`: T = 1 where w <= 0. Loads no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

How = dict[str, Any]  # arguments of `pretrained.sample_images`


@dataclass(frozen=True)
class Way:
    """`how(w)` says how to sample; ways that are the same at a w, because their formulas are, say it alike."""

    title: str
    how: Callable[[float], How]


def temperature(w: float) -> float:
    """T = 1 / (1 + w), at most 1."""
    return 1 / (1 + max(0.0, w))


def _free(w: float) -> How:
    return {"w": w, "rule": "cfg"} if w else _plain()


def _plain() -> How:
    return {"w": 0.0, "rule": "none"}


def _by_classifier(w: float) -> How:
    return {"w": w, "rule": "classifier"} if w else _plain()


def _by_classifier_alone(w: float) -> How:
    return {"w": w, "rule": "classifier_u"} if w != -1 else _free(w)


def _score(w: float) -> How:
    return {**_plain(), "k": 1 / temperature(w)} if w > 0 else _plain()


def _noise(w: float) -> How:
    return {**_plain(), "sampler": "ancestral", "tau": temperature(w) ** 0.5}


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "cfg": Way("classifier-free", _free),
        "classifier": Way("classifier, conditional", _by_classifier),
        "classifier_u": Way("classifier, unconditional", _by_classifier_alone),
        "score": Way("score × 1/T, ODE", _score),
        "noise": Way("noise × √T", _noise),
    }
)
