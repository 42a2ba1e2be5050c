"""A mixture of one's own, whatever it is: what the screens say of it is what other routes to the same numbers say."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.stats import multivariate_normal

from cfg_core.density import NoisedTilt, quadrature, tilt_nodes, tilted_moments
from cfg_core.mixture import three_gaussians
from cfg_core.mixture_text import read_mixture
from cfg_core.moments import apart, class_moments, narrowest, outward, reach, spread_of
from demo.fields import Toy, W
from demo.views.compare.compute import compute as compare
from demo.views.compare.settings import Compare
from demo.views.field.compute import LAMS, field_sweep, particle_sweep
from demo.views.field.settings import Field
from demo.views.gaussians.compute import figure_sweep, gaussians_sweep
from demo.views.tradeoff.compute import toy_sweep
from demo.views.truth.compute import gap_sweep, laws_sweep
from demo.views.truth.settings import Truth
from tests.strategies import mixture_texts

# two components of A, aslant and unequal; B wide and flat; C narrow, between them
TEXT = "A_-2.5_1_0.5_-0.3_2_1*A_2.5_1_0.5_0.3_2_2*B_0_-3_4_0_0.25_1.5*C_0_0.5_0.0625_0_0.0625_1"
PARTS = [
    (0, 1, [-2.5, 1], [[0.5, -0.3], [-0.3, 2]]), (0, 2, [2.5, 1], [[0.5, 0.3], [0.3, 2]]),
    (1, 1.5, [0, -3], [[4, 0], [0, 0.25]]), (2, 1, [0, 0.5], [[0.0625, 0], [0, 0.0625]]),
]  # fmt: skip
FARTHEST = "A_20_20_0.0025_0_0.0025_1*A_-20_-20_50_49.99_50_1*B_0_0_100_0_100_100*C_20_-20_0.0025_0_0.0025_0.01"


def joint(x) -> np.ndarray:
    """p(c, x) of TEXT by scipy, up to a constant: [..., 3]."""
    out = np.zeros((*np.shape(x)[:-1], 3))
    for label, weight, mean, cov in PARTS:
        out[..., label] += weight * multivariate_normal(mean, cov).pdf(x)
    return out


def at(w: float) -> int:
    return int(np.argmin(np.abs(W - w)))


@pytest.fixture(scope="module")
def sweep():
    return gaussians_sweep(Toy(mixture=TEXT, points=2000, steps=32))


def test_the_read_outs_are_those_of_the_samples_by_scipy(sweep):
    for w in (-1, 0, 3):
        x = sweep["samples"][at(w)]
        p = joint(x) / joint(x).sum(-1, keepdims=True)
        own = np.stack([p[c, :, c] for c in range(3)])
        np.testing.assert_allclose(sweep["prob"][at(w)], own.mean(1), atol=1e-9)
        np.testing.assert_allclose(sweep["own"][at(w)], [(p[c].argmax(-1) == c).mean() for c in range(3)], atol=1e-9)


def test_unguided_samples_have_the_moments_of_their_classes_and_keep_all_of_their_spread(sweep):
    """A's covariance in closed form: 1/3 and 2/3 of the components', and (2/9) 5² between their means along x."""
    x = sweep["samples"][at(0)]
    np.testing.assert_allclose(x[0].mean(0), [2.5 / 3, 1], atol=0.15)
    cov_a = np.array([[0.5 + 50 / 9, 0.1], [0.1, 2]])
    np.testing.assert_allclose(class_moments(read_mixture(TEXT))[1][0], cov_a, atol=1e-12)
    np.testing.assert_allclose(np.cov(x[0], rowvar=False), cov_a, atol=0.2)
    np.testing.assert_allclose(sweep["keep"][at(0)], 1, atol=0.04)
    np.testing.assert_allclose(sweep["target_keep"][at(0)], 1, atol=1e-4)


def test_the_targets_curve_is_what_adaptive_quadrature_gives(sweep):
    """Of class C at w = 2, by scipy on the plane; the screen has the mean over the classes, so each is checked."""
    mixture, probs = read_mixture(TEXT), []
    points = np.stack(np.meshgrid(*[(np.arange(700) + 0.5) / 700 * 24 - 12] * 2), axis=-1)
    p = joint(points)
    share = p / p.sum(-1, keepdims=True)
    for c in range(3):
        mass = p[..., c] * share[..., c] ** 2
        probs.append((mass * share[..., c]).sum() / mass.sum())
        mean = (mass[..., None] * points).sum((0, 1)) / mass.sum()
        _, got, cov = tilted_moments(mixture, points.reshape(-1, 2), 1.0, c, [2.0])
        np.testing.assert_allclose(got[0], mean, atol=1e-9)
        var = (mass[..., None] * (points - mean) ** 2).sum((0, 1)) / mass.sum()
        np.testing.assert_allclose(np.diagonal(cov[0]), var, rtol=1e-9)
    assert sweep["target_prob"][at(2)] == pytest.approx(np.mean(probs), abs=2e-4)


def test_a_class_far_out_and_very_narrow_is_not_lost_between_the_cells():
    """At w = 0 the target is the class itself, so all of its spread is kept, be it 0.05 in a view of 40 and more."""
    toy = gaussians_sweep(Toy(mixture=FARTHEST, points=50, steps=16))
    assert toy["target_keep"][at(0)] == pytest.approx(1, abs=0.002)
    assert np.isfinite(toy["target_keep"]).all()
    mixture = read_mixture(FARTHEST)
    points, area = quadrature(mixture, 40.0, 56)
    for c in range(3):
        for power in (0, 1):  # of the density and of its mean
            total = (np.exp(mixture.log_density(points, c=c)) * area) @ points[:, 0] ** power
            assert total == pytest.approx([1, class_moments(mixture)[0][c, 0]][power], abs=0.02)


def test_the_field_is_the_gradient_of_scipys_density_with_noise():
    s = Field(mixture=TEXT, letter="A", z1=0.7, z2=-1.1)
    field, particle, i = field_sweep(s), particle_sweep(s), int(np.argmin(np.abs(LAMS - 1)))
    a2, s2 = 1 / (1 + np.exp(-LAMS[i])), 1 / (1 + np.exp(LAMS[i]))

    def log_p(z, labels) -> float:
        inside = [part for part in PARTS if part[0] in labels]
        return np.log(sum(
            weight * multivariate_normal(np.sqrt(a2) * np.array(mean), a2 * np.array(cov) + s2 * np.eye(2)).pdf(z)
            for _, weight, mean, cov in inside
        ))  # fmt: skip

    h = 1e-5

    def slope(z, labels) -> np.ndarray:
        return np.array([(log_p(z + step, labels) - log_p(z - step, labels)) / (2 * h) for step in h * np.eye(2)])

    for k in (0, 100, 160, 288):
        z = field["at"][k]
        np.testing.assert_allclose(field["cond"][i, k], slope(z, {0}), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(field["uncond"][i, k], slope(z, {0, 1, 2}), rtol=1e-5, atol=1e-6)
    z = np.array([0.7, -1.1])
    np.testing.assert_allclose(particle["point_base"][i], slope(z, {0}), rtol=1e-5)
    assert particle["point_prob"][i] == pytest.approx(np.exp(log_p(z, {0}) - log_p(z, {0, 1, 2})), rel=1e-9)


def test_the_figure_at_w_0_is_the_mixture_itself():
    figure = figure_sweep(Toy(mixture=TEXT))
    half = figure.meta["extent"][1]
    points = np.stack(np.meshgrid(*[(np.arange(128) + 0.5) / 128 * 2 * half - half] * 2), axis=-1)
    p = joint(points).sum(-1) / sum(part[1] for part in PARTS)
    near = p > 1e-6
    cell = (2 * half / 128) ** 2  # each class is normalised on the cells, C's are coarse
    np.testing.assert_allclose(np.exp(figure["log_mixture"][0])[near], p[near], rtol=0.02)
    assert (p * cell).sum() == pytest.approx(1, abs=0.01)


def test_the_target_of_the_laws_and_the_gap_are_those_of_the_mixture():
    laws = laws_sweep(Truth(mixture=TEXT, particles=2000))
    assert laws["out_target"][1] == pytest.approx(np.hypot(2.5 / 3, 1), abs=1e-4)  # w = 0: the class's own mean
    direction = np.array([2.5 / 3, 1]) / np.hypot(2.5 / 3, 1)
    own = direction @ np.array([[0.5 + 50 / 9, 0.1], [0.1, 2]]) @ direction
    assert laws["sd_target"][1] == pytest.approx(own**0.5, abs=1e-4)
    assert laws["out_corrected"][1] == pytest.approx(laws["out_target"][1], abs=0.15)
    gap = gap_sweep(Truth(mixture=TEXT))
    assert gap["log_ratio"][2:].min() > -1e-6  # Jensen, for w >= 0
    np.testing.assert_allclose(gap["log_ratio"][:2], 0, atol=1e-6)  # w = -1 and w = 0: none


def test_the_gap_says_when_a_class_is_too_narrow_for_it():
    with pytest.raises(ValueError, match="too narrow"):
        gap_sweep(Truth(mixture=FARTHEST))


def test_finer_nodes_give_the_same_gap():
    mixture, lam = read_mixture(TEXT), 1.5
    points = np.stack(np.meshgrid(*[np.linspace(-4, 4, 9)] * 2), axis=-1)
    nodes = tilt_nodes(mixture, 5.0, [lam])
    finer = np.linspace(1.3 * nodes[0], 1.3 * nodes[-1], 3 * len(nodes))
    one, other = (NoisedTilt(mixture, 0, [3.0], n).at(points, lam)[0] for n in (nodes, finer))
    np.testing.assert_allclose(one, other, atol=5e-3)  # of up to 12


def test_compare_and_the_trade_off_take_the_mixture():
    both = compare(Compare(mixture=TEXT, right="cfg"))
    np.testing.assert_array_equal(both["left_samples"], both["right_samples"])
    x = both["left_samples"][at(0), 0]
    np.testing.assert_allclose(x.mean(0), [2.5 / 3, 1], atol=0.5)
    ours = toy_sweep(Toy(mixture=TEXT, points=400))
    samples = gaussians_sweep(Toy(mixture=TEXT, points=400))["samples"][at(0)]
    p = joint(samples.reshape(-1, 2))
    p /= p.sum(-1, keepdims=True)
    score = np.exp((p * np.log(np.maximum(p, 1e-300) / p.mean(0))).sum(-1).mean())
    assert ours["toy_score"][at(0)] == pytest.approx(score, rel=1e-6)


def test_what_a_mixture_amounts_to():
    mixture = read_mixture(TEXT)
    assert reach(mixture, 3) == pytest.approx(3 * 2)  # B's width
    assert narrowest(mixture) == pytest.approx(0.25)
    means = np.array([[2.5 / 3, 1], [0, -3], [0, 0.5]])
    pairs = [np.linalg.norm(means[i] - means[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert apart(mixture) == pytest.approx(np.mean(pairs))
    np.testing.assert_allclose(outward(mixture, 1), [0, -1])
    np.testing.assert_allclose(outward(three_gaussians(0.0), 1), [0, 1])  # no way out is upward
    np.testing.assert_allclose(spread_of(class_moments(three_gaussians(2.0, 0.7))[1]), 0.7)


def test_the_moments_of_a_class_are_its_integrals():
    mean, cov = class_moments(read_mixture(TEXT))

    x, y = np.meshgrid(*[(np.arange(400) + 0.5) / 400 * 24 - 12] * 2)
    p = joint(np.stack([x, y], axis=-1))[..., 0]
    p /= p.sum()
    assert (p * x).sum() == pytest.approx(mean[0, 0], abs=1e-9)
    assert (p * (x - mean[0, 0]) * (y - mean[0, 1])).sum() == pytest.approx(cov[0, 0, 1], abs=1e-9)


@settings(max_examples=6, deadline=None)
@given(text=mixture_texts())
def test_any_mixture_is_drawn_without_a_number_that_is_none(text):
    toy = gaussians_sweep(Toy(mixture=text, points=20, steps=8))
    for name, (values, _) in toy.arrays.items():
        assert name == "samples" or np.isfinite(values).all(), name
    field = field_sweep(Field(mixture=text))
    assert all(np.isfinite(values).all() for values, _ in field.arrays.values())
