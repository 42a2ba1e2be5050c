"""How fast the exact core is: `python tests/bench/bench_core.py`.

(a) 3 classes x 1000 points x 41 values of w x 32 Heun steps in one call: at most 1.5 s on two cores.
(b) the exact eps at 1e6 points: at least 3 times as fast as torch autograd of the same log-density in the same run.
Medians of a few runs; the exit status is 1 where a target is missed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from figures import finish, median_seconds, report

from cfg_core.guidance import guided
from cfg_core.mixture import three_gaussians
from cfg_core.process import lam_grid
from cfg_core.samplers import final, seeded_noise, walk

LAM = 0.5


def sweep() -> np.ndarray:
    """[41 w, 3 classes, 1000 points, 2] by Heun, as the first tab computes it."""
    w = np.linspace(-1, 10, 41)[:, None, None]
    noise = seeded_noise(0, (3, 1000, 2))
    eps = guided(three_gaussians(), np.arange(3)[:, None], w)
    return final(walk("heun", eps, lam_grid(32), noise, start=np.broadcast_to(noise(0), (41, 3, 1000, 2))))


def by_autograd(z: torch.Tensor) -> torch.Tensor:
    """eps = -sigma grad log p_lam(z), the gradient by torch, of the density as torch.distributions has it."""
    mixture = three_gaussians()
    a, s = float(np.sqrt(1 / (1 + np.exp(-LAM)))), float(np.sqrt(1 / (1 + np.exp(LAM))))
    covs = torch.from_numpy(a**2 * mixture.covs + s**2 * np.eye(2))
    parts = MultivariateNormal(torch.from_numpy(a * mixture.means), covs)
    law = MixtureSameFamily(Categorical(torch.tensor(mixture.weights)), parts)
    z = z.clone().requires_grad_()
    return -s * torch.autograd.grad(law.log_prob(z).sum(), z)[0]


def by_lean_autograd(z: torch.Tensor) -> torch.Tensor:
    """The same from the leanest log-density: whitened squares and a logsumexp, no distribution objects."""
    mixture = three_gaussians()
    a, s = float(np.sqrt(1 / (1 + np.exp(-LAM)))), float(np.sqrt(1 / (1 + np.exp(LAM))))
    root = torch.linalg.inv(torch.linalg.cholesky(torch.from_numpy(a**2 * mixture.covs + s**2 * np.eye(2))))
    shift = torch.einsum("kij,kj->ki", root, torch.from_numpy(a * mixture.means))
    const = torch.log(torch.tensor(mixture.weights)) + root.diagonal(dim1=1, dim2=2).log().sum(1)
    z = z.clone().requires_grad_()
    y = torch.einsum("kij,nj->nki", root, z) - shift
    log_p = torch.logsumexp(const - 0.5 * (y**2).sum(-1), dim=1)
    return -s * torch.autograd.grad(log_p.sum(), z)[0]


def main() -> None:
    seconds = median_seconds(sweep, 5)
    report("3 classes x 1000 points x 41 w x 32 Heun steps", seconds, 1.5, "s")

    z = np.random.default_rng(0).standard_normal((1_000_000, 2)) * 2
    t = torch.from_numpy(z)
    exact = three_gaussians().eps(z, LAM)
    for other in (by_autograd, by_lean_autograd):
        np.testing.assert_allclose(other(t).numpy(), exact, rtol=1e-9, atol=1e-9)
    ours = median_seconds(lambda: three_gaussians().eps(z, LAM), 5)
    theirs, lean = (median_seconds(lambda f=f: f(t), 3) for f in (by_autograd, by_lean_autograd))
    print(f"exact eps at 1e6 points: {ours:.3f} s; by autograd of torch.distributions {theirs:.3f} s, of the leanest "
          f"log-density by hand {lean:.3f} s ({torch.get_num_threads()} threads)")  # fmt: skip
    report("times faster than autograd of torch.distributions", theirs / ours, 3, "x", at_least=True)
    report("times faster than autograd of the leanest log-density", lean / ours, 3, "x", at_least=True)
    finish()


if __name__ == "__main__":
    main()
