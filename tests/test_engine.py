"""The engine in JavaScript against the core: the same points, densities, fields and read-outs for any mixture."""

import numpy as np
import pytest

from cfg_core.density import drawn, grid, guided_log_density, tilted_log_density
from cfg_core.guidance import RULES, guided, register
from cfg_core.metrics import classified
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.process import diffuse, eps_from_x, lam_grid, score_from_eps, x_from_eps
from cfg_core.samplers import SAMPLERS, Step, final, seeded_noise, walk
from cfg_core.tables import noise_wire, ode_table, strength_table, walk_table
from demo.fields import W
from demo.views.field.compute import field_sweep, particle_sweep
from demo.views.field.settings import Field
from demo.views.field.toy import toy as field_toy
from demo.views.gaussians.compute import FIGURE_W, figure_sweep, gaussians_sweep
from demo.views.gaussians.settings import Gaussians
from demo.views.gaussians.toy import toy as gaussians_toy
from tests.engine import ask, sent

HAVING = [name for name, rule in RULES.items() if rule.strength]
POINTS = 12
MADE = {"extent", "outside_most", "separation"}  # what the browser makes of an answer itself


def random_mixture(rng, components=None):
    """3 to 8 components of three classes: any means, aslant covariances, weights of 0.01 to 100."""
    k = components or int(rng.integers(3, 9))
    turn = np.linalg.qr(rng.standard_normal((k, 2, 2)))[0]
    deviations = np.exp(rng.uniform(np.log(0.2), np.log(3), (k, 2)))
    covs = np.einsum("kij,kj,klj->kil", turn, deviations**2, turn)
    labels = np.concatenate([np.arange(3), rng.integers(0, 3, k - 3)])
    return GaussianMixture(rng.uniform(-5, 5, (k, 2)), covs, 10 ** rng.uniform(-2, 2, k), labels)


class Case:
    """One guided walk, both ways."""

    def __init__(self, mixture, rule="cfg", sampler="heun", lams=None, ws=(-1.0, 0.0, 2.5, 10.0), seed=0, v=0.0):
        self.mixture, self.rule, self.sampler, self.seed, self.v = mixture, rule, sampler, seed, v
        self.lams, self.ws = lam_grid(12) if lams is None else lams, np.array(ws)

    def job(self, **more):
        table = walk_table(self.rule, self.sampler, self.lams, v=self.v)
        noise = noise_wire(self.seed, POINTS, table)
        asked = {"mixture": sent(self.mixture), "walk": table, "noise": noise, "ws": self.ws.tolist()}
        return {"kind": "gaussians", "ask": {"cells": 8, "finest": 64, **asked, **more}}

    def steps(self, w):
        noise, c = seeded_noise(self.seed, (3, POINTS, 2)), np.arange(3)[:, None]
        eps = guided(self.mixture, c, w, self.rule, self.lams)
        start = np.broadcast_to(noise(0), (*np.shape(w)[:1], 3, POINTS, 2))
        return walk(self.sampler, eps, self.lams, noise, v=self.v, start=start)

    def samples(self):
        return final(self.steps(self.ws[:, None, None]))


def cases():
    rng, out = np.random.default_rng(1), []
    for i, sampler in enumerate([*SAMPLERS] * 6):
        ends = [(-20, 20), (-6, 9), (-2, 2)][i % 3]
        lams = lam_grid(int(rng.integers(2, 40)), *ends, "uniform" if i % 4 == 3 else "hyperbolic secant")
        ws = np.sort(rng.uniform(-1, 10, 3))
        rule = HAVING[i % len(HAVING)]
        out.append(Case(random_mixture(rng), rule, sampler, lams, ws, int(rng.integers(2**31)), rng.uniform()))
    return out


@pytest.fixture(scope="module")
def walked():
    """Random mixtures, rules, samplers, schedules, seeds: each case, the engine's sweep, the core's samples."""
    every = cases()
    return [(case, sweep, case.samples()) for case, sweep in zip(every, ask([c.job() for c in every]), strict=True)]


def apart(got, want):
    """The largest distance of two points, relative to how far out they lie (at least 1)."""
    return np.max(np.linalg.norm(got - want, axis=-1) / np.maximum(1, np.linalg.norm(want, axis=-1)))


def test_samples_are_the_cores_for_any_mixture_rule_sampler_schedule_and_seed(walked):
    for case, sweep, want in walked:
        assert apart(sweep["arrays"]["samples"], want) < 1e-9, (case.rule, case.sampler, len(case.lams))


def test_read_outs_are_what_the_core_reads_off_the_same_samples(walked):
    for case, sweep, x in walked:
        arrays, mixture = sweep["arrays"], case.mixture
        posterior = mixture.posterior(x)
        own = np.stack([posterior[:, c, :, c] for c in range(3)], axis=1)
        np.testing.assert_allclose(arrays["prob"], own.mean(-1), atol=1e-9)
        np.testing.assert_allclose(arrays["own"], classified(posterior, np.arange(3)), atol=1e-12)
        half = sweep["extent"][1]
        np.testing.assert_allclose(arrays["outside"], (np.abs(x).max(-1) > half).mean((1, 2)), atol=1e-12)
        for c, name in enumerate("ABC"):
            mine = mixture.labels == c
            share, means, covs = (
                mixture.weights[mine] / mixture.weights[mine].sum(),
                mixture.means[mine],
                mixture.covs[mine],
            )
            square = share @ (np.trace(covs, axis1=1, axis2=2) + (means**2).sum(-1))  # E |x|² of p(x|c)
            whole = np.sqrt((square - ((share @ means) ** 2).sum()) / 2)
            kept = np.sqrt(x[:, c].var(1, ddof=1).mean(-1)) / whole
            np.testing.assert_allclose(arrays[f"keep_{name}"], kept, rtol=1e-8)
            np.testing.assert_array_equal(arrays[f"keep_{name}"], arrays["keep"][:, c])
            np.testing.assert_array_equal(arrays[f"own_{name}"], arrays["own"][:, c])


def test_logs_on_the_grid_are_the_cores(walked):
    for case, sweep, _ in walked:
        points = grid(sweep["extent"][:2], sweep["extent"][2:], 8)
        want = np.stack([case.mixture.log_density(points, c=c) for c in range(3)])
        np.testing.assert_allclose(sweep["arrays"]["log_pxc"], want, rtol=1e-10, atol=1e-10)
        want = np.moveaxis(case.mixture.log_posterior(points), -1, 0)
        np.testing.assert_allclose(sweep["arrays"]["log_pcx"], want, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(sweep["arrays"]["class_share"], np.exp(want), atol=1e-12)


MIX = "A_0_1.5_1_0.4_0.8_1*B_-2_-1_0.5_0_2_2*B_-3_1_0.2_0.1_0.3_0.5*C_2.5_-1_1.2_-0.3_0.4_1"

NARROW = (
    "A_3_1.5_0.01_0.002_0.004_1*B_-8_-1_4_1_3_2*B_-3_1_0.01_0_0.01_0.5*C_2.5_-1_0.0025_0_0.09_1*A_3.2_1.4_0.01_0_0.01_1"
)


@pytest.mark.parametrize(
    "settings",
    [
        Gaussians(),
        Gaussians(separation=0.7, spread=1.3, a=3, b=0.5, rule="interval", sampler="ancestral", v=0.4, points=60),
        Gaussians(separation=3.1, spread=0.4, c=8, rule="rising", sampler="dpmpp_2m", seed=7, points=60, steps=9),
        Gaussians(separation=0, rule="none", sampler="euler", lam_min=-5, lam_max=6, points=40),
        Gaussians(mixture=MIX, sampler="ddim", steps=20, points=80),
        Gaussians(mixture=NARROW, sampler="ddim", steps=12, points=60),
    ],
    ids=["figure", "overlapping", "apart", "one", "mixture", "narrow"],
)
def test_three_gaussians_shows_the_same_arrays_window_and_target_as_the_servers_sweep(settings):
    want, tables = gaussians_sweep(settings), gaussians_toy(settings)["tables"]
    (got,) = ask([{"kind": "gaussians", "ask": {**tables, "mixture": sent(settings.gaussians), "ws": W.tolist()}}])
    assert got["extent"] == want.meta["extent"]
    assert set(want.arrays) - set(got["arrays"]) <= MADE
    for name in got["arrays"]:
        atol = 1e-7 if name.startswith(("keep", "target")) else 1e-9
        np.testing.assert_allclose(got["arrays"][name], want[name], rtol=1e-9, atol=atol, err_msg=name)


def test_the_targets_curve_is_the_tilts_moments_on_a_fine_grid():
    rng = np.random.default_rng(3)
    mixtures = [random_mixture(rng) for _ in range(4)]
    ws = np.array([-1.0, 0.0, 3.0])
    got = ask([Case(m, ws=ws).job(finest=256) for m in mixtures])
    for mixture, sweep in zip(mixtures, got, strict=True):
        points = grid((-40, 40), (-40, 40), 500).reshape(-1, 2)
        prob, keep = np.zeros(3), np.zeros(3)
        for c in range(3):
            mass = np.exp(tilted_log_density(mixture, points, c, ws, 1.0))
            prob += mass @ mixture.posterior(points)[:, c] / 3
            spread = np.sqrt(np.mean(mass @ points**2 - (mass @ points) ** 2, axis=-1))
            keep += spread / spread[1] / 3
        np.testing.assert_allclose(sweep["arrays"]["target_prob"], prob, atol=2e-3)
        np.testing.assert_allclose(sweep["arrays"]["target_keep"], keep, rtol=1e-2)


def test_the_papers_figure_is_the_servers():
    for s in (Gaussians(), Gaussians(separation=0.3, spread=2, a=5), Gaussians(mixture=MIX)):
        want = figure_sweep(s)
        (got,) = ask([{"kind": "figure", "ask": {"mixture": sent(s.gaussians), "ws": FIGURE_W}}])
        assert got["extent"] == pytest.approx(want.meta["extent"], rel=1e-12)
        assert set(want.arrays) - set(got["arrays"]) <= MADE
        for name in got["arrays"]:
            np.testing.assert_allclose(got["arrays"][name], want[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_fields_are_the_servers():
    for s in (Field(), Field(separation=0.5, spread=2, letter="C", rule="rising", arrows="eps"), Field(mixture=MIX)):
        want, tables = field_sweep(s), field_toy(s)["tables"]
        (got,) = ask([{"kind": "field", "ask": {**tables, "mixture": sent(s.gaussians)}}])
        assert got["extent"] == want.meta["extent"]
        assert set(want.arrays) - set(got["arrays"]) <= MADE
        for name in got["arrays"]:
            np.testing.assert_allclose(got["arrays"][name], want[name], rtol=1e-9, atol=1e-10, err_msg=name)


def test_fields_of_any_mixture_are_the_cores():
    rng, lams = np.random.default_rng(4), np.linspace(-8, 8, 5)
    for c in range(3):
        mixture = random_mixture(rng)
        asked = {"mixture": sent(mixture), "strength": strength_table("rising", lams), "c": c, "arrows": "score"}
        (got,) = ask([{"kind": "field", "ask": {**asked, "cells": 6, "side": 5}}])
        at = grid(got["extent"][:2], got["extent"][2:], 5).reshape(-1, 2)
        for i, lam in enumerate(lams):
            eps = [guided(mixture, c, w, "rising")(at, lam) for w in (0.0, 1.0)]
            base, push = score_from_eps(eps[0], lam), score_from_eps(eps[1] - eps[0], lam)
            scale = np.abs(base).max()
            np.testing.assert_allclose(got["arrays"]["base"][i], base, atol=1e-10 * scale)
            np.testing.assert_allclose(got["arrays"]["push"][i], push, atol=1e-10 * scale)


def test_the_particles_paths_and_arrows_are_the_servers():
    for s in (Field(z1=-1.4, z2=0.3, at=-2.0), Field(z1=900, z2=-3, at=5.5, letter="B", rule="interval"), Field(at=20)):
        want, tables = particle_sweep(s), field_toy(s)["tables"]
        (got,) = ask([{"kind": "particle", "ask": {**tables, "mixture": sent(s.gaussians)}}])
        assert set(got["arrays"]) == set(want.arrays)
        for name, (array, _) in want.arrays.items():
            np.testing.assert_allclose(got["arrays"][name], array, rtol=1e-9, atol=1e-9, err_msg=name)
        assert got["labels"]["trail"] == list(want.labels["trail"])


def test_the_cloud_in_time_is_each_step_of_the_walk():
    for sampler in SAMPLERS:
        case = Case(random_mixture(np.random.default_rng(5)), sampler=sampler, ws=[4.0], v=0.3)
        job = case.job()
        (got,) = ask([{"kind": "cloud", "ask": {**job["ask"], "w": 4.0}}])
        steps = list(case.steps(np.array([[[4.0]]])))
        np.testing.assert_allclose(got["axes"]["time"], np.linspace(0, 1, len(steps)))
        np.testing.assert_allclose(got["arrays"]["cloud_lam"], case.lams)
        for i, step in enumerate(steps[:-1]):
            assert apart(got["arrays"]["cloud"][i], step.z[0]) < 1e-9
        assert apart(got["arrays"]["cloud"][-1], steps[-1].x[0]) < 1e-9


def test_the_exact_guided_density_is_the_cores():
    rng, ws, cells = np.random.default_rng(6), np.array([-1.0, 0.5, 6.0]), 12
    for name in ("cfg", "interval", "rising"):
        mixture, ode = random_mixture(rng), ode_table(name)
        jobs = [{"mixture": sent(mixture), "ode": o, "ws": ws.tolist(), "half": 7, "cells": cells}
                for o in (ode, {**ode, "off": 1e300})]  # fmt: skip
        got, every = (out["arrays"] for out in ask([{"kind": "actual", "ask": asked} for asked in jobs]))
        points = np.broadcast_to(grid((-7, 7), (-7, 7), cells), (3, 3, cells, cells, 2))
        c, w = np.arange(3)[:, None, None], ws[:, None, None, None]
        log = guided_log_density(mixture, points, c, w, name=name)
        np.testing.assert_allclose(every["log_actual"], np.maximum(log, -80.0), rtol=1e-7, atol=1e-7)
        want, off = drawn(log, (14 / cells) ** 2)
        np.testing.assert_array_equal(np.isnan(got["log_actual"]), np.isnan(want))
        np.testing.assert_allclose(got["actual_off"], off.max(-1), rtol=1e-6, atol=1e-9)


def test_far_out_shares_are_not_lost_in_large_squares():
    """Particles at 1e5 in a field of narrow classes: posterior and arrows as the core has them."""
    mixture = GaussianMixture([[0, 1], [1, -1], [-1, -1], [2, 2]], [0.01 * np.eye(2)] * 3 + [[[2, 1], [1, 2]]],
                              [1, 2, 3, 4], [0, 1, 2, 0])  # fmt: skip
    lams = np.array([0.0, 8.0])
    strength = strength_table("cfg", lams)
    for c in range(3):
        asked = {"mixture": sent(mixture), "strength": strength, "walk": None, "ws": [0], "c": c, "arrows": "eps"}
        (got,) = ask([{"kind": "particle", "ask": {**asked, "z1": 1e5, "z2": 1.2e5, "half": 1.2e5 / 0.96}}])
        at = got["arrays"]["drop"]
        assert at.tolist() == [1e5, 1.2e5]
        cond, uncond = mixture.eps_pair(np.broadcast_to(at, (2, 2)), lams, c)
        np.testing.assert_allclose(got["arrays"]["point_base"], cond, rtol=1e-9)
        np.testing.assert_allclose(
            got["arrays"]["point_push"], cond - uncond, rtol=1e-6, atol=1e-6 * np.abs(cond).max()
        )
        want = mixture.posterior(np.broadcast_to(at, (2, 2)), lams)[:, c]
        np.testing.assert_allclose(got["arrays"]["point_prob"], want, atol=1e-9)


def test_what_runs_off_is_no_point_and_counts_as_no_class():
    case = Case(three_gaussians(2.0), sampler="euler", lams=lam_grid(30), ws=[0.0, 10.0])
    job = case.job()
    job["ask"]["walk"]["on_z"] = [1e20] * 31
    (got,) = ask([job])
    arrays = got["arrays"]
    assert np.isnan(arrays["samples"]).all()
    assert (arrays["outside"] == 1).all()
    assert (arrays["prob"] == 0).all()
    assert (arrays["own"] == 0).all()
    assert np.isnan(arrays["keep"]).all()
    assert got["extent"] == [-5.0, 5.0, -5.0, 5.0]
    assert np.isfinite(arrays["target_prob"]).all()


def test_a_rule_and_a_sampler_added_in_python_work_at_once(monkeypatch):
    def leaping(eps, z, lams, *, clip=None, **_):
        """Two evaluations a step and a memory of one: nothing that the core has."""
        before = None
        for lam, lam_ in zip(lams, [*lams[1:], None], strict=True):
            x = x_from_eps(z, lam, eps(z, lam))
            yield Step(lam, z, x)
            if lam_ is None:
                return
            guess = diffuse(x, lam_, eps_from_x(z, lam, x))
            x_ = x_from_eps(guess, lam_, eps(guess, lam_))
            mean = 0.5 * x + 0.5 * x_ if before is None else 0.5 * x + 0.4 * x_ + 0.1 * before
            z, before = diffuse(mean, lam_, eps_from_x(z, lam, x)), x_

    monkeypatch.setattr("cfg_core.samplers.SAMPLERS", {**SAMPLERS, "leaping": leaping})
    monkeypatch.setattr("cfg_core.guidance.registry.RULES", dict(RULES))
    register("wavy", "wavy", "", "", strength=lambda w, lam: 0.3 + w * np.cos(lam) ** 2)(
        lambda f, w: f.eps_c + (0.3 + w * np.cos(f.lam) ** 2) * (f.eps_c - f.eps_u)
    )
    case = Case(random_mixture(np.random.default_rng(8)), "wavy", "leaping")
    (got,) = ask([case.job()])
    assert apart(got["arrays"]["samples"], case.samples()) < 1e-9


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"weights": [1, 0, 1]}, "weights must be > 0"),
        ({"labels": [0, 0, 2]}, "labels must use each of"),
        ({"covs": [[1, 2, 1]] * 3}, "positive definite"),
        ({"means": [[0, None]] * 3}, "must be finite"),
        ({"means": [[0, 0]]}, "as many as there are components"),
    ],
)
def test_a_mixture_that_is_none_is_named(wrong, why):
    job = Case(three_gaussians()).job()
    job["ask"]["mixture"] |= wrong
    (got,) = ask([job])
    assert why in got["problem"]
