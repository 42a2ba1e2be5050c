"""All that the static page computes with: tables, noises and scenes for the settings that it offers."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from cfg_core.guidance import RULES
from cfg_core.process import LAM_MAX, lam_grid
from cfg_core.samplers import SAMPLERS, seeded_noise
from cfg_core.tables import ode_table, sampler_table
from demo.fields import TOY_RULES
from demo.scene import CLASS_NAMES, named
from demo.site.book import Guidance, book, floats, guidances, varied
from demo.sweep import Sweep
from demo.view import View
from demo.views.field.compute import LAMS, PATH_STEPS, TRAIL_W
from demo.views.field.view import VIEW as FIELD
from demo.views.gaussians.compute import FIGURE_W
from demo.views.gaussians.settings import FIGURE, TURN
from demo.views.gaussians.view import VIEW as GAUSSIANS

VIEWS: tuple[View[Any], ...] = (GAUSSIANS, FIELD)
OFFERED: Mapping[str, tuple[float, ...]] = {  # the values of settings whose tables or noises are shipped
    "steps": (2, 4, 6, 8, 12, 16, 24, 32, 48, 64),
    "seed": (0, 1, 2, 3, 4),
    "v": (0, 0.25, 0.5, 0.75, 1),
    "sigma_low": (0, 0.1, 0.2, 0.4, 1),
    "sigma_high": (0.5, 0.8, 1.5, 3, 10),
}
FIXED = ("lam_min", "lam_max", "points")  # settings that stay at their first values
STARTS = np.round(np.arange(-8, 8.01, 0.1), 1)  # the lam at which a particle can be dropped: the slider's
RULES_HERE = [name for name in TOY_RULES if RULES[name].strength is not None]
GUIDANCES = guidances(RULES_HERE, OFFERED)
FIRST = {view.name: view.settings() for view in VIEWS}


def offered(view: View[Any]) -> Iterator[str]:
    """The settings that the page has a control for; of a rule's numbers those of the rules that are here."""
    params = {p.name for name in RULES_HERE for p in RULES[name].params}
    others = {p.name for rule in RULES.values() for p in rule.params} - params
    for name in view.settings.fields():
        if name not in FIXED and name not in others:
            yield name


def walks() -> dict[str, dict[str, list]]:
    """The samplers' tables, by sampler, steps and v; v where it matters."""
    first = FIRST["gaussians"]
    out: dict[str, dict[str, list]] = {}
    for sampler, steps in product(SAMPLERS, OFFERED["steps"]):
        lams = lam_grid(int(steps), first.lam_min, first.lam_max)
        every = {v: sampler_table(sampler, lams, v=v) for v in OFFERED["v"]}
        alike = all(table == every[0] for table in every.values())
        out |= {f"{sampler}|{steps:g}|{v:g}": every[v] for v in ([0] if alike else every)}
    return out


def gaussians() -> dict[str, Any]:
    """For "Three Gaussians": walks, the steps of the exact density under each rule, start noises, scenes."""
    first = FIRST["gaussians"]
    ends: dict[str, Any] = {"lam_min": first.lam_min, "lam_max": first.lam_max}
    odes = {g.key: ode_table(g.name, **{**ends, **g.numbers}) for g in GUIDANCES}
    noise = {f"{seed:g}": floats(seeded_noise(int(seed), (3, first.points, 2))(0)) for seed in OFFERED["seed"]}
    return {
        "book": book(walks(), [], GUIDANCES),
        "odes": {key: _compact(ode) for key, ode in odes.items()},
        "points": first.points,
        "start": noise,
        "scenes": {**_turned(), FIGURE: _scenes(GAUSSIANS, {"": {"view": FIGURE}})},
        "figure": {"ws": FIGURE_W},
    }


def field() -> dict[str, Any]:
    """For "Score field": strengths over lam, the particle's walk from each lam, scenes."""
    paths = {f"{at:g}": sampler_table("heun", lam_grid(PATH_STEPS, float(at), LAM_MAX)) for at in STARTS}
    arrows = FIELD.settings.fields()["arrows"].values
    every = {
        f"{letter}|{kind}|{g.key}": {"letter": letter, "arrows": kind, "rule": g.name, **g.numbers}
        for letter, kind, g in product(CLASS_NAMES, arrows, GUIDANCES)
    }
    return {"book": book(paths, LAMS.tolist(), GUIDANCES), "ws": TRAIL_W, "scenes": {"": _scenes(FIELD, every)}}


def step_noise(seed: int) -> list[str]:
    """The noises of the steps of a walk that takes some, from the first on: float32, which changes a sample by 1e-7."""
    noise = seeded_noise(seed, (3, FIRST["gaussians"].points, 2))
    return [floats(noise(i), "<f4") for i in range(1, int(max(OFFERED["steps"])) + 1)]


def _compact(ode: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if np.ndim(value) == 0 else floats(value) for name, value in ode.items()}


def _turned() -> dict[str, Any]:
    """Scenes of "Turn w" by sampler, steps and rule; with and without the exact density."""
    settings = {
        f"{sampler}|{steps:g}|{g.key}": {"sampler": sampler, "steps": int(steps), "rule": g.name, **g.numbers}
        for sampler, steps, g in product(SAMPLERS, OFFERED["steps"], GUIDANCES)
    }
    return {
        TURN: _scenes(GAUSSIANS, settings),
        f"{TURN}, exact": _scenes(GAUSSIANS, {key: {**s, "actual": True} for key, s in settings.items()}),
    }


def _scenes(view: View[Any], settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The view's scenes for these settings, and the arrays that they name."""
    (drawing,) = view.drawings
    shape = next(iter(settings.values()))
    sweep, _ = drawing.made(view, view.settings.of(shape))
    scenes: dict[str, Any] = {key: _scene(view, sweep, view.settings.of(given)) for key, given in settings.items()}
    return {**varied(scenes), "arrays": sorted(named(next(iter(scenes.values()))) & set(sweep.arrays))}


def _scene(view: View[Any], sweep: Sweep, s: Any) -> dict[str, Any]:
    (drawing,) = view.drawings
    scene: Any = copy.deepcopy(drawing.filled(view, drawing.scene(sweep, s), s))
    scene.pop("key", None)  # no part of it comes alone here
    return scene


__all__ = ["FIXED", "GUIDANCES", "OFFERED", "RULES_HERE", "VIEWS", "Guidance", "field", "gaussians", "step_noise"]
