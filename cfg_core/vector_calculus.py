"""Is a field of arrows the gradient of anything? Jacobians, curl, divergence and loop integrals of any eps.

A field s on the plane is a gradient exactly where its Jacobian is symmetric. What is left over is one number,
curl s = d s_2/d z_1 - d s_1/d z_2, and by Stokes' theorem its integral over a disc is the work of s once round it.
Guided eps is affine in w, so its Jacobian, curl, divergence and work are, too.

"Differentiable" below is anything with eps_pair and jacobian_pair at numpy points: the exact mixture (analytic) or a
network in `NetField` (automatic differentiation).
"""

from __future__ import annotations

import copy
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from cfg_core.process import eps_from_output

Array = NDArray[np.float64]

BLOCK = 1024  # points differentiated at once: what is kept for the way back stays in the processor's cache


class Differentiable(Protocol):
    event_ndim: int

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Array, Array]: ...

    def jacobian_pair(self, z: Any, lam: Any, c: Any) -> tuple[Array, Array]: ...


class NetField:
    """A network of points as numpy float64, differentiable: made from net(z, lam, c) and its null class.

    The network is copied and computed in float64, so that rounding is 1e-16 and not 1e-7 (or in float32 on request,
    twice as fast, for maps). z is [..., D]; lam and c broadcast to the leading axes; results are float64.
    """

    event_ndim = 1

    def __init__(
        self, net: torch.nn.Module, null: int, prediction: str = "eps", dtype: torch.dtype = torch.float64
    ) -> None:
        self.net, self.dtype = copy.deepcopy(net).to(dtype).requires_grad_(False).eval(), dtype
        self.null, self.prediction = null, prediction
        self.conservative = hasattr(net, "log_density")  # then eps is minus sigma times its gradient

    def eps(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None = None) -> Array:
        """eps(z, lam, c), or of the null class where c is None: [..., D]."""
        z = np.asarray(z, dtype=np.float64)
        with torch.no_grad():
            return self._eps(*self._tensors(z, lam, c)).double().numpy().reshape(z.shape)

    def eps_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """(eps_c, eps_u), each [..., D]."""
        return self.eps(z, lam, c), self.eps(z, lam)

    def jacobian(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None = None) -> Array:
        """d eps_i / d z_j by reverse mode, a row at a time: [..., D, D]."""
        z = np.asarray(z, dtype=np.float64)
        blocks = zip(*(t.split(BLOCK) for t in self._tensors(z, lam, c)), strict=True)
        out = [self._jacobian(points.clone(), lams, classes) for points, lams, classes in blocks]
        return torch.cat(out).double().numpy().reshape(*z.shape, z.shape[-1])

    def jacobian_pair(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike) -> tuple[Array, Array]:
        """Jacobians of (eps_c, eps_u), each [..., D, D]."""
        return self.jacobian(z, lam, c), self.jacobian(z, lam)

    def log_density(self, z: ArrayLike, lam: ArrayLike, c: ArrayLike | None = None) -> Array:
        """The network's own log-density up to a constant of each (lam, c): [...]. Only where the network has one."""
        z = np.asarray(z, dtype=np.float64)
        with torch.no_grad():
            f = self.net.log_density(*self._tensors(z, lam, c))  # type: ignore[operator]
        return f.double().numpy().reshape(z.shape[:-1])

    def _jacobian(self, points: Tensor, lams: Tensor, classes: Tensor) -> Tensor:
        points.requires_grad_()
        eps = self._eps(points, lams, classes)
        rows = [torch.autograd.grad(eps[:, i].sum(), points, retain_graph=True)[0] for i in range(points.shape[1])]
        return torch.stack(rows, dim=1)

    def _eps(self, points: Tensor, lams: Tensor, classes: Tensor) -> Tensor:
        return eps_from_output(self.net(points, lams, classes), points, lams, self.prediction)

    def _tensors(self, z: Array, lam: ArrayLike, c: ArrayLike | None) -> tuple[Tensor, Tensor, Tensor]:
        lead = z.shape[:-1]
        lams = np.broadcast_to(np.asarray(lam, dtype=np.float64), lead).reshape(-1).copy()
        classes = np.broadcast_to(np.asarray(self.null if c is None else c, dtype=np.int64), lead).reshape(-1).copy()
        points = torch.from_numpy(z.reshape(-1, z.shape[-1]).copy())
        return points.to(self.dtype), torch.from_numpy(lams).to(self.dtype), torch.from_numpy(classes)


def guided_jacobian(model: Differentiable, z: ArrayLike, lam: ArrayLike, c: ArrayLike, w: ArrayLike) -> Array:
    """Jacobian of classifier-free guidance's eps~ = eps_c + w (eps_c - eps_u): z [..., D] -> [..., D, D]."""
    jac_c, jac_u = model.jacobian_pair(z, lam, c)
    return jac_c + np.asarray(w)[..., None, None] * (jac_c - jac_u)


def curl(jacobian: Array) -> Array:
    """d f_2/d z_1 - d f_1/d z_2 of a field in the plane, from its Jacobian [..., 2, 2]: [...]."""
    if jacobian.shape[-2:] != (2, 2):
        raise ValueError("the curl as one number is for fields in the plane: a Jacobian [..., 2, 2]")
    return jacobian[..., 1, 0] - jacobian[..., 0, 1]


def divergence(jacobian: Array) -> Array:
    """Trace of a Jacobian [..., D, D]: [...]."""
    return np.trace(jacobian, axis1=-2, axis2=-1)


def circle(centre: ArrayLike, radius: float, n: int = 128) -> tuple[Array, Array]:
    """n points on a circle and the line elements there, anticlockwise: two [n, 2].

    Sums over them converge faster than any power of n for smooth fields. Raises ValueError for radius <= 0.
    """
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError("the radius must be > 0")
    t = 2 * np.pi * np.arange(n) / n
    spoke = np.stack([np.cos(t), np.sin(t)], axis=-1)
    return np.asarray(centre) + radius * spoke, (2 * np.pi * radius / n) * np.stack([-np.sin(t), np.cos(t)], axis=-1)


def disc(centre: ArrayLike, radius: float, rings: int = 8, spokes: int = 32) -> tuple[Array, Array]:
    """Nodes [n, 2] and areas [n] of a quadrature over a disc: Gauss-Legendre along the radius, even spokes around."""
    nodes, weights = np.polynomial.legendre.leggauss(rings)
    r, share = radius * (nodes + 1) / 2, radius * weights / 2
    points = np.concatenate([circle(centre, float(ring), spokes)[0] for ring in r])
    return points, np.repeat(share * r * 2 * np.pi / spokes, spokes)


def loop_integral(field: Array, elements: Array) -> Array:
    """The work of a field [..., n, 2] along line elements [n, 2]: sum of field · dl, [...]."""
    return (field * elements).sum((-2, -1))
