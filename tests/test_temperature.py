"""Temperature: softmax by scipy, variances by integrating moments, shares by quadrature, and the tab in a browser."""

import json

import numpy as np
import pytest
from scipy import special, stats
from scipy.integrate import quad, solve_ivp

from cfg_core import temperature as t
from cfg_core.mixture import GaussianMixture
from cfg_core.samplers import final, seeded_noise, walk
from demo.shapes import stairs
from demo.views.temperature.compute import T_SOFTMAX, T, one_gaussian, softmax
from demo.views.temperature.compute import mixture as mixture_sweep
from demo.views.temperature.settings import PLANE, Temperature
from tests.calling import call
from tests.pages import show_part
from tests.test_app import quiet

LOGITS = np.array([2.0, 1.0, 0.5, -1.0])
SOFTMAX, MIXTURE, ONE = range(3)  # the view's drawings


def moments(s, k, tau, lam_min, lam_max, stochastic):
    """Variance of z/alpha at lam_max from the linear equation's own moments, in lam and in z."""

    def slope(lam, m):
        sigma2 = 1 / (1 + np.exp(lam))
        marginal = (1 - sigma2) * s**2 + sigma2
        if stochastic:  # dz = (sigma²/2 - k sigma²/marginal) z dlam + tau sigma dB
            return 2 * (0.5 * sigma2 - k * sigma2 / marginal) * m + tau**2 * sigma2
        return (sigma2 - k * sigma2 / marginal) * m  # dz = ½(sigma² - k sigma²/marginal) z dlam

    end = solve_ivp(slope, (lam_min, lam_max), [1.0], method="LSODA", rtol=1e-9, atol=1e-14).y[0, -1]
    return end * (1 + np.exp(-lam_max))


# ---- softmax ----------------------------------------------------------------------------------------------------


def test_softmax_at_every_temperature_is_scipys():
    expected = special.softmax(LOGITS / T_SOFTMAX[:, None], axis=-1)
    np.testing.assert_allclose(t.softmax_at(LOGITS, T_SOFTMAX), expected, rtol=1e-13)
    np.testing.assert_allclose(t.entropy(expected), stats.entropy(expected, axis=-1), rtol=1e-12, atol=1e-15)


def test_softmax_tends_to_the_largest_and_to_all_alike():
    np.testing.assert_allclose(t.softmax_at(LOGITS, 1e-3), [1, 0, 0, 0], atol=1e-300)
    np.testing.assert_allclose(t.softmax_at(LOGITS, 1e6), 0.25, rtol=1e-5)


def test_entropy_grows_with_temperature_as_the_variance_of_the_logits_says():
    h, at = 1e-4, 0.7  # dH/dT = Var(z) / T³
    slope = (t.entropy(t.softmax_at(LOGITS, at + h)) - t.entropy(t.softmax_at(LOGITS, at - h))) / (2 * h)
    p = special.softmax(LOGITS / at)
    assert slope == pytest.approx((p @ LOGITS**2 - (p @ LOGITS) ** 2) / at**3, rel=1e-6)


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_a_temperature_that_is_not_positive_is_refused(bad):
    for refused in (
        lambda: t.softmax_at(LOGITS, bad),
        lambda: t.softmax_at(LOGITS, [1.0, bad]),
        lambda: t.tempered_log_density(np.zeros(5), bad, 0.1),
        lambda: t.tempered_log_density(np.zeros(5), [1.0, bad], 0.1),
        lambda: t.separate_shares([0.7, 0.3], [0.4, 0.5], bad),
    ):
        with pytest.raises(ValueError, match="T must be > 0"):
            refused()


@pytest.mark.parametrize("cell", [0.0, -0.1, np.nan, np.inf])
def test_a_tempered_density_refuses_a_cell_of_no_size(cell):
    with pytest.raises(ValueError, match="the cell must be > 0"):
        t.tempered_log_density(np.zeros(5), 1.0, cell)


@pytest.mark.parametrize("at", [0.25, 0.5, 1.0, 3.0])
def test_a_tempered_gaussian_is_the_gaussian_of_t_times_the_variance(at):
    x = np.linspace(-20, 20, 4001)
    got = t.tempered_log_density(stats.norm(0.4, 1.3).logpdf(x), at, x[1] - x[0])
    np.testing.assert_allclose(got, stats.norm(0.4, 1.3 * np.sqrt(at)).logpdf(x), rtol=1e-9, atol=1e-9)


def test_the_bars_have_the_probabilities_as_heights():
    sweep = softmax(Temperature())
    i = int(np.argmin(np.abs(T_SOFTMAX - 0.5)))
    tops = sweep["bars"][i].reshape(4, 4, 2)[:, 1, 1]
    np.testing.assert_allclose(tops, special.softmax(LOGITS / 0.5), rtol=1e-12)
    share = stats.entropy(special.softmax(LOGITS / T_SOFTMAX[:, None], axis=-1), axis=-1) / np.log(4)
    np.testing.assert_allclose(sweep["entropy_share"], share, rtol=1e-10, atol=1e-15)


# ---- exact variances --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [0.3, 1.0, 1.7])
@pytest.mark.parametrize(
    ("k", "tau"), [(2.0, 1.0), (4.0, 1.0), (0.7, 1.0), (0.5, 1.0), (0.4, 1.0), (1.0, 0.6), (2.0, 1.3)]
)
def test_variance_through_the_sde_is_that_of_its_moment_equation(s, k, tau):
    for lam_min, lam_max in ((-12.0, 10.0), (-3.0, 2.0)):
        expected = moments(s, k, tau, lam_min, lam_max, stochastic=True)
        assert t.sde_variance(s, k, tau, lam_min, lam_max) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("s", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("k", [0.6, 1.0, 1.25, 2.0])
def test_variance_through_the_ode_is_that_of_its_moment_equation(s, k):
    for lam_min, lam_max in ((-12.0, 10.0), (-3.0, 2.0)):
        expected = moments(s, k, 1.0, lam_min, lam_max, stochastic=False)
        assert t.ode_variance(s, k, lam_min, lam_max) == pytest.approx(expected, rel=1e-5)


def test_over_all_noise_the_scaled_score_gives_s2_over_2k_minus_1_and_not_s2_over_k():
    for s, k in ((1.0, 2.0), (0.5, 1.25), (2.0, 5.0)):
        assert t.sde_variance(s, k, lam_min=-30) == pytest.approx(s**2 / (2 * k - 1), rel=1e-5)
        assert t.limit_variance(s, k) == pytest.approx(s**2 / (2 * k - 1))
    assert t.sde_variance(1, 2) == pytest.approx(1 / 3, rel=1e-6)  # p^2 of a standard normal has variance 1/2


def test_over_all_noise_the_ode_collapses_or_explodes_and_only_k_1_stays():
    for lam_min in (-10.0, -20.0, -30.0):
        assert t.ode_variance(0.8, 1.0, lam_min) == pytest.approx(0.64, rel=1e-3)
    cold, hot = t.ode_variance(1, 1.25, -10.0), t.ode_variance(1, 0.8, -10.0)
    assert t.ode_variance(1, 1.25, -20.0) == pytest.approx(cold * np.exp(-2.5), rel=1e-3)
    assert t.ode_variance(1, 0.8, -20.0) == pytest.approx(hot * np.exp(2.0), rel=1e-3)


def test_from_t_2_on_the_scaled_score_has_no_finite_answer():
    assert t.limit_variance(1, 0.5) == np.inf
    near, far = t.sde_variance(1, 0.5, lam_min=-10.0), t.sde_variance(1, 0.5, lam_min=-20.0)
    assert far - near == pytest.approx(10.0, rel=1e-3)  # grows by s² with every unit of lam
    assert t.sde_variance(1, 0.5 + 1e-11) == pytest.approx(t.sde_variance(1, 0.5), rel=1e-6)


def test_scaled_noise_is_right_for_one_gaussian():
    np.testing.assert_allclose(t.sde_variance(0.7, 1.0, np.sqrt(T), -20.0), T * 0.49, rtol=1e-6)


# ---- sampled ----------------------------------------------------------------------------------------------------


def test_samples_of_one_gaussian_have_the_variances_of_the_formulas():
    sweep = one_gaussian(Temperature(width=0.8, steps=192), points=8000)
    for name in t.METHODS:
        expected = sweep[f"var_{name}"]
        seen = expected > 1e-4  # a variance of a billionth is not resolved by Heun's steps
        np.testing.assert_allclose(sweep[f"got_{name}"][seen], expected[seen], rtol=0.08)
    assert sweep["got_score_ode"][0] < 1e-6
    np.testing.assert_array_equal(sweep["got_guidance"], sweep["got_guidance"][0])  # a lone class is left alone


def test_the_lone_gaussian_is_the_mixture_of_one():
    one = GaussianMixture(np.zeros((1, 1)), np.full((1, 1, 1), 0.49), np.ones(1), np.zeros(1, int))
    z = np.linspace(-3, 3, 7)[:, None]
    for lam in (-8.0, 0.0, 5.0):
        np.testing.assert_allclose(t.LoneGaussian(0.7).eps(z, lam), one.eps(z, lam), rtol=1e-12)
        eps_c, eps_u = t.LoneGaussian(0.7).eps_pair(z, lam, 0)
        np.testing.assert_array_equal(eps_c, eps_u)


def test_the_start_noise_is_left_alone_and_forgotten():
    noise = seeded_noise(0, (50, 1))
    small = t.scaled_noise(noise, 0.5)
    np.testing.assert_array_equal(small(0), noise(0))
    np.testing.assert_array_equal(small(3), 0.5 * noise(3))
    s = Temperature()
    ends = [final(walk("ancestral", s.mixture.eps, s.lams, small, v=1.0, start=k * noise(0))) for k in (0.5, 1.0)]
    assert np.abs(ends[0] - ends[1]).mean() < 3e-3  # starts half as wide


def test_at_t_1_scaled_score_and_scaled_noise_are_the_plain_sampler():
    s = Temperature(steps=64)
    noise = seeded_noise(1, (200, 1))
    out = t.sample_all(s.mixture, np.array([1.0]), np.zeros(200, np.int64), noise, s.lams)
    plain = final(walk("ancestral", s.mixture.eps, s.lams, noise, v=t.V))
    np.testing.assert_allclose(out["score_sde"][0], plain, atol=1e-12)
    np.testing.assert_allclose(out["noise"][0], plain, atol=1e-12)


# ---- the truth on the mixture -----------------------------------------------------------------------------------


def test_mode_shares_of_separate_modes_are_their_integrals():
    weights, widths = np.array([0.7, 0.3]), np.array([0.35, 0.9])
    for at in (0.3, 0.5, 1.4):
        line, plane = [], []
        for p, w in zip(weights, widths, strict=True):

            def tempered(r, dim, p=p, w=w, at=at):
                return (p * np.exp(-0.5 * (r / w) ** 2) / (2 * np.pi * w * w) ** (dim / 2)) ** (1 / at)

            line.append(2 * quad(tempered, 0, 12, args=(1,), points=[1])[0])
            plane.append(quad(lambda r, f=tempered: 2 * np.pi * r * f(r, 2), 0, 12, points=[1])[0])
        for dim, mass in ((1, line), (2, plane)):
            assert t.separate_shares(weights, widths, at, dim)[0] == pytest.approx(mass[0] / sum(mass), rel=1e-7)


def test_the_true_share_on_screen_is_the_integral_of_p_to_the_power():
    sweep = mixture_sweep(Temperature(steps=64))

    def a(x):
        return 0.7 * stats.norm(-1.5, 0.35).pdf(x)

    def b(x):
        return 0.3 * stats.norm(1.5, 0.9).pdf(x)

    at, edges = 0.5, np.linspace(-9, 9, 400_001)
    mass = (a(edges) + b(edges)) ** (1 / at)
    own = a(edges) > b(edges)
    i = int(np.argmin(np.abs(T - at)))
    assert sweep["share_true"][i] == pytest.approx(mass[own].sum() / mass.sum(), abs=2e-3)
    mean = (mass * edges)[own].sum() / mass[own].sum()
    spread = np.sqrt((mass * (edges - mean) ** 2)[own].sum() / mass[own].sum())
    assert sweep["width_true"][i] == pytest.approx(spread, rel=0.01)
    curve = sweep["true"][i]
    np.testing.assert_allclose(
        curve[:, 1], (a(curve[:, 0]) + b(curve[:, 0])) ** 2 / (mass.sum() * (edges[1] - edges[0])), atol=2e-3
    )


def test_in_two_dimensions_the_true_share_agrees_with_separate_modes():
    s = Temperature(view=PLANE, separation=3.0, width_a=0.4, width_b=0.5, steps=64)
    share = mixture_sweep(s)["share_true"]
    i = int(np.argmin(np.abs(T - 0.5)))
    assert share[i] == pytest.approx(float(t.separate_shares([0.7, 0.3], [0.4, 0.5], 0.5, 2)[0]), abs=1e-3)


def test_each_method_gets_something_wrong_on_the_mixture():
    sweep = mixture_sweep(Temperature())
    i = int(np.argmin(np.abs(T - 0.5)))
    true_share, true_width = sweep["share_true"][i], sweep["width_true"][i]
    share = {name: float(sweep[f"share_{name}"][i]) for name in t.METHODS}
    width = {name: float(sweep[f"width_{name}"][i]) for name in t.METHODS}
    assert true_share == pytest.approx(0.934, abs=2e-3)
    assert share["noise"] < true_share - 0.08  # the noise sharpens each mode and not their weights
    assert width["noise"] == pytest.approx(true_width, rel=0.1)
    assert abs(share["score_sde"] - true_share) < 0.04
    assert width["score_sde"] < 0.9 * true_width  # s / sqrt(2k - 1), not s / sqrt(k)
    assert share["score_ode"] == pytest.approx(1)  # a single point
    assert width["score_ode"] < 0.01
    assert share["guidance"] == pytest.approx(0.7, abs=0.005)  # each class keeps its particles


def test_a_histogram_outline_holds_its_mass():
    edges = np.linspace(-1, 1, 5)
    corners = stairs(edges, np.array([[0.1, 0.4, 1.0, 0.5]]))[0]
    assert corners[0].tolist() == [-1, 0]
    assert corners[-1].tolist() == [1, 0]
    assert np.trapezoid(corners[:, 1], corners[:, 0]) == pytest.approx(1.0)


def test_histograms_of_the_sweep_hold_what_is_in_view():
    sweep = mixture_sweep(Temperature(steps=64))
    for name in ("score_sde", "noise", "guidance"):
        corners = sweep[f"hist_{name}"][5]
        assert np.trapezoid(corners[:, 1], corners[:, 0]) == pytest.approx(1, abs=5e-3)


# ---- the page ---------------------------------------------------------------------------------------------------


def test_the_api_answers_and_refuses(served):
    scene = json.loads(call(served, "temperature", MIXTURE, steps=64)["data"][0])["scene"]
    assert [p["id"] for p in scene["panels"]] == list(t.METHODS)
    refused = call(served, "temperature", SOFTMAX, logit_4=99)["data"][1]
    assert refused == "⚠ logit must be a number in [-5, 5]"
    assert call(served, "temperature", MIXTURE, view="x")["data"][1].startswith("⚠ view must be one of")
    assert call(served, "temperature", ONE, width=0)["data"][1].startswith("⚠ width must be a number in")


def test_turning_t_moves_both_stages_in_the_browser_alone(tab):
    page = tab("Temperature")
    for part in ("one", "three", "softmax"):
        show_part(page, "temperature", part)
    quiet(page)
    words = page.locator("#temperature-softmax-stage .stage-caption")
    assert "60.9 % for logit 2" in words.inner_text()
    for part, slider, value in (("softmax", "T_softmax", "0.5"), ("one", "T", "0.8")):
        show_part(page, "temperature", part)
        page.locator(f"#temperature-{slider} input[type=number]").fill(value)
        page.locator(f"#temperature-{slider} input[type=number]").press("Enter")
    page.wait_for_function(
        "document.querySelector('#temperature-one-stage .stage-caption').innerText.includes('T = 0.8')"
    )
    text = page.locator("#temperature-one-stage .stage-caption").inner_text()
    assert "variance T s² = 0.8" in text
    assert f"s²/(2/T − 1) = {1 / (2 / 0.8 - 1):.3g}, from lam min" in text
    show_part(page, "temperature", "softmax")
    p = special.softmax(LOGITS / 0.5)
    assert f"{100 * p[0]:.1f} % for logit 2" in words.inner_text()
    show_part(page, "temperature", "three")
    assert "with w = 0.25 (scale 1.25)" in page.locator("#temperature-stage .stage-caption").inner_text()
    assert page.requests == []
    page.get_by_label("In two dimensions").check()
    page.wait_for_function("document.querySelector('#temperature-stage .stage').dataset.loads === '2'", timeout=30_000)
    assert page.evaluate("cfg.stage.value('temperature-stage', 'samples_noise').length") == 800
