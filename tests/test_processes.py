"""Training by two processes against training by one: the same weights but for rounding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cfg_core.commands.tasks import TASKS, built
from cfg_core.process import UniformLaw
from cfg_core.train import TrainConfig, Trainer, algorithm1
from cfg_core.train.processes import Share
from tests.test_train import Toy, batches
from tests.test_train_command import SMALL, data, trained  # noqa: F401  (a fixture)

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
ROOT = Path(__file__).resolve().parent.parent


def by_two(data, out: Path, more: str) -> None:  # noqa: F811
    command = ["-m", "cfg_core.commands.train", "cifar", "--data", str(data), "--out", str(out), *SMALL.split()]
    subprocess.run(
        [sys.executable, *TORCHRUN, *command, *more.split()], check=True, capture_output=True,
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def logged(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]


def test_two_processes_train_the_weights_of_one_and_a_run_goes_on_under_another_number(data, tmp_path):  # noqa: F811
    alone, both = tmp_path / "alone", tmp_path / "both"
    by_two(data, both, "--images 16")
    for name in ("run.json", "log.jsonl"):
        assert len((both / name).read_text().splitlines()) == 1  # one of them writes
    trained(data, alone, "--images 16")
    assert logged(both) == pytest.approx(logged(alone), abs=2e-5)  # it is written with five decimals
    for run in (alone, both):
        trained(data, run, "--images 24")
    one, two = (torch.load(run / "state.pt", weights_only=True) for run in (alone, both))
    assert one["step"] == two["step"] == 6
    torch.testing.assert_close(two["net"], one["net"], rtol=1e-3, atol=2e-5)
    # over the last steps alone it moved by more than that
    assert max(float((x - one["averages"][1][name]).abs().max()) for name, x in one["net"].items()) > 2e-4


def test_with_muon_two_processes_have_the_loss_of_one(data, tmp_path):  # noqa: F811
    """Its bfloat16 iteration amplifies rounding, so the weights part; what they cost is the same."""
    alone, both = tmp_path / "alone", tmp_path / "both"
    more = "--images 24 --muon-lr 0.02"
    by_two(data, both, more)
    trained(data, alone, more)
    assert logged(both) == pytest.approx(logged(alone), abs=3e-5)  # at half that learning rate it is 20e-5 away


def test_shares_of_a_batch_have_together_its_loss():
    net, batch = Toy(), batches(24, torch.Generator().manual_seed(0))

    def loss(share: Share | None) -> float:
        objective = algorithm1(UniformLaw(-8, 8), 0.2, 3, share=share)
        return float(objective(net, batch, torch.Generator().manual_seed(1)).detach())

    assert sum(loss(Share(rank, 3)) for rank in range(3)) / 3 == pytest.approx(loss(None), rel=1e-5)


def test_a_batch_that_cannot_be_shared_and_a_network_with_batch_norm_are_refused(data):  # noqa: F811
    with pytest.raises(ValueError, match="multiple of the processes"):
        Trainer(Toy(), algorithm1(UniformLaw(-8, 8), 0.2, 3), batches, TrainConfig(batch=5), Share(0, 2))
    settings = {**TASKS["classifier"].defaults, "data": data, "device": "cpu", "precision": "fp32", "seed": 0}
    with pytest.raises(ValueError, match="one process"):
        built(TASKS["classifier"], settings, Share(0, 2))


def test_a_run_goes_on_with_another_batch_where_its_images_are():
    first, second = (
        Trainer(Toy(), algorithm1(UniformLaw(-8, 8), 0.2, 3), batches, TrainConfig(batch=n)) for n in (8, 16)
    )
    for _ in range(6):
        first.step()
    second.load_state_dict(first.state_dict())
    assert second.images == first.images == 48
    assert second.step_count == 3
