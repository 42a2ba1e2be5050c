"""The paper's rules: classifier-free guidance, classifier guidance, and none."""

from __future__ import annotations

from typing import Any

from cfg_core.guidance.registry import Fields, register, register_strength
from cfg_core.process import sigma


@register_strength(
    "cfg",
    "classifier-free",
    r"\tilde\epsilon = (1+w)\,\epsilon(z,c) - w\,\epsilon(z)",
    "Ho & Salimans 2022, arXiv 2207.12598, eq. 6",
    lesson="Go past the guess with the class, away from the guess without it.",
)
def classifier_free(w: Any, lam: float) -> Any:
    return w


@register(
    "classifier",
    "classifier",
    r"\tilde\epsilon = \epsilon(z,c) - w\,\sigma\,\nabla_z \log p(c\mid z)",
    "Dhariwal & Nichol 2021, arXiv 2105.05233; Ho & Salimans 2022, section 3.1",
    strength=lambda w, lam: w,
    needs=frozenset({"classifier"}),
    lesson="The same vector as classifier-free guidance where the scores are exact.",
)
def classifier(f: Fields, w: Any) -> Any:
    return f.eps_conditional - w * sigma(f.lam) * f.grad_log_posterior


@register(
    "classifier_u",
    "classifier (unconditional)",
    r"\tilde\epsilon = \epsilon(z) - (1+w)\,\sigma\,\nabla_z \log p(c\mid z)",
    "Ho & Salimans 2022, section 3.1: the unconditional model with weight w + 1",
    strength=lambda w, lam: w,
    needs=frozenset({"classifier"}),
    lesson="The class comes from the classifier alone. Where all is exact, the same as from the conditional model.",
)
def classifier_unconditional(f: Fields, w: Any) -> Any:
    return f.eps_unconditional - (1 + w) * sigma(f.lam) * f.grad_log_posterior


@register_strength(
    "none",
    "none (w ignored)",
    r"\tilde\epsilon = \epsilon(z,c)",
    "Ho & Salimans 2022, section 2",
    lesson="The model as it was trained: every w gives the same.",
)
def unguided(w: Any, lam: float) -> Any:
    return 0.0 * w
