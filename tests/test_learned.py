"""A network that learned the toy by Algorithm 1, against the exact mixture it learned from."""

import numpy as np
import pytest
import torch

from cfg_core.guidance import guided
from cfg_core.mixture import three_gaussians
from cfg_core.nets.mlp import MLP
from cfg_core.nets.network import Network
from cfg_core.process import HyperbolicSecantLaw, lam_grid
from cfg_core.samplers import final, heun
from cfg_core.train import TrainConfig, Trainer, algorithm1


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """So small a net is slower on two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def learned(one_thread) -> Network:
    mixture = three_gaussians()
    rng = np.random.default_rng(0)

    def batches(n, generator):
        x, c = mixture.sample(n, rng)
        return torch.from_numpy(x).float(), torch.from_numpy(c)

    torch.manual_seed(0)
    loss = algorithm1(HyperbolicSecantLaw(), 0.2, null=3, prediction="v")
    config = TrainConfig(steps=1200, batch=256, lr=4e-3, cooldown=600, ema=(0.99,))
    trainer = Trainer(MLP(width=64), loss, batches, config)
    for _ in range(1200):
        trainer.step()
    return Network(trainer.averages[0], null=3, event_ndim=1, prediction="v")


@pytest.mark.parametrize("lam", [-4.0, -1.0, 1.0, 4.0])
def test_both_branches_come_close_to_the_exact_eps(learned, lam):
    mixture, rng = three_gaussians(), np.random.default_rng(1)
    x, c = mixture.sample(2000, rng)
    alpha, sigma = np.sqrt(1 / (1 + np.exp(-lam))), np.sqrt(1 / (1 + np.exp(lam)))
    z = alpha * x + sigma * rng.standard_normal(x.shape)
    exact_c, exact_u = mixture.eps_pair(z, lam, c)
    eps_c, eps_u = learned.eps_pair(torch.from_numpy(z).float(), lam, c)
    for mine, exact in ((eps_c, exact_c), (eps_u, exact_u)):
        error = np.sqrt(((mine.numpy() - exact) ** 2).sum(-1).mean())
        assert error < 0.12  # the noise asked for has length sqrt(2)


def test_the_pair_is_the_two_single_calls(learned):
    z = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(0))
    eps_c, eps_u = learned.eps_pair(z, 0.3, np.arange(4)[:, None] % 3)
    np.testing.assert_allclose(eps_u, learned.eps(z, 0.3), atol=1e-6)
    np.testing.assert_allclose(eps_c, learned.eps(z, 0.3, np.arange(4)[:, None] % 3), atol=1e-6)


def test_guiding_the_learned_net_moves_the_top_class_as_guiding_the_exact_one_does(learned):
    start = torch.randn(2, 600, 2, generator=torch.Generator().manual_seed(2))
    x = final(heun(guided(learned, 0, np.array([0.0, 3.0])[:, None]), start, lam_grid(24, -12, 12)))
    exact_eps = guided(three_gaussians(), 0, np.array([0.0, 3.0])[:, None])
    exact = final(heun(exact_eps, start.double().numpy(), lam_grid(24, -12, 12)))
    np.testing.assert_allclose(x.numpy().mean(1), exact.mean(1), atol=0.35)
    np.testing.assert_allclose(x[1].numpy().std(0), exact[1].std(0), atol=0.4)


def test_an_unknown_class_is_refused_with_the_range(learned):
    with pytest.raises(ValueError, match=r"0 \.\. 2"):
        learned.eps(torch.zeros(3, 2), 0.0, 7)
