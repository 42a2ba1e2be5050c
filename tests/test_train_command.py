"""The commands `train` and `export` of cfg_core.commands, as the README calls them, on a few images."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cfg_core.commands import export
from cfg_core.commands import train as command
from cfg_core.commands.tasks import TASKS
from cfg_core.images.pretrained import load_model

SMALL = "--channels 32 32 64 --batch 4 --warmup 1 --cooldown 8 --ema 0.9 0.99 --muon-lr 0 --precision fp32 --device cpu"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twenty random images in the official layout."""
    rng, folder = np.random.default_rng(0), tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        batch = {b"data": rng.integers(0, 256, (4, 3072), dtype=np.uint8), b"labels": [0, 3, 6, 9]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    return folder.parent


def trained(data: Path, out: Path, more: str) -> list[dict]:
    """Train as the command line does; the lines that the run keeps of its commands."""
    command.main(["cifar", "--data", str(data), "--out", str(out), *SMALL.split(), *more.split()])
    return [json.loads(line) for line in (out / "run.json").read_text().splitlines()]


def exported(run: Path, to: Path) -> dict:
    export.main(["cifar", "--run", str(run), "--to", str(to)])
    return json.loads((to / "model.json").read_text())


def test_a_run_that_goes_on_and_one_begun_from_its_weights_are_recorded_with_all_they_saw(data, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    trained(data, first, "--images 8")
    assert [line["from_images"] for line in trained(data, first, "--images 16")] == [0, 8]
    record = exported(first, tmp_path / "shipped")
    assert (record["images_seen"], record["commands_began_at_images"]) == (16, [0, 8])

    trained(data, second, f"--images 8 --seed 1 --init {tmp_path / 'shipped' / 'model.safetensors'}")
    # the record it began from is kept with the run: the weights may since have been replaced by others
    exported(second, tmp_path / "shipped")
    again = exported(second, tmp_path / "shipped")
    assert (again["images_seen"], again["commands_began_at_images"]) == (24, [0, 8, 16])
    assert again["commands"][:2] == record["commands"]
    assert again["seeds"] == [0, 1]
    assert again["commands"][2].endswith("--seed 1 --init assets/cifar/model.safetensors")
    assert str(tmp_path) not in json.dumps(again)


def test_the_weights_shipped_are_the_average_of_the_run_and_load_into_the_network(data, tmp_path):
    trained(data, tmp_path / "run", "--images 12")
    exported(tmp_path / "run", tmp_path / "shipped")
    average = torch.load(tmp_path / "run" / "state.pt", weights_only=True)["averages"][0]
    shipped = load_file(tmp_path / "shipped" / "model.safetensors")
    assert all(torch.equal(shipped[name], value.half()) for name, value in average.items())
    eps = load_model(tmp_path / "shipped", bf16=False).eps(torch.randn(2, 3, 32, 32), 0.0, np.array([3, 9]))
    assert torch.isfinite(eps).all()


def test_weights_that_do_not_fit_are_refused_in_a_sentence(data, tmp_path):
    (tmp_path / "rubbish.safetensors").write_bytes(b"rubbish")
    with pytest.raises(SystemExit) as refused:
        trained(data, tmp_path / "run", f"--images 8 --init {tmp_path / 'rubbish.safetensors'}")
    assert str(refused.value).startswith(f"--init must be a .safetensors of this network, which {tmp_path}")
    with pytest.raises(SystemExit, match=r"state\.pt is missing"):
        export.main(["cifar", "--run", str(tmp_path / "nowhere"), "--to", str(tmp_path)])


def test_a_run_keeps_all_its_settings_as_data_and_one_that_kept_its_command_alone_is_read_too(data, tmp_path):
    (line,) = trained(data, tmp_path / "run", "--images 8 --norm group --upsample wide --p-uncond 0.2 --lam-mean 1.5")
    assert line["settings"]["norm"] == "group"
    assert line["settings"]["lr"] == TASKS["cifar"].defaults["lr"]  # from the task
    record = exported(tmp_path / "run", tmp_path / "shipped")
    assert (record["config"]["norm"], record["p_uncond"]) == ("group", 0.2)
    assert record["lam_law"] == "N(1.5, 2.4^2) on [-10, 13]"
    del line["settings"]["upsample"]  # of before there was a choice
    (tmp_path / "run" / "run.json").write_text(json.dumps(line))
    assert exported(tmp_path / "run", tmp_path / "shipped")["config"] == record["config"]
    del line["settings"]
    line["command"] = line["command"].replace(" --norm group --upsample wide", "")
    (tmp_path / "run" / "run.json").write_text(json.dumps(line))
    assert exported(tmp_path / "run", tmp_path / "shipped") == record


def test_a_network_that_was_trained_less_is_exported_from_what_the_run_kept_on_its_way(data, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "KEEP_EVERY", 8)
    run = tmp_path / "run"
    trained(data, run, "--images 12")
    trained(data, run, "--images 20")
    assert sorted(file.name for file in (run / "kept").iterdir()) == ["16.pt", "8.pt"]
    export.main(["cifar", "--run", str(run), "--name", "worse", "--kept", "8", "--to", str(tmp_path)])
    record, kept = (
        json.loads((tmp_path / "worse.json").read_text()),
        torch.load(run / "kept" / "8.pt", weights_only=True),
    )
    assert (record["images_seen"], record["commands_began_at_images"]) == (8, [0])
    shipped = load_file(tmp_path / "worse.safetensors")
    assert all(torch.equal(shipped[name], value) for name, value in kept["averages"][0].items())
    with pytest.raises(SystemExit, match=r"9\.pt is missing"):
        export.main(["cifar", "--run", str(run), "--kept", "9", "--to", str(tmp_path)])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--ema 1", "--ema: must be a number in [0, 1), not 1"),
        ("--ema 0.9 1.5", "--ema: must be a number in [0, 1), not 1.5"),
        ("--batch 0", "--batch: must be a whole number in [1, "),
        ("--batch 2.5", "--batch: must be a whole number"),
        ("--p-uncond 1", "--p-uncond: must be a number in [0, 1)"),
        ("--p-uncond nan", "--p-uncond: must be a number"),
        ("--lr 0", "--lr: must be a number in (0, 10]"),
        ("--minutes 0", "--minutes: must be a number in (0, "),
        ("--channels 30", "--channels: must be a multiple of 8"),
        ("--seed -1", "--seed: must be a whole number in [0, "),
        ("--images 0", "--images: must be a whole number in [1, "),
        ("--images 64 --cooldown 100", "--cooldown: must be at most --images (64), not 100"),
        ("--images 64 --batch 100", "--batch: must be at most --images (64), not 100"),
        ("--init nowhere.safetensors", "--init: there is no file nowhere.safetensors"),
        ("--from-state nowhere.pt", "--from-state: there is no file nowhere.pt"),
    ],
)
def test_an_option_outside_its_meaning_is_refused_in_its_name_before_any_work(given, said, tmp_path, capsys):
    with pytest.raises(SystemExit):
        command.main(["cifar", "--out", str(tmp_path / "out"), *given.split()])
    assert f"error: argument {said}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_defaults_bend_to_a_small_run():
    settings = command.settings_of(["cifar", "--out", "out", "--images", "64"])
    assert (settings["batch"], settings["cooldown"]) == (64, 64)


def test_where_a_state_is_damaged_the_one_before_it_goes_on_and_is_named(data, tmp_path, capsys):
    out = tmp_path / "run"
    trained(data, out, "--images 8")
    trained(data, out, "--images 16")
    whole = (out / "state.pt").read_bytes()
    (out / "state.pt").write_bytes(whole[: len(whole) // 2])
    assert [line["from_images"] for line in trained(data, out, "--images 24")][-1] == 8
    assert "state.pt is damaged: going on from " in capsys.readouterr().err
    for name in command.STATES:
        (out / name).write_bytes(b"nothing")
    with pytest.raises(SystemExit, match=r"state\.pt and .*state_before\.pt: no state of a run, or damaged"):
        trained(data, out, "--images 32")
