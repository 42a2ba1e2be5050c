"""The forward process against Gaussian algebra by numpy.linalg, scipy's distributions and quadrature."""

import itertools
import subprocess
import sys
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import erfc, exp, mpf, pi, sqrt, workdps
from scipy import stats
from scipy.integrate import quad

from cfg_core import process
from cfg_core.process import HyperbolicSecantLaw, NormalLaw, UniformLaw, lam_grid
from tests.oracles import alpha2, sigma2

LAMS = np.linspace(-20, 20, 81)
PAIRS = [(-3.0, -1.0), (-1.0, 2.0), (0.5, 0.6), (1.0, 5.0), (-6.0, 4.0)]
LAWS = [
    UniformLaw(),
    UniformLaw(-6, 3),
    HyperbolicSecantLaw(),
    HyperbolicSecantLaw(-4, 9),
    NormalLaw(),
    NormalLaw(-2, 5, 1, 2),
    NormalLaw(-6, 3, -4, 0.5),
]


def test_alpha_and_sigma_are_the_logistic_function_to_28_digits():
    getcontext().prec = 40
    for lam in (-20.0, -7.5, 0.0, 3.25, 20.0):
        exact = 1 / (1 + (-Decimal(lam)).exp())
        assert process.alpha(lam) == pytest.approx(float(exact.sqrt()), rel=1e-15)
        assert process.sigma(lam) == pytest.approx(float((1 - exact).sqrt()), rel=1e-15)


def test_signal_and_noise_powers_sum_to_one_and_their_ratio_is_exp_lam():
    a, s = process.alpha(LAMS), process.sigma(LAMS)
    np.testing.assert_allclose(a**2 + s**2, 1, rtol=1e-15)
    np.testing.assert_allclose(2 * np.log(a / s), LAMS, rtol=1e-13, atol=1e-13)


def test_infinite_lam_is_clean_or_pure_noise():
    assert process.alpha(np.inf) == 1
    assert process.sigma(np.inf) == 0
    assert process.alpha(-np.inf) == 0
    assert process.sigma(-np.inf) == 1


def test_the_angle_has_alpha_as_cosine_and_sigma_as_sine():
    angle = process.theta(LAMS)
    np.testing.assert_allclose(np.cos(angle), process.alpha(LAMS), rtol=1e-11)
    np.testing.assert_allclose(np.sin(angle), process.sigma(LAMS), rtol=1e-14)
    np.testing.assert_allclose(np.tan(angle), process.noise_to_signal(LAMS), rtol=1e-11)
    np.testing.assert_allclose(process.lam_at(angle), LAMS, atol=1e-10)


def test_x_eps_and_v_are_recovered_from_one_another():
    """v and z are (eps, x) turned by the angle, spelt out with cosine and sine."""
    rng = np.random.default_rng(0)
    x, eps = rng.standard_normal((2, 81, 3))
    lam = LAMS[:, None]
    cos, sin = np.sqrt(alpha2(lam)), np.sqrt(sigma2(lam))
    z, v = process.diffuse(x, lam, eps), process.v_target(x, eps, lam)
    np.testing.assert_allclose(z, cos * x + sin * eps, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(v, cos * eps - sin * x, rtol=1e-13, atol=1e-13)
    for got, want in (
        (process.x_from_eps(z, lam, eps), x),
        (process.x_from_v(z, lam, v), x),
        (process.eps_from_x(z, lam, x), eps),
        (process.eps_from_v(z, lam, v), eps),
        (process.v_from_eps(z, lam, eps), v),
    ):
        np.testing.assert_allclose(got, want, atol=1e-11)


numbers = st.floats(-3, 3)
CALLS = {  # with z of four points in the plane, and lam one number for each
    "alpha": lambda lam, z, e: process.alpha(lam),
    "sigma": lambda lam, z, e: process.sigma(lam),
    "theta": lambda lam, z, e: process.theta(lam),
    "lam_at": lambda lam, z, e: process.lam_at(process.theta(lam)),
    "noise_to_signal": lambda lam, z, e: process.noise_to_signal(lam),
    "diffuse": lambda lam, z, e: process.diffuse(z, lam, e),
    "x_from_eps": lambda lam, z, e: process.x_from_eps(z, lam, e),
    "x_from_v": lambda lam, z, e: process.x_from_v(z, lam, e),
    "eps_from_x": lambda lam, z, e: process.eps_from_x(z, lam, e),
    "eps_from_v": lambda lam, z, e: process.eps_from_v(z, lam, e),
    "v_from_eps": lambda lam, z, e: process.v_from_eps(z, lam, e),
    "v_target": lambda lam, z, e: process.v_target(z, e, lam),
    "score_from_eps": lambda lam, z, e: process.score_from_eps(e, lam),
    "output": lambda lam, z, e: process.eps_from_output(e, z, lam[:, 0] if np.ndim(lam) else lam, "v"),
    "target": lambda lam, z, e: process.target(z, e, lam[:, 0] if np.ndim(lam) else lam, "v"),
    "transition": lambda lam, z, e: process.transition(lam, lam + 1)[1],
    "posterior": lambda lam, z, e: process.posterior(lam, lam + 1)[0],
    "reverse_variance": lambda lam, z, e: process.reverse_variance(lam, lam + 1, 0.3),
    "loss_weights": lambda lam, z, e: process.loss_weights(lam)["v"],
    "amplification": lambda lam, z, e: process.amplification(lam)["eps"],
}


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(-20, 20), numbers, numbers, numbers, numbers), min_size=4, max_size=4))
def test_tensors_in_are_tensors_out_with_the_values_of_numpy(name, rows):
    table = np.array(rows)
    lam, z, e = table[:, :1], table[:, 1:3], table[:, 3:]
    want, got = CALLS[name](lam, z, e), CALLS[name](*map(torch.from_numpy, (lam, z, e)))
    assert isinstance(want, np.ndarray)
    assert isinstance(got, torch.Tensor)
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", CALLS)
def test_a_number_for_lam_goes_with_tensors_and_keeps_their_precision(name):
    z, e = torch.randn(2, 4, 2, generator=torch.Generator().manual_seed(0))
    column = torch.full((4, 1), 0.7)
    on_tensor, on_number = CALLS[name](column, z, e), CALLS[name](0.7, z, e)
    assert on_tensor.dtype == torch.float32
    if isinstance(on_number, torch.Tensor):
        assert on_number.dtype == torch.float32
    torch.testing.assert_close(torch.as_tensor(on_number).float().expand(on_tensor.shape), on_tensor)


def test_the_process_does_not_import_torch():
    code = "import sys, cfg_core.process as p; p.diffuse(1.0, 0.5, 2.0); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


def test_score_from_eps_is_the_gradient_of_the_forward_gaussian():
    x, eps, lam, h = 0.7, 1.3, -1.2, 1e-5
    z = float(process.diffuse(x, lam, eps))
    law = stats.norm(process.alpha(lam) * x, process.sigma(lam))
    slope = (law.logpdf(z + h) - law.logpdf(z - h)) / (2 * h)
    assert process.score_from_eps(eps, lam) == pytest.approx(slope, rel=1e-8)


# ---- transitions, posterior, reverse variance ----------------------------------------------------


@pytest.mark.parametrize("lams", [(-20, 0, 20), (-3, -1, 2), (1, 1, 4), (-6, 3, 3)])
def test_two_transitions_composed_are_one(lams):
    low, mid, high = lams
    a, va = process.transition(mid, high)
    b, vb = process.transition(low, mid)
    once, variance = process.transition(low, high)
    assert a * b == pytest.approx(once, rel=1e-14)
    assert b**2 * va + vb == pytest.approx(variance, rel=1e-12)


def test_a_transition_carries_the_marginal_to_the_marginal():
    low, high = LAMS[:, None], LAMS[None, :]
    low, high = np.broadcast_arrays(np.minimum(low, high), np.maximum(low, high))
    factor, variance = process.transition(low, high)
    np.testing.assert_allclose(factor * process.alpha(high), process.alpha(low), rtol=1e-14)
    total = factor**2 * process.sigma(high) ** 2 + variance
    np.testing.assert_allclose(total, process.sigma(low) ** 2, rtol=1e-13)


def joint_covariance(low: float, high: float, prior: float = 1.7) -> np.ndarray:
    """Covariance of (x, z_high, z_low) with x ~ N(0, prior), from q(z|x) at each lam and the Markov property.

    cov(z_high, z_low) = E[cov given x] + alpha alpha' prior, and given x it is (alpha/alpha') sigma'².
    """
    a, b = (np.sqrt(1 / (1 + np.exp(-v))) for v in (low, high))
    given_x = (a / b) * (1 - b**2)
    return np.array(
        [
            [prior, b * prior, a * prior],
            [b * prior, b**2 * prior + 1 - b**2, a * b * prior + given_x],
            [a * prior, a * b * prior + given_x, a**2 * prior + 1 - a**2],
        ]
    )


@pytest.mark.parametrize(("low", "high"), PAIRS)
def test_posterior_is_the_conditional_of_the_joint_gaussian(low, high):
    """Bayes' rule by numpy.linalg: q(z_high | z_low, x) from the joint covariance of (x, z_high, z_low)."""
    s = joint_covariance(low, high)
    known = [2, 0]  # z_low, x
    gain = np.linalg.solve(s[np.ix_(known, known)], s[known, 1])
    variance = s[1, 1] - gain @ s[known, 1]
    on_z, on_x, small = process.posterior(low, high)
    np.testing.assert_allclose([on_z, on_x, small], [*gain, variance], rtol=1e-9)


@pytest.mark.parametrize(("low", "high"), PAIRS)
def test_reverse_variance_runs_from_the_posterior_to_the_transition(low, high):
    s = joint_covariance(low, high)
    known = [2, 0]
    small = s[1, 1] - s[known, 1] @ np.linalg.solve(s[np.ix_(known, known)], s[known, 1])
    known = [1, 0]
    large = s[2, 2] - s[known, 2] @ np.linalg.solve(s[np.ix_(known, known)], s[known, 2])
    assert process.reverse_variance(low, high, 0) == pytest.approx(small, rel=1e-9)
    assert process.reverse_variance(low, high, 1) == pytest.approx(large, rel=1e-9)
    assert process.reverse_variance(low, high, 0.5) == pytest.approx(np.sqrt(small * large), rel=1e-9)
    curve = process.reverse_variance(low, high, np.linspace(0, 1, 21))
    assert (np.diff(curve) > 0).all()
    np.testing.assert_allclose(np.diff(np.log(curve), 2), 0, atol=1e-12)  # straight in the logarithm


def test_a_step_of_no_length_moves_nothing():
    assert process.transition(2, 2) == (1, 0)
    assert process.posterior(2, 2) == (1, 0, 0)
    assert process.reverse_variance(2, 2, [0, 0.3, 1]) == pytest.approx([0, 0, 0])


# ---- the laws of lam -----------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_density_of_lam_integrates_to_one_and_is_zero_outside(law):
    mass = quad(law.density, law.lam_min, law.lam_max, points=[0.0], limit=200, epsabs=1e-12)[0]
    assert mass == pytest.approx(1, abs=1e-10)
    assert law.density([law.lam_min - 1e-9, law.lam_max + 1e-9, 1e4, -1e4]).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_quantile_inverts_the_integrated_density(law):
    for u in (0.0, 1e-3, 0.2, 0.5, 0.77, 0.999, 1.0):  # u is the mass above lam: u = 1 is noise
        mass = quad(law.density, float(law.lam(u)), law.lam_max, limit=200, epsabs=1e-12)[0]
        assert mass == pytest.approx(u, abs=1e-9)
        assert law.cdf(law.lam(u)) == pytest.approx(1 - u, abs=1e-11)
    assert law.cdf([-1e3, law.lam_min, law.lam_max, np.inf]) == pytest.approx([0, 0, 1, 1], abs=1e-15)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_samples_of_lam_follow_the_density(law):
    draws = law.sample(4000, np.random.default_rng(5))
    knots = np.linspace(law.lam_min, law.lam_max, 4001)
    mid = (knots[1:] + knots[:-1]) / 2
    cdf = np.concatenate([[0], np.cumsum(law.density(mid) * np.diff(knots))])
    assert stats.kstest(draws, lambda v: np.interp(v, knots, cdf)).pvalue > 0.01
    assert draws.min() >= law.lam_min
    assert draws.max() <= law.lam_max


def test_hyperbolic_secant_law_is_scipys_truncated():
    """lam / 2 of the untruncated law is scipy's hypsecant."""
    lo, hi = -5.0, 7.0
    mass = stats.hypsecant.cdf(hi / 2) - stats.hypsecant.cdf(lo / 2)
    lam = np.linspace(lo, hi, 41)
    want = stats.hypsecant.pdf(lam / 2) / 2 / mass
    np.testing.assert_allclose(HyperbolicSecantLaw(lo, hi).density(lam), want, rtol=1e-12)


def test_hyperbolic_secant_law_is_uniform_in_the_angle():
    law = HyperbolicSecantLaw(-9, 11)
    u = np.linspace(0, 1, 33)
    theta = law.a * u + law.b
    np.testing.assert_allclose(process.alpha(law.lam(u)), np.cos(theta), rtol=1e-12)
    np.testing.assert_allclose(process.sigma(law.lam(u)), np.sin(theta), rtol=1e-12)


def test_normal_law_is_scipys_truncnorm():
    law = NormalLaw(-4, 9, 1.5, 2.5)
    want = stats.truncnorm((-4 - 1.5) / 2.5, (9 - 1.5) / 2.5, 1.5, 2.5)
    lam = np.linspace(-3.9, 8.9, 31)
    np.testing.assert_allclose(law.density(lam), want.pdf(lam), rtol=1e-12)
    np.testing.assert_allclose(law.lam(np.linspace(0, 1, 11)), want.isf(np.linspace(0, 1, 11)), atol=1e-9)
    np.testing.assert_allclose(law.cdf(lam), want.cdf(lam), rtol=1e-10)


@pytest.mark.parametrize("law", [UniformLaw(-7, 5), HyperbolicSecantLaw(-9, 11), NormalLaw(mean=1.0)])
def test_a_law_takes_a_tensor_too(law):
    u = torch.linspace(0, 1, 1001, dtype=torch.float64)
    np.testing.assert_allclose(law.lam(u).numpy(), law.lam(u.numpy()), atol=1e-8)


@pytest.mark.parametrize("side", [1, -1])
def test_normal_law_holds_in_either_tail(side):
    """The range is 20 to 24 deviations from the mean: there the law is nearly exponential. Against mpmath."""
    law = NormalLaw(*sorted([10.0 * side, 12.0 * side]), mean=0.0, std=0.5)
    with workdps(50):
        beyond = lambda lam: erfc(2 * mpf(lam) / sqrt(2)) / 2
        mass = beyond(10) - beyond(12)
        rows = [
            (lam, float((beyond(10) - beyond(lam)) / mass), float(2 * exp(-2 * mpf(lam) ** 2) / sqrt(2 * pi) / mass))
            for lam in (10.001, 10.01, 10.1)
        ]
    for lam, share, density in rows:
        below = share if side > 0 else 1 - share
        assert law.cdf(side * lam) == pytest.approx(below, rel=1e-11)
        assert law.lam(1 - below) == pytest.approx(side * lam, rel=1e-11)
        assert law.density(side * lam) == pytest.approx(density, rel=1e-11)


@pytest.mark.parametrize("law", ["uniform", "hyperbolic secant"])
def test_lam_grid_increases_from_noise_to_clean_with_equal_mass_between(law):
    lams = lam_grid(40, -12, 8, law)
    assert len(lams) == 41
    assert lams[[0, -1]] == pytest.approx([-12, 8], abs=1e-12)
    assert (np.diff(lams) > 0).all()
    density = {"uniform": UniformLaw, "hyperbolic secant": HyperbolicSecantLaw}[law](-12, 8).density
    masses = [quad(density, a, b)[0] for a, b in itertools.pairwise(lams)]
    np.testing.assert_allclose(masses, 1 / 40, rtol=1e-8)


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [process.transition, process.posterior])
def test_a_step_must_go_from_noisy_to_clean(call):
    with pytest.raises(ValueError, match="noisier"):
        call(1.0, 0.0)
    with pytest.raises(ValueError, match="noisier"):
        call([0.0, 1.0], [1.0, 0.0])


@pytest.mark.parametrize("v", [-0.01, 1.01, np.nan, np.inf, [0.5, 2.0]])
def test_v_outside_its_bounds_is_refused(v):
    with pytest.raises(ValueError, match=r"v must lie in \[0, 1\]"):
        process.reverse_variance(-1.0, 1.0, v)


@pytest.mark.parametrize("law", [UniformLaw, HyperbolicSecantLaw, NormalLaw])
@pytest.mark.parametrize("bounds", [(3, 3), (5, -5), (-31, 0), (0, 31), (np.nan, 1), (-np.inf, 1)])
def test_a_range_of_lam_outside_its_bounds_is_refused(law, bounds):
    with pytest.raises(ValueError, match="-30 <= lam_min < lam_max <= 30"):
        law(*bounds)


@pytest.mark.parametrize("std", [0.0, -1.0, 1e-9, 1e9, np.nan, np.inf])
def test_a_normal_law_of_no_width_is_refused(std):
    with pytest.raises(ValueError, match=r"std must lie in \[1e-06, 1e\+06\]"):
        NormalLaw(std=std)


@pytest.mark.parametrize("mean", [np.nan, np.inf, -np.inf])
def test_a_normal_law_with_no_mean_is_refused(mean):
    with pytest.raises(ValueError, match="mean must be finite"):
        NormalLaw(mean=mean)


@pytest.mark.parametrize(
    "change", [{"mean": 120.0}, {"mean": -120.0}, {"mean": 1e300}, {"lam_min": 1.0, "lam_max": 1.0 + 1e-12}]
)
def test_a_normal_law_whose_range_has_no_mass_is_refused(change):
    with pytest.raises(ValueError, match="next to no mass"):
        NormalLaw(**change)


def test_no_step_goes_to_or_from_nan():
    for lams in ((np.nan, 1.0), (0.0, np.nan)):
        with pytest.raises(ValueError, match="noisier"):
            process.transition(*lams)
    for bounds in ((np.nan, 20.0), (-20.0, np.nan)):
        with pytest.raises(ValueError, match="-30 <= lam_min"):
            lam_grid(8, *bounds)


def test_lam_grid_refuses_absurd_steps_and_unknown_laws():
    for steps in (0, -3, 100_001, 2.5, np.nan):
        with pytest.raises(ValueError, match=r"steps must be a whole number in \[1, 100000\]"):
            lam_grid(steps)
    with pytest.raises(ValueError, match="hyperbolic secant, uniform"):
        lam_grid(10, law="cosine")
