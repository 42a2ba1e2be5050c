"""The index of training images: found like exact search finds, refused where it belongs to another classifier."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cfg_core.commands.nearest import exact, features_of, recall
from cfg_core.images import cifar
from cfg_core.images.nearest.index import Index, index_record, load_index, share_nearer
from cfg_core.images.nearest.shown import thumbnails, training_images
from cfg_core.images.pretrained import ASSETS, load_classifier
from cfg_core.nets.weights import AssetError
from demo.views.cifar import alike

HERE = (Path("data") / cifar.FOLDER).is_dir()
needs_data = pytest.mark.skipif(not HERE, reason="data/ does not hold CIFAR-10")


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(1)
    return (rng.normal(size=(900, 256)) * np.linspace(3, 0.1, 256)).astype(np.float32)


def test_finely_rounded_index_finds_what_scikit_learn_finds(features):
    asked = (features[:100] + features[100:200]) / 2  # each has two that are clearly nearest
    index = Index.of(features[:800], np.arange(800) % 10, 256, 0.1)
    ids, distances = index.search(asked, 4)
    want, true = NearestNeighbors(n_neighbors=4).fit(features[:800]).kneighbors(asked)
    np.testing.assert_array_equal(np.sort(ids[:, :2]), np.sort(true[:, :2]))
    np.testing.assert_allclose(distances, want, rtol=0.01)


def test_recall_is_that_of_counting(features):
    index, asked = Index.of(features[:800], np.zeros(800), 24, 0.5), features[800:]
    true = NearestNeighbors(n_neighbors=1).fit(features[:800]).kneighbors(asked)[1][:, 0]
    found = index.search(asked, 3)[0]
    got = recall(index, asked, exact(features[:800], asked, 1))
    assert got["recall_at_1"] == pytest.approx(np.mean([f[0] == t for f, t in zip(found, true, strict=True)]))
    assert got["recall_at_3"] == pytest.approx(np.mean([t in f for f, t in zip(found, true, strict=True)]))
    assert 0.05 < got["recall_at_1"] < got["recall_at_3"] < 1


def test_coarser_rounding_adds_nothing_to_distances_on_average(features):
    """What rounding adds to a squared distance is taken off: the mean stays that of the exact ones."""
    index = Index.of(features[:800], np.zeros(800), 256, 1.5)
    asked = features[800:]
    got = index.search(asked, 800)[1]
    want = NearestNeighbors(n_neighbors=800).fit(features[:800]).kneighbors(asked)[0]
    assert (got**2).mean() == pytest.approx((want**2).mean(), rel=0.005)


def test_a_saved_index_is_read_back_and_each_image_finds_itself(features, tmp_path: Path):
    shutil.copy(ASSETS / "classifier.safetensors", tmp_path)
    index = Index.of(features, np.arange(900) % 10, 128, 0.5)
    path = index.save(tmp_path)
    record = json.loads((ASSETS / "nearest.json").read_text())
    from cfg_core.nets.weights import sha256

    (tmp_path / "nearest.json").write_text(json.dumps({**record, "sha256": sha256(path)}))
    again = load_index(tmp_path)
    np.testing.assert_array_equal(again.codes, index.codes)
    np.testing.assert_array_equal(again.labels, np.arange(900) % 10)
    ids, distances = again.search(features[:300], 1)
    np.testing.assert_array_equal(ids[:, 0], np.arange(300))
    assert distances.mean() < 0.5


def test_missing_damaged_and_foreign_indexes_are_refused_by_name(tmp_path: Path):
    for name in ("nearest.json", "nearest.npz", "classifier.safetensors"):
        shutil.copy(ASSETS / name, tmp_path)
    load_index(tmp_path)
    whole = (tmp_path / "nearest.npz").read_bytes()
    (tmp_path / "nearest.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AssetError, match=r"nearest\.npz is missing or damaged"):
        load_index(tmp_path)
    (tmp_path / "nearest.npz").unlink()
    with pytest.raises(AssetError, match=r"nearest\.npz is missing or damaged"):
        load_index(tmp_path)
    (tmp_path / "classifier.safetensors").write_bytes(b"another")
    with pytest.raises(AssetError, match="belongs to another classifier"):
        index_record(tmp_path)
    (tmp_path / "nearest.json").write_text("{")
    with pytest.raises(AssetError, match=r"nearest\.json is missing or damaged"):
        load_index(tmp_path)


def test_a_thumbnail_is_the_image_at_half_its_size(tmp_path: Path):
    rng = np.random.default_rng(0)
    images = np.repeat(np.repeat(rng.integers(0, 256, (500, 3, 2, 2), dtype=np.uint8), 16, 2), 16, 3)
    thumbnails(images, tmp_path, 95)
    near, real = training_images([3, 250, 499], tmp_path, tmp_path)
    assert not real
    half = images[[3, 250, 499]][:, :, ::2, ::2].transpose(0, 2, 3, 1)
    middle = np.ix_(range(3), (3, 4, 11, 12), (3, 4, 11, 12))  # of its four colours: the file blurs borders
    assert np.abs(near[middle].astype(int) - half[middle]).mean() < 16
    with pytest.raises(AssetError, match=r"nearest\.webp is missing or damaged"):
        training_images([49_999], tmp_path, tmp_path)


def test_shipped_index_is_at_most_5_mb_and_what_its_record_says():
    record = index_record()
    files = [ASSETS / name for name in ("nearest.npz", "nearest.webp", "nearest.json")]
    assert sum(file.stat().st_size for file in files) <= 5 * 2**20
    assert record["bytes"] == sum(file.stat().st_size for file in files[:2])
    chosen = next(t for t in record["tried"] if (t["dims"], t["step"]) == (record["dims"], record["step"]))
    assert (chosen["recall_at_1"], chosen["recall_at_3"]) == (record["recall_at_1"], record["recall_at_3"])
    assert len(load_index().codes) == record["images"] == 50_000
    assert np.bincount(load_index().labels).tolist() == [5000] * 10


def test_share_of_test_images_that_lie_nearer():
    record = {"percent": [0, 50, 100], "test_distance": {"cat": [2.0, 4.0, 10.0]}}
    assert [share_nearer(record, "cat", d) for d in (1.0, 3.0, 4.0, 7.0, 20.0)] == [0, 0.25, 0.5, 0.75, 1]


@needs_data
def test_training_images_find_themselves_in_the_shipped_index():
    images, labels = cifar.load(Path("data"), "train")
    some = np.random.default_rng(3).choice(50_000, 100, replace=False)
    ids, distances = load_index().search(features_of(load_classifier(), images[some], labels[some]), 1)
    np.testing.assert_array_equal(ids[:, 0], some)
    assert distances.mean() == pytest.approx(index_record()["their_distance"], abs=0.2)
    near, real = training_images(some[:2].tolist())
    assert real
    np.testing.assert_array_equal(near, images[some[:2]].transpose(0, 2, 3, 1))


# ---- what the page asks ---------------------------------------------------------------------------------------------


def _sent(picture) -> str:
    return base64.b64encode(picture.tobytes()).decode()


def test_a_marked_picture_gets_its_nearest_and_what_is_measured_of_it():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    value = json.loads(alike.found(*alike.asked(_sent(picture), "cat", 3.0)))
    words = value["scene"]["panels"][0]["layers"][0]["words"]
    ids, distances = load_index().search(alike._features(picture, 3), alike.NEIGHBOURS)
    assert words[0] == "marked"
    assert words[1:] == [f"{d:.1f}" for d in distances[0]]
    nearest = cifar.CLASSES[load_index().labels[ids[0, 0]]]
    assert f"{distances[0, 0]:.1f} from its nearest training image ({nearest})" in value["scene"]["caption"][0]


@pytest.mark.parametrize(
    ("pixels", "name", "w", "words"),
    [
        ("", "cat", 3.0, "mark one of the wall"),
        ("A" * 10**6, "cat", 3.0, "mark one of the wall"),
        ("ö" * 4096, "cat", 3.0, "mark one of the wall"),
        (None, "cat", 3.0, "mark one of the wall"),
        ("A" * 4096, "dragon", 3.0, "the class must be one of"),
        ("A" * 4096, ["cat"], 3.0, "the class must be one of"),
        ("A" * 4096, "cat", float("nan"), "w must be a number in"),
    ],
)
def test_what_is_no_picture_of_the_wall_is_refused(pixels, name, w, words):
    with pytest.raises(ValueError, match=words):
        alike.asked(pixels, name, w)
