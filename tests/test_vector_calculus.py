"""Jacobians, curl, divergence and loop integrals, against finite differences, autograd and Stokes' theorem."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.nets.mlp import MLP
from cfg_core.nets.network import Network
from cfg_core.nets.potential import Potential
from cfg_core.process import HyperbolicSecantLaw
from cfg_core.train import TrainConfig, Trainer, algorithm1
from cfg_core.vector_calculus import circle, curl, disc, divergence, guided_jacobian, loop_integral

LAM = 0.4


def random_mixture(seed: int, dim: int = 2) -> GaussianMixture:
    rng = np.random.default_rng(seed)
    roots = rng.standard_normal((5, dim, dim))
    covs = roots @ roots.transpose(0, 2, 1) + 0.2 * np.eye(dim)
    return GaussianMixture(2 * rng.standard_normal((5, dim)), covs, rng.random(5) + 0.1, np.array([0, 1, 0, 1, 2]))


def differences(f, z: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Jacobian of f [..., D] -> [..., D] by central differences: [..., D, D]."""
    steps = h * np.eye(z.shape[-1])
    return np.stack([(f(z + e) - f(z - e)) / (2 * h) for e in steps], axis=-1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-6, 6), st.integers(1, 3), st.integers(0, 2))
def test_the_mixtures_jacobian_is_that_of_finite_differences(seed, lam, dim, c):
    mixture = random_mixture(seed, dim)
    z = np.random.default_rng(seed + 1).standard_normal((4, dim))
    jac_c, jac_u = mixture.jacobian_pair(z, lam, c)
    np.testing.assert_allclose(jac_c, differences(lambda x: mixture.eps(x, lam, c), z), atol=2e-6)
    np.testing.assert_allclose(jac_u, differences(lambda x: mixture.eps(x, lam), z), atol=2e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-6, 6), st.floats(-1, 1000))
def test_the_exact_guided_field_has_no_curl_for_any_w(seed, lam, w):
    mixture = random_mixture(seed)
    z = 2 * np.random.default_rng(seed + 1).standard_normal((50, 2))
    jacobian = guided_jacobian(mixture, z, lam, 0, w)
    size = np.abs(mixture.jacobian_pair(z, lam, 0)).max() * (1 + 2 * abs(w))
    assert np.abs(curl(jacobian)).max() <= 1e-13 * size


def test_the_trace_of_the_jacobian_is_the_analytic_divergence():
    mixture, z = random_mixture(3), np.random.default_rng(0).standard_normal((30, 2))
    for jacobian, expected in zip(mixture.jacobian_pair(z, LAM, 1), mixture.divergence_pair(z, LAM, 1), strict=True):
        np.testing.assert_allclose(divergence(jacobian), expected, atol=1e-13)


def test_lam_may_differ_between_points():
    mixture, lams = random_mixture(4), np.array([-2.0, 0.0, 3.0])
    z = np.random.default_rng(0).standard_normal((3, 2))
    together = mixture.jacobian_pair(z, lams, np.array([0, 1, 2]))
    alone = [mixture.jacobian_pair(z[i], lams[i], i) for i in range(3)]
    for k in range(2):
        np.testing.assert_allclose(together[k], np.stack([pair[k] for pair in alone]), atol=1e-14)


@pytest.fixture(scope="module")
def plain() -> Network:
    torch.manual_seed(0)
    return Network(MLP(width=32), dtype=torch.float64)


@pytest.fixture(scope="module")
def conservative() -> Network:
    torch.manual_seed(0)
    return Network(Potential(width=32), dtype=torch.float64)


@pytest.mark.parametrize("prediction", ["eps", "v", "x"])
def test_a_nets_jacobian_is_that_of_finite_differences_and_of_torch(prediction):
    torch.manual_seed(1)
    field = Network(MLP(width=16), prediction=prediction, dtype=torch.float64)
    z = np.random.default_rng(0).standard_normal((6, 2))
    jacobian = field.jacobian(z, LAM, 1)
    np.testing.assert_allclose(jacobian, differences(lambda x: field.eps(x, LAM, 1), z), atol=1e-8)

    def one(point):
        lam = torch.full((1,), LAM, dtype=torch.float64)
        return field._eps(point[None], lam, torch.tensor([1]))[0]

    by_torch = [torch.autograd.functional.jacobian(one, torch.from_numpy(point)).numpy() for point in z]
    np.testing.assert_allclose(jacobian, by_torch, atol=1e-13)


def test_a_plain_net_turns_and_a_conservative_one_does_not(plain, conservative):
    z = np.random.default_rng(0).standard_normal((200, 2))
    turning = np.abs(curl(guided_jacobian(plain, z, LAM, 0, 3.0))).max()
    assert turning > 1e-3
    still = guided_jacobian(conservative, z, LAM, 0, 3.0)
    assert np.abs(curl(still)).max() < 1e-14 * np.abs(still).max() * 10


def test_a_conservative_nets_eps_is_minus_sigma_times_the_slope_of_its_log_density(conservative):
    z = np.random.default_rng(0).standard_normal((5, 2))
    slope = differences(lambda x: conservative.log_density(x, LAM, 2)[..., None], z)[..., 0, :]
    sigma = np.sqrt(1 / (1 + np.exp(LAM)))
    np.testing.assert_allclose(conservative.eps(z, LAM, 2), -sigma * slope, atol=1e-8)


@settings(max_examples=15, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.1, 2), st.floats(-1, 10))
def test_work_round_a_circle_is_the_curl_inside_it(plain, x, y, radius, w):
    line, elements = circle((x, y), radius)
    eps_c, eps_u = plain.eps_pair(line, LAM, 0)
    work = loop_integral(eps_c + w * (eps_c - eps_u), elements)
    points, areas = disc((x, y), radius)
    inside = (areas * curl(guided_jacobian(plain, points, LAM, 0, w))).sum()
    assert work == pytest.approx(inside, rel=1e-6, abs=1e-9 * (1 + abs(w)))


def test_a_whirl_does_twice_its_discs_area_of_work_and_a_slope_none():
    line, elements = circle((0.3, -2.0), 1.5)
    whirl = np.stack([-line[:, 1], line[:, 0]], axis=-1)  # curl 2
    assert loop_integral(whirl, elements) == pytest.approx(2 * np.pi * 1.5**2, rel=1e-13)
    assert loop_integral(2 * line, elements) == pytest.approx(0, abs=1e-13)
    points, areas = disc((0.3, -2.0), 1.5)
    assert areas.sum() == pytest.approx(np.pi * 1.5**2, rel=1e-13)
    assert (areas * (points[:, 0] - 0.3) ** 2).sum() == pytest.approx(np.pi * 1.5**4 / 4, rel=1e-13)


def test_a_conservative_net_learns_by_algorithm_1():
    mixture = three_gaussians()

    def batches(n, generator):
        x, c = mixture.sample(n, np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator))))
        return torch.from_numpy(x).float(), torch.from_numpy(c)

    torch.manual_seed(0)
    config = TrainConfig(steps=120, batch=256, lr=5e-3, warmup=5, cooldown=60, ema=(0.9,))
    trainer = Trainer(Potential(width=32, blocks=2), algorithm1(HyperbolicSecantLaw(), 0.2, 3), batches, config)
    losses = [trainer.step() for _ in range(120)]
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[:3])
    field = Network(trainer.averages[0], dtype=torch.float64)
    z, _ = mixture.sample(200, np.random.default_rng(0), 0)
    wrong = field.eps(z, 0.0, 0) - mixture.eps(z, 0.0, 0)
    assert np.sqrt((wrong**2).mean()) < 0.2
    assert np.abs(curl(field.jacobian(z, 0.0, 0))).max() < 1e-13


def test_a_net_of_no_plane_has_no_single_curl():
    with pytest.raises(ValueError, match="plane"):
        curl(np.zeros((4, 3, 3)))
    with pytest.raises(ValueError, match="radius"):
        circle((0, 0), 0.0)
