"""The CIFAR-10 part of the core: the data set's layout, the shipped networks, and that the figures are theirs."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cfg_core.commands.card import card
from cfg_core.commands.gallery import STEPS, tiles
from cfg_core.images import cifar
from cfg_core.images.curves import Curves
from cfg_core.images.judge import from_uint8, judge
from cfg_core.images.pretrained import (
    ASSETS,
    LAM_RANGE,
    image_noise,
    load_classifier,
    load_model,
    sample_images,
    to_uint8,
)
from cfg_core.images.shipped import MODELS, image_rules, present
from cfg_core.nets.classifier import Classifier
from cfg_core.nets.weights import AssetError, sha256
from cfg_core.process import lam_grid
from cfg_core.samplers import dpmpp_2m, final

HORSE, TRUCK = cifar.CLASSES.index("horse"), cifar.CLASSES.index("truck")


@pytest.fixture(scope="module")
def model():
    return load_model(bf16=False)


@pytest.fixture
def tiny_data(tmp_path: Path) -> Path:
    """Three images a file in the official layout: the red plane first, then green, then blue, rows in order."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for k, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        rows = np.zeros((3, 3072), dtype=np.uint8)
        rows[:, 1024 + 32 + 2] = 10 + k  # green, second row, third column
        batch = {b"data": rows, b"labels": [k, 9 - k, 0], b"batch_label": b"x", b"filenames": [b"a", b"b", b"c"]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    return tmp_path


# ---- the data set --------------------------------------------------------------------------------------------------


def test_official_layout_is_read_in_order(tiny_data: Path):
    images, labels = cifar.load(tiny_data, "train")
    assert images.shape == (15, 3, 32, 32)
    assert images.dtype == np.uint8
    assert labels.tolist() == [0, 9, 0, 1, 8, 0, 2, 7, 0, 3, 6, 0, 4, 5, 0]
    assert images[:, 1, 1, 2].tolist() == [10] * 3 + [11] * 3 + [12] * 3 + [13] * 3 + [14] * 3
    assert images.sum() == images[:, 1, 1, 2].sum()
    assert cifar.load(tiny_data, "test")[0][0, 1, 1, 2] == 15


def test_missing_data_file_is_named(tiny_data: Path):
    (tiny_data / "cifar-10-batches-py" / "data_batch_3").unlink()
    with pytest.raises(FileNotFoundError, match="data_batch_3"):
        cifar.load(tiny_data, "train")


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps({b"data": [1, 2], b"labels": []})])
def test_damaged_data_file_is_named(tiny_data: Path, content: bytes):
    (tiny_data / "cifar-10-batches-py" / "test_batch").write_bytes(content)
    with pytest.raises(ValueError, match="test_batch is damaged"):
        cifar.load(tiny_data, "test")


def test_archive_with_the_wrong_checksum_is_refused(tmp_path: Path):
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"something else")
    with pytest.raises(ValueError, match="MD5"):
        cifar.download(tmp_path)


# ---- the shipped networks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "cut", "rubbish"])
def test_missing_or_damaged_model_file_is_named(tmp_path: Path, name: str, damage: str):
    for file in ("model.json", "model.safetensors"):
        shutil.copy(ASSETS / file, tmp_path / file)
    whole = (tmp_path / name).read_bytes()
    if damage == "missing":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"\x00rubbish")
    with pytest.raises(AssetError, match=name):
        load_model(tmp_path)


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path):
    shutil.copy(ASSETS / "model.safetensors", tmp_path / "classifier.safetensors")
    with pytest.raises(AssetError, match=r"classifier\.safetensors"):
        load_classifier(tmp_path)


def test_an_image_depends_on_the_seed_alone_not_on_how_many_are_asked_for(model):
    many = final(sample_images(model, [HORSE, TRUCK, 2], 2.0, seed=5, steps=3))
    one = final(sample_images(model, [HORSE], 2.0, seed=5, steps=3))
    other = final(sample_images(model, [HORSE], 2.0, seed=6, steps=3))
    assert torch.allclose(many[:1], one, atol=2e-3)
    assert (other - one).abs().mean() > 0.1


def test_the_worse_model_is_the_same_network_trained_less_and_missed_when_it_is_gone(model, tmp_path: Path):
    better, worse = (json.loads((ASSETS / f"{name}.json").read_text()) for name in ("model", "worse"))
    assert better["config"] == worse["config"]
    assert worse["images_seen"] < 0.6 * better["images_seen"]
    for file in ("model.json", "model.safetensors"):
        shutil.copy(ASSETS / file, tmp_path / file)
    with pytest.raises(ValueError, match="needs a worse model"):
        final(sample_images(load_model(tmp_path), [HORSE], 2.0, seed=0, steps=2, rule="autoguidance"))


@pytest.mark.parametrize("w", [0.0, 2.0])
def test_autoguidance_of_images_extrapolates_from_the_worse_model(model, w):
    """The first step's prediction, written out with both networks."""
    step = next(iter(sample_images(model, [HORSE, TRUCK], w, seed=0, steps=2, rule="autoguidance")))
    classes = np.array([HORSE, TRUCK])
    main, bad = model.eps(step.z, step.lam, classes), model.worse.eps(step.z, step.lam, classes)
    a, s = 1 / (1 + np.exp(-step.lam)), 1 / (1 + np.exp(step.lam))
    want = ((step.z - s**0.5 * (bad + (1 + w) * (main - bad))) / a**0.5).clip(-1, 1)
    torch.testing.assert_close(step.x, want, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("rule", tuple(image_rules()))
def test_every_rule_for_images_gives_pictures(model, rule):
    x = final(sample_images(model, [HORSE], 4.0, seed=0, steps=3, rule=rule))
    assert torch.isfinite(x).all()
    assert x.abs().max() <= 1


def test_noise_is_standard_normal_and_its_own_for_every_image():
    noise = image_noise(64, 3).double()
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01
    flat = noise.flatten(1)
    correlation = torch.corrcoef(flat) - torch.eye(64)
    assert correlation.abs().max() < 0.12  # 3 072 values each: five and a half standard errors are 0.1


@pytest.mark.parametrize("c", [HORSE, TRUCK])
def test_w_minus_one_is_unconditional_sampling(model, c: int):
    guided = final(sample_images(model, [c, c], -1.0, seed=1, steps=4))
    lams = lam_grid(4, *LAM_RANGE, law="uniform")
    plain = final(dpmpp_2m(lambda z, lam: model.eps(z, lam), image_noise(2, 1), lams, clip=1.0))
    assert torch.allclose(guided, plain, atol=2e-3)


def test_w_zero_is_plain_conditional_sampling(model):
    guided = final(sample_images(model, [HORSE, TRUCK], 0.0, seed=1, steps=4))
    lams = lam_grid(4, *LAM_RANGE, law="uniform")
    plain = final(dpmpp_2m(lambda z, lam: model.eps(z, lam, [HORSE, TRUCK]), image_noise(2, 1), lams, clip=1.0))
    assert torch.allclose(guided, plain, atol=2e-3)


def test_w_may_differ_from_image_to_image(model):
    noise = image_noise(1, 4).repeat(2, 1, 1, 1)
    both = final(sample_images(model, [HORSE, HORSE], [0.0, 4.0], seed=0, steps=3, start=noise))
    for w, picture in zip((0.0, 4.0), both, strict=True):
        alone = final(sample_images(model, [HORSE], w, seed=0, steps=3, start=noise[:1]))
        assert torch.allclose(picture, alone[0], atol=2e-3)


def test_null_class_is_the_eleventh_and_differs_from_every_class(model):
    z = image_noise(1, 0)
    null = model.eps(z, 0.0)
    assert torch.equal(null, model.eps(z, 0.0, 10))
    for c in range(10):
        assert (model.eps(z, 0.0, c) - null).abs().max() > 1e-3
    with pytest.raises(ValueError, match=r"0 \.\. 9"):
        model.eps(z, 0.0, 11)


def test_eps_at_high_noise_is_nearly_the_noisy_image_itself(model):
    """At lam = -9 the best guess of the noise is almost z: x is a hundredth of it."""
    z = image_noise(4, 0)
    eps = model.eps(z, -9.0)
    assert (eps - z).square().mean() < 0.02


def test_bfloat16_and_float32_draw_the_same_pictures(model):
    fast = load_model(bf16=True)
    a, b = (final(sample_images(m, [HORSE, TRUCK], 2.0, seed=2, steps=6)) for m in (model, fast))
    assert (a - b).abs().mean() < 0.05  # of a range of 2


@pytest.mark.parametrize(("key", "value"), [("steps", 0), ("steps", 201), ("seed", -1), ("seed", 2**32)])
def test_bounds_of_a_request_are_named(model, key: str, value: int):
    arguments = {"seed": 0, "steps": 2, key: value}
    with pytest.raises(ValueError, match=key):
        final(sample_images(model, [0], 1.0, **arguments))


def test_classifier_whitening_makes_patches_uncorrelated():
    x = torch.nn.functional.interpolate(torch.rand(64, 3, 8, 8, generator=torch.Generator().manual_seed(0)), size=32)
    net = Classifier()
    net.whiten(x, floor=0.0)
    half = net.stem.weight.shape[0] // 2
    with torch.no_grad():
        out = torch.nn.functional.conv2d(x, net.stem.weight)[:, :half].transpose(0, 1).flatten(1)
    assert torch.allclose(torch.cov(out), torch.eye(half), atol=0.05)


# ---- the shipped figures are those of the shipped weights -----------------------------------------------------------


def _record(name: str) -> dict:
    return json.loads((ASSETS / name).read_text())


def _sha256(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["model", "classifier"])
def test_record_beside_the_weights_says_what_made_them(name: str):
    record = _record(f"{name}.json")
    assert record["sha256"] == _sha256(f"{name}.safetensors")
    assert record["commands"][0].startswith("python -m cfg_core.commands.train ")
    assert record["images_seen"] > 200_000
    assert {f"--seed {seed}" for seed in record["seeds"] if seed} <= set(
        re.findall(r"--seed \d+", " ".join(record["commands"]))
    )
    assert record["seeds"][0] == 0
    images, losses = np.array(record["loss_curve"]).T
    assert (np.diff(images) > 0).all()
    assert losses[-1] < losses[0]


def test_the_classifiers_record_is_of_its_file_and_says_at_least_ninety_per_cent():
    record = json.loads((ASSETS / "classifier.json").read_text())
    assert record["test_accuracy"] >= 0.90
    assert record["test_images"] == 10_000
    assert record["sha256"] == sha256(ASSETS / "classifier.safetensors")


def test_the_classifier_says_of_the_shipped_pictures_what_their_record_says():
    """The gallery's sheets, cut up and judged anew: confidence of each picture, and the share that is classified."""
    record = json.loads((ASSETS / "gallery" / "gallery.json").read_text())
    for c in (HORSE, TRUCK):
        name = cifar.CLASSES[c]
        sheet = np.asarray(Image.open(ASSETS / "gallery" / f"{name}.webp").convert("RGB"))
        cut = tiles(sheet)  # [noise, w, h, w, 3]
        for i in (0, record["w"].index(3.0)):
            x = from_uint8(np.ascontiguousarray(cut[:, i].transpose(0, 3, 1, 2)))
            verdict = judge(load_classifier(), x, np.full(len(x), c))
            np.testing.assert_allclose(verdict.confidence, record["classes"][name]["each"][i], atol=0.02)
            assert verdict.correct.mean() == pytest.approx(record["classes"][name]["accuracy"][i], abs=1e-4)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"classes": [10]}, "whole numbers in 0 .. 9"),  # the null class
        ({"classes": [-1]}, "whole numbers in 0 .. 9"),
        ({"classes": [1.0]}, "whole numbers in 0 .. 9"),
        ({"w": [1.0, 2.0, 3.0]}, "one for each of the 2 images"),
        ({"w": float("nan")}, "must be a finite number"),
        ({"start": torch.zeros(3, 3, 32, 32)}, r"start must be finite, [2, 3, 32, 32]"),
        ({"start": torch.full((2, 3, 32, 32), torch.nan)}, "start must be finite"),
        ({"steps": 0}, "steps must lie in"),
        ({"rule": "not_c"}, "guidance must be one of"),
    ],
)
def test_what_cannot_be_sampled_is_refused_before_the_first_step(model, wrong, words):
    asked = {"classes": [1, 2], "w": 1.0, "seed": 0, "steps": 2, **wrong}
    with pytest.raises(ValueError, match=re.escape(words)):
        next(iter(sample_images(model, asked.pop("classes"), asked.pop("w"), asked.pop("seed"), **asked)))


def test_the_rules_offered_follow_from_the_networks_that_are_there(tmp_path: Path):
    assert "autoguidance" in image_rules()
    assert set(present(tmp_path)) == {"model"}
    assert "autoguidance" not in image_rules(tmp_path)
    assert "cfg" in image_rules(tmp_path)
    assert {m.gives for m in MODELS.values()} >= {"image", "worse", "classifier"}


def test_curves_are_of_these_weights_and_several_seeds():
    record = _record("curves.json")
    assert record["n"] >= 500
    assert record["model_sha256"] == _sha256("model.safetensors")
    assert record["classifier_sha256"] == _sha256("classifier.safetensors")
    curves = Curves.of(record)
    assert len(curves.seeds) >= 3
    assert {-1.0, 0.0, 1.0, 3.0, 8.0} <= set(curves.w)
    for name in curves.figures():
        assert np.isfinite(curves.each(name)).all()
    for name in curves.figures(0):  # of each class: the same of all where it is a mean over the images
        each = np.stack([curves.each(name, c) for c in range(10)])
        assert np.isfinite(each).all()
        if name in ("accuracy", "confidence", "distance", "vendi"):
            np.testing.assert_allclose(each.mean(0), curves.each(name), rtol=1e-4)
    assert ((curves.each("classifier_score") >= 1) & (curves.each("classifier_score") <= 10)).all()


def test_guidance_buys_fidelity_with_diversity():
    curves = Curves.of(_record("curves.json"))
    none, plain, some, much = (curves.w.tolist().index(w) for w in (-1, 0, 3, 8))
    confidence, accuracy, recall = (curves.each(name) for name in ("confidence", "accuracy", "recall"))
    assert confidence[some].min() > confidence[plain].max() > confidence[none].max()  # whichever seed
    assert accuracy[some].min() > accuracy[plain].max()
    assert abs(accuracy[none] - 0.1).max() < 0.1  # without the class: chance
    assert recall[much].max() < recall[plain].min()


@pytest.mark.parametrize("name", ["horse", "ship"])
def test_gallery_is_what_the_shipped_weights_draw(model, name: str):
    record = _record("gallery/gallery.json")
    assert record["model_sha256"] == _sha256("model.safetensors")
    sheet = tiles(np.asarray(Image.open(ASSETS / "gallery" / f"{name}.webp").convert("RGB")))
    assert sheet.shape == (record["noises"], len(record["w"]), 32, 32, 3)
    c = cifar.CLASSES.index(name)
    for w in (0.0, 3.0):
        drawn = to_uint8(final(sample_images(model, [c, c], w, record["seed"], steps=STEPS))).astype(float)
        shipped = sheet[:2, record["w"].index(w)].astype(float)
        assert np.abs(drawn - shipped).mean() < 8  # grey levels: the gallery may have been made in bfloat16
        assert np.abs(drawn[0] - shipped[1]).mean() > 30


def test_gallery_numbers_are_what_the_classifier_says_of_its_pictures():
    record = _record("gallery/gallery.json")
    sheet = tiles(np.asarray(Image.open(ASSETS / "gallery" / "frog.webp").convert("RGB")))
    column = record["w"].index(3.0)
    pictures = torch.from_numpy(sheet[:, column].transpose(0, 3, 1, 2).astype(np.float32)) / 127.5 - 1
    verdict = judge(load_classifier(), pictures, np.full(len(pictures), 6))
    numbers = record["classes"]["frog"]
    assert verdict.confidence == pytest.approx(numbers["each"][column], abs=0.03)
    assert float(verdict.confidence.mean()) == pytest.approx(numbers["confidence"][column], abs=0.01)
    assert verdict.distance() == pytest.approx(numbers["distance"][column], rel=0.02)
    between = [
        np.linalg.norm(a - b) for i, a in enumerate(verdict.features) for j, b in enumerate(verdict.features) if i < j
    ]
    assert verdict.distance() == pytest.approx(np.mean(between), rel=1e-6)


def test_model_card_says_what_the_records_say():
    text = (ASSETS / "README.md").read_text()
    assert text == card()
    assert f"{_record('model.json')['images_seen']:,}" in text
    assert f"{_record('curves.json')['n']:,} images at each w" in text
    assert "{" not in text
