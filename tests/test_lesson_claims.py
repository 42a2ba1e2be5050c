"""What the lessons claim of numbers and orders, computed from the state that each step sets; the wrong answers too.

A claim returns for every choice of its step, by some words of it, whether it is so: only of the right one it may be.
What the step says besides is asserted on the way.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit, softmax

from cfg_core.guidance import guided
from cfg_core.mixture import three_gaussians
from cfg_core.process import diffuse
from demo.lessons import Step, lessons
from demo.sweep import Sweep
from demo.views.registry import VIEWS

ROOT = Path(__file__).resolve().parents[1]
TOY = three_gaussians()
CLAIMS: dict[tuple[str, int], Callable[..., dict[str, bool]]] = {}


def claim(lesson: str, step: int):
    """The claim of that step, counted from 1."""

    def register(fn):
        CLAIMS[lesson, step] = fn
        return fn

    return register


@cache
def _sweep(view_name: str, index: int, state: tuple[tuple[str, Any], ...]) -> Sweep:
    view = next(v for v in VIEWS if v.name == view_name)
    names = {field.key: name for name, field in view.settings.fields().items()}
    settings = view.settings.of({names[key]: value for key, value in state})
    return view.drawings[index].made(view, settings)[0]


def seen(step: Step, index: int = 0, **more: Any) -> Sweep:
    """What the step's view computes in the step's state, or in one that differs by `more`."""
    return _sweep(step.view, index, tuple({**step.state, **more}.items()))


def at(sweep: Sweep, name: str, **coords: float) -> Any:
    """An array at these values of its axes."""
    array, dims = sweep.arrays[name]
    for axis, value in coords.items():
        i = int(np.argmin(np.abs(sweep.axes[axis] - value)))
        assert sweep.axes[axis][i] == pytest.approx(value), f"{axis} = {value} is not computed"
        array, dims = np.take(array, i, dims.index(axis)), tuple(d for d in dims if d != axis)
    return array


def outward(x: Any) -> float:
    """Mean distance from the origin of the classes' means."""
    return float(np.linalg.norm(np.asarray(x).mean(-2), axis=-1).mean())


def curves(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A measured figure of the CIFAR-10 network: w, and its mean over the seeds."""
    rows = json.loads((ROOT / "assets/cifar/curves.json").read_text())["rows"]
    ws = np.array(sorted({row["w"] for row in rows}))
    return ws, np.array([np.mean([row["all"][name] for row in rows if row["w"] == w]) for w in ws])


def horses(w: float) -> np.ndarray:
    """The gallery's horses at w in [0, 1]: [noise, 32, 32, 3]."""
    record = json.loads((ROOT / "assets/cifar/gallery/gallery.json").read_text())
    sheet = np.asarray(Image.open(ROOT / "assets/cifar/gallery/horse.webp").convert("RGB"), dtype=float) / 255
    rows = sheet.reshape(sheet.shape[0] // 32, 32, sheet.shape[1] // 32, 32, 3).swapaxes(1, 2)
    values = record["w"]
    row = rows.reshape(len(values), -1, 32, 32, 3)
    return row[values.index(w)]


# ---- one number ---------------------------------------------------------------------------------------------------


@claim("one_number", 1)
def _(step):
    sweep = seen(step)
    apart = outward(at(sweep, "samples", w=3)) / outward(at(sweep, "samples", w=0))
    kept = float(at(sweep, "keep_mean", w=3) / at(sweep, "keep_mean", w=0))
    assert kept < 0.75  # and each one has shrunk
    return {"Push them apart": apart > 1.5, "Spread them out": kept > 1, "Nothing": abs(apart - 1) < 0.1}


@claim("one_number", 2)
def _(step):
    z = np.random.default_rng(0).normal(size=(50, 2))
    plain = TOY.eps(z, 0.0)
    left = {w: bool(np.allclose(guided(TOY, 0, w)(z, 0.0), plain)) for w in (0.0, -1.0, 1.0)}
    x = at(seen(step), "samples", w=-1)
    assert outward(x) < 0.25  # all three lie over each other
    return {"w = 0": left[0.0], "w = −1": left[-1.0], "w = 1": left[1.0]}


@claim("one_number", 3)
def _(step):
    sweep = seen(step)
    x, c = at(sweep, "samples", w=6.5), np.arange(3)
    tilt = 7.5 * np.stack([TOY.log_density(x[k], c=k) for k in c]) - 6.5 * np.stack([TOY.log_density(x[k]) for k in c])
    log = at(sweep, "log_pxc") + 6.5 * (at(sweep, "log_pcx") + np.log(3))
    within = tilt > log.max((1, 2))[:, None] - 2.0  # the second ring: two standard deviations of a Gaussian
    assert within.mean() < 0.1
    return {"w = 8.5": 1 + 8.5 == 7.5, "w = 7.5": 1 + 7.5 == 7.5, "w = 6.5": 1 + 6.5 == 7.5}


@claim("one_number", 4)
def _(step):
    sweep = seen(step)
    surer = np.diff([at(sweep, "prob_mean", w=w) for w in (0, 1, 3)])
    varied = np.diff([at(sweep, "keep_mean", w=w) for w in (0, 1, 3)])
    rise = at(sweep, "prob_mean", w=1) - at(sweep, "prob_mean", w=0)
    assert rise > 0.9 * (at(sweep, "prob_mean", w=10) - at(sweep, "prob_mean", w=0))  # came before w = 1
    up, left = bool((surer > 0).all()), bool((varied < 0).all())
    return {"Up and to the right": up and not left, "Up and to the left": up and left, "Down": not up}


@claim("one_number", 5)
def _(step):
    sweep = seen(step, view="The paper's figure")
    low, high = sweep["extent"][:2]
    line = np.linspace(low, high, sweep["log_mixture"].shape[-1])
    x, y = np.meshgrid(line, line)
    angle = np.arctan2(x, y)  # of each place from class A's side
    share, radius = [], []
    for log in sweep["log_mixture"]:
        mass = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
        radius.append((mass * np.hypot(x, y)).sum())
        share.append(mass[np.abs(angle) < np.pi / 3].sum())
    outer = bool((np.diff(radius) > 0).all())
    return {"To the middle": not outer, "Outward": outer, "To one class only": max(share) > 0.5}


# ---- sharpness ----------------------------------------------------------------------------------------------------


@claim("sharpness", 1)
def _(step):
    kept, sure = at(seen(step), "keep", w=3)[0], at(seen(step), "own", w=3)[0]
    assert sure > 0.99
    return {"About all": kept > 0.9, "About 70 %": abs(kept - 0.7) < 0.05, "About 20 %": abs(kept - 0.2) < 0.1}


@claim("sharpness", 2)
def _(step):
    sweep = seen(step, a=8)
    moved = np.linalg.norm(at(sweep, "samples", w=3).mean(1) - TOY.means, axis=-1)
    keep = at(sweep, "keep", w=3)
    assert keep[0] > max(keep[1:])
    return {"common": moved[0] > max(moved[1:]), "rare": moved[0] < 0.5 * min(moved[1:])}


@claim("sharpness", 3)
def _(step):
    ws, sure = curves("confidence")
    distance = curves("distance")[1]
    clearer = np.interp(3, ws, sure) > np.interp(0, ws, sure)
    alike = np.interp(3, ws, distance) < np.interp(0, ws, distance)
    detail = [np.abs(np.diff(x, axis=2)).mean() / x.std() for x in (horses(0.0), horses(3.0))]
    return {
        "and more alike": bool(clearer and alike),
        "and more different": bool(clearer and not alike),
        "Blurred": detail[1] < 0.9 * detail[0],
    }


@claim("sharpness", 4)
def _(step):
    def noise(x):  # what is left of the finest checkerboard: neighbours that differ in both directions
        return np.abs(x[:, 1:, 1:] - x[:, 1:, :-1] - x[:, :-1, 1:] + x[:, :-1, :-1]).mean() / x.std()

    before, after = horses(3.0), horses(8.0)
    colour = [np.ptp(x, axis=-1).mean() * x.std() for x in (horses(0.0), before, after)]
    sure = json.loads((ROOT / "assets/cifar/gallery/gallery.json").read_text())["classes"]["horse"]["confidence"][-1]
    return {
        "noisy": noise(after) > 1.05 * noise(before),
        "Colours and contrast": colour[2] > 1.1 * colour[1] > 1.1 * colour[0],
        "The class is lost": sure < 0.5,
    }


@claim("sharpness", 5)
def _(step):
    def turns(name, better):
        ws, values = curves(name)
        values = better * values[ws >= 0]
        best = int(np.argmax(values))
        return 0 < best < len(values) - 1 and values[0] < values[best] and bool(values[-1] < values[0])

    return {"Confidence": turns("confidence", 1), "Feature": turns("distance", 1), "Fréchet": turns("frechet", -1)}


@claim("sharpness", 6)
def _(step):
    ws, sure = curves("confidence")
    best = ws[np.argmin(curves("frechet")[1])]
    more = sure[ws > best].max() > sure[ws == best][0]
    return {"A larger one": bool(more), "The same": not more, "w = 0": bool(best == 0)}


# ---- arrows -------------------------------------------------------------------------------------------------------


@claim("arrows", 1)
def _(step):
    def meet(lam):
        sweep = seen(step)
        seats, field = sweep["at"], at(sweep, "cond", lam=lam)  # affine for one Gaussian: solve for its zero
        design = np.column_stack([seats, np.ones(len(seats))])
        fitted = np.linalg.lstsq(design, field, rcond=None)[0]
        return np.linalg.solve(fitted[:2].T, -fitted[2])

    here, clean = meet(-2), meet(4)
    assert here == pytest.approx([0, 0.62], abs=0.005)
    assert expit(-2) ** 0.5 == pytest.approx(0.35, abs=0.01)
    assert clean == pytest.approx(TOY.means[0], abs=0.03)
    return {
        "Yes": np.allclose(here, TOY.means[0], atol=0.1),
        "below": 0.1 < here[1] < 1.7,
        "middle": np.allclose(here, 0, atol=0.1),
    }


@claim("arrows", 2)
def _(step):
    sweep = seen(step)
    first, push = at(sweep, "point_base", lam=-2), at(sweep, "point_push", lam=-2)
    length = {w: np.linalg.norm(w * push) / np.linalg.norm(first) for w in (1, 2, 6)}
    assert length[6] > 1  # the longer part of the sum
    return {"It turns": False, "twice": length[2] == pytest.approx(2 * length[1]), "keeps": length[2] == length[1]}


@claim("arrows", 3)
def _(step):
    sweep = seen(step)
    base, push = at(sweep, "point_base", lam=4), at(sweep, "point_push", lam=4)
    assert np.linalg.norm(push) < 0.05 * np.linalg.norm(base)
    border = np.array([[0.0, -1.0], [-1.0, 0.5], [1.0, 0.5]])
    deep = np.array([[0.0, 1.8], [0.5, 3.0], [-0.5, 2.5]])
    size = {name: np.linalg.norm(TOY.grad_log_posterior(z, 4.0, 0), axis=-1) for name, z in
            (("border", border), ("deep", deep))}  # fmt: skip
    return {
        "border": bool(size["border"].max() < 0.1),
        "Deep": bool(size["deep"].max() < 0.1),
        "Nowhere": bool(min(size["deep"].min(), size["border"].min()) > 0.1),
    }


@claim("arrows", 4)
def _(step):
    def differ(lam):
        x, _ = TOY.sample(4000, np.random.default_rng(0), 0)
        z = diffuse(x, lam, np.random.default_rng(1).standard_normal(x.shape))
        cond, uncond = TOY.eps_pair(z, lam, 0)
        return np.sqrt(((cond - uncond) ** 2).sum(-1).mean())  # of noise whose length is about 1.4

    assert max(differ(-8), differ(8)) < 0.1 * differ(0)  # it acts in between
    return {"Very different": differ(-8) > 0.2, "Nearly the same": differ(-8) < 0.05}


@claim("arrows", 5)
def _(step):
    names = {"w = 10": 4, "w = 0": 1, "w = −1": 0}
    paths = [seen(step, **{"class": letter})["trails"] for letter in "AB"]
    ends = paths[1][1:, -1]
    assert (np.linalg.norm(ends - TOY.means[1], axis=-1) < np.linalg.norm(ends - TOY.means[0], axis=-1)).all()
    return {words: np.allclose(paths[0][i], paths[1][i]) for words, i in names.items()}


# ---- where the picture lies ---------------------------------------------------------------------------------------


@claim("picture_lies", 1)
def _(step):
    sweep = seen(step)
    gap = {w: abs(at(sweep, "keep_mean", w=w) - at(sweep, "target_keep", w=w)) for w in (-1, 0, 0.5, 1, 2, 4, 10)}
    same = {w: g < 0.05 for w, g in gap.items()}
    beyond = outward(at(sweep, "samples", w=4))
    assert beyond > 3.7 > 2.3  # the target's mean lies at 2.2
    return {
        "At every": all(same.values()),
        "Only at w = 0": same[0] and same[-1] and not (same[1] or same[2] or same[4]),
        "At large": same[10],
    }


@claim("picture_lies", 2)
def _(step):
    sweep = seen(step)
    lies = {name: float(at(sweep, f"out_{name}", w=3)) for name in ("target", "ode", "sde", "corrected")}
    assert lies["target"] == pytest.approx(2.2, abs=0.05)
    assert lies["target"] + 0.3 < lies["sde"] < lies["ode"] - 0.3
    assert abs(lies["corrected"] - lies["target"]) < 0.05
    return {f"About {x}": abs(lies["ode"] - x) < 0.1 for x in (2.2, 3.5, 1.5)}


@claim("picture_lies", 3)
def _(step):
    sweep = seen(step, view="The gap")
    lams, size = sweep.axes["lam"], at(sweep, "gap_rms", w=3)
    top = lams[np.argmax(size)]
    assert top == -0.75
    assert 3.5 < size.max() / size[lams == 2.25][0] < 4
    return {"pure noise": top < -4, "In between": -4 < top < 2, "clean": top > 2}


@claim("picture_lies", 4)
def _(step):
    sweep = seen(step)
    assert at(sweep, "resampled", w=8) > at(sweep, "resampled", w=3)
    assert abs(at(sweep, "out_corrected", w=8) - at(sweep, "out_target", w=8)) < 4 * at(sweep, "se_out", w=8) < 0.08
    few = _sweep("truth", 0, (("view", "Three laws"), ("w", 3), ("particles", 500)))
    return {"many particles": at(sweep, "ess_least", w=8) < 1 and len(few["corrected"]) > 0, "a classifier": False,
            "one class": False}  # fmt: skip


@claim("picture_lies", 5)
def _(step):
    sweep = seen(step)
    at_ten = {name: float(at(sweep, f"var_{name}", w=10)) for name in ("ode", "tilt")}
    assert at_ten["tilt"] == pytest.approx(0.17, abs=0.005)
    said = {"half": 1 / 2, "tenth": 1 / 10, "thousandth": 1 / 1000}
    return {f"About a {name}": at_ten["ode"] == pytest.approx(x, rel=0.05) for name, x in said.items()}


# ---- is it a classifier's gradient? -------------------------------------------------------------------------------


@claim("gradient", 1)
def _(step):
    def work(prefix, w):
        return abs(at(sweep, f"{prefix}work_base", lam=0) + w * at(sweep, f"{prefix}work_slope", lam=0))

    sweep = seen(step)
    assert work("", 10) > 5 * work("", 0)
    assert work("exact_", 10) < 1e-12
    return {"Yes": work("", 0) < 1e-6, "No": work("", 0) > 0.01}


@claim("gradient", 2)
def _(step):
    curl = {kind: at(seen(step, field=kind), "top", lam=0, w=10) for kind in ("learned", "potential")}
    zero = curl["potential"] < 1e-10
    return {"Zero": bool(zero), "Smaller": bool(not zero and curl["potential"] < curl["learned"]), "same": False}


@claim("gradient", 3)
def _(step):
    miss = float(at(seen(step), "miss", lam=0))
    assert miss < 0.01
    return {"few per cent": miss < 0.05, "third": 0.2 < miss < 0.5, "useless": miss > 0.5}


@claim("gradient", 4)
def _(step):
    gap = {w: float(at(seen(step), "gap_exact", w=w)) for w in (-1, 0, 3)}
    assert gap[0] == pytest.approx(21, abs=0.6)
    assert gap[-1] == pytest.approx(15, abs=0.6)
    assert gap[3] == pytest.approx(4, abs=0.6)
    assert at(seen(step), "own", w=3) > 0.995
    assert at(seen(step), "exact", w=3) == pytest.approx(0.96, abs=0.005)
    return {"Widen": gap[3] > gap[0], "Close": gap[3] < 0.25 * gap[0], "Leave": abs(gap[3] - gap[0]) < 2}


@claim("gradient", 5)
def _(step):
    before, after = (float(at(seen(step, points=n), "gap_exact", w=3)) for n in ("30", "5000"))
    return {"stays": abs(after - before) < 1, "vanishes": abs(after) < 0.3, "grows": after > before + 1}


@claim("gradient", 6)
def _(step):
    gap = float(at(seen(step, guide="exact"), "gap_exact", w=3))
    assert float(at(seen(step, guide="exact", **{"class": "A"}), "gap_exact", w=3)) < -1  # the other way
    return {"by as much": gap > 3, "nearly agree": abs(gap) < 0.3}


# ---- temperature --------------------------------------------------------------------------------------------------


@claim("temperature", 1)
def _(step):
    logits = np.array([2.0, 1.0, 0.5, -1.0])
    sweep = seen(step)
    cold = max(float(at(sweep, f"p_{i}", T=0.1)) for i in range(1, 5))
    assert float(at(sweep, "entropy", T=0.1)) < 0.02
    assert softmax(logits / 0.1).max() > 0.99  # whatever the logits
    return {"nearly all": cold > 0.99, "equally": cold < 0.3}


@claim("temperature", 2)
def _(step):
    true = float(at(seen(step, 1), "share_true", T=0.5))
    return {f"{x} %": abs(true - x / 100) < 0.01 for x in (70, 93, 50)}


@claim("temperature", 3)
def _(step):
    sweep = seen(step, 1)
    left = {name: abs(float(at(sweep, f"share_{name}", T=0.5)) - 0.7) < 0.03 for name in
            ("score_ode", "score_sde", "noise", "guidance")}  # fmt: skip
    assert at(sweep, "width_score_ode", T=1.2) > 1.5 * at(sweep, "width_true", T=1.2)
    return {
        "The score": left["score_ode"] or left["score_sde"],
        "Less noise": left["noise"],
        "Guidance": left["guidance"],
    }


@claim("temperature", 4)
def _(step):
    sweep = seen(step, 2)
    cold = {name: float(at(sweep, f"var_{name}", T=0.4)) for name in ("true", "guidance", "noise", "score_sde")}
    assert cold["noise"] == pytest.approx(cold["true"], abs=0.02)
    assert cold["score_sde"] < 0.8 * cold["true"]
    return {"narrows": cold["guidance"] < 0.98, "Nothing": cold["guidance"] == pytest.approx(1), "widens": False}


@claim("temperature", 5)
def _(step):
    past = outward(at(seen(step), "samples", w=3)) / np.linalg.norm(TOY.means[0])
    return {"To the peaks": abs(past - 1) < 0.1, "Past the": past > 1.5}


# ---- train it yourself --------------------------------------------------------------------------------------------


@cache
def _errors(p: str) -> tuple[float, float]:
    """Conditional and unconditional error of a shipped network, from its record."""
    from cfg_core.nets.toys import load_plain
    from demo.views.train_it.learning import branch_errors, overall, toy_truth

    cond, uncond = branch_errors(load_plain(float(p)), toy_truth())
    return overall(cond), overall(uncond)


@cache
def _in_class(p: float, steps: int) -> float:
    """Share of a shipped network's samples at w = 10 that are classified as their class."""
    import torch

    from cfg_core.metrics import classified
    from cfg_core.nets.toys import load_plain
    from cfg_core.process import lam_grid
    from cfg_core.samplers import final, seeded_noise, walk

    start = torch.from_numpy(seeded_noise(0, (3, 120, 2))(0)).float()
    eps = guided(load_plain(p), np.arange(3)[:, None], 10.0)
    x = final(walk("dpmpp_2m", eps, lam_grid(steps, -10.0, 10.0), lambda i: None, start=start))
    return float(classified(TOY.posterior(np.asarray(x, dtype=np.float64)), np.arange(3)).mean())


@claim("train", 2)
def _(step):
    cond, uncond = _errors("0.1")
    after = _errors("0.8")
    assert after[0] > after[1]
    assert max(cond, uncond, *after) < 0.1  # both errors stay small
    return {"With the": cond > uncond, "Without": uncond > cond}


@claim("train", 3)
def _(step):
    share = _in_class(0.02, 14)
    assert share == pytest.approx(0.6, abs=0.1)
    return {"better": share > 0.9, "stray": share < 0.8, "Nothing": abs(share - 0.92) < 0.03}


@claim("train", 4)
def _(step):
    assert _in_class(0.1, 14) > 0.9
    assert _in_class(0.1, 100) > 0.995  # in 100 steps all arrive
    best = {p: _in_class(p, 14) for p in (0.02, 0.1, 0.8)}
    return {"0.1": best[0.1] == max(best.values()), "0.8": best[0.8] > best[0.1], "no difference": False}


@claim("train", 5)
def _(step):
    x, c = TOY.sample(20_000, np.random.default_rng(0))
    eps = np.random.default_rng(1).standard_normal(x.shape)
    z = diffuse(x, 0.0, eps)
    least = float(((TOY.eps(z, 0.0, c) - eps) ** 2).sum(-1).mean())
    return {"Yes": least < 0.05, "No": least > 0.1}


# ---- which guidance? ----------------------------------------------------------------------------------------------


@claim("which_guidance", 1)
def _(step):
    sweep = seen(step)
    left, right = (float(at(sweep, f"{side}_keep_mean", w=6)) for side in ("left", "right"))
    assert right == pytest.approx(0.75, abs=0.04)
    assert left == pytest.approx(0.6, abs=0.04)
    assert min(at(sweep, "left_own_mean", w=6), at(sweep, "right_own_mean", w=6)) > 0.99
    return {"Left": left > right, "Right": right > left}


@claim("which_guidance", 2)
def _(step):
    sweep = seen(step, right="autoguidance")
    place = [outward(at(sweep, "right_samples", w=w)) for w in (0, 3)]
    keep = [float(at(sweep, "right_keep_mean", w=w)) for w in (0, 3)]
    return {"Narrow": keep[1] < 0.5 * keep[0] and abs(place[1] - place[0]) < 0.05, "Push": place[1] > place[0] + 0.1}


@claim("which_guidance", 3)
def _(step):
    sweep = seen(step, right_sampler="ancestral")
    heun, ancestral = (outward(at(sweep, f"{side}_samples", w=6)) for side in ("left", "right"))
    return {"Heun": heun > ancestral + 0.5, "Ancestral": ancestral > heun + 0.5}


@claim("which_guidance", 4)
def _(step):
    sweep = seen(step)
    moved = {}
    for name in ("score", "fid"):
        dims = sweep.arrays[name][1]
        moved[name] = "diversity" in " ".join(dims)
    return {"Inception": moved["score"], "FID": moved["fid"] and not moved["score"], "Both": all(moved.values())}


@claim("which_guidance", 5)
def _(step):
    tables = json.loads((ROOT / "assets/paper/tables.json").read_text())
    rows = _column(tables, "imagenet64", 0.1)
    ws, fid, score = (np.array(column) for column in zip(*rows, strict=True))
    best = ws[np.argmin(fid)]
    assert (np.diff(score) > 0).all()
    return {"small w": 0 < best < 1, "w = 4": best == 4, "w = 0": best == 0}


@claim("which_guidance", 6)
def _(step):
    tables = json.loads((ROOT / "assets/paper/tables.json").read_text())
    at_one, at_score = {}, {}
    score = next(s for w, _, s in _column(tables, "imagenet64", 0.5) if w == 1)
    for p in (0.1, 0.2, 0.5):
        ws, fid, scores = (np.array(column) for column in zip(*_column(tables, "imagenet64", p), strict=True))
        at_one[p] = float(fid[ws == 1][0])
        at_score[p] = float(np.interp(score, scores, fid))
    assert min(at_one, key=at_one.get) == 0.5  # what the text says
    return {"equal w": at_one[0.1] < at_one[0.5], "equal Inception Score": at_score[0.1] < at_score[0.5]}


def _column(tables: dict, name: str, p: float) -> list[tuple[float, float, float]]:
    """(w, FID, Inception Score) of one p_uncond of the paper's table."""
    table = tables["tables"][name]
    column = table["values"].index(p)
    return [
        (w, fid[column], score[column])
        for w, fid, score in zip(table["w"], table["fid"], table["inception_score"], strict=True)
    ]


WORDS = {("train", 1), ("train", 6)}  # questions about what a line of code does: no number, no order


@pytest.mark.parametrize(("lesson", "n"), CLAIMS, ids=lambda value: str(value))
def test_of_the_choices_exactly_the_right_one_is_so(lesson, n):
    step = next(one for one in lessons() if one.name == lesson).steps[n - 1]
    holds = CLAIMS[lesson, n](step)
    so = []
    for choice in step.choices:
        (key,) = [words for words in holds if words in choice]
        so.append(bool(holds[key]))
    assert so == [i == step.right for i in range(1, len(so) + 1)]


def test_every_step_has_its_claim():
    steps = {(lesson.name, n) for lesson in lessons() for n in range(1, len(lesson.steps) + 1)}
    assert steps == set(CLAIMS) | WORDS
