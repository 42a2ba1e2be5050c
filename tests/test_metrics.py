"""Metrics against other people's implementations and closed forms."""

import numpy as np
import prdc as prdc_library
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
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


def test_kid_agrees_with_torchmetrics():
    x, y = two_sets(2, 200, 200)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    theirs = poly_mmd(tx, ty)
    assert metrics.kid(x, y) == pytest.approx(float(theirs), rel=1e-9)


def test_kid_is_unbiased_on_equal_distributions():
    rng = np.random.default_rng(3)
    values = [metrics.kid(rng.standard_normal((40, 8)), rng.standard_normal((40, 8))) for _ in range(200)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(200)


def test_prdc_agrees_with_the_authors_package(capsys):
    x, y = two_sets(4)
    theirs = prdc_library.compute_prdc(x, y, nearest_k=5)
    ours = metrics.prdc(x, y, 5)
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, abs=1e-12), name


def test_inception_score_of_sure_and_even_predictions_is_the_number_of_classes():
    assert metrics.inception_score(np.eye(10)) == pytest.approx(10)
    assert metrics.inception_score(np.full((7, 10), 0.1)) == pytest.approx(1)


def test_inception_score_agrees_with_torchs_kl_divergence():
    p = np.random.default_rng(5).dirichlet(np.ones(6) * 0.3, 400)
    t = torch.from_numpy(p)
    kl = torch.nn.functional.kl_div(t.mean(0).log().expand_as(t), t, reduction="batchmean")
    assert metrics.inception_score(p) == pytest.approx(float(kl.exp()), rel=1e-9)


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
    assert metrics.frechet(x, x) == pytest.approx(0, abs=1e-7)
    assert metrics.frechet(x, y) >= 0
    assert 1 - 1e-9 <= metrics.vendi(x) <= 5 + 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.frechet(np.zeros(3), np.zeros((3, 3))), r"x must be \[N, D\]"),
        (lambda: metrics.frechet(np.zeros((3, 3)), np.zeros((3, 4))), "same D"),
        (lambda: metrics.kid(np.full((3, 3), np.nan), np.zeros((3, 3))), "x must be finite"),
        (lambda: metrics.prdc(np.zeros((4, 3)), np.zeros((9, 3)), k=4), r"k must lie in \[1, 3\]"),
        (lambda: metrics.inception_score(np.ones((3, 2))), "summing to 1"),
        (lambda: metrics.vendi(np.zeros((3, 2))), "row of zeros"),
        (lambda: metrics.mean_pairwise_distance(np.zeros((1, 2))), "N >= 2"),
    ],
)
def test_bad_input_is_refused_with_its_bound(call, message):
    with pytest.raises(ValueError, match=message):
        call()
