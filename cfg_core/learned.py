"""A trained network seen as a model: eps at (z, lam, c), interchangeable with the exact mixture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from cfg_core.process import eps_from_output

if TYPE_CHECKING:
    from cfg_core.learned_classifier import LearnedClassifier


class Learned:
    """Wraps net(z [N, ...], lam [N], c [N]) -> output meaning `prediction`; class index `null` is the null class.

    z is a float32 tensor [..., point] whose point has `event_ndim` axes; c is an int or an integer array that
    broadcasts to the leading axes; lam is a number. Results are float32 whatever the network computes in. `worse` is
    a model that was trained less, for autoguidance; `classifier` a LearnedClassifier, for classifier guidance.
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        null: int,
        event_ndim: int,
        prediction: str = "eps",
        bf16: bool = False,
        worse: Learned | None = None,
        classifier: LearnedClassifier | None = None,
    ) -> None:
        self.net, self.null, self.event_ndim = net.eval(), null, event_ndim
        self.prediction, self.bf16, self.worse, self.classifier = prediction, bf16, worse, classifier
        if bf16:
            self.net.bfloat16()

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return next(self.net.parameters()).device

    def eps(self, z: Tensor, lam: float, c: Any = None) -> Tensor:
        """eps(z, lam, c), or eps(z, lam) of the null class where c is None: the shape of z."""
        points = points_of(z, self.event_ndim)
        classes = classes_of(z, self.null if c is None else c, self.event_ndim, self.null, null=True)
        return self._forward(points, lam, classes).reshape(z.shape)

    def eps_pair(self, z: Tensor, lam: float, c: Any) -> tuple[Tensor, Tensor]:
        """(eps_c, eps_u) by one pass of a batch of twice the size."""
        points = points_of(z, self.event_ndim)
        classes = classes_of(z, c, self.event_ndim, self.null, null=True)
        both = torch.cat([classes, torch.full_like(classes, self.null)])
        eps_c, eps_u = self._forward(torch.cat([points, points]), lam, both).chunk(2)
        return eps_c.reshape(z.shape), eps_u.reshape(z.shape)

    def grad_log_posterior(self, z: Tensor, lam: float, c: Any) -> Tensor:
        """∇_z log p(c|z, lam) of the classifier beside it. Raises ValueError where there is none."""
        if self.classifier is None:
            raise ValueError("classifier guidance needs a classifier beside this model, and there is none")
        return self.classifier.grad_log_posterior(z, lam, c)

    def _forward(self, points: Tensor, lam: float, c: Tensor) -> Tensor:
        return self.passed(points, points.new_full((len(points),), float(lam)), c)

    @torch.inference_mode()
    def passed(self, points: Tensor, lams: Tensor, c: Tensor) -> Tensor:
        """One pass of the network: eps [N, ...] of points [N, ...], each at its own lam and class, lams and c [N]."""
        x = points.to(torch.bfloat16) if self.bf16 else points
        if x.ndim == 4:
            x = x.contiguous(memory_format=torch.channels_last)
        out = self.net(x, lams, c).float()
        return eps_from_output(out, points, lams, self.prediction)


def points_of(z: Tensor, event_ndim: int) -> Tensor:
    """z [..., point] as one row of points, [N, point]."""
    return z.reshape(-1, *z.shape[z.ndim - event_ndim :])


def classes_of(z: Tensor, c: Any, event_ndim: int, classes: int, null: bool = False) -> Tensor:
    """The class of each point of z, from an int or an integer array: [N]; with `null`, also the null class, `classes`.

    Raises ValueError for others.
    """
    lead = z.shape[: z.ndim - event_ndim]
    c = np.asarray(c)
    if c.dtype.kind not in "iu" or c.min(initial=0) < 0 or c.max(initial=0) >= classes + null:
        raise ValueError(f"the class must be an integer in 0 .. {classes - 1}")
    return torch.as_tensor(np.broadcast_to(c, lead).reshape(-1).copy(), dtype=torch.long, device=z.device)


def bf16_is_native() -> bool:
    """Whether this machine multiplies bfloat16 in hardware (a GPU, AVX512-BF16 or AMX).

    Where it does not, bfloat16 is emulated and ten times slower than float32, so the default is float32.
    """
    if torch.cuda.is_available():
        return True
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in probes)
