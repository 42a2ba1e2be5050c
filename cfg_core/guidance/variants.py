"""Rules that came after the paper. Each is one pure function with its paper; what it shows is in `lesson`."""

from __future__ import annotations

import math
from typing import Any

from cfg_core.guidance.registry import Fields, Param, past, register, register_strength
from cfg_core.process import eps_from_v, eps_from_x, noise_to_signal, sigmoid, theta, v_from_eps, x_from_eps

SIGMA_LOW = Param("sigma_low", 0.1, 0.0, 5.0, "interval: guide above noise level σ/α")
SIGMA_HIGH = Param("sigma_high", 0.8, 0.01, 10.0, "interval: guide up to noise level σ/α")
APG_ETA = Param("eta", 0.0, -1.0, 2.0, "APG: share η of the parallel part that is kept")
APG_NORM = Param("norm", 0.0, 0.0, 20.0, "APG: largest norm r of the difference (0: any)")
APG_MOMENTUM = Param("momentum", 0.0, -0.95, 0.95, "APG: momentum β")
PHI = Param("phi", 0.7, 0.0, 1.0, "rescale: share φ of the rescaled field")
CFGPP_RANGE = 11.0  # lambda = (1 + w) / 11 runs over CFG++'s [0, 1] as w runs over the slider's [-1, 10]


def _ordered(sigma_low: float, sigma_high: float) -> None:
    if sigma_low >= sigma_high:
        raise ValueError(f"interval: the lower noise level ({sigma_low:g}) must be below the upper ({sigma_high:g})")


@register_strength(
    "interval",
    "limited interval",
    r"\tilde\epsilon = \epsilon(z,c) + w\,[\sigma_{lo} < \sigma/\alpha \le \sigma_{hi}]\,(\epsilon(z,c) - \epsilon(z))",
    "Kynkäänniemi et al. 2024, arXiv 2404.07724",
    jumps=lambda sigma_low=SIGMA_LOW.default, sigma_high=SIGMA_HIGH.default: tuple(
        -2 * math.log(ratio) for ratio in (sigma_low, sigma_high) if ratio > 0
    ),
    check=_ordered,
    params=(SIGMA_LOW, SIGMA_HIGH),
    lesson="High noise: guidance drops modes. Low noise: it does little. Guide only in between. (σ/α is e^(−lam/2).)",
)
def interval(w: Any, lam: float, sigma_low: float = SIGMA_LOW.default, sigma_high: float = SIGMA_HIGH.default) -> Any:
    return w * float(sigma_low < noise_to_signal(lam) <= sigma_high)


@register_strength(
    "rising",
    "rising schedule",
    r"\tilde\epsilon = \epsilon(z,c) + 2w(1 - u)\,(\epsilon(z,c) - \epsilon(z)),\; u = \tfrac{2}{\pi}\arccos\alpha",
    "Wang et al. 2024, arXiv 2404.13040 (linear)",
    lesson="The weight grows toward clean data, with mean w over a walk from noise to data: early steps stay diverse.",
)
def rising(w: Any, lam: float) -> Any:
    return 2 * w * (1 - theta(lam) / (math.pi / 2))  # from 0 in noise to 2 w in data, linear in Algorithm 2's u


@register(
    "autoguidance",
    "autoguidance",
    r"\tilde\epsilon = \epsilon_{worse}(z,c) + (1+w)\,(\epsilon(z,c) - \epsilon_{worse}(z,c))",
    "Karras et al. 2024, arXiv 2406.02507",
    needs=frozenset({"worse"}),
    lesson="Away from a worse model of the same class: sharper, without a push away from the other classes.",
)
def autoguidance(f: Fields, w: Any) -> Any:
    return f.eps_conditional + w * (f.eps_conditional - f.eps_worse)


@register(
    "apg",
    "APG (adaptive projected)",
    r"\tilde x = x_c + w\,(d_\perp + \eta\, d_\parallel),\quad d = x_c - x_u,\; d_\parallel = \text{part of } d "
    r"\text{ along } x_c",
    "Sadat et al. 2024, arXiv 2410.02416",
    params=(APG_ETA, APG_NORM, APG_MOMENTUM),
    lesson="The part of the push that is parallel to the prediction oversaturates: leave it out.",
)
def apg(f: Fields, w: Any, *, eta: float, norm: float, momentum: float) -> Any:
    x_c, x_u = x_from_eps(f.z, f.lam, f.eps_c), x_from_eps(f.z, f.lam, f.eps_u)
    d = x_c - x_u
    if momentum:
        d = d + momentum * f.memory.get("apg", 0.0)
        f.memory["apg"] = d
    if norm:
        length = f.inner(d, d) ** 0.5
        d = d * (norm / (length + 1e-30)).clip(None, 1.0)
    parallel = x_c * (f.inner(d, x_c) / (f.inner(x_c, x_c) + 1e-30))
    return eps_from_x(f.z, f.lam, x_c + w * (d - parallel + eta * parallel))


@register(
    "cfgpp",
    "CFG++",
    r"\hat x \text{ from } \epsilon(z) + \lambda\,(\epsilon(z,c) - \epsilon(z)),\ \text{renoised with } \epsilon(z),"
    r"\quad \lambda = \tfrac{1+w}{11}",
    "Chung et al. 2024, arXiv 2406.08070",
    lesson="Stay between both guesses, and renoise with the one without a class (exactly so with DDIM).",
)
def cfgpp(f: Fields, w: Any) -> Any:
    """As the guided eps whose DDIM step is CFG++'s: the scale is lambda / (1 - e^{-(lam' - lam)/2}), lam' the next."""
    scale = (1 + w) / CFGPP_RANGE / -math.expm1(-(f.lam_next - f.lam) / 2)
    return f.eps_u + scale * (f.eps_c - f.eps_u)


@register(
    "cfg_zero",
    "CFG-Zero*",
    r"\tilde v = s v_u + (1+w)\,(v_c - s v_u),\quad s = \langle v_c, v_u\rangle / \lVert v_u\rVert^2",
    "Fan et al. 2025, arXiv 2503.18886",
    lesson="First scale the unconditional part to fit the conditional one.",
)
def cfg_zero(f: Fields, w: Any) -> Any:
    v_c, v_u = v_from_eps(f.z, f.lam, f.eps_c), v_from_eps(f.z, f.lam, f.eps_u)
    fit = f.inner(v_c, v_u) / (f.inner(v_u, v_u) + 1e-8)
    return eps_from_v(f.z, f.lam, fit * v_u + (1 + w) * (v_c - fit * v_u))


@register(
    "rescale",
    "rescale",
    r"\tilde\epsilon = \varphi\,\epsilon_w\,\frac{\mathrm{std}\,\epsilon(z,c)}{\mathrm{std}\,\epsilon_w} "
    r"+ (1-\varphi)\,\epsilon_w,\quad \epsilon_w = (1+w)\,\epsilon(z,c) - w\,\epsilon(z)",
    "Lin et al. 2023, arXiv 2305.08891, section 3.4",
    params=(PHI,),
    needs=frozenset({"image"}),
    lesson="Keep the norm that guidance inflates. An image statistic: it means nothing for two coordinates.",
)
def rescale(f: Fields, w: Any, *, phi: float) -> Any:
    mixed = past(f.eps_c, f.eps_u, w)
    return phi * mixed * (_std(f, f.eps_c) / _std(f, mixed)) + (1 - phi) * mixed


@register(
    "not_c",
    "not c (exact negative)",
    r"\tilde\epsilon = \epsilon(z) - w\,\frac{p(c\mid z)}{1-p(c\mid z)}\,(\epsilon(z,c) - \epsilon(z))",
    "Bayes: at w = 1 the eps of the data without class c",
    needs=frozenset({"without"}),
    lesson="The right repulsion depends on where you are: w = 1 samples everything but c, exactly.",
)
def not_c(f: Fields, w: Any) -> Any:
    """As eps(z) - w p(c|z) (eps(z, c) - eps(z, not c)), the same but for rounding where p(c|z) is nearly 1."""
    return f.eps_u - w * sigmoid(f.log_odds)[..., None] * (f.eps_c - f.eps_without)


def _std(f: Fields, a: Any) -> Any:
    """Standard deviation (n - 1) over the axes of one point, kept as axes of length 1."""
    n = math.prod(a.shape[-f.model.event_ndim :])
    mean = f.inner(a, 1.0) / n
    return (f.inner(a - mean, a - mean) / (n - 1)) ** 0.5
