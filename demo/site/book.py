"""Tables of many walks and rules in little room: noise levels once, coefficients once, each rule's strength as runs.

What `cfg_core.tables` writes for one combination of settings is put together again in the browser (`book.js`).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from itertools import groupby, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cfg_core.guidance import RULES, rule
from cfg_core.tables import strength_table

Walk = Mapping[str, list]


class Guidance(NamedTuple):
    """A rule with its numbers."""

    name: str
    numbers: Mapping[str, float]

    @property
    def key(self) -> str:
        """As book.js names it."""
        return "|".join([self.name, *(f"{value:g}" for value in self.numbers.values())])


def guidances(names: Iterable[str], offered: Mapping[str, Iterable[float]]) -> list[Guidance]:
    """Each rule with the numbers that are `offered`, or its defaults, where they go together."""
    out = []
    for name in names:
        params = RULES[name].params
        for values in product(*(offered.get(p.name, [p.default]) for p in params)):
            numbers = {p.name: float(value) for p, value in zip(params, values, strict=True)}
            try:
                out.append(Guidance(name, rule(name).numbers(**numbers)))
            except ValueError:
                continue
    return out


def book(walks: Mapping[str, Walk], lams: Iterable[float], rules: Iterable[Guidance]) -> dict[str, Any]:
    """Walks by name, the strengths of rules at all their levels and at `lams`."""
    every = sorted({*lams, *(lam for walk in walks.values() for lam in walk["lam"])})
    at = {lam: i for i, lam in enumerate(every)}
    levels = strength_table("none", every)
    strengths = {g.key: strength_table(g.name, every, **g.numbers) for g in rules}
    return {
        **{name: floats(levels[name]) for name in ("lam", "alpha", "sigma")},
        "rules": {key: {name: runs(table[name]) for name in ("a", "b")} for key, table in strengths.items()},
        "walks": {key: _walk(walk, at) for key, walk in walks.items()},
        "at": [at[lam] for lam in lams],
    }


def _walk(walk: Walk, at: Mapping[float, int]) -> dict[str, Any]:
    out = {
        "at": [at[lam] for lam in walk["lam"]],
        "yields": "".join(map(str, walk["yields"])),
        "on_z": floats(walk["on_z"]),
        "on_x": floats(walk["on_x"]),
    }
    return {**out, "on_noise": floats(walk["on_noise"]), "noise": walk["noise"]} if any(walk["noise"]) else out


def runs(values: list[float]) -> str | list[list[float]]:
    """[how often, value] of each run of equal values or, where there are many, all values."""
    out: list[list[float]] = [[len(list(group)), value] for value, group in groupby(values)]
    return out if 4 * len(out) < len(values) else floats(values)


def floats(values: ArrayLike, kind: str = "<f8") -> str:
    """Numbers in base64."""
    return base64.b64encode(np.asarray(values, dtype=kind).tobytes()).decode()


def varied(scenes: Mapping[str, Any]) -> dict[str, Any]:
    """Scenes that are alike in most: one of them, and what differs in the others by its place.

    {"base": scene, "places": [[key or index, ..], ..], "values": [[value, ..], ..], "at": {name: [index, ..]}}, the
    indices being into the values of each place.
    """
    every = list(scenes.values())
    places = list(_places(every, ()))
    values: list[list[Any]] = [[] for _ in places]
    at: dict[str, list[int]] = {}
    for name, scene in scenes.items():
        at[name] = []
        for pool, place in zip(values, places, strict=True):
            value = scene
            for step in place:
                value = value[step]
            if value not in pool:
                pool.append(value)
            at[name].append(pool.index(value))
    return {"base": every[0], "places": places, "values": values, "at": at}


def _places(values: list[Any], here: tuple[Any, ...]) -> Iterable[tuple[Any, ...]]:
    """Where these values differ, as deep as they have the same shape."""
    first = values[0]
    if all(value == first for value in values):
        return
    if isinstance(first, dict) and all(isinstance(v, dict) and list(v) == list(first) for v in values):
        steps: Iterable[Any] = first
    elif isinstance(first, list) and all(isinstance(v, list) and len(v) == len(first) for v in values):
        steps = range(len(first))
    else:
        yield here
        return
    for step in steps:
        yield from _places([value[step] for value in values], (*here, step))
