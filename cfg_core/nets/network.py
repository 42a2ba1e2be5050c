"""Trained networks seen as the exact mixture is: eps at (z, lam, c), or p(c|z, lam), of numpy arrays or of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfg_core.process import eps_from_output

BLOCK = 1024  # points differentiated at once: what is kept for the way back stays in the processor's cache


class _Wrapped:
    """What both kinds share: z [..., point] as rows for the network, and the rows back as whatever z was.

    z is a numpy array (the result is float64) or a tensor (the result is a tensor); its point has `event_ndim` axes.
    lam and c are a number and an int, or arrays that broadcast to the leading axes. The network is put into `dtype`,
    what it computes in, and no longer trained: give a copy of one that is.
    """

    def __init__(self, net: nn.Module, classes: int, event_ndim: int, dtype: torch.dtype) -> None:
        self.net, self.classes = net.to(dtype).eval().requires_grad_(False), classes
        self.event_ndim, self.dtype = event_ndim, dtype

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return next((p.device for p in self.net.parameters()), torch.device("cpu"))

    def _rows(self, z: Any, lam: Any, c: Any, null: int = 0) -> tuple[Tensor, Tensor, Tensor]:
        """Points [N, ...], lams [N] and classes [N], of which `null` more are known. Raises ValueError for others."""
        lead = tuple(z.shape[: z.ndim - self.event_ndim])
        exact = torch.float64 if self.dtype == torch.float64 else torch.float32
        tensor = z if isinstance(z, Tensor) else torch.from_numpy(np.array(z)).to(self.device)
        points = tensor.reshape(-1, *z.shape[len(lead) :]).to(exact)
        lams = torch.as_tensor(np.broadcast_to(np.asarray(lam, dtype=np.float64), lead).reshape(-1).copy())
        given = np.asarray(c)
        if given.dtype.kind not in "iu" or given.min(initial=0) < 0 or given.max(initial=0) >= self.classes + null:
            raise ValueError(f"the class must be an integer in 0 .. {self.classes - 1}")
        rows = torch.as_tensor(np.broadcast_to(given, lead).reshape(-1).astype(np.int64))
        return points, lams.to(points), rows.to(points.device)

    def _like(self, z: Any, rows: Tensor, *tail: int) -> Any:
        """Rows with the leading axes of z: a tensor, or numpy float64, as z is."""
        lead = z.shape[: z.ndim - self.event_ndim]
        out = rows.reshape(*lead, *(tail or z.shape[len(lead) :]))
        return out if isinstance(z, Tensor) else out.double().cpu().numpy()

    def _input(self, points: Tensor) -> Tensor:
        x = points.to(self.dtype)
        return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x


class Network(_Wrapped):
    """net(z [N, ...], lam [N], c [N]) -> output meaning `prediction` ("eps", "x" or "v"), as a model.

    `null` is the class index that stands for none. `worse` is a model that was trained less, for autoguidance;
    `classifier` a `NoisedClassifier`, for classifier guidance.
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        null: int = 3,
        event_ndim: int = 1,
        prediction: str = "eps",
        dtype: torch.dtype = torch.float32,
        worse: Network | None = None,
        classifier: NoisedClassifier | None = None,
    ) -> None:
        super().__init__(net, null, event_ndim, dtype)
        self.prediction, self.worse, self.classifier = prediction, worse, classifier
        self.conservative = hasattr(net, "log_density")  # then eps is minus sigma times its gradient

    def eps(self, z: Any, lam: Any, c: Any = None) -> Any:
        """eps(z, lam, c), or eps(z, lam) of the null class where c is None: the shape of z."""
        return self._like(z, self.passed(*self._asked(z, lam, c)))

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]:
        """(eps_c, eps_u) by one pass of a batch of twice the size."""
        points, lams, c = self._asked(z, lam, c)
        twice = torch.cat([points, points]), torch.cat([lams, lams])
        eps_c, eps_u = self.passed(*twice, torch.cat([c, torch.full_like(c, self.classes)])).chunk(2)
        return self._like(z, eps_c), self._like(z, eps_u)

    def grad_log_posterior(self, z: Any, lam: Any, c: Any) -> Any:
        """∇_z log p(c|z, lam) of the classifier beside it. Raises ValueError where there is none."""
        if self.classifier is None:
            raise ValueError("classifier guidance needs a classifier beside this model, and there is none")
        return self.classifier.grad_log_posterior(z, lam, c)

    def jacobian(self, z: Any, lam: Any, c: Any = None) -> Any:
        """d eps_i / d z_j of points [..., D] by reverse mode, a row at a time: [..., D, D]."""
        blocks = zip(*(rows.split(BLOCK) for rows in self._asked(z, lam, c)), strict=True)
        return self._like(z, torch.cat([self._jacobian(*block) for block in blocks]), z.shape[-1], z.shape[-1])

    def jacobian_pair(self, z: Any, lam: Any, c: Any) -> tuple[Any, Any]:
        """Jacobians of (eps_c, eps_u), each [..., D, D]."""
        return self.jacobian(z, lam, c), self.jacobian(z, lam)

    def log_density(self, z: Any, lam: Any, c: Any = None) -> Any:
        """The network's own log-density up to a constant of each (lam, c): [...]. Only where the network has one."""
        with torch.no_grad():
            f = self.net.log_density(*self._asked(z, lam, c))  # type: ignore[operator]
        return self._like(z, f, 1)[..., 0]

    @torch.inference_mode()
    def passed(self, points: Tensor, lams: Tensor, c: Tensor, *w: Tensor) -> Tensor:
        """One pass of the network: eps [N, ...] of points [N, ...], each at its own lam and class, lams and c [N].

        A network that takes the guidance weight is given w [N], too, and its eps is the guided one.
        """
        return self._eps(points, lams, c, *w)

    def _asked(self, z: Any, lam: Any, c: Any) -> tuple[Tensor, Tensor, Tensor]:
        return self._rows(z, lam, self.classes if c is None else c, null=1)

    def _eps(self, points: Tensor, lams: Tensor, c: Tensor, *w: Tensor) -> Tensor:
        return eps_from_output(self.net(self._input(points), lams, c, *w).to(points), points, lams, self.prediction)

    def _jacobian(self, points: Tensor, lams: Tensor, c: Tensor) -> Tensor:
        points = points.clone().requires_grad_()
        eps = self._eps(points, lams, c)
        rows = [torch.autograd.grad(eps[:, i].sum(), points, retain_graph=True)[0] for i in range(points.shape[1])]
        return torch.stack(rows, dim=1)


class NoisedClassifier(_Wrapped):
    """net(z [N, ...], lam [N]) -> logits [N, classes]: log p(c|z, lam) and its gradient, as the exact mixture's."""

    def __init__(
        self, net: nn.Module, *, classes: int = 3, event_ndim: int = 1, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__(net, classes, event_ndim, dtype)

    @torch.inference_mode()
    def log_posterior(self, z: Any, lam: Any) -> Any:
        """log p(c|z, lam) of every class: [..., classes]."""
        points, lams, _ = self._rows(z, lam, 0)
        return self._like(z, F.log_softmax(self._logits(points, lams), dim=1), self.classes)

    def posterior(self, z: Any, lam: Any) -> Any:
        """p(c|z, lam) of every class: [..., classes]."""
        return np.e ** self.log_posterior(z, lam)

    def grad_log_posterior(self, z: Any, lam: Any, c: Any) -> Any:
        """∇_z log p(c|z, lam) by automatic differentiation: the shape of z. Raises ValueError for other classes."""
        return self._like(z, self.passed(*self._rows(z, lam, c)))

    def passed(self, points: Tensor, lams: Tensor, c: Tensor) -> Tensor:
        """One pass there and back: ∇_z log p(c|z, lam) [N, ...], each at its own lam and class, lams and c [N]."""
        with torch.inference_mode(False), torch.enable_grad():
            z = points.clone().requires_grad_()  # a copy: what comes from inference mode has no gradient
            log = -F.cross_entropy(self._logits(z, lams.clone()), c.clone(), reduction="sum")
            return torch.autograd.grad(log, z)[0]

    def _logits(self, points: Tensor, lams: Tensor) -> Tensor:
        return self.net(self._input(points), lams).float()


def bf16_is_native() -> bool:
    """Whether this machine multiplies bfloat16 in hardware (a GPU, AVX512-BF16 or AMX).

    Where it does not, bfloat16 is emulated and ten times slower than float32, so the default is float32.
    """
    if torch.cuda.is_available():
        return True
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in probes)
