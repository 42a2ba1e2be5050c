"""What is measured over w: the figures, who shares the work, what is kept, the papers' figures by another library."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import types
import urllib.error
from pathlib import Path

import numpy as np
import prdc
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics.pairwise import euclidean_distances, polynomial_kernel
from torch.utils.data import Dataset

from cfg_core import metrics
from cfg_core.commands import evaluate
from cfg_core.commands.measure import inception
from cfg_core.commands.measure.figures import Judge
from cfg_core.commands.measure.seen import Eyes, Real, evenly
from cfg_core.images import curves
from cfg_core.images.pretrained import ASSETS, MAX_IMAGES, image_noise, load_classifier, load_model, noises
from cfg_core.nets.unet import UNet, UNetConfig
from cfg_core.nets.weights import export
from cfg_core.train.processes import Share
from demo.views.cifar.compute import measured_sweep
from demo.views.cifar.scene import scene
from demo.views.cifar.settings import Cifar

SHORT = "--images 100 --steps 1 --w 1"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Coarse random images in the official layout: 300 for testing, 100 for training, classes equally often."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("data") / "cifar-10-batches-py"
    folder.mkdir()
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        n = 300 if name == "test_batch" else 20
        small = rng.integers(0, 256, (n, 3, 8, 8), dtype=np.uint8)
        batch = {b"data": small.repeat(4, 2).repeat(4, 3).reshape(n, -1), b"labels": [i % 10 for i in range(n)]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    return folder.parent


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A small untrained network and the shipped classifier."""
    config = UNetConfig(channels=(16, 16, 16), attention=(), embed=16)
    torch.manual_seed(0)
    export(UNet(config), tmp_path, "model", {"config": config.to_dict()})
    (tmp_path / "classifier.safetensors").symlink_to(ASSETS / "classifier.safetensors")
    return tmp_path


@pytest.fixture(autouse=True)
def no_extractor(monkeypatch):
    monkeypatch.setattr(evaluate, "load_extractor", lambda device: None)


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    """The classifier, and means over 8×8 pixels in the independent network's place."""
    return Eyes(load_classifier(), lambda x: F.avg_pool2d(x, 8).flatten(1).double().numpy(), Share())


def run(data: Path, assets: Path, more: str = "") -> dict:
    evaluate.main(["--data", str(data), "--assets", str(assets), *SHORT.split(), *more.split()])
    return json.loads((assets / "curves.json").read_text())


# ---- the figures ---------------------------------------------------------------------------------------------------


def test_noise_of_an_image_depends_on_its_number_alone_and_the_evaluation_has_no_bound():
    torch.testing.assert_close(noises([3, 0], 7), image_noise(4, 7)[[3, 0]])
    assert torch.isfinite(noises([MAX_IMAGES + 5], 7)).all()
    with pytest.raises(ValueError, match=r"seed must lie in \[0, 2\^32\)"):
        noises([0], -1)


def test_real_images_of_the_floor_are_not_among_those_compared_with(data, eyes):
    real = Real.look(data, 100, eyes)

    def names(seen):
        return {pixels.tobytes() for pixels in seen.pixels}

    assert len(names(real.floor)) == len(names(real.some)) == 100
    assert not names(real.floor) & names(real.most)
    assert names(real.some) < names(real.most)
    assert len(names(real.most)) == 200
    assert np.bincount(real.floor.verdict.classes).tolist() == [10] * 10


def test_too_small_a_data_set_is_refused():
    with pytest.raises(ValueError, match="too few images: 20 of each class"):
        evenly(np.repeat(np.arange(10), 15), 100, skip=100)


def test_figures_are_those_of_other_libraries_on_the_images_they_name(data, eyes, assets):
    real = Real.look(data, 100, eyes)
    made = eyes.made(load_model(assets), 1.0, 100, 1, steps=1)
    found = Judge(real).score(made)
    for c in (None, 4):
        some, most, mine = (s.verdict if c is None else s.of_class(c).verdict for s in (real.some, real.most, made))
        ours = found["all"] if c is None else {name: each[c] for name, each in found["by_class"].items()}
        theirs = prdc.compute_prdc(some.features, mine.features, nearest_k=5)
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs)
        within = [polynomial_kernel(v.features, degree=3, coef0=1) for v in (mine, most)]
        between = polynomial_kernel(mine.features, most.features, degree=3, coef0=1).mean()
        pairs = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in within]
        assert ours["kid"] == pytest.approx(sum(pairs) - 2 * between, rel=1e-6, abs=1e-6 * between)
        assert ours["accuracy"] == np.mean(mine.probs.argmax(1) == mine.classes)
    apart = [euclidean_distances(made.of_class(c).verdict.features) for c in range(10)]
    assert found["by_class"]["distance"] == pytest.approx([d.sum() / 90 for d in apart], rel=1e-5)
    assert found["all"]["distance"] == pytest.approx(np.mean(apart) / 0.9, rel=1e-5)
    for name, mine, theirs in (
        ("frechet", made.verdict.features, real.most.verdict.features),
        ("frechet_efficientnet", made.outside, real.test.outside),
    ):
        assert found["all"][name] == pytest.approx(metrics.frechet(mine, theirs), rel=1e-6)
    floor = Judge(real).floor()["all"]
    assert floor["frechet"] == pytest.approx(metrics.frechet(real.floor.verdict.features, real.most.verdict.features))
    assert floor["frechet_efficientnet"] == pytest.approx(metrics.frechet(real.train.outside, real.test.outside))
    assert len(real.test.pixels) == 300


# ---- who shares the work, and what is kept --------------------------------------------------------------------------


def test_two_processes_measure_what_one_does(data, assets, tmp_path_factory):
    alone = run(data, assets, "--seeds 1")
    assert [row["seed"] for row in alone["rows"]] == [1]
    (assets / "curves.json").unlink()
    hidden = tmp_path_factory.mktemp("hidden")  # the independent network would only cost time
    (hidden / "efficientnet_lite_pytorch.py").write_text("raise ImportError")
    paths = os.pathsep.join([str(hidden), str(Path(evaluate.__file__).parents[2])])
    asked = ["--data", str(data), "--assets", str(assets), *SHORT.split(), "--seeds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         "-m", "cfg_core.commands.evaluate", *asked],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONPATH": paths},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("1 rows, 100 images each, seeds 1") == 1  # one of them speaks
    both = json.loads((assets / "curves.json").read_text())
    assert {k: v for k, v in both.items() if k not in ("real", "rows")} == {
        k: v for k, v in alone.items() if k not in ("real", "rows")
    }
    for one, two in ((alone["real"], both["real"]), (alone["rows"][0], both["rows"][0])):
        assert two["all"] == pytest.approx(one["all"], rel=0.01, abs=0.01)
        for name, each in one["by_class"].items():
            assert two["by_class"][name] == pytest.approx(each, rel=0.02, abs=0.02), name


def test_an_interrupted_run_goes_on_and_other_settings_begin_anew(data, assets, monkeypatch):
    sampled, sample = [], Eyes.made

    def made(self, model, w, n, seed, *more, **how):
        if len(sampled) == 2:
            raise KeyboardInterrupt
        sampled.append((w, seed))
        return sample(self, model, w, n, seed, *more, **how)

    monkeypatch.setattr(Eyes, "made", made)
    with pytest.raises(SystemExit, match="the same command goes on"):
        run(data, assets, "--w 0 1 --seeds 1 2")
    first = json.loads((assets / "curves.json").read_text())
    assert [(row["w"], row["seed"]) for row in first["rows"]] == sampled == [(0, 1), (0, 2)]
    assert curves.Curves.of(first).w.tolist() == [0]

    sampled.clear()
    whole = run(data, assets, "--w 0 1 --seeds 1 2")
    assert sampled == [(1, 1), (1, 2)]
    assert whole["rows"][:2] == first["rows"]
    sampled.clear()
    assert run(data, assets, "--w 0 1 --seeds 1 2") == whole
    assert sampled == []
    assert "--images 100 --sampler dpmpp_2m --steps 1 --seeds 1 2" in whole["command"]
    assert [row["seed"] for row in run(data, assets, "--steps 2 --w 0 --seeds 3")["rows"]] == [3]


@pytest.mark.parametrize(
    ("asked", "words"),
    [("--images 105", "multiple of 10"), ("--images 5010", "100, 5000"), ("--seeds 1 1", "must not repeat"),
     ("--sampler ancestral", "invalid choice")],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(asked, words, capsys):
    with pytest.raises(SystemExit):
        evaluate.parsed(asked.split())
    assert words in capsys.readouterr().err


def test_the_ways_of_sampling_are_compared_in_a_table(data, assets, monkeypatch, capsys):
    monkeypatch.setattr(
        "cfg_core.commands.measure.quick.WAYS", ({"sampler": "ddim", "steps": 1, "lam_range": (-6.0, 7.0)},)
    )
    evaluate.main(["--data", str(data), "--assets", str(assets), "--quick", "--images", "100", "--w", "0", "1"])
    head, rule, *rows = capsys.readouterr().out.splitlines()
    assert head == "| sampler | steps | lam | law | w | frechet | recall | accuracy | seconds |"
    assert rule.count("|") == head.count("|")
    assert [row.startswith(f"| ddim | 1 | -6 to 7 | uniform | {w} |") for w, row in enumerate(rows)] == [True] * 2
    assert not (assets / "curves.json").exists()


# ---- the file ------------------------------------------------------------------------------------------------------


def record(seeds=(1, 2, 3), value=lambda w, seed: w + seed**2) -> dict:
    def row(w, seed):
        one = value(w, seed)
        return {"w": w, "seed": seed, "all": {"frechet": one}, "by_class": {"kid": [one + c for c in range(10)]}}

    real = {"all": {"frechet": 5.0}, "by_class": {"kid": [0.5] * 10}}
    return {"n": 100, "seeds": list(seeds), "real": real, "rows": [row(w, s) for w in (2.0, 0.0) for s in seeds]}


def test_a_curve_is_the_mean_and_the_spread_over_the_seeds():
    found = curves.Curves.of(record())
    mean, sd = found.curve("frechet")
    assert found.w.tolist() == [0, 2]
    assert mean == pytest.approx([14 / 3, 14 / 3 + 2])
    assert sd == pytest.approx([np.sqrt(((1 - 14 / 3) ** 2 + (4 - 14 / 3) ** 2 + (9 - 14 / 3) ** 2) / 2)] * 2)
    assert found.curve("kid", 3)[0] == pytest.approx(mean + 3)
    assert found.real("kid", 3) == 0.5
    assert curves.Curves.of(record((1,))).curve("frechet")[1].tolist() == [0, 0]


def test_a_w_that_lacks_a_seed_is_no_part_of_the_curve():
    partly = record()
    del partly["rows"][0]
    assert curves.Curves.of(partly).w.tolist() == [0]
    partly["rows"] = partly["rows"][:1]
    with pytest.raises(ValueError, match="every seed"):
        curves.Curves.of(partly)


def test_the_file_is_read_as_it_was_written_to_five_digits(tmp_path):
    path = tmp_path / "curves.json"
    curves.write(path, {"n": 100, "seeds": [1]}, {"all": {"frechet": 1 / 3}}, record((1,), lambda w, s: np.pi)["rows"])
    back = json.loads(path.read_text())
    assert back["real"]["all"]["frechet"] == 0.33333
    assert [row["w"] for row in back["rows"]] == [0, 2]
    assert back["rows"][0]["by_class"]["kid"][1] == 4.1416
    assert curves.kept(path, {"n": 100}) == back["rows"]
    assert curves.kept(path, {"n": 200}) == curves.kept(tmp_path / "none", {"n": 100}) == []


@pytest.mark.parametrize("seeds", [(1,), (1, 2, 3)])
def test_the_screen_shows_error_bars_where_there_are_several_seeds_and_kid_of_one_class(seeds):
    shipped = json.loads((ASSETS / "curves.json").read_text())
    rows = [row for row in shipped["rows"] if row["seed"] in seeds]
    found = curves.Curves.of({**shipped, "seeds": list(seeds), "rows": rows})
    sweep = measured_sweep(found, 7)
    made = scene(sweep, Cifar(measured="horse"))
    kinds = [[layer["type"] for layer in panel["layers"]] for panel in made["panels"]]
    assert all(("path" in kind) == (len(seeds) > 1) for kind in kinds)
    assert ("±" in made["caption"][0]) == (len(seeds) > 1)
    assert "of class horse" in made["caption"][0]
    assert made["panels"][-1]["id"].startswith("kid")
    mean, sd = found.curve("recall", 7)
    bars = sweep["bars_recall"]  # [w, point, xy]
    np.testing.assert_allclose(bars[..., 1].min(1), mean - sd)
    np.testing.assert_allclose(bars[..., 1].max(1), mean + sd)
    assert measured_sweep(found).meta["distance"].startswith("frechet")


# ---- the papers' figures -------------------------------------------------------------------------------------------

KEYWORDS = {"input1", "input2", "input2_cache_name", "isc", "fid", "cuda", "save_cpu_ram", "verbose"}  # of 0.4.0's


def fidelity(monkeypatch, answer) -> list[dict]:
    """A module in torch-fidelity's place; what it was called with."""
    asked: list[dict] = []

    def calculate_metrics(**kwargs):
        asked.append(kwargs)
        return answer(**kwargs)

    fake = types.SimpleNamespace(__version__="0.4.0", calculate_metrics=calculate_metrics)
    monkeypatch.setitem(sys.modules, "torch_fidelity", fake)
    return asked


def test_torch_fidelity_is_called_as_it_wants_and_its_figures_stand_beside_ours(data, assets, monkeypatch):
    asked = fidelity(
        monkeypatch,
        lambda **k: {"inception_score_mean": 9.5, "inception_score_std": 0.1, "frechet_inception_distance": 3},
    )
    found = run(data, assets, "--seeds 1 --inception")
    assert found["rows"][0]["all"]["inception_fid"] == found["real"]["all"]["inception_fid"] == 3
    assert found["rows"][0]["all"]["inception_score"] == 9.5
    assert found["inception_features"] == "Inception-v3 by torch-fidelity 0.4.0, 100 training images"
    assert found["command"].endswith("--inception")
    for call in asked:
        assert set(call) <= KEYWORDS
        for name, n in (("input1", 100), ("input2", 100)):
            assert isinstance(call[name], Dataset)
            assert len(call[name]) == n
            assert call[name][0].dtype == torch.uint8
            assert call[name][0].shape == (3, 32, 32)


def test_without_the_package_or_its_weights_a_line_says_why_and_the_other_figures_go_on(
    data, assets, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    found = run(data, assets, "--seeds 1 --inception")
    assert "no Inception figures: " in (said := capsys.readouterr().err)
    assert "pip install torch-fidelity" in said
    assert "frechet" in found["rows"][0]["all"]
    assert not any(name.startswith("inception") for name in found["rows"][0]["all"])
    assert not found["command"].endswith("--inception")

    def offline(**kwargs):
        raise urllib.error.URLError("no route to host")

    fidelity(monkeypatch, offline)
    with pytest.raises(inception.Unavailable, match=r"weights cannot be had .*no route to host"):
        inception.Inception(np.zeros((10, 3, 32, 32), np.uint8)).score(np.zeros((10, 3, 32, 32), np.uint8))
