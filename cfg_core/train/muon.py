"""Muon (Jordan et al. 2024) as torch has it, all matrices of one shape at a time: a tenth of the kernels of a GPU."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def orthogonalised(x: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """The matrices [N, rows, columns] with their singular values moved towards 1, by Newton-Schulz in bfloat16."""
    a, b, c = coefficients
    tall = x.shape[1] > x.shape[2]
    x = (x.mT if tall else x).bfloat16()
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


class Muon(torch.optim.Muon):
    """torch.optim.Muon's settings, state and, but for rounding, numbers."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for (rows, columns), matrices in shapes.items():
                grads, momentum = [p.grad for p in matrices if p.grad is not None], group["momentum"]
                buffers = [self._buffer(p) for p in matrices]
                torch._foreach_lerp_(buffers, grads, 1 - momentum)
                updates = torch._foreach_lerp(grads, buffers, momentum) if group["nesterov"] else buffers
                moved = orthogonalised(torch.stack(updates), group["ns_coefficients"], group["ns_steps"], group["eps"])
                torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
                by = group["lr"] * math.sqrt(max(1.0, rows / columns))
                torch._foreach_add_(matrices, list(moved.to(matrices[0].dtype).unbind()), alpha=-by)

    def _buffer(self, p: Tensor) -> Tensor:
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p)
        buffer: Tensor = state["momentum_buffer"]
        return buffer
