"""The tilted target and the guided ODE's density against closed forms, scipy's quadrature and samples."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import quad, solve_ivp

from cfg_core.density import drawn, grid, guided_log_density, tilted_log_density
from cfg_core.guidance import RULES, Rule, guided
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.mixture_text import read_mixture
from cfg_core.process import lam_grid
from cfg_core.samplers import final, heun, seeded_noise
from tests.oracles import GaussianMarginal, Raw, alpha2, ode_law, raw_mixture, tilt_law

LINE = np.linspace(-9, 11, 321)[:, None]  # [321, 1]
STEP = 20 / 320
NODES = np.linspace(-12, 12, 49)  # classes every half a unit: node 26 is the class c = 1
C1 = 26
PLANE = grid((-7, 7), (-5, 9), 96)
CELL = (14 / 96) ** 2


def gaussian_marginal() -> GaussianMixture:
    """p(x|c) = N(c, 1) with c ~ N(0, 1) on 49 nodes: p(x) is N(0, 2) to rounding, facts §4's closed form."""
    return GaussianMixture(NODES[:, None], np.ones((49, 1, 1)), np.exp(-(NODES**2) / 2), np.arange(49))


def moments(p: np.ndarray, x: np.ndarray, cell: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Mass, mean [D] and standard deviations [D] of a density on a grid x [..., D]."""
    p, x = p.reshape(-1) * cell, x.reshape(-1, x.shape[-1])
    mean = p @ x / p.sum()
    return p.sum(), mean, np.sqrt(p @ (x - mean) ** 2 / p.sum())


# ---- the tilted target ----------------------------------------------------------------------------


@pytest.mark.parametrize("w", [-1, -0.5, 0, 1, 2, 4, 50])
def test_the_tilt_of_a_gaussian_marginal_is_the_closed_form(w):
    mean, variance = tilt_law(w)
    want = stats.norm(mean, np.sqrt(variance)).logpdf(LINE[:, 0])
    got = tilted_log_density(gaussian_marginal(), LINE, C1, w, STEP)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("w", [-1.0, 0.0, 1.0, 10.0, 100.0, 1000.0])
def test_the_tilt_is_scipys_quadrature_up_to_w_1000(w):
    """p(x|c) and p(c|x) by scipy.stats, the normaliser by scipy.integrate."""
    raw = raw_mixture(2, 1, 3, 2)
    sd, weights = np.sqrt(raw.covs[:, 0, 0]), raw.weights / raw.weights.sum()

    def log_tilt(x: float) -> float:
        log = stats.norm.logpdf(x, raw.means[:, 0], sd) + np.log(weights)
        own = np.logaddexp.reduce(log[raw.labels == 1])
        return own - np.log(weights[raw.labels == 1].sum()) + w * (own - np.logaddexp.reduce(log))

    fine = np.linspace(-12, 12, 481)
    logs = np.array([log_tilt(x) for x in fine])
    top, at = logs.max(), fine[logs.argmax()]
    breaks = [at - 2, at - 0.5, at, at + 0.5, at + 2]
    mass = quad(lambda x: np.exp(log_tilt(x) - top), -12, 12, points=breaks, limit=300, epsabs=1e-12)[0]
    got = tilted_log_density(GaussianMixture(*raw.args()), fine[:, None], 1, w, fine[1] - fine[0])
    near = logs > top - 30
    np.testing.assert_allclose(got[near], (logs - top - np.log(mass))[near], atol=1e-3)


# Facts §4, the figure's geometry: w -> mean_y, sd_x, sd_y of the class at the top.
TABLE_TILT = {1: (2.02, 0.94, 0.87), 4: (2.22, 0.90, 0.79), 10: (2.38, 0.87, 0.73)}
TABLE_ODE = {1: (2.62, 0.84, 0.72), 4: (3.85, 0.73, 0.55), 10: (5.28, 0.69, 0.47)}


def test_the_tilt_of_three_gaussians_has_the_moments_of_the_table():
    for w, (mean_y, sd_x, sd_y) in TABLE_TILT.items():
        _, mean, sd = moments(np.exp(tilted_log_density(three_gaussians(), PLANE, 0, w, CELL)), PLANE, CELL)
        assert mean == pytest.approx([0, mean_y], abs=0.006)
        assert sd == pytest.approx([sd_x, sd_y], abs=0.006)


@pytest.mark.parametrize("w", [0.0, 10.0, 100.0, 1000.0])
def test_the_figures_panels_are_normalised_whatever_the_grid(w):
    """The same density from torch's log-probabilities, normalised on a grid finer and wider."""
    means = 1.793 * np.array([[0, 1], [-np.sqrt(0.75), -0.5], [np.sqrt(0.75), -0.5]])
    raw = Raw(means, np.stack([np.eye(2)] * 3), np.ones(3), np.arange(3))

    def log_tilt(x: np.ndarray) -> torch.Tensor:
        t = torch.from_numpy(x)
        p_c, p = raw.torch_mixture(np.inf, 0).log_prob(t), raw.torch_mixture(np.inf).log_prob(t)
        return p_c + w * (p_c - np.log(3) - p)

    fine = grid((-10, 10), (-8, 12), 240)
    log_mass = torch.logsumexp(log_tilt(fine).flatten(), 0) + 2 * np.log(20 / 240)
    want = (log_tilt(PLANE) - log_mass).numpy()
    got = tilted_log_density(three_gaussians(), PLANE, 0, w, CELL)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-3)


def test_the_tilt_at_w_zero_is_the_class_and_at_minus_one_the_whole():
    m = three_gaussians(weights=(1, 2, 3))
    for w, c in ((0, 1), (-1, None)):
        got = tilted_log_density(m, PLANE, 1, w, CELL)
        np.testing.assert_allclose(got, m.log_density(PLANE, np.inf, c), atol=1e-4)  # mass beyond the grid


def test_an_array_of_w_is_a_loop_over_w():
    m, ws = three_gaussians(), np.array([-1.0, 0.0, 3.0, 1000.0])
    sweep = tilted_log_density(m, PLANE, 2, ws, CELL, lam=1.0)
    assert sweep.shape == (4, 96, 96)
    for got, w in zip(sweep, ws, strict=True):
        np.testing.assert_allclose(got, tilted_log_density(m, PLANE, 2, w, CELL, lam=1.0), rtol=1e-12)


# ---- what the guided ODE yields -------------------------------------------------------------------


@pytest.mark.parametrize("w", [-1, 0, 1, 2, 4])
def test_the_guided_density_of_a_gaussian_marginal_is_the_closed_form(w):
    """alpha(-20) = 4.5e-5 is what a lam line that ends at -20 leaves in the mean."""
    mean, variance = ode_law(w)
    x = LINE[np.abs(LINE[:, 0] - mean) < 6 * np.sqrt(variance)]
    got = guided_log_density(gaussian_marginal(), x, C1, w)
    want = stats.norm(mean, np.sqrt(variance)).logpdf(x[:, 0])
    np.testing.assert_allclose(got, want, atol=5e-3)
    mass, m, sd = moments(np.exp(got), x, STEP)
    assert mass == pytest.approx(1, abs=5e-6)
    assert (m[0], sd[0] ** 2) == pytest.approx((mean, variance), abs=2e-4)


def test_the_guided_density_of_three_gaussians_integrates_to_one_with_the_moments_of_the_table():
    for w, (mean_y, sd_x, sd_y) in TABLE_ODE.items():
        mass, mean, sd = moments(np.exp(guided_log_density(three_gaussians(), PLANE, 0, w)), PLANE, CELL)
        assert mass == pytest.approx(1, abs=1e-4)
        assert mean == pytest.approx([0, mean_y], abs=0.008)
        assert sd == pytest.approx([sd_x, sd_y], abs=0.008)


@pytest.mark.parametrize("w", [0.5, 3.0])
def test_samples_by_heun_follow_the_guided_density_on_a_line(w):
    """Two components in the class and two beside it; Kolmogorov-Smirnov against the cumulated density."""
    m = GaussianMixture(*raw_mixture(9, 1, 2, 2).args())
    x = np.linspace(-12, 12, 4001)
    p = np.exp(guided_log_density(m, x[:, None], 1, w))
    cdf = np.concatenate([[0], np.cumsum((p[1:] + p[:-1]) / 2 * np.diff(x))])
    assert cdf[-1] == pytest.approx(1, abs=1e-3)
    draws = final(heun(guided(m, 1, w), seeded_noise(1, (4000, 1))(0), lam_grid(128)))[:, 0]
    assert stats.kstest(draws, lambda v: np.interp(v, x, cdf)).pvalue > 0.01


def test_samples_by_heun_follow_the_guided_density_in_the_plane():
    """Counts in 12 x 12 coarse cells by chi squared."""
    m, n = three_gaussians(weights=(1, 1, 2)), 20_000
    p = np.exp(guided_log_density(m, PLANE, 0, 2.0)) * CELL
    expected = n * p.reshape(12, 8, 12, 8).sum((1, 3))  # [y, x]
    draws = final(heun(guided(m, 0, 2.0), seeded_noise(6, (n, 2))(0), lam_grid(64)))
    edges_x, edges_y = np.linspace(-7, 7, 13), np.linspace(-5, 9, 13)
    counts = np.histogram2d(draws[:, 1], draws[:, 0], [edges_y, edges_x])[0]
    often = expected > 10
    chi = ((counts - expected)[often] ** 2 / expected[often]).sum()
    assert stats.chi2(often.sum() - 1).sf(chi) > 0.01
    assert counts[~often].sum() == pytest.approx(expected[~often].sum(), abs=30)


HARD = (  # classes whose guided ODE is stiff at large w: 20 steps draw peaks that do not exist
    "A_3.037_-3.486_1.76_1.988_2.301_4.253*B_1.433_2.961_0.065_0.014_0.62_0.047*C_-2.181_3.164_2.099_-1.651_1.62_0.01*"
    "C_2.978_-3.852_2.319_0.093_1.764_1.577*A_1.66_-3.99_0.244_-0.041_0.171_0.158*A_0.027_-0.507_0.104_0.217_0.629_3.977*"
    "A_-2.374_-1.4_0.363_0.039_0.085_0.022"
)


@pytest.mark.parametrize(("w", "top"), [(8.0, 0.18), (10.0, 0.43)])
def test_a_stiff_guided_density_is_that_of_an_adaptive_solver(w, top):
    """DOP853, the divergence by finite differences of eps, at points of the drawn grid and where peaks were false."""
    m = read_mixture(HARD)
    points = grid((-8, 8), (-8, 8), 40)
    log = guided_log_density(m, points, 0, w)
    assert log.max() == pytest.approx(top, abs=0.01)
    assert np.exp(log).sum() * 0.16 == pytest.approx(1, abs=0.02)
    eps, tiny = guided(m, 0, w), 1e-6 * np.eye(2)

    def slope(angle, y):
        lam, z = -2 * np.log(np.tan(angle)), y[:2]
        around = eps(z + np.concatenate([[0 * z], tiny, -tiny]), lam)
        div = sum((around[1 + i] - around[3 + i])[i] for i in range(2)) / 2e-6
        return [*((around[0] - np.sin(angle) * z) / np.cos(angle)), (div - 2 * np.sin(angle)) / np.cos(angle)]

    first, last = np.arctan(np.exp(-10.0)), np.arctan(np.exp(10.0))
    for x in points[log > -3][::9]:
        start = [*(np.cos(first) * x), 2 * np.log(np.cos(first))]
        end = solve_ivp(slope, (first, last), start, "DOP853", rtol=1e-8, atol=1e-10).y[:, -1]
        want = end[2] - end[:2] @ end[:2] / 2 - np.log(2 * np.pi)
        assert guided_log_density(m, x, 0, w) == pytest.approx(want, abs=0.01)
    assert guided_log_density(m, [1.06, 1.06], 0, 8.0) < -1000


def test_a_density_without_the_mass_of_one_is_not_drawn():
    log = np.stack([stats.multivariate_normal([0, 0], v).logpdf(PLANE - [0, 2]) for v in (1.0, 1e-3)])
    shown, off = drawn(log, CELL)
    np.testing.assert_array_equal(shown[0], log[0])
    assert off[0] < 1e-6
    assert off[1] > 0.1
    assert np.isnan(shown[1]).all()


# Under a schedule k(lam) the marginal Gaussian's ODE is dz/dalpha = (1 + k) c - k alpha/(1 + alpha²) z.


def schedule_law(k, breaks: tuple[float, ...]) -> tuple[float, float]:
    """Mean and variance at alpha = 1, c = 1, by scipy, for a strength k(alpha) that is smooth between `breaks`."""
    ends = [0.0, *breaks, 1.0]
    state = np.array([0.0, 0.0])  # mean, log of the factor that z0 gets

    for low, high in itertools.pairwise(ends):

        def slope(a, y, low=low, high=high):
            here = k(min(max(a, low + 1e-12), high - 1e-12))
            return [1 + here - here * a / (1 + a * a) * y[0], -here * a / (1 + a * a)]

        state = solve_ivp(slope, (low, high), state, "DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    return state[0], np.exp(2 * state[1])


def of_level(level: float) -> float:
    """alpha where sigma / alpha is `level`."""
    return 1 / np.sqrt(1 + level**2)


SCHEDULES = [
    ("interval", {}, (0.1, 0.8)),
    ("interval", {"sigma_low": 0.3, "sigma_high": 2.5}, (0.3, 2.5)),
    ("interval", {"sigma_low": 0.0, "sigma_high": 1.0}, (0.0, 1.0)),
    ("rising", {}, None),
]


@pytest.mark.parametrize(("name", "params", "levels"), SCHEDULES)
@pytest.mark.parametrize("w", [-1.0, 1.0, 4.0])
def test_the_guided_density_under_a_schedule_is_the_closed_form(name, params, levels, w):
    if levels:
        inside = sorted(of_level(level) for level in levels)
        mean, variance = schedule_law(lambda a: w * (inside[0] <= a <= inside[1]), tuple(b for b in inside if b < 1))
        ratio = (1 + inside[0] ** 2) / (1 + inside[1] ** 2)
        assert variance == pytest.approx(ratio**w, rel=1e-9)  # the integral by hand
    else:
        mean, variance = schedule_law(lambda a: w * 2 * np.arcsin(a) / (np.pi / 2), ())
    x = LINE[np.abs(LINE[:, 0] - mean) < 6 * np.sqrt(variance)]
    got = guided_log_density(gaussian_marginal(), x, C1, w, name=name, **params)
    np.testing.assert_allclose(got, stats.norm(mean, np.sqrt(variance)).logpdf(x[:, 0]), atol=5e-3)


@pytest.mark.parametrize(("name", "params", "levels"), SCHEDULES)
def test_samples_by_heun_follow_the_guided_density_under_a_schedule(name, params, levels):
    """Samples walk a grid that holds the jumps, on which Heun's method is of second order again."""
    m = GaussianMixture(*raw_mixture(9, 1, 2, 2).args())
    x = np.linspace(-14, 14, 3001)
    p = np.exp(guided_log_density(m, x[:, None], 1, 3.0, name=name, **params))
    cdf = np.concatenate([[0], np.cumsum((p[1:] + p[:-1]) / 2 * np.diff(x))])
    assert cdf[-1] == pytest.approx(1, abs=1e-3)
    plain = np.exp(guided_log_density(m, x[:, None], 1, 3.0))
    assert np.abs(np.cumsum(p - plain) * (x[1] - x[0])).max() > 0.05  # another law than under constant guidance
    lams = lam_grid(256)
    jumps = [-2 * np.log(level) + side for level in levels or () if level for side in (-1e-7, 1e-7)]
    lams = np.union1d(lams, jumps)
    draws = final(heun(guided(m, 1, 3.0, name, lams, **params), seeded_noise(1, (4000, 1))(0), lams))[:, 0]
    assert stats.kstest(draws, lambda v: np.interp(v, x, cdf)).pvalue > 0.01


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_at_w_zero_the_guided_density_is_the_class(dim):
    m = GaussianMixture(*raw_mixture(13, dim, 2, 2).args())
    x, _ = m.sample(60, np.random.default_rng(0), 1)
    got = guided_log_density(m, x, 1, 0.0)
    np.testing.assert_allclose(got, m.log_density(x, np.inf, 1), atol=2e-3)
    whole = guided_log_density(m, x, 1, -1.0)
    np.testing.assert_allclose(whole, m.log_density(x), atol=2e-3)


def test_a_lone_class_is_left_as_it_is():
    m = three_gaussians(classes=1, weights=(1.0,))
    x = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    want = m.log_density(x, np.inf, 0)
    for w in (-1.0, 5.0, 100.0):
        np.testing.assert_allclose(guided_log_density(m, x, 0, w), want, atol=2e-3)


def test_without_guidance_every_w_gives_the_class():
    x = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    got = guided_log_density(three_gaussians(), x, 0, 9.0, name="none")
    np.testing.assert_allclose(got, three_gaussians().log_density(x, np.inf, 0), atol=2e-3)


def test_classifier_guidance_has_the_same_density():
    x = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    by_classifier = guided_log_density(three_gaussians(), x, 0, 3.0, name="classifier")
    np.testing.assert_allclose(by_classifier, guided_log_density(three_gaussians(), x, 0, 3.0), atol=1e-9)


@pytest.mark.parametrize("lam_max", [2.0, 5.0, 12.0])
def test_on_a_short_lam_range_the_density_is_that_of_z_over_alpha(lam_max):
    """z at lam_max still carries noise of variance e^-lam_max, which x^ does not: at 12 the two agree to 1e-5."""
    eps = guided(GaussianMarginal(), 1.0, 2.0)
    last = list(heun(eps, np.array([[0.0], [1.0]]), lam_grid(300, -20, lam_max)))[-1]
    mean, unit = (last.z / np.sqrt(alpha2(lam_max)))[:, 0]
    p = np.exp(guided_log_density(gaussian_marginal(), LINE, C1, 2.0, lam_max=lam_max))
    mass, m, sd = moments(p, LINE, STEP)
    assert mass == pytest.approx(1, abs=1e-6)
    assert (m[0], sd[0]) == pytest.approx((mean, unit - mean), abs=3e-4)


def test_a_sweep_over_w_and_class_is_a_loop():
    m, ws = three_gaussians(), np.array([0.0, 2.0, 8.0])
    x = np.random.default_rng(3).uniform(-3, 3, (3, 3, 7, 2))
    sweep = guided_log_density(m, x, np.arange(3)[:, None], ws[:, None, None])
    assert sweep.shape == (3, 3, 7)
    for i, w in enumerate(ws):
        for c in range(3):
            np.testing.assert_allclose(sweep[i, c], guided_log_density(m, x[i, c], c, w), rtol=1e-9)


@pytest.mark.parametrize("w", [-1000.0, 100.0, 1000.0])
def test_the_guided_density_is_never_nan_at_absurd_weights(w):
    got = guided_log_density(three_gaussians(), PLANE[::8, ::8] * 100, 0, w)
    assert not np.isnan(got).any()
    assert not np.isposinf(got).any()


# ---- the grid, bad input --------------------------------------------------------------------------


def test_grid_points_are_the_centres_of_the_cells():
    g = grid((-1, 3), (10, 12), 4)
    assert g.shape == (4, 4, 2)
    np.testing.assert_allclose(g[0, :, 0], [-0.5, 0.5, 1.5, 2.5])
    np.testing.assert_allclose(g[:, 0, 1], [10.25, 10.75, 11.25, 11.75])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (((0, 1), (0, 1), 1), "2 to 1024 cells"),
        (((0, 1), (0, 1), 1025), "2 to 1024 cells"),
        (((1, 1), (0, 1), 8), "finite and increasing"),
        (((0, 1), (2, 1), 8), "finite and increasing"),
        (((0, np.inf), (0, 1), 8), "finite and increasing"),
        (((0, 1), (np.nan, 1), 8), "finite and increasing"),
    ],
)
def test_a_grid_outside_its_bounds_is_refused(args, message):
    with pytest.raises(ValueError, match=message):
        grid(*args)


@pytest.mark.parametrize("w", [np.nan, np.inf, [0.0, np.nan]])
def test_a_weight_that_is_not_finite_is_refused(w):
    with pytest.raises(ValueError, match="w must be finite"):
        tilted_log_density(three_gaussians(), PLANE, 0, w, CELL)
    with pytest.raises(ValueError, match="w must be finite"):
        guided_log_density(three_gaussians(), PLANE, 0, w)


def test_an_interval_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"the lower noise level \(1\) must be below the upper \(0.8\)"):
        guided_log_density(three_gaussians(), PLANE, 0, 1.0, name="interval", sigma_low=1.0)


def test_a_rule_without_an_analytic_divergence_is_refused(monkeypatch):
    monkeypatch.setitem(RULES, "wild", Rule("wild", "wild", "", "", lambda f, w: f.eps_c))
    with pytest.raises(ValueError, match="no analytic divergence for guidance 'wild'"):
        guided_log_density(three_gaussians(), PLANE, 0, 1.0, name="wild")
