"""The rules after the paper: against diffusers, against mixtures with a class removed, against what they claim."""

import numpy as np
import pytest
import torch
from diffusers.guiders import AdaptiveProjectedGuidance, ClassifierFreeZeroStarGuidance
from diffusers.guiders.adaptive_projected_guidance import MomentumBuffer
from diffusers.guiders.guider_utils import rescale_noise_cfg

from cfg_core.guidance import RULES, Fields, guided, rules_for
from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.process import alpha, lam_grid, sigma
from cfg_core.samplers import ddim, final, heun, seeded_noise
from tests.oracles import Given, raw_mixture, scattered_points

WEIGHTS = [-1.0, 0.5, 3.0, 10.0]
LAMS = [-6.0, -1.0, 0.7, 4.0]
NO_TARGET = [name for name, r in RULES.items() if name not in ("cfgpp", "not_c")]  # w = 0 is plain conditional


@pytest.fixture(scope="module")
def mixture() -> GaussianMixture:
    return GaussianMixture(*raw_mixture(21, 2, 3, 2).args())


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return scattered_points()


@pytest.fixture
def images():
    z, eps_c, eps_u = torch.randn(3, 8, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return z, eps_c, 0.7 * eps_c + 0.3 * eps_u


@pytest.mark.parametrize("lam", LAMS)
@pytest.mark.parametrize("w", WEIGHTS)
@pytest.mark.parametrize(("eta", "norm"), [(0.0, 0.0), (1.0, 0.0), (0.3, 2.5)])
def test_apg_is_that_of_diffusers_fed_with_predicted_images(images, lam, w, eta, norm):
    z, eps_c, eps_u = images
    a, s = float(alpha(lam)), float(sigma(lam))
    guider = AdaptiveProjectedGuidance(
        guidance_scale=w,
        adaptive_projected_guidance_momentum=None,
        adaptive_projected_guidance_rescale=norm,
        eta=eta,
        use_original_formulation=True,
    )
    guider.set_state(0, 10, None)
    want = guider.forward((z - s * eps_c) / a, (z - s * eps_u) / a).pred
    eps = guided(Given(eps_c, eps_u, event_ndim=3), 0, w, "apg", eta=eta, norm=norm)(z, lam)
    torch.testing.assert_close((z - s * eps) / a, want, rtol=1e-9, atol=1e-9 / a)


def test_apgs_momentum_is_that_of_diffusers_over_steps(images):
    z, eps_c, eps_u = images
    guider = AdaptiveProjectedGuidance(
        guidance_scale=2.0,
        adaptive_projected_guidance_momentum=-0.5,
        adaptive_projected_guidance_rescale=0.0,
        eta=0.5,
        use_original_formulation=True,
    )
    guider.momentum_buffer = MomentumBuffer(-0.5)  # as its first step makes it
    eps = guided(Given(eps_c, eps_u, event_ndim=3), 0, 2.0, "apg", eta=0.5, momentum=-0.5)
    for i, lam in enumerate([-1.0, 0.0, 1.0]):
        a, s = float(alpha(lam)), float(sigma(lam))
        guider.set_state(i, 3, None)
        want = guider.forward((z - s * eps_c) / a, (z - s * eps_u) / a).pred
        torch.testing.assert_close((z - s * eps(z, lam)) / a, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("w", WEIGHTS)
def test_apg_that_keeps_the_parallel_part_is_classifier_free_guidance(mixture, points, w):
    got = guided(mixture, 1, w, "apg", eta=1.0)(points, 0.4)
    np.testing.assert_allclose(got, guided(mixture, 1, w)(points, 0.4), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("w", WEIGHTS)
@pytest.mark.parametrize("lam", LAMS)
def test_cfg_zero_is_that_of_diffusers_on_velocities(images, w, lam):
    z, eps_c, eps_u = images
    a, s = float(alpha(lam)), float(sigma(lam))

    def velocity(eps):
        return a * eps - s * (z - s * eps) / a

    guider = ClassifierFreeZeroStarGuidance(guidance_scale=w, zero_init_steps=0, use_original_formulation=True)
    guider.set_state(0, 10, None)
    want = guider.forward(velocity(eps_c), velocity(eps_u)).pred
    got = velocity(guided(Given(eps_c, eps_u, event_ndim=3), 0, w, "cfg_zero")(z, lam))
    torch.testing.assert_close(got, want, rtol=1e-5, atol=1e-4)  # diffusers computes its scale in float32


@pytest.mark.parametrize("w", WEIGHTS)
@pytest.mark.parametrize("phi", [0.0, 0.3, 1.0])
def test_rescale_is_that_of_diffusers(images, w, phi):
    z, eps_c, eps_u = images
    want = rescale_noise_cfg((1 + w) * eps_c - w * eps_u, eps_c, guidance_rescale=phi)
    got = guided(Given(eps_c, eps_u, event_ndim=3), 0, w, "rescale", phi=phi)(z, 0.0)
    torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-9)


def test_fully_rescaled_images_have_the_spread_of_the_conditional_ones(images):
    z, eps_c, eps_u = images
    got = guided(Given(eps_c, eps_u, event_ndim=3), 0, 9.0, "rescale", phi=1.0)(z, 0.0)
    torch.testing.assert_close(got.std(dim=(1, 2, 3)), eps_c.std(dim=(1, 2, 3)))


# ---- interval and rising schedule ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "inside"), [(0.05, False), (0.099, False), (0.11, True), (0.799, True), (0.81, False)]
)
def test_the_interval_guides_above_its_lower_and_up_to_its_upper_noise_level(mixture, points, level, inside):
    lam = -2 * np.log(level)
    want = guided(mixture, 1, 3.0 if inside else 0.0)(points, lam)
    got = guided(mixture, 1, 3.0, "interval", sigma_low=0.1, sigma_high=0.8)(points, lam)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-10)


def modes_kept(name: str, w: float, **params: float) -> float:
    """Share of class A's samples at its left mode, -0.5, which is the one nearer to the other class."""
    model = GaussianMixture([[-0.5], [1.5], [-1.5]], np.full((3, 1, 1), 0.04), [1, 1, 1], [0, 0, 1])
    lams = lam_grid(400)
    x = final(ddim(guided(model, 0, w, name, lams, **params), seeded_noise(0, (4000, 1))(0), lams))[:, 0]
    return float((x < 0.5).mean())


@pytest.mark.parametrize(
    ("w", "everywhere", "inside"), [(0, 0.5, 0.5), (1, 0.32, 0.499), (3, 0.046, 0.491), (6, 0, 0.478)]
)
def test_constant_guidance_drops_a_mode_that_the_interval_keeps(w, everywhere, inside):
    assert modes_kept("cfg", w) == pytest.approx(everywhere, abs=0.025)
    assert modes_kept("interval", w, sigma_low=0.1, sigma_high=0.8) == pytest.approx(inside, abs=0.025)


def test_the_rising_weight_has_mean_w_over_the_walk_and_rises():
    lams = lam_grid(4000)
    weights = np.array([RULES["rising"].strength(3.0, lam) for lam in lams])
    assert weights.mean() == pytest.approx(3.0, rel=1e-3)
    assert (np.diff(weights) > 0).all()
    assert modes_kept("cfg", 3.0) < modes_kept("rising", 3.0)


# ---- autoguidance, CFG++, not c -----------------------------------------------------------------------------------


@pytest.mark.parametrize("w", WEIGHTS)
def test_autoguidance_is_classifier_free_guidance_with_the_worse_model_for_the_unconditional(mixture, points, w):
    eps_c, eps_bad = mixture.eps(points, 0.4, 1), mixture.worse.eps(points, 0.4, 1)

    class Pair:
        event_ndim = 1

        def eps_pair(self, z, lam, c):
            return eps_c, eps_bad

    got = guided(mixture, 1, w, "autoguidance")(points, 0.4)
    np.testing.assert_allclose(got, guided(Pair(), 1, w)(points, 0.4), rtol=1e-10, atol=1e-10)


def test_autoguidance_narrows_a_class_and_leaves_its_mean_where_guidance_moves_it():
    toy, start = three_gaussians(), seeded_noise(0, (4000, 2))(0)
    auto, free = (final(heun(guided(toy, 0, 2.0, name), start, lam_grid(48))) for name in ("autoguidance", "cfg"))
    assert auto[:, 1].mean() == pytest.approx(1.793, abs=0.05)
    assert (auto.std(0) < 0.6).all()
    assert free[:, 1].mean() > 2.5


@pytest.mark.parametrize("w", [-1.0, 3.0, 10.0])
def test_a_ddim_step_of_cfgpp_interpolates_and_renoises_with_the_unconditional_noise(mixture, points, w):
    """CFG++'s own step, written out: x^ from the interpolation, then sigma' times eps_u."""
    lams = lam_grid(12)
    lam, lam_ = float(lams[5]), float(lams[6])
    eps_c, eps_u = mixture.eps_pair(points, lam, 1)
    x = (points - sigma(lam) * (eps_u + (1 + w) / 11 * (eps_c - eps_u))) / alpha(lam)
    want = alpha(lam_) * x + sigma(lam_) * eps_u
    eps = guided(mixture, 1, w, "cfgpp", lams)
    got = list(ddim(eps, points, [lam, lam_]))[-1].z
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_cfgpp_needs_the_schedule_and_says_so(mixture, points):
    with pytest.raises(ValueError, match="needs lams"):
        guided(mixture, 1, 3.0, "cfgpp")(points, 0.0)


@pytest.mark.parametrize("lam", [-6.0, -1.0, 0.7, 4.0])
def test_not_c_at_w_one_is_the_mixture_without_the_class(mixture, points, lam):
    rest = [k for k in range(len(mixture.labels)) if mixture.labels[k] != 1]
    labels = np.unique(mixture.labels[rest], return_inverse=True)[1]
    without = GaussianMixture(mixture.means[rest], mixture.covs[rest], mixture.weights[rest], labels)
    got = guided(mixture, 1, 1.0, "not_c")(points, lam)
    np.testing.assert_allclose(got, without.eps(points, lam), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(guided(mixture, 1, 0.0, "not_c")(points, lam), mixture.eps(points, lam), atol=1e-12)


@pytest.mark.parametrize("spread", [1.0, 0.2])
@pytest.mark.parametrize("lam", [-2.0, 1.0, 4.0])
def test_not_c_repels_as_exactly_deep_inside_the_class(spread, lam):
    """There the odds are up to e^1000, and the two eps of the formula are alike to the last digit."""
    toy = three_gaussians(5.0, spread)
    without = GaussianMixture(toy.means[1:], toy.covs[1:], toy.weights[1:], toy.labels[1:] - 1)
    z = np.sqrt(1 / (1 + np.exp(-lam))) * toy.means[0] + spread * np.array([[0.3, 0.1], [-0.5, 0.2], [0.0, 1.0]])
    np.testing.assert_allclose(guided(toy, 0, 1.0, "not_c")(z, lam), without.eps(z, lam), rtol=1e-10, atol=1e-10)


def test_not_c_samples_everything_but_the_class():
    toy, start = three_gaussians(3.0), seeded_noise(0, (2000, 2))(0)
    x = final(heun(guided(toy, 0, 1.0, "not_c"), start, lam_grid(64)))
    counts = np.bincount(toy.posterior(x).argmax(-1), minlength=3) / len(x)
    assert counts[0] < 0.02
    np.testing.assert_allclose(counts[1:], 0.5, atol=0.05)


def test_log_odds_are_those_of_the_posterior(mixture, points):
    p = mixture.posterior(points, 0.3)[:, 2]
    np.testing.assert_allclose(mixture.log_odds(points, 0.3, 2), np.log(p / (1 - p)), rtol=1e-8, atol=1e-8)


# ---- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NO_TARGET)
@pytest.mark.parametrize("lam", LAMS)
def test_w_zero_is_plain_conditional(mixture, points, name, lam):
    got = guided(mixture, 1, 0.0, name, lam_grid(8))(points, lam)
    np.testing.assert_allclose(got, mixture.eps(points, lam, 1), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [n for n in RULES if n != "rescale"])
@pytest.mark.parametrize("lam", LAMS)
def test_every_rule_but_rescale_is_affine_in_w(mixture, points, name, lam):
    """What the field view rests on: the browser adds w times a slope."""
    at = [guided(mixture, 1, w, name, lam_grid(8))(points, lam) for w in (0.0, 1.0, 7.3)]
    np.testing.assert_allclose(at[2], at[0] + 7.3 * (at[1] - at[0]), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_finite_far_out_and_at_both_ends(mixture, name):
    far = np.array([[0.0, 0.0], [1e3, -1e3], [30.0, 40.0]])
    for lam in (-20.0, 0.0, 20.0):
        for w in (-1.0, 0.0, 1000.0):
            assert np.isfinite(guided(mixture, 2, w, name, lam_grid(8))(far, lam)).all()


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("apg", {"eta": 3.0}, r"must be a number in \[-1, 2\]"),
        ("apg", {"norm": float("nan")}, "must be a number"),
        ("cfg", {"eta": 1.0}, "'cfg' has no eta"),
        ("rescale", {"phi": -0.1}, r"\[0, 1\]"),
        ("interval", {"sigma_low": 0.8, "sigma_high": 0.8}, r"the lower noise level \(0.8\) must be below the upper"),
        ("interval", {"sigma_low": 2.0}, r"the lower noise level \(2\) must be below the upper \(0.8\)"),
        ("interval", {"sigma_high": 0.05}, r"the lower noise level \(0.1\) must be below the upper \(0.05\)"),
    ],
)
def test_a_rules_number_outside_its_bounds_is_refused(mixture, name, params, words):
    with pytest.raises(ValueError, match=words):
        guided(mixture, 0, 1.0, name, **params)
    with pytest.raises(ValueError, match=words):
        RULES[name].numbers(**params)


def test_what_a_rule_needs_decides_where_it_is_offered():
    assert "rescale" not in rules_for("classifier", "without", "worse")
    assert {"not_c", "classifier", "autoguidance"}.isdisjoint(rules_for("image"))
    assert set(rules_for("classifier", "without", "worse", "image")) == set(RULES)


def test_fields_are_computed_once(mixture, points):
    f = Fields(mixture, points, 0.1, 1)
    assert f.eps_c is f.eps_c
    assert f.log_odds is f.log_odds
