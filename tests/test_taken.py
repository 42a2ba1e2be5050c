"""What w takes away of a class: spreads and distances against other libraries, the pictures against fresh ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from cfg_core.commands.gallery import tiles
from cfg_core.commands.measure import taken_drawn as drawn_of
from cfg_core.commands.measure.taken_drawn import Plan, drawn, kept
from cfg_core.commands.measure.taken_measures import kth_other, left_out, nearest, participation_ratio, spectrum
from cfg_core.commands.measure.taken_record import PERCENT, Real, bytes_to_features, measured
from cfg_core.images.cifar import CLASSES
from cfg_core.images.nearest.index import Index
from cfg_core.images.pretrained import ASSETS, image_noise, load_classifier, load_model, sample_images, to_uint8
from cfg_core.nets.weights import sha256
from cfg_core.samplers import final
from demo.views.cifar.settings import Cifar
from demo.views.cifar.taken_compute import PLACES, spread, taken
from demo.views.cifar.taken_scene import taken_scene

CAT = CLASSES.index("cat")
SHIPPED = sorted((ASSETS / "taken").glob("*.json"))


@pytest.fixture
def cloud():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 12)) @ rng.normal(size=(12, 12))


@pytest.mark.parametrize("rows", [60, 8])  # more and fewer than dimensions
def test_spectrum_is_that_of_principal_component_analysis(cloud, rows):
    want = PCA().fit(cloud[:rows]).explained_variance_[: min(rows - 1, 12)]
    np.testing.assert_allclose(spectrum(cloud[:rows]), want, rtol=1e-9)


def test_participation_ratio_counts_equal_eigenvalues_and_no_others():
    assert participation_ratio([2.0, 2.0, 2.0, 0.0]) == pytest.approx(3)
    assert participation_ratio([5.0, 0.0]) == pytest.approx(1)
    assert participation_ratio([3.0, 1.0]) == pytest.approx(1.6)
    assert np.isnan(participation_ratio([0.0, 0.0]))


def test_neighbours_are_those_of_scikit_learn(cloud):
    real, made = cloud[:40], cloud[40:]
    want = NearestNeighbors(n_neighbors=4).fit(real).kneighbors(real)[0]  # the first is the row itself
    np.testing.assert_allclose(kth_other(real, 3), want[:, 3])
    np.testing.assert_allclose(nearest(real, made), NearestNeighbors(n_neighbors=1).fit(made).kneighbors(real)[0][:, 0])
    with pytest.raises(ValueError, match=r"k must lie in \[1, 39\]"):
        kth_other(real, 40)


def test_left_out_images_are_those_of_a_double_loop(cloud):
    real, zero, at = cloud[:30], cloud[30:45], cloud[45:] + 3
    reach = kth_other(real, 4)

    def closest(x, samples):
        return min(sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) ** 0.5 for y in samples)

    gone = {
        i: closest(x, at) - closest(x, zero)
        for i, x in enumerate(real)
        if closest(x, zero) < reach[i] <= closest(x, at)
    }
    found = left_out(nearest(real, zero), nearest(real, at), reach)
    assert 2 < len(gone) < 30
    assert found.tolist() == sorted(gone, key=gone.__getitem__, reverse=True)
    assert left_out(nearest(real, zero), nearest(real, zero), reach).size == 0


# ---- a small plan, drawn and measured -------------------------------------------------------------------------------

SMALL = Plan("x", w=(0.0, 2.0), noises=4, seed=5, steps=2)


@pytest.fixture(scope="module")
def model():
    return load_model(bf16=False)


@pytest.fixture(scope="module")
def small(model, tmp_path_factory):
    """(file of the pictures, record, sheet) of a small plan, real images being noise."""
    path = tmp_path_factory.mktemp("taken") / "cat.npz"
    net = load_classifier()
    assert list(drawn(model, SMALL, CAT, path)) == ["w0", "w2", "other"]
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    features = bytes_to_features(net, pictures, CAT)
    index = Index.of(features, np.zeros(40), 16, 0.1)
    real = Real.of(np.arange(100, 140), pictures, features, 30, index)
    return path, *measured(kept(path, SMALL), SMALL, CAT, real, net, index), pictures


def test_mean_picture_is_the_mean_of_freshly_sampled_ones(model, small):
    _, record, sheet, pictures = small
    cut = tiles(sheet).reshape(-1, 32, 32, 3).astype(float)
    for name, w, seed in (("w0", 0.0, 5), ("w2", 2.0, 5), ("other", 0.0, 6)):
        run = sample_images(model, [CAT] * 4, w, seed, steps=2, start=image_noise(4, seed))
        fresh = to_uint8(final(run)).astype(float).mean(0)
        assert np.abs(cut[record["tiles"]["mean"][name]] - fresh).max() <= 1
    assert np.abs(cut[record["tiles"]["mean"]["real"]] - pictures.mean(0)).max() <= 0.51
    means = record["tiles"]["mean"]
    change = 128 + (cut[means["w2"]] - cut[means["w0"]]) / 2
    assert np.abs(cut[record["tiles"]["change"]["w2"]] - change).max() <= 1.5


def test_pictures_that_are_shown_are_the_test_images_of_their_numbers(small):
    _, record, sheet, pictures = small
    cut = tiles(sheet).reshape(-1, 32, 32, 3)
    shown = [one for row in record["sets"].values() for one in row["shown"]]
    for one in shown:
        np.testing.assert_array_equal(cut[one["tile"]], pictures[one["test"] - 100])
        assert one["before"] < one["reach"] <= one["after"]
    assert record["sets"]["w0"]["left_out"] == 0
    assert len(record["sets"]["w0"]["to_sample"]) == len(PERCENT)


def test_a_stopped_run_goes_on_and_what_is_of_another_plan_or_damaged_is_begun_anew(small, tmp_path, monkeypatch):
    path = small[0]
    monkeypatch.setattr(drawn_of, "draw", lambda *_: np.zeros((4, 32, 32, 3), np.uint8))
    assert list(drawn(None, SMALL, CAT, path)) == []
    assert kept(path, Plan("y", w=(0.0, 2.0), noises=4, seed=5, steps=2)) == {}
    cut = tmp_path / "cut.npz"
    cut.write_bytes(path.read_bytes()[:5000])
    assert kept(cut, SMALL) == {}
    assert list(drawn(None, SMALL, CAT, cut)) == ["w0", "w2", "other"]


# ---- what ships -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_record_is_of_the_shipped_weights_and_agrees_with_itself(path: Path):
    record = json.loads(path.read_text())
    assert record["model_sha256"] == sha256(ASSETS / "model.safetensors")
    assert record["classifier_sha256"] == sha256(ASSETS / "classifier.safetensors")
    assert record["index_sha256"] == sha256(ASSETS / "nearest.npz")
    assert record["command"].startswith("python -m cfg_core.commands.taken ")
    for name, row in record["sets"].items():
        assert len(row["shown"]) == min(row["left_out"], PLACES)
        assert row["left_out"] <= record["sets"]["w0"]["near"], name
        assert row["dimensions"] == pytest.approx(participation_ratio(row["spectrum"]), rel=1e-2)
        assert row["to_sample"] == sorted(row["to_sample"])


def test_each_position_of_the_slider_shows_the_measured_w_nearest_to_it():
    s = Cifar.of({"pick": SHIPPED[0].stem})
    sweep, record = taken(s), json.loads(SHIPPED[0].read_text())
    for position, shown in zip(sweep.axes["w"], sweep["shown"], strict=True):
        assert abs(shown - position) == min(abs(w - position) for w in record["w"])
    three = int(np.flatnonzero(sweep.axes["w"] == 3)[0])
    assert sweep["left_out"][three] == record["sets"]["w3"]["left_out"]
    assert (sweep["numbers"][three] >= 0).sum() == len(record["sets"]["w3"]["shown"])


def test_missing_and_damaged_records_are_said(tmp_path: Path):
    for make in (taken, spread):
        sweep = make(Cifar(), tmp_path)
        assert "horse.json is missing or damaged" in taken_scene(sweep, Cifar())["caption"][0]
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "horse.json").write_text('{"sets": {}}')
    assert "missing or damaged (" in str(taken(Cifar(), tmp_path).meta["problem"])
    assert "choose a class" in str(taken(Cifar.of({"pick": "all"})).meta["problem"])
