"""Guidance rules against diffusers, the exact classifier, finite differences, closed-form laws."""

import numpy as np
import pytest
import torch
from diffusers.guiders import ClassifierFreeGuidance
from scipy import stats

from cfg_core.guidance import RULES, Fields, guided, implicit_classifier_gradient, rule
from cfg_core.mixture import GaussianMixture
from cfg_core.process import lam_grid
from cfg_core.samplers import SAMPLERS, final, seeded_noise, walk
from tests.oracles import GaussianMarginal, Given, central_gradient, raw_mixture, scattered_points

WEIGHTS = [-1.0, -0.3, 0.0, 0.5, 3.0, 10.0, 1000.0]
LAMS = [-20.0, -2.0, 0.0, 3.0, 20.0]


@pytest.fixture(scope="module")
def mixture() -> GaussianMixture:
    return GaussianMixture(*raw_mixture(21, 2, 3, 2).args())


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return scattered_points()


@pytest.mark.parametrize("w", WEIGHTS)
def test_classifier_free_guidance_is_that_of_diffusers(w):
    eps_c, eps_u = torch.randn(2, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    guider = ClassifierFreeGuidance(guidance_scale=w, use_original_formulation=True)
    guider.set_state(0, 10, None)
    want = guider.forward(eps_c, eps_u).pred
    on_torch = guided(Given(eps_c, eps_u), 0, w)(eps_c, 0.0)
    on_numpy = guided(Given(eps_c.numpy(), eps_u.numpy()), 0, w)(eps_c.numpy(), 0.0)
    torch.testing.assert_close(on_torch, want, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(on_numpy, want.numpy(), rtol=1e-11, atol=1e-11)


def test_the_weight_is_the_scale_of_the_other_convention_less_one():
    """diffusers' default formulation, eps_u + s (eps_c - eps_u), at s = 1 + w."""
    eps_c, eps_u = torch.randn(2, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    for w in WEIGHTS:
        guider = ClassifierFreeGuidance(guidance_scale=1 + w)
        guider.set_state(0, 10, None)
        got = guided(Given(eps_c, eps_u), 0, w)(eps_c, 0.0)
        torch.testing.assert_close(got, guider.forward(eps_c, eps_u).pred, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("w", WEIGHTS)
@pytest.mark.parametrize("lam", LAMS)
@pytest.mark.parametrize("name", ["classifier", "classifier_u"])
def test_classifier_guidance_is_classifier_free_guidance_on_exact_scores(mixture, points, w, lam, name):
    free = guided(mixture, 1, w, "cfg")(points, lam)
    by_classifier = guided(mixture, 1, w, name)(points, lam)
    np.testing.assert_allclose(by_classifier, free, rtol=1e-9, atol=1e-9 * (1 + abs(w)))


@pytest.mark.parametrize("w", WEIGHTS)
def test_guiding_the_unconditional_with_w_plus_one_is_guiding_the_conditional_with_w(mixture, points, w):
    lam = -0.7
    noise = np.sqrt(1 / (1 + np.exp(lam)))
    slope = central_gradient(lambda y: mixture.log_posterior(y, lam)[:, 2], points)
    unconditional = mixture.eps(points, lam) - (w + 1) * noise * slope
    for name in ("cfg", "classifier_u"):
        got = guided(mixture, 2, w, name)(points, lam)
        np.testing.assert_allclose(got, unconditional, rtol=1e-6, atol=1e-8 * (1 + abs(w)))


@pytest.mark.parametrize("lam", [-2.0, 0.0, 3.0])
def test_the_implicit_classifiers_gradient_is_that_of_the_posterior(mixture, points, lam):
    got = implicit_classifier_gradient(Fields(mixture, points, lam, 1))
    want = central_gradient(lambda y: mixture.log_posterior(y, lam)[:, 1], points)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


def test_the_exact_guided_field_has_no_curl(mixture, points):
    for w in (0.0, 3.0, 10.0):
        jacobian = central_gradient(lambda y, w=w: guided(mixture, 0, w)(y, 0.4), points)
        curl = jacobian[:, 1, 0] - jacobian[:, 0, 1]
        np.testing.assert_allclose(curl, 0, atol=1e-7)


def test_a_class_alone_is_left_untouched_by_guidance(points):
    lone = GaussianMixture(*raw_mixture(5, 2, 1, 3).args())
    want = lone.eps(points, 0.2)
    for w in (-1.0, 3.0, 1000.0):
        np.testing.assert_allclose(guided(lone, 0, w)(points, 0.2), want, rtol=1e-9, atol=1e-9)


def test_no_guidance_ignores_w_but_keeps_its_shape(mixture, points):
    z = np.broadcast_to(points, (3, *points.shape))
    got = guided(mixture, 1, np.array([[0.0], [5.0], [-1.0]]), "none")(z, 0.2)
    np.testing.assert_allclose(got, np.broadcast_to(mixture.eps(points, 0.2, 1), z.shape), rtol=1e-12)


# ---- w = 0 and w = -1 -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cfg", "classifier", "classifier_u"])
def test_w_zero_is_conditional_and_w_minus_one_unconditional(mixture, points, name):
    np.testing.assert_allclose(
        guided(mixture, 1, 0, name)(points, 0.5), mixture.eps(points, 0.5, 1), rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(
        guided(mixture, 1, -1, name)(points, 0.5), mixture.eps(points, 0.5), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("w", "c"), [(0.0, 1), (-1.0, None)])
def test_samples_at_w_zero_follow_the_class_and_at_minus_one_the_whole(sampler, w, c):
    """Kolmogorov-Smirnov against the closed-form distribution function, and moments, in one dimension."""
    raw = raw_mixture(9, 1, 2, 2)
    lams, noise = lam_grid(3000 if sampler == "euler" else 200), seeded_noise(3, (3000, 1))
    x = final(walk(sampler, guided(GaussianMixture(*raw.args()), 1, w), lams, noise))[:, 0]
    p = raw.part(c)
    law = stats.norm(p.means[:, 0], np.sqrt(p.covs[:, 0, 0]))
    assert stats.kstest(x, lambda v: law.cdf(np.asarray(v)[..., None]) @ p.weights).pvalue > 0.01
    mean, cov = raw.moments(c)
    assert x.mean() == pytest.approx(mean[0], abs=4 * np.sqrt(cov[0, 0] / len(x)))
    assert x.var() == pytest.approx(cov[0, 0], rel=0.1)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("w", [-1.0, 0.0])
def test_samples_are_continuous_in_w_across_both(mixture, sampler, w):
    """Left and right of w the samples differ by O(step), and to the left as to the right: no kink."""
    h = 1e-5
    ws = np.array([w - h, w, w + h])[:, None]
    noise = seeded_noise(0, (100, 2))
    start = np.broadcast_to(noise(0), (3, 100, 2))
    left, here, right = final(walk(sampler, guided(mixture, 1, ws), lam_grid(24), noise, start=start))
    assert np.abs(right - left).max() < 100 * h
    assert np.abs(right - left).max() > 0
    np.testing.assert_allclose(right - here, here - left, atol=1e3 * h**2)


# ---- sweeps over w --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_an_array_of_w_is_a_loop_over_w(mixture, name):
    ws = np.array([-1.0, 0.0, 2.0, 40.0])
    z = np.random.default_rng(4).standard_normal((4, 3, 9, 2))
    c = np.arange(3)[:, None]
    sweep = guided(mixture, c, ws[:, None, None], name, lams=[0.0, 1.0])(z, 0.1)
    for i, w in enumerate(ws):
        for j in range(3):
            np.testing.assert_allclose(
                sweep[i, j], guided(mixture, j, w, name, lams=[0.0, 1.0])(z[i, j], 0.1), rtol=1e-11, atol=1e-11
            )


def test_an_array_of_w_on_torch_is_a_loop_over_w():
    ws = np.array([-1.0, 0.0, 2.5])
    z = torch.randn(3, 8, 1, generator=torch.Generator().manual_seed(0))
    sweep = guided(GaussianMarginal(), 1.5, ws[:, None])(z, 0.1)
    assert sweep.dtype == torch.float32
    for i, w in enumerate(ws):
        torch.testing.assert_close(sweep[i], guided(GaussianMarginal(), 1.5, w)(z[i], 0.1))


@pytest.mark.parametrize("name", [name for name, r in RULES.items() if r.strength])
@pytest.mark.parametrize("lam", [-2.0, 0.3, 3.0])
def test_strength_is_the_multiple_of_the_difference_that_a_rule_adds(mixture, points, name, lam):
    eps_c, eps_u = mixture.eps_pair(points, lam, 1)
    want = eps_c + rule(name).strength(2.5, lam) * (eps_c - eps_u)
    np.testing.assert_allclose(guided(mixture, 1, 2.5, name)(points, lam), want, rtol=1e-10, atol=1e-12)


# ---- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [np.nan, np.inf, -np.inf, 1.1e6, -2e6, [0.0, np.nan], [[1.0], [1e7]]])
def test_a_weight_outside_its_bounds_is_refused(mixture, w):
    with pytest.raises(ValueError, match=r"w must be finite with \|w\| <= 1e6"):
        guided(mixture, 0, w)


def test_a_weight_that_is_no_number_is_refused(mixture):
    with pytest.raises(ValueError, match="strong"):
        guided(mixture, 0, "strong")


def test_an_unknown_rule_is_refused_with_the_names(mixture):
    for call in (lambda: rule("magic"), lambda: guided(mixture, 0, 1.0, "magic")):
        with pytest.raises(ValueError, match="guidance must be one of cfg, classifier, classifier_u, none"):
            call()
