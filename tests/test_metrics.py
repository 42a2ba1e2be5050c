"""Metrics against other people's implementations and closed forms."""

import numpy as np
import prdc as prdc_library
import pytest
import scipy.linalg
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score
from torchmetrics.functional.pairwise import pairwise_euclidean_distance
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from cfg_core import metrics


def two_sets(seed: int = 0, n: int = 300, m: int = 250, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((d, d))
    return rng.standard_normal((n, d)) @ mix, 0.3 + 1.2 * rng.standard_normal((m, d)) @ mix.T


def test_frechet_agrees_with_torchmetrics():
    x, y = (torch.from_numpy(a) for a in two_sets())
    theirs = _compute_fid(x.mean(0), x.T.cov(), y.mean(0), y.T.cov())
    assert metrics.frechet(x.numpy(), y.numpy()) == pytest.approx(float(theirs), rel=1e-9)


def test_frechet_agrees_with_scipys_matrix_root():
    x, y = two_sets(1)
    s1, s2 = np.cov(x.T), np.cov(y.T)
    root = scipy.linalg.sqrtm(s1 @ s2).real
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * root)
    assert metrics.frechet(x, y) == pytest.approx(expected, rel=1e-8)


def test_frechet_of_commuting_gaussians_is_the_closed_form():
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 1.0, 0.0])  # the last one singular
    value = metrics.frechet_gaussians([0, 0, 1], np.diag(a), [1, 0, 3], np.diag(b))
    assert value == pytest.approx(5 + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum())


def test_frechet_of_fewer_samples_than_dimensions_is_real_and_zero_on_itself():
    x = np.random.default_rng(0).standard_normal((10, 64))
    assert metrics.frechet(x, x) == pytest.approx(0, abs=1e-6)


def test_frechet_of_a_moved_and_scaled_gaussian_is_the_closed_form_in_many_dimensions():
    rng = np.random.default_rng(12)
    a = rng.standard_normal((80, 40))
    cov, shift = a @ a.T, rng.standard_normal(80)  # rank 40 of 80
    value = metrics.frechet_gaussians(np.zeros(80), cov, shift, 9 * cov)  # the root is 3 S: tr (S + 9 S - 6 S)
    assert value == pytest.approx((shift**2).sum() + 4 * np.trace(cov), rel=1e-9)


def test_kid_agrees_with_torchmetrics():
    x, y = two_sets(2, 200, 200)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    theirs = poly_mmd(tx, ty)
    assert metrics.kid(x, y) == pytest.approx(float(theirs), rel=1e-9)


def test_kid_is_unbiased_on_equal_distributions():
    rng = np.random.default_rng(3)
    values = [metrics.kid(rng.standard_normal((40, 8)), rng.standard_normal((40, 8))) for _ in range(200)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(200)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_kid_of_sets_of_unequal_size_is_the_mean_over_pairs(monkeypatch, degree):
    x, y = two_sets(9, 9, 7, 4)
    monkeypatch.setattr(metrics, "BLOCK", 4)  # several blocks

    def mean(a, b, same):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (same and i == j)]
        return np.mean([(sum(a[i] * b[j]) / 4 + 1) ** degree for i, j in pairs])

    expected = mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)
    assert metrics.kid(x, y, degree) == pytest.approx(expected, rel=1e-10)


def test_kid_over_subsets_of_everything_is_kid_and_does_not_vary():
    x, y = two_sets(10, 60, 60)
    value = metrics.kid_subsets(x, y, subsets=4, subset_size=60, seed=1)
    assert value.mean == pytest.approx(float(poly_mmd(torch.from_numpy(x), torch.from_numpy(y))), rel=1e-9)
    assert value.std == pytest.approx(0, abs=1e-9 * value.mean)


def test_kid_over_subsets_is_reproducible_and_scatters_about_kid():
    x, y = two_sets(11)
    value = metrics.kid_subsets(x, y, subsets=200, subset_size=40, seed=3)
    assert value == metrics.kid_subsets(x, y, subsets=200, subset_size=40, seed=3)
    assert value != metrics.kid_subsets(x, y, subsets=200, subset_size=40, seed=4)
    assert abs(value.mean - metrics.kid(x, y)) < 4 * value.std / np.sqrt(200)


@pytest.mark.parametrize("block", [2048, 64])
def test_prdc_agrees_with_the_authors_package(capsys, monkeypatch, block):
    monkeypatch.setattr(metrics, "BLOCK", block)
    x, y = two_sets(4)
    theirs = prdc_library.compute_prdc(x, y, nearest_k=5)
    ours = metrics.prdc(x, y, 5)
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, abs=1e-12), name


def test_prdc_of_a_set_with_itself_is_full_and_with_a_far_one_empty():
    x, _ = two_sets(13, 80)
    near, far = metrics.prdc(x, x), metrics.prdc(x, x + 1e6)
    assert (near["precision"], near["recall"], near["coverage"]) == (1, 1, 1)
    assert set(far.values()) == {0}


def test_an_offset_of_all_features_changes_no_neighbour_and_no_distance():
    x, y = two_sets(14)
    assert metrics.prdc(x + 1e8, y + 1e8) == metrics.prdc(x, y)
    assert metrics.mean_pairwise_distance(x + 1e8) == pytest.approx(metrics.mean_pairwise_distance(x), rel=1e-7)
    assert metrics.mean_pairwise_distance(np.tile(x[:1] * 1e3, (50, 1))) == 0


def test_inception_score_of_sure_and_even_predictions_is_the_number_of_classes():
    assert metrics.inception_score(np.eye(10)) == pytest.approx(10)
    assert metrics.inception_score(np.full((7, 10), 0.1)) == pytest.approx(1)


def test_inception_score_agrees_with_torchs_kl_divergence():
    p = np.random.default_rng(5).dirichlet(np.ones(6) * 0.3, 400)
    t = torch.from_numpy(p)
    kl = torch.nn.functional.kl_div(t.mean(0).log().expand_as(t), t, reduction="batchmean")
    assert metrics.inception_score(p) == pytest.approx(float(kl.exp()), rel=1e-9)


def test_inception_score_in_splits_is_the_mean_over_runs_of_rows():
    sorted_rows = np.repeat(np.eye(4), 5, axis=0)
    assert metrics.inception_score(sorted_rows, splits=4) == pytest.approx(1)  # one class in each
    p = np.random.default_rng(15).dirichlet(np.ones(6), 10)
    parts = [metrics.inception_score(part) for part in (p[:3], p[3:6], p[6:])]
    assert metrics.inception_score(p, splits=3) == pytest.approx(np.mean(parts))


def test_the_share_classified_as_a_class_agrees_with_scikit_learn_and_ties_are_shared():
    rng = np.random.default_rng(4)
    p, c = rng.dirichlet(np.ones(4), (3, 200)), np.array([0, 3, 1])
    found = metrics.classified(p, c)
    for k, row, label in zip(found, p, c, strict=True):
        assert k == pytest.approx(accuracy_score(np.full(200, label), row.argmax(-1)))
    np.testing.assert_allclose(metrics.classified(np.full((2, 5, 3), 1 / 3), [0, 2]), 1 / 3)


def test_class_entropy_of_labels_agrees_with_scipy():
    labels = np.random.default_rng(16).integers(0, 5, 200)
    assert metrics.class_entropy(labels) == pytest.approx(scipy.stats.entropy(np.bincount(labels)))


def test_class_entropy_of_one_class_is_zero_and_of_all_is_log_c():
    assert metrics.class_entropy(np.eye(4)[[2, 2, 2]]) == 0
    assert metrics.class_entropy(np.eye(4)) == pytest.approx(np.log(4))


def test_vendi_counts_orthogonal_rows_and_not_duplicates():
    assert metrics.vendi(np.eye(6) * 3) == pytest.approx(6)
    assert metrics.vendi(np.ones((9, 4))) == pytest.approx(1)
    assert metrics.vendi(np.repeat(np.eye(5), 7, axis=0)) == pytest.approx(5)


def test_vendi_is_the_same_by_either_gram_matrix():
    x, _ = two_sets(6, n=20, d=12)
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    k = np.linalg.eigvalsh(u @ u.T / 20)
    k = k[k > 1e-12]
    assert metrics.vendi(x) == pytest.approx(np.exp(-(k * np.log(k)).sum()))


def test_vendi_of_a_kernel_is_that_of_its_vectors_and_has_a_closed_form():
    x, _ = two_sets(17, n=20, d=30)
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    assert metrics.vendi_kernel(u @ u.T) == pytest.approx(metrics.vendi(x))
    assert metrics.vendi_kernel(np.eye(7)) == pytest.approx(7)
    r = 0.6  # two samples of similarity r: eigenvalues (1 ± r) / 2
    entropy = -sum(v * np.log(v) for v in ((1 + r) / 2, (1 - r) / 2))
    assert metrics.vendi_kernel([[1, r], [r, 1]]) == pytest.approx(np.exp(entropy))


def test_vendi_looks_only_at_directions_however_long_the_rows():
    x, _ = two_sets(18, n=10)
    lengths = 10.0 ** np.linspace(-250, 20, 10)[:, None]
    assert metrics.vendi(x * lengths) == pytest.approx(metrics.vendi(x))


def test_mean_pairwise_distance_agrees_with_torchmetrics(monkeypatch):
    x, _ = two_sets(7, n=150)
    monkeypatch.setattr(metrics, "BLOCK", 64)  # several blocks
    d = pairwise_euclidean_distance(torch.from_numpy(x))
    assert metrics.mean_pairwise_distance(x) == pytest.approx(float(d.sum()) / (150 * 149), rel=1e-9)


def test_covariance_trace_is_that_of_numpys_covariance():
    x, _ = two_sets(8)
    assert metrics.covariance_trace(x) == pytest.approx(np.trace(np.cov(x.T)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_rotations_and_order_change_nothing_and_a_set_is_at_no_distance_from_itself(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((30, 5)), rng.standard_normal((25, 5)) + 1
    q, order = np.linalg.qr(rng.standard_normal((5, 5)))[0], rng.permutation(30)
    for metric in (metrics.frechet, metrics.kid):
        assert metric(x[order] @ q, y @ q) == pytest.approx(metric(x, y), rel=1e-7, abs=1e-9)
    assert metrics.vendi(x[order] @ q) == pytest.approx(metrics.vendi(x), rel=1e-9)
    moved, before = metrics.prdc(x[order] @ q, y @ q, 3), metrics.prdc(x, y, 3)
    assert moved == pytest.approx(before)
    for metric in (metrics.mean_pairwise_distance, metrics.covariance_trace):
        assert metric(x[order] @ q) == pytest.approx(metric(x), rel=1e-9)
    assert metrics.frechet(x, y) == pytest.approx(metrics.frechet(y, x), rel=1e-9)
    assert metrics.frechet(x, x) == pytest.approx(0, abs=1e-7)
    assert metrics.frechet(x, y) >= 0
    assert 1 - 1e-9 <= metrics.vendi(x) <= 5 + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.floats(0.01, 10))
def test_scores_of_classes_lie_between_one_class_and_all(seed, classes, concentration):
    p = np.random.default_rng(seed).dirichlet(np.full(classes, concentration), 40)
    p = p / p.sum(1, keepdims=True)
    assert 1 - 1e-9 <= metrics.inception_score(p) <= np.exp(metrics.class_entropy(p)) + 1e-9  # KL <= H(p(y))
    assert 0 <= metrics.class_entropy(p) <= np.log(classes) + 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.frechet(np.zeros(3), np.zeros((3, 3))), r"x must be \[N, D\]"),
        (lambda: metrics.frechet(np.zeros((3, 3)), np.zeros((3, 4))), "same D"),
        (lambda: metrics.kid(np.full((3, 3), np.nan), np.zeros((3, 3))), "x must be finite"),
        (lambda: metrics.kid(np.full((3, 3), np.inf), np.zeros((3, 3))), "x must be finite"),
        (lambda: metrics.kid(np.zeros((3, 3)), np.full((3, 3), 1e200)), r"y must lie within ±1e\+25"),
        (lambda: metrics.kid(np.zeros((3, 3)), np.zeros((3, 3)), degree=0), r"degree must lie in \[1, 5\]"),
        (lambda: metrics.kid_subsets(np.zeros((9, 2)), np.zeros((5, 2)), subset_size=6), r"subset_size .* \[2, 5\]"),
        (lambda: metrics.kid_subsets(np.zeros((9, 2)), np.zeros((5, 2)), subsets=0), r"subsets must lie in \[1, "),
        (lambda: metrics.frechet_gaussians([np.nan], [[1]], [0], [[1]]), "means must be finite"),
        (lambda: metrics.frechet_gaussians([0], [[np.inf]], [0], [[1]]), "covariances must be finite"),
        (lambda: metrics.frechet_gaussians(0, 1, 0, 1), r"means must be \[D\]"),
        (lambda: metrics.frechet_gaussians([0, 0], [[1, 0.9], [0, 1]], [0, 0], np.eye(2)), "symmetric"),
        (lambda: metrics.frechet_gaussians([0], [[-5]], [0], [[1]]), "no eigenvalue below 0"),
        (lambda: metrics.prdc(np.zeros((4, 3)), np.zeros((9, 3)), k=2.5), "whole number"),
        (lambda: metrics.inception_score(np.eye(3), splits=4), r"splits must lie in \[1, 3\]"),
        (lambda: metrics.class_entropy([0.5, 1.5]), "whole numbers >= 0"),
        (lambda: metrics.class_entropy([1, -1]), "whole numbers >= 0"),
        (lambda: metrics.vendi_kernel(np.ones((2, 3))), r"kernel must be \[N, N\]"),
        (lambda: metrics.vendi_kernel(np.eye(3) * 2), "ones on its diagonal"),
        (lambda: metrics.vendi_kernel([[1, 3], [3, 1]]), "no eigenvalue below 0"),
        (lambda: metrics.covariance_trace([[1.0, 2.0]]), "N >= 2"),
        (lambda: metrics.prdc(np.zeros((4, 3)), np.zeros((9, 3)), k=4), r"k must lie in \[1, 3\]"),
        (lambda: metrics.inception_score(np.ones((3, 2))), "summing to 1"),
        (lambda: metrics.vendi(np.zeros((3, 2))), "row of zeros"),
        (lambda: metrics.mean_pairwise_distance(np.zeros((1, 2))), "N >= 2"),
    ],
)
def test_bad_input_is_refused_with_its_bound(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def by_differences(real, fake, k):
    """Precision, recall, density, coverage by their definitions, every distance from differences."""

    def apart(x, y):
        return np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))

    reach_real, reach_fake = (np.sort(apart(x, x), 1)[:, k] for x in (real, fake))
    d = apart(real, fake)
    inside = d < reach_real[:, None]
    return {
        "precision": inside.any(0).mean(), "recall": (d < reach_fake).any(1).mean(),
        "density": inside.sum(0).mean() / k, "coverage": inside.any(1).mean(),
    }  # fmt: skip


def test_neighbours_of_two_tight_clusters_are_told_apart_by_differences():
    rng = np.random.default_rng(0)
    real, fake = (np.repeat([[0.0, 0.0], [1.0, 0.0]], 40, axis=0) + 1e-9 * rng.standard_normal((80, 2)) for _ in "rf")
    assert metrics.prdc(real, fake, 5) == pytest.approx(by_differences(real, fake, 5))
    assert metrics.prdc(real, fake, 5)["precision"] > 0.8


@pytest.mark.parametrize("seed", range(5))
def test_equal_distances_are_not_nearer_whatever_rounding_says(seed):
    rng = np.random.default_rng(seed)
    real, fake = (np.eye(64)[rng.integers(0, 64, n)] for n in (30, 40))
    assert metrics.prdc(real, fake, 5) == by_differences(real, fake, 5)


def test_a_sample_without_probabilities_is_of_no_class_and_classes_must_be_there():
    p = np.array([[0.9, 0.1], [np.nan, np.nan], [0.5, 0.5], [0.2, 0.8]])
    assert metrics.classified(p, 0) == pytest.approx(1.5 / 4)
    for wrong in (-1, 2, 0.0, np.array([0, -1])):
        with pytest.raises(ValueError, match=r"classes must be whole numbers in 0 \.\. 1"):
            metrics.classified(p, wrong)


@pytest.mark.parametrize(
    ("a", "b"), [((5, 2), (4, 2)), ((5, 2), (1, 2)), ((5, 3), (5, 3)), ((0, 2), (0, 2)), ((2,), (2,))]
)
def test_clouds_of_unequal_or_wrong_shape_are_refused(a, b):
    with pytest.raises(ValueError, match=r"a and b must be \[\.\.\., n, 2\] with one n >= 1"):
        metrics.sliced_distance(np.zeros(a), np.zeros(b))


@pytest.mark.parametrize("shape", [(3,), (0, 3), (4, 0)])
def test_probabilities_of_no_samples_are_refused(shape):
    with pytest.raises(ValueError, match=r"p must be \[\.\.\., N, C\] with N and C >= 1"):
        metrics.classified(np.zeros(shape), np.array([], dtype=int))


def test_torch_tensors_are_taken_whatever_they_carry():
    x = torch.randn(6, 2, generator=torch.Generator().manual_seed(0)).bfloat16()
    mine, plain = x.clone().requires_grad_(), x.double().numpy()
    assert metrics.sliced_distance(mine, mine) == 0
    assert metrics.mean_pairwise_distance(mine) == metrics.mean_pairwise_distance(plain)
    p = mine.softmax(-1)
    assert metrics.classified(p, 0) == (plain[:, 0] > plain[:, 1]).mean()
