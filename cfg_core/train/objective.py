"""Algorithm 1: the training objective, with the class dropped with probability p_uncond."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfg_core.mixture import GaussianMixture
from cfg_core.process import Law, diffuse, per_point, target
from cfg_core.train.processes import Share

Batch = tuple[Tensor, Tensor]  # x [N, ...] float, c [N] class indices
Loss = Callable[[nn.Module, Batch, torch.Generator], Tensor]


def stratified_lam(law: Law, n: int, generator: torch.Generator) -> Tensor:
    """n draws of lam, one in each n-th of the law, in random order: the mean loss of a batch varies less. [n]"""
    device = generator.device
    order = torch.randperm(n, generator=generator, device=device)
    u = (order + torch.rand(n, generator=generator, device=device)) / n
    if device.type == "cpu":
        return torch.from_numpy(law.lam(u.numpy())).float()
    return law.lam(u.double()).float()  # a GPU does not wait for the processor


def algorithm1(
    law: Law,
    p_uncond: float,
    null: int,
    prediction: str = "eps",
    bf16: bool = False,
    device: str = "cpu",
    share: Share | None = None,
) -> Loss:
    """The loss of Algorithm 1 (Ho & Salimans 2022): c <- null with p_uncond, ||output - target||² averaged.

    With prediction "eps" this is the paper's objective; "v" weighs it by 1 + e^{-lam} and is better conditioned.
    The network is called as net(z [N, ...], lam [N], c [N]); `null` is the index of the null class. Of several
    processes each draws what the whole batch needs and computes the loss of its `share`.
    Raises ValueError for p_uncond outside [0, 1].
    """
    if not 0 <= p_uncond <= 1:
        raise ValueError("p_uncond must lie in [0, 1]")
    of = (share or Share()).of

    def loss(net: nn.Module, batch: Batch, generator: torch.Generator) -> Tensor:
        x, c = batch
        drop = torch.rand(len(x), generator=generator, device=generator.device) < p_uncond
        c = torch.where(drop.to(c.device), null, c)  # line 3: c <- null with probability p_uncond
        lam = stratified_lam(law, len(x), generator).to(device)  # line 4: lam ~ p(lam)
        eps = torch.randn(x.shape, generator=generator, device=generator.device).to(device)  # line 5: eps ~ N(0, I)
        x, c, lam, eps = of(x), of(c), of(lam), of(eps)
        z = diffuse(x, per_point(lam, x), eps)  # line 6
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            out = net(z, lam, c)
        wanted = target(x, eps, lam, prediction)
        return F.mse_loss(out.to(wanted.dtype), wanted)  # line 7

    return loss


def classification(bf16: bool = False, device: str = "cpu", smoothing: float = 0.1) -> Loss:
    """Cross-entropy with label smoothing, for a classifier net(x [N, ...]) -> logits [N, classes]."""

    def loss(net: nn.Module, batch: Batch, generator: torch.Generator) -> Tensor:
        x, c = batch
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            logits = net(x)
        return F.cross_entropy(logits.float(), c, label_smoothing=smoothing)

    return loss


def noisy_classification(law: Law, bf16: bool = False, device: str = "cpu", share: Share | None = None) -> Loss:
    """Cross-entropy at z = alpha x + sigma eps, lam ~ law, for a net(z [N, ...], lam [N]) -> logits [N, classes].

    Without label smoothing: what guides is the gradient of a probability. `share` is that of `algorithm1`.
    """
    of = (share or Share()).of

    def loss(net: nn.Module, batch: Batch, generator: torch.Generator) -> Tensor:
        x, c = batch
        lam = stratified_lam(law, len(x), generator).to(device)
        eps = torch.randn(x.shape, generator=generator, device=generator.device).to(device)
        x, c, lam, eps = of(x), of(c), of(lam), of(eps)
        z = diffuse(x, per_point(lam, x), eps)
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            logits = net(z, lam)
        return F.cross_entropy(logits.float(), c)

    return loss


def least_loss(law: Law, p_uncond: float, mixture: GaussianMixture, n: int = 20_000) -> float:
    """The loss of Algorithm 1 that exact scores have: no network does better on fresh points of the mixture.

    The mean square of eps* - eps per coordinate at lam of the law, conditional with 1 - p_uncond, else unconditional.
    """
    rng = np.random.default_rng(3)
    x, c = mixture.sample(n, rng)
    lam = law.lam((np.arange(n) + 0.5) / n)
    rng.shuffle(lam)
    eps = rng.standard_normal(x.shape)
    z = diffuse(x, lam[:, None], eps)
    cond, uncond = (((e - eps) ** 2).mean() for e in mixture.eps_pair(z, lam, c))
    return float((1 - p_uncond) * cond + p_uncond * uncond)
