"""A trained classifier of noised points seen as part of a model: log p(c|z, lam) and its gradient."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfg_core.learned import classes_of, points_of


class LearnedClassifier:
    """Wraps net(z [N, ...], lam [N]) -> logits [N, classes]; z is a float32 tensor [..., point], as for `Learned`.

    lam is a number, c an int or an integer array that broadcasts to the leading axes. Results are float32 whatever the
    network computes in.
    """

    def __init__(self, net: nn.Module, *, classes: int, event_ndim: int, bf16: bool = False) -> None:
        self.net, self.classes, self.event_ndim, self.bf16 = net.eval().requires_grad_(False), classes, event_ndim, bf16
        if bf16:
            self.net.bfloat16()

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return next(self.net.parameters()).device

    @torch.inference_mode()
    def log_posterior(self, z: Tensor, lam: float) -> Tensor:
        """log p(c|z, lam) of every class: [..., classes]."""
        points = points_of(z, self.event_ndim)
        log = F.log_softmax(self._logits(points, points.new_full((len(points),), float(lam))), dim=1)
        return log.reshape(*z.shape[: z.ndim - self.event_ndim], self.classes)

    def grad_log_posterior(self, z: Tensor, lam: float, c: Any) -> Tensor:
        """∇_z log p(c|z, lam) by automatic differentiation: the shape of z. Raises ValueError for other classes."""
        points = points_of(z, self.event_ndim)
        c = classes_of(z, c, self.event_ndim, self.classes)
        return self.passed(points, points.new_full((len(points),), float(lam)), c).reshape(z.shape)

    def passed(self, points: Tensor, lams: Tensor, c: Tensor) -> Tensor:
        """One pass there and back: ∇_z log p(c|z, lam) [N, ...], each at its own lam and class, lams and c [N]."""
        with torch.inference_mode(False), torch.enable_grad():
            z = points.clone().requires_grad_()  # a copy: what comes from inference mode has no gradient
            log = -F.cross_entropy(self._logits(z, lams.clone()), c.clone(), reduction="sum")
            return torch.autograd.grad(log, z)[0]

    def _logits(self, z: Tensor, lams: Tensor) -> Tensor:
        x = z.to(torch.bfloat16) if self.bf16 else z
        if x.ndim == 4:
            x = x.contiguous(memory_format=torch.channels_last)
        return self.net(x, lams).float()
