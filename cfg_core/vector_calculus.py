"""Is a field of arrows the gradient of anything? Jacobians, curl, divergence and loop integrals of any eps.

A field s on the plane is a gradient exactly where its Jacobian is symmetric. What is left over is one number,
curl s = d s_2/d z_1 - d s_1/d z_2, and by Stokes' theorem its integral over a disc is the work of s once round it.
Guided eps is affine in w, so its Jacobian, curl, divergence and work are, too.

"Differentiable" below is anything with eps_pair and jacobian_pair at numpy points: the exact mixture (analytic) or a
`Network` of cfg_core/nets/network.py (automatic differentiation).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.guidance import past

Array = NDArray[np.float64]


class Differentiable(Protocol):
    event_ndim: int

    def eps_pair(self, z: Any, lam: Any, c: Any) -> tuple[Array, Array]: ...

    def jacobian_pair(self, z: Any, lam: Any, c: Any) -> tuple[Array, Array]: ...


def guided_jacobian(model: Differentiable, z: ArrayLike, lam: ArrayLike, c: ArrayLike, w: ArrayLike) -> Array:
    """Jacobian of classifier-free guidance's eps~ = eps_c + w (eps_c - eps_u): z [..., D] -> [..., D, D]."""
    return past(*model.jacobian_pair(z, lam, c), np.asarray(w)[..., None, None])


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
