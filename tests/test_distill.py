"""Distilling guidance into one pass, and drafts in few passes, against the teacher's raw outputs and plain sampling."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cfg_core.commands import draft as command
from cfg_core.commands.draft import Draft, distilled, resemblance, thrifty
from cfg_core.images.judge import Verdict
from cfg_core.images.pretrained import as_model, image_noise, sample_images
from cfg_core.nets.unet import UNet, UNetConfig
from cfg_core.process import UniformLaw
from cfg_core.samplers import final
from cfg_core.train import TrainConfig, Trainer
from cfg_core.train.distill import distillation, student_of

LAW = UniformLaw(-8, 8)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network() -> UNet:
    """A small teacher whose output is not zero, as a fresh network's would be."""
    torch.manual_seed(0)
    net = UNet(UNetConfig(channels=(16, 32), blocks=1, attention=(8,), embed=16, norm="layer")).eval()
    for weights in net.parameters():
        torch.nn.init.normal_(weights, std=0.08)
    return net


def batches(n: int, generator: torch.Generator):
    x = torch.rand(n, 3, 32, 32, generator=generator) * 2 - 1
    return x, torch.randint(10, (n,), generator=generator)


class Guided(torch.nn.Module):
    """(1 + w) v_c - w v_u of the network's own outputs, and an error where it is asked for."""

    def __init__(self, net: UNet, error: float = 0.0) -> None:
        super().__init__()
        self.net, self.error = net, error

    def forward(self, z, lam, c, w):
        v_c, v_u = self.net(z, lam, c), self.net(z, lam, torch.full_like(c, 10))
        w = w[:, None, None, None]
        return (1 + w) * v_c - w * v_u + self.error


def test_before_training_the_student_is_the_conditional_teacher_at_every_w():
    net = network()
    z, c = torch.randn(4, 3, 32, 32), torch.tensor([0, 3, 9, 10])
    lam, w = torch.tensor([-8.0, -1.0, 2.0, 8.0]), torch.tensor([-1.0, 0.0, 3.0, 8.0])
    assert torch.equal(student_of(net).eval()(z, lam, c, w), net(z, lam, c))


def test_the_loss_of_a_student_that_is_the_guided_teacher_is_zero_and_of_another_is_not():
    net, made = network(), batches(16, torch.Generator().manual_seed(1))
    loss = distillation(LAW, as_model(network(), bf16=False))
    at = lambda student: float(loss(student.requires_grad_(False), made, torch.Generator().manual_seed(2)))
    assert at(Guided(net)) < 1e-10
    assert at(student_of(net)) > 100 * at(Guided(net))
    # an error of 0.1 everywhere counts 0.01, less where the sampler would clip both pictures alike
    assert 0.001 < at(Guided(net, 0.1)) <= 0.0101


def test_an_error_that_the_sampler_clips_away_counts_nothing():
    def at(clip: float) -> float:
        made = batches(16, torch.Generator().manual_seed(1))
        loss = distillation(LAW, as_model(network(), bf16=False), clip=clip)
        return float(loss(Guided(network(), 0.01).requires_grad_(False), made, torch.Generator().manual_seed(2)))

    assert at(1e6) == pytest.approx(0.01**2, rel=1e-3)
    assert at(1e-6) < 0.2 * 0.01**2  # of the two x^ only the sign is left, and few signs differ


def test_a_student_that_stopped_and_went_on_has_the_same_weights():
    def trainer() -> Trainer:
        teacher = network()
        config = TrainConfig(steps=4, batch=4, warmup=1, cooldown=2, ema=(0.9,))
        return Trainer(student_of(teacher), distillation(LAW, as_model(teacher, bf16=False)), batches, config)

    whole, first, second = trainer(), trainer(), trainer()
    for _ in range(4):
        whole.step()
    for _ in range(2):
        first.step()
    second.load_state_dict(first.state_dict())
    for _ in range(2):
        second.step()
    pairs = zip(whole.net.parameters(), second.net.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert whole.net.embed_w[-1].weight.count_nonzero()


def test_a_draft_that_asks_for_every_pass_is_plain_sampling_and_its_student_too():
    net, c, noise = network(), np.array([1, 7]), image_noise(2, 0)
    model, draft = as_model(network(), bf16=False), Draft(3, (-6.0, 5.0))
    plain = final(sample_images(model, c, 2.0, 0, steps=3, lam_range=(-6.0, 5.0))).clip(-1, 1)
    assert torch.allclose(draft.sampled(thrifty(model, c, 2.0, draft), noise), plain, atol=1e-5)
    perfect = as_model(network(), bf16=False)
    perfect.net = Guided(net)
    assert torch.allclose(draft.sampled(distilled(perfect, c, 2.0), noise), plain, atol=1e-4)


@pytest.mark.parametrize(("pairs", "w", "passes"), [(None, 3.0, 10), ((0, 2), 3.0, 7), ((0, 2), 0.0, 5)])
def test_the_passes_of_a_draft_are_those_that_the_network_makes(pairs, w, passes):
    model, draft, seen = as_model(network(), bf16=False), Draft(4, (-5.0, 4.0), pairs), []
    model.net.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    draft.sampled(thrifty(model, np.array([1, 7]), w, draft), image_noise(2, 0))
    assert sum(seen) == 2 * passes == 2 * draft.passes(w)


def test_final_pictures_resemble_themselves_wholly_and_their_neighbours_not():
    rng, classes = np.random.default_rng(0), np.repeat(np.arange(2), 50)
    full = Verdict(rng.dirichlet(np.ones(10), 100), rng.standard_normal((100, 256)), classes)
    assert resemblance(full, full) == {"distance": 0, "same_class": 1}
    others = full.take(np.roll(np.arange(100), 1))
    assert resemblance(Verdict(others.probs, others.features, classes), full)["distance"] == pytest.approx(1, abs=0.02)


def test_the_record_has_a_row_for_each_way_and_w(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "load_model", lambda _: as_model(network(), bf16=False))
    monkeypatch.setattr(command, "MODEL_DRAFTS", (Draft(1), Draft(2, pairs=(0,))))
    monkeypatch.setattr(command, "sha256", lambda _: "")
    args = SimpleNamespace(assets=command.ASSETS, student=None, images=20, w=[0.0, 3.0], seed=0)
    rows = command.measure(args, lambda _: None)["rows"]
    assert [(row["w"], row["steps"], row["passes"]) for row in rows] == [(0, 1, 2), (0, 2, 3), (3, 1, 4), (3, 2, 4)]
    assert all(row["distance"] > 0 for row in rows)
