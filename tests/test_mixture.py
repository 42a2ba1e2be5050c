"""The exact mixture against torch.distributions, autograd, scikit-learn, scipy, mpmath and finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.mixture import GaussianMixture as SklearnMixture

from cfg_core.density import tilted_log_density
from cfg_core.guidance import guided
from cfg_core.mixture import GaussianMixture, three_gaussians
from tests.oracles import Raw, alpha2, autograd, central_gradient, precise, raw_mixture

SHAPES = [(1, 3, 2), (2, 3, 1), (2, 2, 3), (5, 3, 2)]  # dim, classes, components per class
LAMS = [-20.0, -3.0, 0.0, 2.5, 20.0]
CLASSES = [None, 0, 1]

every_case = pytest.mark.parametrize("lam", LAMS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s[0]}d-{s[1]}x{s[2]}")
every_class = pytest.mark.parametrize("c", CLASSES)


def pair(shape, seed=11) -> tuple[Raw, GaussianMixture, np.ndarray]:
    """Parameters, the mixture of them, and 64 points in and around it."""
    raw = raw_mixture(seed, *shape)
    return raw, GaussianMixture(*raw.args()), np.random.default_rng(seed).uniform(-5, 5, (64, shape[0]))


# ---- densities -----------------------------------------------------------------------------------


@every_shape
@every_case
@every_class
def test_log_density_is_that_of_torch_distributions(shape, lam, c):
    raw, mixture, z = pair(shape)
    want = raw.torch_mixture(lam, c).log_prob(torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(mixture.log_density(z, lam, c), want, rtol=1e-10, atol=1e-10)


@every_shape
def test_clean_log_density_is_that_of_scikit_learn(shape):
    raw, mixture, z = pair(shape)
    p = raw.part(None)
    other = SklearnMixture(len(p.weights), covariance_type="full")
    other.weights_, other.means_, other.covariances_ = p.weights, p.means, p.covs
    other.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(p.covs))
    np.testing.assert_allclose(mixture.log_density(z), other.score_samples(z), rtol=1e-9)
    by_class = np.stack([other.predict_proba(z)[:, p.labels == c].sum(1) for c in range(shape[1])], axis=1)
    np.testing.assert_allclose(mixture.posterior(z), by_class, rtol=1e-7, atol=1e-12)


def test_density_of_a_class_is_the_sum_of_scipys_normals():
    raw, mixture, z = pair((2, 3, 2))
    p = raw.noised(0.7, 1)
    want = sum(w * stats.multivariate_normal(m, s).pdf(z) for w, m, s in zip(p.weights, p.means, p.covs, strict=True))
    np.testing.assert_allclose(np.exp(mixture.log_density(z, 0.7, 1)), want, rtol=1e-10)


@every_shape
@every_case
def test_posterior_is_bayes_rule(shape, lam):
    raw, mixture, z = pair(shape)
    prior = np.array([raw.weights[raw.labels == c].sum() for c in range(shape[1])]) / raw.weights.sum()
    t = torch.from_numpy(z)
    given = [raw.torch_mixture(lam, c).log_prob(t).exp().numpy() for c in range(shape[1])]
    joint = prior * np.stack(given, axis=1)
    want = joint / joint.sum(1, keepdims=True)
    np.testing.assert_allclose(mixture.class_weights, prior, rtol=1e-12)
    np.testing.assert_allclose(mixture.posterior(z, lam), want, rtol=1e-8, atol=1e-14)


# ---- scores, classifier gradients, divergences ---------------------------------------------------


@every_shape
@every_case
@every_class
def test_score_and_eps_are_torchs_autograd_of_the_density(shape, lam, c):
    raw, mixture, z = pair(shape)
    want = autograd(raw.torch_mixture(lam, c).log_prob, z)
    np.testing.assert_allclose(mixture.score(z, lam, c), want, rtol=1e-8, atol=1e-9)
    noise = np.sqrt(1 / (1 + np.exp(lam)))
    np.testing.assert_allclose(mixture.eps(z, lam, c), -noise * want, rtol=1e-8, atol=1e-9)


@every_shape
@pytest.mark.parametrize("lam", [-3.0, 0.0, 2.5, 8.0])
@every_class
def test_score_is_the_finite_difference_of_its_own_density(shape, lam, c):
    _, mixture, z = pair(shape)
    want = central_gradient(lambda y: mixture.log_density(y, lam, c), z)
    np.testing.assert_allclose(mixture.score(z, lam, c), want, rtol=1e-7, atol=1e-7)


@every_shape
@pytest.mark.parametrize("lam", [-3.0, 0.0, 2.5, 8.0])
def test_classifier_gradient_is_the_finite_difference_of_the_log_posterior(shape, lam):
    _raw, mixture, z = pair(shape)
    for c in (0, 1):
        want = central_gradient(lambda y, c=c: mixture.log_posterior(y, lam)[:, c], z)
        np.testing.assert_allclose(mixture.grad_log_posterior(z, lam, c), want, rtol=1e-6, atol=1e-7)


@every_shape
@pytest.mark.parametrize("lam", [-3.0, 0.0, 2.5, 8.0])
def test_divergences_are_traces_of_finite_difference_jacobians(shape, lam):
    _, mixture, z = pair(shape)
    got_c, got_u = mixture.divergence_pair(z, lam, 1)
    for got, c in ((got_c, 1), (got_u, None)):
        jacobian = central_gradient(lambda y, c=c: mixture.eps(y, lam, c), z)
        np.testing.assert_allclose(got, np.trace(jacobian, axis1=1, axis2=2), rtol=1e-6, atol=1e-7)


@every_shape
def test_eps_pair_is_eps_of_the_class_and_of_none(shape):
    _, mixture, z = pair(shape)
    eps_c, eps_u = mixture.eps_pair(z, 0.3, 1)
    np.testing.assert_allclose(eps_c, mixture.eps(z, 0.3, 1), rtol=1e-13)
    np.testing.assert_allclose(eps_u, mixture.eps(z, 0.3), rtol=1e-13)


@every_shape
def test_unconditional_eps_is_the_posterior_mean_of_the_conditional_ones(shape):
    _, mixture, z = pair(shape)
    r = mixture.posterior(z, -0.4)
    by_class = np.stack([mixture.eps(z, -0.4, c) for c in range(shape[1])], axis=1)
    want = np.einsum("nc,ncd->nd", r, by_class)
    np.testing.assert_allclose(mixture.eps(z, -0.4), want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("labels", [[1, 2, 0], [2, 0, 1], [0, 2, 1]])
def test_components_may_be_listed_in_any_order_of_their_classes(labels):
    """One component a class takes a short cut; its eps is that of the component which carries the label."""
    raw = raw_mixture(17, 2, 3, 1)
    mixture = GaussianMixture(raw.means, raw.covs, raw.weights, np.array(labels))
    z = np.random.default_rng(0).uniform(-4, 4, (9, 2))
    for k, c in enumerate(labels):
        cov = raw.covs[k] / 2 + np.eye(2) / 2  # lam = 0
        want = np.sqrt(0.5) * np.linalg.solve(cov, (z - np.sqrt(0.5) * raw.means[k]).T).T
        np.testing.assert_allclose(mixture.eps(z, 0.0, c), want, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(mixture.eps(z, 0.0, np.full(9, c)), want, rtol=1e-10, atol=1e-12)


# ---- clean data, lam = inf -------------------------------------------------------------------------


@every_shape
@every_class
def test_the_score_of_clean_data_is_torchs_autograd_of_its_density(shape, c):
    raw, mixture, z = pair(shape)
    want = autograd(raw.torch_mixture(np.inf, c).log_prob, z)
    np.testing.assert_allclose(mixture.score(z, np.inf, c), want, rtol=1e-8, atol=1e-9)
    if c is None:
        np.testing.assert_array_equal(mixture.score(z), mixture.score(z, np.inf))


@every_shape
def test_the_classifier_of_clean_data_has_the_gradient_of_its_log_posterior(shape):
    raw, mixture, z = pair(shape)
    want = autograd(raw.torch_mixture(np.inf, 1).log_prob, z) - autograd(raw.torch_mixture(np.inf).log_prob, z)
    np.testing.assert_allclose(mixture.grad_log_posterior(z, np.inf, 1), want, rtol=1e-7, atol=1e-8)


@every_shape
def test_eps_of_clean_data_is_zero_and_so_are_its_derivatives_as_the_limit_says(shape):
    """At lam = 60, sigma is 1e-13: eps and its derivatives are sigma times those of the clean score."""
    _, mixture, z = pair(shape)
    everything = lambda lam: [
        *mixture.eps_pair(z, lam, 1),
        *mixture.divergence_pair(z, lam, 1),
        *mixture.jacobian_pair(z, lam, 1),
    ]
    for at_inf, near in zip(everything(np.inf), everything(60.0), strict=True):
        np.testing.assert_array_equal(at_inf, 0)
        assert 0 < np.abs(near).max() < 1e-9
    np.testing.assert_allclose(-mixture.eps(z, 60.0) / np.exp(-30.0), mixture.score(z), rtol=1e-9, atol=1e-9)


# ---- to the last digits, by mpmath -------------------------------------------------------------------


def agree(raw: Raw, z: np.ndarray, lam: float, rounding: float = 0.0, rel: float = 1e-12) -> dict[str, np.ndarray]:
    """All that a mixture says at one point against 60 digits; `rounding` is what log-posteriors may be off by."""
    mixture, want = GaussianMixture(*raw.args()), precise(raw, z, lam)
    classes = np.arange(mixture.classes)
    log = mixture.log_posterior(z, lam)
    near = want["log_posterior"] > -40  # of those with a share; of the others, the logarithm's own digits
    np.testing.assert_allclose(log[near], want["log_posterior"][near], rtol=rel, atol=rel + rounding)
    np.testing.assert_allclose(log[~near], want["log_posterior"][~near], rtol=1e-9)
    tall = np.broadcast_to(z, (len(classes), len(z)))
    np.testing.assert_allclose(mixture.log_density(z, lam), want["log_p"], rtol=rel, atol=rel)
    np.testing.assert_allclose(mixture.log_density(tall, lam, classes), want["log_pc"], rtol=rel, atol=rel)
    scale = rel * np.abs(want["scores"]).max()
    spread = np.abs(want["scores"][:, None] - want["scores"]).max()
    np.testing.assert_allclose(mixture.score(z, lam), want["score"], atol=scale + rounding * spread)
    np.testing.assert_allclose(mixture.score(tall, lam, classes), want["scores"], atol=scale + rounding * spread)
    return want


LAMS_PRECISE = [-6.0, 0.0, 5.0, 20.0, np.inf]


@pytest.mark.parametrize("lam", LAMS_PRECISE)
def test_accurate_in_twenty_four_dimensions(lam):
    raw = raw_mixture(5, 24, 2, 2)
    rng = np.random.default_rng(0)
    z = float(np.sqrt(alpha2(lam))) * (raw.means[0] + raw.means[1]) / 2 + rng.standard_normal(24)
    agree(raw, z, lam, rounding=1e-12)


def test_accurate_in_two_hundred_dimensions():
    """By scipy's multivariate normal."""
    raw = raw_mixture(6, 200, 2, 1)
    z = np.random.default_rng(0).uniform(-4, 4, (5, 200))
    mixture, noised = GaussianMixture(*raw.args()), raw.noised(1.0)
    for c in (0, 1):
        k = int(np.flatnonzero(raw.labels == c)[0])
        law = stats.multivariate_normal(noised.means[k], noised.covs[k])
        np.testing.assert_allclose(mixture.log_density(z, 1.0, c), law.logpdf(z), rtol=1e-12)


@pytest.mark.parametrize("thin", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("lam", [0.0, 20.0, np.inf])
def test_accurate_where_covariances_are_nearly_singular(thin, lam):
    """Points about one deviation off each component, thin ones along an axis and thin ones aslant.

    Aslant, the covariance itself is rounded to 1e-16 of its largest variance, so the digits of the smallest are fewer.
    """
    flat = np.diag([1.0, thin, 2.0])
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    aslant = turn @ flat @ turn.T
    means = np.array([[0.0, 0, 0], [0.3, np.sqrt(thin), 0.1]])
    a = float(np.sqrt(alpha2(lam)))
    for cov, axes, digits in ((flat, np.eye(3), 1e-12), (0.5 * (aslant + aslant.T), turn, 1e-12 + 3e-15 / thin)):
        raw = Raw(means @ axes.T, np.stack([cov, 1.5 * cov]), np.array([1.0, 2.0]), np.arange(2))
        z = axes @ (a * means.mean(0) + np.array([0.5, 0.7 * np.sqrt(thin), -0.4]))
        agree(raw, z, lam, rounding=digits, rel=digits)


@pytest.mark.parametrize("lam", LAMS_PRECISE)
@pytest.mark.parametrize("far", [1e3, 1e6, 1e8])
def test_accurate_far_out_on_the_borders_of_three_gaussians(lam, far):
    """What is left is the rounding of z: 1e-16 of `far`, times the slope of the log-ratio, which is below 4."""
    m = three_gaussians()
    raw = Raw(m.means, m.covs, np.ones(3), m.labels)
    for angle in (-np.pi / 2, np.pi / 6, 5 * np.pi / 6):
        z = far * np.array([np.cos(angle), np.sin(angle)]) + np.array([0.3, -0.2])
        want = agree(raw, z, lam, rounding=1e-15 * far)
        assert np.sort(np.exp(want["log_posterior"]))[1] > 0.01  # there are two


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(2, 4), st.floats(3, 8), st.sampled_from(LAMS_PRECISE), st.booleans())
def test_accurate_far_out_wherever_two_classes_meet(seed, dim, decades, lam, one):
    """Four components in two classes; the point is far out where the first two, of different or one class, are alike.

    Their covariance is the same, with an eigenvector along which the point is far; the others' are larger or smaller
    across it only.
    """
    rng = np.random.default_rng(seed)
    shared = np.diag(rng.uniform(0.5, 2.0, dim))
    others = shared.copy()
    others[1:, 1:] *= rng.uniform(0.3, 3.0)
    means = rng.uniform(-2, 2, (4, dim))
    means[:, 0] = 0.0  # far along the first axis no component has an advantage
    labels = np.array([0, 0, 1, 1]) if one else np.array([0, 1, 0, 1])
    raw = Raw(means, np.stack([shared, shared, others, others]), rng.uniform(0.5, 2.0, 4), labels)
    z = float(np.sqrt(alpha2(lam))) * (means[0] + means[1]) / 2
    z[0] = 10**decades
    agree(raw, z, lam, rounding=1e-15 * 10**decades)


def test_points_so_far_that_squares_overflow_still_have_classes():
    p = three_gaussians().posterior(np.array([[0.0, 1e200], [-1e200, 0.0], [1e200, 0.0]]))
    np.testing.assert_array_equal(p, np.eye(3))


# ---- broadcasting --------------------------------------------------------------------------------


def test_classes_and_noise_levels_broadcast_over_the_leading_axes():
    _, mixture, _ = pair((2, 3, 2))
    z = np.random.default_rng(0).standard_normal((4, 3, 7, 2))
    lam = np.array([-2.0, 0.0, 1.0, 9.0])[:, None, None]
    c = np.arange(3)[:, None]
    whole = mixture.eps(z, lam, c)
    density = mixture.log_density(z, lam, c)
    for i in range(4):
        for j in range(3):
            one = z[i, j], float(lam[i, 0, 0]), j
            np.testing.assert_allclose(whole[i, j], mixture.eps(*one), rtol=1e-12)
            np.testing.assert_allclose(density[i, j], mixture.log_density(*one), rtol=1e-12)


def test_results_do_not_depend_on_where_a_block_of_points_ends():
    _, mixture, _ = pair((2, 3, 2))
    z = np.random.default_rng(1).standard_normal((8192 * 2 + 5, 2))
    c = np.arange(len(z)) % 3
    few = [0, 8191, 8192, 8193, 16384, len(z) - 1]
    np.testing.assert_allclose(mixture.eps(z, 0.5, c)[few], mixture.eps(z[few], 0.5, c[few]), rtol=1e-12)
    assert mixture.eps(np.empty((0, 2)), 0.0, 0).shape == (0, 2)


# ---- sampling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("c", [None, 0, 1])
def test_sample_moments_are_those_of_the_mixture(c):
    raw = raw_mixture(3, 2, 2, 2)
    x, labels = GaussianMixture(*raw.args()).sample(40_000, np.random.default_rng(8), c)
    mean, cov = raw.moments(c)
    np.testing.assert_allclose(x.mean(0), mean, atol=5 * np.sqrt(np.diag(cov).max() / len(x)))
    np.testing.assert_allclose(np.cov(x.T), cov, atol=0.02 * np.trace(cov))
    prior = np.array([raw.weights[raw.labels == j].sum() for j in (0, 1)]) / raw.weights.sum()
    want = prior if c is None else np.eye(2)[c]
    np.testing.assert_allclose(np.bincount(labels, minlength=2) / len(x), want, atol=0.01)


def test_samples_of_a_class_in_one_dimension_follow_its_distribution_function():
    raw = raw_mixture(4, 1, 2, 3)
    x, _ = GaussianMixture(*raw.args()).sample(5000, np.random.default_rng(2), 1)
    p = raw.part(1)
    law = stats.norm(p.means[:, 0], np.sqrt(p.covs[:, 0, 0]))
    assert stats.kstest(x[:, 0], lambda v: law.cdf(np.asarray(v)[..., None]) @ p.weights).pvalue > 0.01


# ---- the figure's geometry -----------------------------------------------------------------------


def test_three_gaussians_is_the_figures_triangle():
    """Facts §3: equilateral, pointing up, circumradius 1.793 s, side 3.107 s, equal weights, isotropic."""
    m = three_gaussians(spread=0.5, separation=1.793 * 0.5)
    sides = [np.linalg.norm(m.means[i] - m.means[j]) for i, j in ((0, 1), (1, 2), (2, 0))]
    np.testing.assert_allclose(sides, 3.107 * 0.5, rtol=1e-3)
    np.testing.assert_allclose(m.means[0], [0, 1.793 * 0.5], atol=1e-15)
    assert m.means[0, 1] > m.means[1:, 1].max()
    np.testing.assert_allclose(m.covs, np.broadcast_to(0.25 * np.eye(2), (3, 2, 2)))
    np.testing.assert_allclose(m.class_weights, 1 / 3)


# ---- properties over random mixtures -------------------------------------------------------------

seeds = st.integers(0, 2**32 - 1)
few = st.integers(1, 4)  # dimensions, classes, components
lams = st.floats(-20, 20)
far = st.floats(0, 6)  # decades


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 2), few, few, lams)
def test_densities_integrate_to_one_on_a_grid(seed, dim, classes, per_class, lam):
    mixture = GaussianMixture(*raw_mixture(seed, dim, classes, per_class).args())
    axis = np.linspace(-16, 16, 129)  # 8 deviations beyond the means; finer than the smallest
    z = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), -1)
    for c in (None, classes - 1):
        mass = np.exp(mixture.log_density(z, lam, c)).sum() * (axis[1] - axis[0]) ** dim
        assert mass == pytest.approx(1, abs=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, few, few, few, lams, far)
def test_posteriors_sum_to_one_however_far_the_point(seed, dim, classes, per_class, lam, decades):
    mixture = GaussianMixture(*raw_mixture(seed, dim, classes, per_class).args())
    z = np.random.default_rng(seed).uniform(-1, 1, (20, dim)) * 10**decades
    p = mixture.posterior(z, lam)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-12)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(seeds, few, few, few, lams, st.floats(-1000, 1000), far)
def test_nothing_is_nan_or_infinite(seed, dim, classes, per_class, lam, w, decades):
    """|w| <= 1000, lam in [-20, 20], points up to 1e6 away, and covariances down to 1e-4."""
    raw = raw_mixture(seed, dim, classes, per_class)
    covs = raw.covs * 10.0 ** np.random.default_rng(seed).uniform(-4, 2, (len(raw.covs), 1, 1))
    mixture = GaussianMixture(raw.means, covs, raw.weights, raw.labels)
    z = np.random.default_rng(seed).uniform(-1, 1, (20, dim)) * 10**decades
    c = classes - 1
    everything = [mixture.log_density(z, at, k) for at in (lam, np.inf) for k in (None, c)]
    everything += [mixture.log_posterior(z, lam), mixture.score(z, lam, c), mixture.score(z, lam)]
    everything += [mixture.grad_log_posterior(z, lam, c), *mixture.divergence_pair(z, lam, c)]
    everything += [guided(mixture, c, w, name)(z, lam) for name in ("cfg", "classifier", "none")]
    everything += [tilted_log_density(mixture, z, c, w, 0.1, at) for at in (lam, np.inf)]
    for values in everything:
        assert np.isfinite(values).all()


# ---- bad input -----------------------------------------------------------------------------------

GOOD = {
    "means": np.array([[0.0, 0.0], [1.0, 1.0]]),
    "covs": np.stack([np.eye(2)] * 2),
    "weights": np.ones(2),
    "labels": np.arange(2),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"covs": np.eye(2)}, "shapes must be means"),
        ({"weights": np.ones(3)}, "shapes must be means"),
        ({"labels": np.arange(3)}, "shapes must be means"),
        ({"means": np.full((2, 2), np.nan)}, "finite"),
        ({"covs": np.full((2, 2, 2), np.inf)}, "finite"),
        ({"weights": np.array([1, np.inf])}, "finite"),
        ({"weights": np.array([1.0, 0.0])}, "weights must be > 0"),
        ({"weights": np.array([1.0, -2.0])}, "weights must be > 0"),
        ({"weights": np.array([1e308, 1e308])}, "weights must have a finite sum"),
        ({"weights": np.array([1e300, 1e-300])}, "each a share of it that is > 0"),
        ({"labels": np.array([0.0, 1.0])}, "labels must be integers"),
        ({"labels": np.array([0.2, 1.7])}, "labels must be integers"),
        ({"labels": np.array([False, True])}, "labels must be integers"),
        ({"labels": np.array([0, 10**15])}, "labels must use each of 0 .. C-1"),
        ({"means": np.zeros((1, 2, 2))}, "shapes must be means"),
        ({"means": np.zeros((0, 2)), "covs": np.zeros((0, 2, 2)), "weights": [], "labels": []}, "shapes must be means"),
        ({"labels": np.array([0, 2])}, "labels must use each of 0 .. C-1"),
        ({"labels": np.array([-1, 0])}, "labels must use each of 0 .. C-1"),
        ({"covs": np.stack([np.array([[1, 0.5], [0, 1]])] * 2)}, "symmetric"),
        ({"covs": 1e-9 * np.stack([np.array([[1, 0.5], [0, 1]])] * 2)}, "symmetric"),
        ({"covs": np.stack([np.array([[1e6, 1e-3], [-1e-3, 1e-6]])] * 2)}, "symmetric"),
        ({"covs": np.stack([np.array([[1.0, 2], [2, 1]])] * 2)}, "positive definite"),
        ({"covs": np.stack([np.array([[-1.0, 0], [0, 1]])] * 2)}, "positive definite"),
        ({"covs": np.zeros((2, 2, 2))}, "positive definite"),
    ],
)
def test_a_mixture_that_is_none_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**{**GOOD, **change})


def test_a_mixture_does_not_change_with_the_arrays_it_was_made_of_and_cannot_be_changed():
    raw = raw_mixture(3, 2, 2, 2)
    mixture, z = GaussianMixture(*raw.args()), np.array([0.3, -0.4])
    before = mixture.log_density(z, 0.5)
    for values in raw.args():
        values += 1
    assert mixture.log_density(z, 0.5) == before
    for name in ("means", "covs", "weights", "labels"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(mixture, name)[0] = 0


def test_a_lam_that_is_nan_is_refused():
    for lam in (np.nan, [0.0, np.nan]):
        with pytest.raises(ValueError, match="lam must be a number, not NaN"):
            three_gaussians().eps(np.zeros((2, 2)), lam)


@pytest.mark.parametrize("c", [-1, 3, 1.0, "0", [0, 3], []])
def test_an_unknown_class_is_refused(c):
    with pytest.raises(ValueError, match=r"the class must be an integer in 0 .. 2"):
        three_gaussians().eps(np.zeros((2, 2)), 0.0, c)


def test_points_of_another_dimension_are_refused():
    for z in (np.zeros((4, 3)), 1.0):
        with pytest.raises(ValueError, match=r"z must be \[..., 2\]"):
            three_gaussians().log_density(z)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"separation": -1}, "separation must lie in"),
        ({"separation": np.nan}, "separation must lie in"),
        ({"spread": 0}, "spread must lie in"),
        ({"spread": np.inf}, "spread must lie in"),
        ({"classes": 0}, "classes must lie in"),
        ({"classes": 27}, "classes must lie in"),
        ({"classes": 2.5}, "classes must lie in"),
        ({"weights": (1, 1)}, "weights must be 3 numbers, one for each class"),
        ({"classes": 5}, "weights must be 5 numbers, one for each class"),
        ({"weights": 1.0}, "weights must be 3 numbers, one for each class"),
    ],
)
def test_a_geometry_outside_its_bounds_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        three_gaussians(**change)
