"""Distilling guidance: one network with w as an input in place of two passes (Meng et al. 2023, arXiv 2210.03142)."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from cfg_core.nets.network import Network
from cfg_core.nets.unet import UNet
from cfg_core.process import Law, diffuse, per_point, v_from_eps, x_from_v
from cfg_core.train.objective import Batch, Loss, stratified_lam
from cfg_core.train.processes import Share

W_RANGE = (-1.0, 8.0)


def student_of(teacher: UNet) -> UNet:
    """A network of the same kind that takes w, with the teacher's weights: until it is trained, eps_c at every w."""
    net = UNet(replace(teacher.config, takes_w=True))
    net.load_state_dict({**net.state_dict(), **teacher.state_dict()})
    return net


def distillation(
    law: Law, teacher: Network, bf16: bool = False, device: str = "cpu", share: Share | None = None, clip: float = 1.0
) -> Loss:
    """Stage one of Meng et al. 2023: the student's v at w against v_c + w (v_c - v_u), squared and averaged.

    z is a noised training image, lam ~ law, w = -1 + 9 u²: small w more often, where the target is small. What the
    sampler clips away counts nothing: no error where both x^ lie beyond the same end of [-clip, clip]. The student is
    called as net(z, lam, c, w [N]) and predicts v. `share` is that of `algorithm1`.
    """
    of = (share or Share()).of

    def loss(net: nn.Module, batch: Batch, generator: torch.Generator) -> Tensor:
        x, c = batch
        lam = stratified_lam(law, len(x), generator).to(device)
        u = torch.rand(len(x), generator=generator, device=generator.device).to(device)
        eps = torch.randn(x.shape, generator=generator, device=generator.device).to(device)
        x, c, lam, u, eps = of(x), of(c), of(lam), of(u), of(eps)
        w = W_RANGE[0] + (W_RANGE[1] - W_RANGE[0]) * u**2
        at = per_point(lam, x)
        z = diffuse(x, at, eps)
        eps_c, eps_u = (teacher.passed(z, lam, k).clone() for k in (c, torch.full_like(c, teacher.classes)))
        wanted = v_from_eps(z, at, eps_c + per_point(w, z) * (eps_c - eps_u))
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            out = net(z, lam, c, w).float()
        mine, its = (x_from_v(z, at, v.detach()).clip(-clip, clip) for v in (out, wanted))
        return ((out - wanted) ** 2 * ((mine != its) | (mine.abs() < clip))).mean()

    return loss
