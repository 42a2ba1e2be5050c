"""The toy's sweeps: what the screen shows is what other routes to the same numbers give."""

import base64

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from cfg_core.guidance import guided
from cfg_core.mixture import three_gaussians
from cfg_core.process import lam_grid
from demo.fields import TOY_RULES, Toy, W
from demo.sweep import Sweep
from demo.views.field.compute import TRAIL_W, field_sweep, particle_sweep
from demo.views.field.settings import Field
from demo.views.gaussians.compute import FIGURE_W, actual_density_sweep, figure_sweep, gaussians_sweep
from demo.views.gaussians.scene import turned_scene
from demo.views.gaussians.settings import Gaussians

MEANS = 1.793 * np.array([[0, 1], [-np.sqrt(3) / 2, -0.5], [np.sqrt(3) / 2, -0.5]])  # A at the top, spread 1


def posterior_by_scipy(x: np.ndarray) -> np.ndarray:
    p = np.stack([multivariate_normal(m, np.eye(2)).pdf(x) for m in MEANS], axis=-1)
    return p / p.sum(-1, keepdims=True)


def at(w: float) -> int:
    return int(np.argmin(np.abs(W - w)))


@pytest.fixture(scope="module")
def sweep() -> Sweep:
    return gaussians_sweep(Toy(points=2000, steps=32))


def test_samples_at_w0_are_draws_of_the_classes(sweep):
    x = sweep["samples"][at(0)]
    np.testing.assert_allclose(x.mean(1), MEANS, atol=0.08)  # 3.5 standard errors
    np.testing.assert_allclose(sweep["keep"][at(0)], 1, atol=0.05)


def test_samples_at_w_minus_1_are_draws_of_the_whole_mixture_for_every_class(sweep):
    x = sweep["samples"][at(-1)]
    second_moment = (MEANS**2).mean(0) + 1
    np.testing.assert_allclose((x**2).mean(1), np.broadcast_to(second_moment, (3, 2)), rtol=0.12)


@pytest.mark.parametrize(
    ("w", "mean", "sd_x", "sd_y"), [(1, 2.62, 0.84, 0.72), (4, 3.85, 0.73, 0.55), (10, 5.28, 0.69, 0.47)]
)
def test_samples_of_the_top_class_match_the_known_table_of_the_ode(sweep, w, mean, sd_x, sd_y):
    x = sweep["samples"][at(w), 0]
    assert x[:, 1].mean() == pytest.approx(mean, abs=0.06)
    np.testing.assert_allclose(x.std(0), [sd_x, sd_y], atol=0.04)


def test_read_outs_are_those_of_the_samples_shown(sweep):
    x = sweep["samples"][at(3)]
    p = posterior_by_scipy(x)
    own = np.stack([p[c, :, c].mean() for c in range(3)])
    np.testing.assert_allclose(sweep["prob"][at(3)], own, rtol=1e-9)
    right = np.stack([(p[c].argmax(-1) == c).mean() for c in range(3)])
    np.testing.assert_allclose(sweep["own"][at(3)], right)
    spread = np.sqrt(np.trace(np.cov(x[0].T)) / 2)
    assert sweep["keep_A"][at(3)] == pytest.approx(spread, rel=1e-9)


def test_each_point_moves_continuously_with_w(sweep):
    jump = np.abs(np.diff(sweep["samples"], axis=0)).max(axis=(1, 2, 3))
    assert jump.max() < 2.5  # neighbouring w, the same noises; independent noises would differ by 7


@pytest.mark.parametrize("w", [0.0, 2.0, 10.0])
def test_target_contours_are_the_log_of_the_tilted_density(sweep, w):
    half, n = sweep.meta["extent"][1], sweep["log_pxc"].shape[-1]
    rng = np.random.default_rng(0)
    rows, cols = rng.integers(0, n, (2, 50))
    x = (np.stack([cols, rows], -1) + 0.5) / n * 2 * half - half
    shown = (sweep["log_pxc"] + w * sweep["log_pcx"])[0, rows, cols]
    inside = posterior_by_scipy(x)[:, 0] > 1e-12
    expected = multivariate_normal(MEANS[0], np.eye(2)).logpdf(x) + w * np.log(posterior_by_scipy(x)[:, 0])
    np.testing.assert_allclose(shown[inside], expected[inside], atol=1e-6 * (1 + w))


def test_the_targets_trade_off_agrees_with_importance_sampling(sweep):
    rng = np.random.default_rng(1)
    x = MEANS[0] + rng.standard_normal((400_000, 2))
    p = posterior_by_scipy(x)[:, 0]
    weight = p**4 / (p**4).sum()
    mean = weight @ x
    spread = np.sqrt((weight @ (x - mean) ** 2).mean())
    assert sweep["target_prob"][at(4)] == pytest.approx(weight @ p, abs=2e-3)
    assert sweep["target_keep"][at(4)] == pytest.approx(spread, abs=5e-3)


def test_actual_density_is_that_of_the_samples_and_not_of_the_target(sweep):
    actual = actual_density_sweep(Toy(), half=8.0)
    i = list(actual.axes["w:coarse"]).index(4.0)
    p = np.exp(actual["log_actual"][i, 0]) * 0.4**2
    y = (np.arange(40) + 0.5) * 0.4 - 8.0
    assert p.sum() == pytest.approx(1, abs=2e-3)
    assert (p.sum(1) @ y) == pytest.approx(3.85, abs=0.02)  # the ODE's mean; the tilt's is 2.22


def test_figure_sharpens_from_the_marginal_to_three_islands():
    sweep = figure_sweep(Toy())
    p = np.exp(sweep["log_mixture"])
    marginal = np.mean([multivariate_normal(m, np.eye(2)).pdf([0, 0]) for m in MEANS])
    middle = p[:, 63:65, 63:65].mean((1, 2))
    assert middle[0] == pytest.approx(marginal, rel=0.02)
    assert (np.diff(middle[:3]) < 0).all()
    assert middle[3] < 1e-6 * middle[0]
    assert FIGURE_W == (0, 10, 100, 1000)


@pytest.mark.parametrize(("separation", "spread"), [(1.793, 1.0), (0.5, 1.0), (1.793, 3.0), (0.05, 3.0)])
def test_the_figures_window_holds_the_targets_and_normalises_them(separation, spread):
    """Against scipy's densities summed over a window four times as wide."""
    sweep = figure_sweep(Toy(separation=separation, spread=spread))
    half, means = sweep.meta["extent"][1], separation / 1.793 * MEANS
    side = (np.arange(600) + 0.5) / 600 * 8 * half - 4 * half
    x = np.stack(np.meshgrid(side, side), axis=-1)
    log = np.stack([multivariate_normal(m, spread**2 * np.eye(2)).logpdf(x) for m in means])
    for i, w in enumerate(FIGURE_W):
        tilt = log[0] + w * (log[0] - np.logaddexp.reduce(log))
        mass = np.exp(tilt - tilt.max())
        assert mass[np.abs(x).max(-1) <= half].sum() / mass.sum() > 0.996
        both = np.exp(sweep["log_mixture"][i])
        centre = (both.sum(0) * (np.arange(128) + 0.5)).sum() / both.sum() / 64 - 1  # of the symmetric mixture
        assert centre == pytest.approx(0, abs=1e-6)


def test_field_arrows_are_finite_differences_of_the_log_density():
    sweep = field_sweep(Field(letter="B", arrows="score"))
    lam = sweep.axes["lam"][10]
    alpha, sigma = np.sqrt(1 / (1 + np.exp(-lam))), np.sqrt(1 / (1 + np.exp(lam)))
    noised = [multivariate_normal(alpha * m, (alpha**2 + sigma**2) * np.eye(2)) for m in MEANS]

    def log_p(z):
        return np.log(np.mean([d.pdf(z) for d in noised], axis=0))

    z, h = sweep["at"][100:120], 1e-5
    slope = np.stack([(log_p(z + h * e) - log_p(z - h * e)) / (2 * h) for e in np.eye(2)], -1)
    np.testing.assert_allclose(sweep["uncond"][10, 100:120], slope, atol=1e-5)
    np.testing.assert_allclose(sweep["cond"][10, 100:120], alpha * MEANS[1] - z, atol=1e-9)  # alpha² + sigma² = 1
    np.testing.assert_allclose(sweep["diff"], sweep["cond"] - sweep["uncond"])


@pytest.mark.parametrize("name", TOY_RULES)
def test_the_guided_field_is_base_plus_w_push_for_every_rule(name):
    sweep = field_sweep(Field(rule=name, letter="C", arrows="eps"))
    for i in (4, 16, 28):
        eps = guided(three_gaussians(), 2, 6.5, name, lam_grid(32))(sweep["at"], float(sweep.axes["lam"][i]))
        np.testing.assert_allclose(sweep["base"][i] + 6.5 * sweep["push"][i], eps, rtol=1e-8, atol=1e-8)


def test_a_rules_own_numbers_reach_the_samples():
    plain, whole = (gaussians_sweep(Toy(rule="apg", points=20, eta=eta)) for eta in (0, 1))
    free = gaussians_sweep(Toy(rule="cfg", points=20))
    np.testing.assert_allclose(whole["samples"], free["samples"], atol=1e-6)
    assert np.abs(plain["samples"] - free["samples"]).max() > 0.5


def test_trails_start_at_the_particle_and_end_in_its_class_for_positive_w():
    sweep = particle_sweep(Field(z1=0.3, z2=-0.5, at=-3.0))
    np.testing.assert_array_equal(sweep["trails"][:, 0], np.broadcast_to([0.3, -0.5], (len(TRAIL_W), 2)))
    ends = posterior_by_scipy(sweep["trails"][:, -1])[:, 0]
    assert (np.diff(ends) > 0).all()
    assert ends[-1] > 0.999


def test_the_wire_is_float32_in_row_major_order():
    array = np.arange(6.0).reshape(2, 3) / 7
    wire = Sweep({"w": np.array([0.0, 1.0])}, {"a": (array, ("w", "k"))}, {"k": ("x", "y", "z")}).to_dict()
    read = np.frombuffer(base64.b64decode(wire["arrays"]["a"]["f4"]), "<f4").reshape(wire["arrays"]["a"]["shape"])
    np.testing.assert_allclose(read, array, rtol=1e-7)
    assert wire["axes"]["w"] == [0, 1]


def test_a_sample_that_diverged_is_sent_as_that_and_counted_outside_and_said():
    """Euler in few steps at large w overshoots without bound; its samples are no class's and lie outside the view."""
    s = Gaussians(sampler="euler", steps=2, points=40, spread=0.2, separation=5)
    sweep = gaussians_sweep(s)
    x, half = sweep["samples"], sweep.meta["extent"][1]
    gone = ~(np.abs(x).max(-1) <= half)  # NaN too
    assert gone[-1].mean() > 0.5
    np.testing.assert_allclose(sweep["outside"], gone.mean((1, 2)))
    assert "lie outside this view" in " ".join(turned_scene(sweep, s)["caption"])
    bad = Sweep({}, {"a": (np.array([np.nan, np.inf, 1.0]), ("k",))}).to_dict()["arrays"]["a"]["f4"]
    read = np.frombuffer(base64.b64decode(bad), "<f4")
    assert np.isnan(read[0])
    assert read[1] > 1e38


def test_the_particle_stays_in_view_when_the_classes_move():
    sweep = particle_sweep(Field(z1=1e5, z2=-0.5, separation=0.0, spread=0.2))
    assert sweep["drop"] == pytest.approx([0.96, -0.5])


@pytest.mark.parametrize(
    ("axes", "arrays", "message"),
    [
        ({"w": np.array([1.0, 0.0])}, {}, "increasing"),
        ({"w": np.array([0.0, 1.0])}, {"a": (np.zeros(3), ("w",))}, "entries"),
        ({"w": np.array([0.0, 1.0])}, {"a": (np.zeros((3, 2)), ("k", "w"))}, "live axes come first"),
        ({}, {"a": (np.zeros((3, 2)), ("k",))}, "dimensions"),
    ],
)
def test_a_sweep_that_does_not_fit_its_axes_is_refused(axes, arrays, message):
    with pytest.raises(ValueError, match=message):
        Sweep(axes, arrays)


def test_too_much_work_is_refused_with_its_bound():
    with pytest.raises(ValueError, match="at most 64000"):
        Toy(points=2000, steps=256)
