"""What a class is worth in nats, against the mutual information of an exact mixture."""

from __future__ import annotations

import json
import types

import numpy as np
import pytest
import torch
from torch import nn

from cfg_core.commands import validate
from cfg_core.mixture import three_gaussians
from cfg_core.nets.unet import Attention, UNet, UNetConfig


class Exact:
    """The exact mixture called as a network of "images" [N, 1, 1, 2] is."""

    classes, device = 3, torch.device("cpu")

    def __init__(self, mixture):
        self.mixture = mixture

    def passed(self, z, lam, c):
        eps_c, eps_u = self.mixture.eps_pair(z.double().numpy()[:, 0, 0], lam.double().numpy(), c.numpy() % 3)
        eps = np.where((c.numpy() == 3)[:, None], eps_u, eps_c)
        return torch.from_numpy(eps).float()[:, None, None]


def test_the_worth_of_a_class_to_exact_scores_is_the_mutual_information_of_class_and_point():
    mixture = three_gaussians()
    x, c = mixture.sample(60_000, np.random.default_rng(0))
    p = mixture.posterior(x, np.inf)
    information = np.log(3) + (p * np.log(p)).sum(1).mean()  # H(c) - H(c|x)
    found = validate.losses(Exact(mixture), torch.from_numpy(x).float()[:, None, None], c.astype(np.int64))
    assert sum(found["nats"]) == pytest.approx(information, abs=4 * found["nats_se"])
    assert found["nats_se"] < 0.1 * information
    assert found["loss_c"] < found["loss_u"]
    assert found["nats_below"] == pytest.approx(sum(found["nats"][:9]))
    runs = [validate.losses(Exact(mixture), torch.from_numpy(x[i : i + 1000]).float()[:, None, None],
                            c[i : i + 1000].astype(np.int64), seed=i) for i in range(0, 40_000, 1000)]  # fmt: skip
    for name, spread in (("nats_below", np.std([run["nats_below"] for run in runs], ddof=1)),
                         ("nats", np.std([sum(run["nats"]) for run in runs], ddof=1))):  # fmt: skip
        assert np.mean([run[f"{name}_se"] for run in runs]) == pytest.approx(spread, rel=0.35)
    assert all(abs(nats) < 0.02 for nats in (found["nats"][0], found["nats"][-1]))  # pure noise, and clean data


def test_multiply_accumulates_are_those_of_each_layer():
    net, count = UNet(UNetConfig(channels=(16, 32), blocks=2, attention=(8,), embed=16, upsample="narrow")).eval(), [0]

    def counted(layer, inputs, out):
        if isinstance(layer, Attention):  # q k^T and its product with v, over all positions of all channels
            _, channels, height, width = out.shape
            count[0] += 2 * channels * (height * width) ** 2
        else:
            count[0] += out.numel() * layer.weight[0].numel()

    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | Attention):
            layer.register_forward_hook(counted)
    assert validate.gmac(net) == pytest.approx(count[0] / 1e9, rel=1e-12)
    assert count[0] > 1e6


def test_rows_replace_those_of_their_name_and_another_measure_begins_anew(tmp_path):
    args = types.SimpleNamespace(n=500, record="nets")
    path = tmp_path / "nets.json"
    validate.record(path, args, [{"name": "a", "gap": 1}, {"name": "b", "gap": 2}])
    validate.record(path, args, [{"name": "a", "gap": 3}])
    assert [(r["name"], r["gap"]) for r in json.loads(path.read_text())["rows"]] == [("b", 2), ("a", 3)]
    args.n = 1000
    validate.record(path, args, [{"name": "c", "gap": 4}])
    assert [r["name"] for r in json.loads(path.read_text())["rows"]] == ["c"]
