"""Guidance: a registry of pure rules (z, lam, eps_c, eps_u, w) -> eps~.

`w` is the paper's weight: w = 0 is plain conditional, w = -1 unconditional; libraries often use the scale 1 + w.
No value of w is special to any rule here. The paper's rules are in `rules`, those that came after it in `variants`.
"""

from cfg_core.guidance import rules, variants  # noqa: F401  (importing them fills the registry, in this order)
from cfg_core.guidance.registry import (
    RULES,
    EpsFn,
    Fields,
    Model,
    Param,
    Rule,
    guided,
    implicit_classifier_gradient,
    past,
    register,
    register_strength,
    rule,
    rules_for,
)

__all__ = [
    "RULES",
    "EpsFn",
    "Fields",
    "Model",
    "Param",
    "Rule",
    "guided",
    "implicit_classifier_gradient",
    "past",
    "register",
    "register_strength",
    "rule",
    "rules_for",
]
