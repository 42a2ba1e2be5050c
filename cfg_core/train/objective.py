"""Algorithm 1: the training objective, with the class dropped with probability p_uncond."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfg_core.process import Law

Batch = tuple[Tensor, Tensor]  # x [N, ...] float, c [N] class indices
Loss = Callable[[nn.Module, Batch, torch.Generator], Tensor]

PREDICTIONS = ("eps", "v", "x")


def amplitudes(lam: Tensor, ndim: int) -> tuple[Tensor, Tensor]:
    """alpha, sigma of lam [N], shaped [N, 1, ...] to multiply an ndim-dimensional batch."""
    lam = lam.reshape(-1, *[1] * (ndim - 1))
    return torch.sigmoid(lam).sqrt(), torch.sigmoid(-lam).sqrt()


def eps_from_output(out: Tensor, z: Tensor, lam: Tensor, prediction: str) -> Tensor:
    """The eps that a network's output means. All three outputs are affine in one another at fixed (z, lam).

    v = alpha eps - sigma x (Salimans & Ho 2022, arXiv 2202.00512), so eps = alpha v + sigma z.
    """
    if prediction == "eps":
        return out
    alpha, sigma = amplitudes(lam, z.ndim)
    if prediction == "v":
        return alpha * out + sigma * z
    if prediction == "x":
        return (z - alpha * out) / sigma
    raise ValueError(f"prediction must be one of {', '.join(PREDICTIONS)}")


def target(x: Tensor, eps: Tensor, lam: Tensor, prediction: str) -> Tensor:
    """What the network is asked for at (x, eps, lam), in the convention of `eps_from_output`."""
    alpha, sigma = amplitudes(lam, x.ndim)
    if prediction not in PREDICTIONS:
        raise ValueError(f"prediction must be one of {', '.join(PREDICTIONS)}")
    return {"eps": eps, "v": alpha * eps - sigma * x, "x": x}[prediction]


def stratified_lam(law: Law, n: int, generator: torch.Generator) -> Tensor:
    """n draws of lam, one in each n-th of the law, in random order: the mean loss of a batch varies less. [n]"""
    u = (torch.randperm(n, generator=generator) + torch.rand(n, generator=generator)) / n
    return torch.from_numpy(law.lam(u.numpy())).float()


def algorithm1(
    law: Law, p_uncond: float, null: int, prediction: str = "eps", bf16: bool = False, device: str = "cpu"
) -> Loss:
    """The loss of Algorithm 1 (Ho & Salimans 2022): c <- null with p_uncond, ||output - target||² averaged.

    With prediction "eps" this is the paper's objective; "v" weighs it by 1 + e^{-lam} and is better conditioned.
    The network is called as net(z [N, ...], lam [N], c [N]); `null` is the index of the null class.
    Raises ValueError for p_uncond outside [0, 1].
    """
    if not 0 <= p_uncond <= 1:
        raise ValueError("p_uncond must lie in [0, 1]")

    def loss(net: nn.Module, batch: Batch, generator: torch.Generator) -> Tensor:
        x, c = batch
        drop = torch.rand(len(x), generator=generator) < p_uncond
        c = torch.where(drop.to(c.device), null, c)  # line 3: c <- null with probability p_uncond
        lam = stratified_lam(law, len(x), generator).to(device)  # line 4: lam ~ p(lam)
        eps = torch.randn(x.shape, generator=generator).to(device)  # line 5: eps ~ N(0, I)
        alpha, sigma = amplitudes(lam, x.ndim)
        z = alpha * x + sigma * eps  # line 6
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
