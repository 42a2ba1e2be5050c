"""Rules and samplers as tables of numbers, for the engine in the browser (`cfg_core/engine/`), which knows neither.

A rule eps_c + k(lam, w) (eps_c - eps_u) is a table of k = a + b w. A sampler is linear in its point, in the clean
points x^ that it is given and in its noise; its coefficients are found by walking the sampler itself with formal
vectors: the start, each x^ and each noise is a unit vector, and what the sampler makes of them is read off. For x^
they stay moderate from lam = -20 to 20, where those for eps reach 2e4 at the noisy end and cancel.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfg_core.density import CLOSE, FLOOR, OFF, ode_nodes
from cfg_core.guidance import rule
from cfg_core.process import LAM_MAX, LAM_MIN, alpha, eps_from_x, lam_at, sigma
from cfg_core.samplers import Lams, Noise, seeded_noise, walk

Array = NDArray[np.float64]
OLDEST = 4  # how many evaluations back a step may look
TINY = 1e-11  # a coefficient below this part of the largest is rounding


def strength_table(name: str, lams: ArrayLike, **params: float) -> dict[str, list[float]]:
    """lam, alpha, sigma, a and b [n]: the noise levels and the rule's k = a + b w at each of lams [n].

    Raises ValueError where the rule is not of that form, for bad numbers, and where k is not affine in w.
    """
    chosen = rule(name)
    numbers = chosen.numbers(**params)
    strength = chosen.strength
    if strength is None:
        raise ValueError(f"guidance {name!r} is not eps_c + k (eps_c - eps_u) with a number k: it has no table")
    lams = np.asarray(lams, dtype=np.float64).ravel()
    k = np.array([[float(strength(w, float(lam), **numbers)) for w in (0.0, 1.0, 7.0)] for lam in lams]).reshape(-1, 3)
    a, b = k[:, 0], k[:, 1] - k[:, 0]
    if not np.allclose(a + 7 * b, k[:, 2], rtol=1e-12, atol=1e-12):
        raise ValueError(f"the strength of guidance {name!r} is not affine in w: it has no table")
    columns = {"lam": lams, "alpha": alpha(lams), "sigma": sigma(lams), "a": a, "b": b}
    return {key: values.tolist() for key, values in columns.items()}


@dataclass(frozen=True)
class Row:
    """One evaluation of eps, at on_z z + sum_i on_x[i] x^(i + 1 rows before) + on_noise noise(noise), lam.

    z is the point of the last row that `yields` a step; the first row's point is the start. noise = 0: none.
    """

    lam: float
    yields: bool
    on_z: float
    on_x: tuple[float, ...]
    on_noise: float
    noise: int


def walk_table(
    name: str, sampler: str, lams: Lams, *, v: float = 0.0, also: Sequence[str] = (), **params: float
) -> dict[str, list]:
    """A guided walk as columns, one entry a row (an evaluation): those of `strength_table` and of `Row`.

    Raises ValueError where rule, sampler or lams are refused, or one of them has no table.
    """
    steps = sampler_table(sampler, lams, v=v)
    return {**steps, **strength_table(name, steps["lam"], **params)}


def sampler_table(name: str, lams: Lams, *, v: float = 0.0) -> dict[str, list]:
    """The sampler's part of `walk_table`: columns lam, yields (0 or 1), on_z, on_x [row, back], on_noise, noise.

    Raises ValueError for what is not linear, or looks farther back than the table can say.
    """
    rows = _rows(name, lams, v)
    _check(name, rows, lams, v)
    back = max(len(row.on_x) for row in rows)
    return {
        "lam": [row.lam for row in rows],
        "yields": [int(row.yields) for row in rows],
        "on_z": [row.on_z for row in rows],
        "on_x": [[*row.on_x, *[0.0] * (back - len(row.on_x))] for row in rows],
        "on_noise": [row.on_noise for row in rows],
        "noise": [row.noise for row in rows],
    }


@dataclass
class _Trace:
    """What a sampler did: for each evaluation its lam, its point, the number of its step; the noises it asked for."""

    lams: list[float] = field(default_factory=list)
    points: list[Any] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    yields: list[int] = field(default_factory=list)  # the evaluation that each step was yielded after
    noises: list[int] = field(default_factory=list)


def _trace(name: str, lams: Lams, v: float, start: Array, x: Callable[[int, Array, float], Array], noise: Noise):
    """Walk the sampler, the j-th evaluation being told the clean point x(j, z, lam); (trace, its last Step)."""
    trace, last = _Trace(), None

    def eps(z: Array, lam: float) -> Any:
        trace.lams.append(float(lam))
        trace.points.append(np.array(z, dtype=np.float64))
        trace.steps.append(len(trace.yields))
        return eps_from_x(z, lam, x(len(trace.lams) - 1, z, float(lam)))

    def asked(i: int) -> Any:
        trace.noises.append(i)
        return noise(i)

    for step in walk(name, eps, lams, asked, v=v, start=start):
        trace.yields.append(len(trace.lams) - 1)
        last = step
    return trace, last


def _rows(name: str, lams: Lams, v: float) -> list[Row]:
    zero = np.zeros(1)
    dry, _ = _trace(name, lams, v, zero, lambda j, z, lam: zero, lambda i: zero)
    noises, n = sorted(set(dry.noises)), len(dry.lams)
    unit = np.eye(1 + n + len(noises))  # the start, each x^, each noise
    at_noise = {i: 1 + n + k for k, i in enumerate(noises)}
    trace, _ = _trace(name, lams, v, unit[0], lambda j, z, lam: unit[1 + j], lambda i: unit[at_noise[i]])
    rows = [Row(trace.lams[0], 0 in trace.yields, 1.0, (), 0.0, 0)]
    for j in range(1, n):
        step = trace.steps[j]
        if not step:
            raise ValueError(f"sampler {name!r} does not yield its first step after its first evaluation: no table")
        anchor = trace.yields[step - 1]
        rows.append(_row(name, trace, j, anchor, noises))
    return rows


def _row(name: str, trace: _Trace, j: int, anchor: int, noises: list[int]) -> Row:
    """The point of evaluation j as a sum over the anchor's point, the latest x^ and one noise."""
    point, before, n = trace.points[j], trace.points[anchor], len(trace.lams)
    far = max(0, j - OLDEST)
    old = np.ones(len(point), dtype=bool)
    old[1 + far :] = False  # the start and the x^ that only the anchor holds
    old[1 + n :] = np.abs(before[1 + n :]) > 0
    square = before[old] @ before[old]
    on_z = float(before[old] @ point[old] / square) if square else 0.0
    rest = point - on_z * before
    scale = max(1.0, float(np.abs(point).max()))
    rest[np.abs(rest) < TINY * scale] = 0.0
    on_x = tuple(float(c) for c in rest[1 + far : 1 + j][::-1])
    while on_x and on_x[-1] == 0:
        on_x = on_x[:-1]
    noise = np.flatnonzero(rest[1 + n :])
    if rest[: 1 + far].any() or len(noise) > 1:
        raise ValueError(
            f"sampler {name!r} looks farther back than {OLDEST} evaluations, or takes noise twice: no table"
        )
    on_noise, index = (float(rest[1 + n + noise[0]]), noises[noise[0]]) if len(noise) else (0.0, 0)
    return Row(trace.lams[j], j in trace.yields, on_z, on_x, on_noise, index)


def _check(name: str, rows: list[Row], lams: Lams, v: float) -> None:
    """Walk rows and sampler with a field that is not linear: ValueError where they part."""
    noise = seeded_noise(0, (5,))
    x = lambda j, z, lam: np.tanh(2 * z + lam / 7)
    trace, last = _trace(name, lams, v, noise(0), x, noise)
    z, seen = noise(0), list[Array]()
    for j, row in enumerate(rows):
        point = z
        if j:
            point = row.on_z * z + sum(c * seen[-1 - i] for i, c in enumerate(row.on_x))
            point = point + (row.on_noise * noise(row.noise) if row.noise else 0.0)
        seen.append(x(j, point, row.lam))
        z = point if row.yields else z
        if not np.allclose(point, trace.points[j], rtol=1e-9, atol=1e-9):
            raise ValueError(f"sampler {name!r} is not linear in its point, its x^ and its noise: it has no table")
    if last is None or not np.allclose(seen[-1], last.x, rtol=1e-9, atol=1e-9):
        raise ValueError(f"the last x^ of sampler {name!r} is not that of its last evaluation: it has no table")


def ode_table(name: str, *, lam_min: float = LAM_MIN, lam_max: float = LAM_MAX, **params: float) -> dict[str, Any]:
    """The steps of `guided_log_density` under a rule: theta [step, 2], where each first step begins and ends; a and b
    [step, node] of `strength_table` at the ends and middles of the finest steps; and how close two answers must be.

    Raises ValueError for rules that have no table.
    """
    numbers = rule(name).numbers(**params)
    nodes = ode_nodes(name, lam_min, lam_max, **numbers)
    columns = strength_table(name, lam_at(nodes), **numbers)
    strength = {key: np.reshape(columns[key], nodes.shape).tolist() for key in ("a", "b")}
    return {**strength, "theta": nodes[:, [0, -1]].tolist(), "close": CLOSE, "floor": FLOOR, "off": OFF}


def noise_wire(seed: int, points: int, table: dict[str, list], classes: int = 3) -> dict[str, Any]:
    """The noises [class, point, xy] that a walk of this table takes: `start`, and `steps`, by their number.

    Each is float64, little-endian, in base64. Raises ValueError for bad seeds.
    """
    noise = seeded_noise(seed, (classes, points, 2))
    asked = sorted({i for i in table["noise"] if i})
    return {"points": points, "start": _base64(noise(0)), "steps": {str(i): _base64(noise(i)) for i in asked}}


def _base64(array: Array) -> str:
    return base64.b64encode(array.astype("<f8").tobytes()).decode()
