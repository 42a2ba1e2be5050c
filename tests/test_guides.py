"""Classifier guidance of images: the classifier of noised images, its gradient, the ways compared, and their record."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import expit, log_softmax

from cfg_core.commands import guides
from cfg_core.commands.gallery import tiles
from cfg_core.commands.guides import SHOWN, sampled
from cfg_core.commands.measure.noised import accuracy_over_lam
from cfg_core.commands.measure.panel import Outside, Panel, evenly
from cfg_core.commands.measure.probe import fitted
from cfg_core.commands.measure.ways import WAYS, temperature
from cfg_core.guidance import guided
from cfg_core.images import cifar
from cfg_core.images.judge import from_uint8
from cfg_core.images.pretrained import (
    ASSETS,
    image_noise,
    load_classifier,
    load_model,
    load_noisy_classifier,
    sample_images,
    to_uint8,
)
from cfg_core.images.shipped import image_rules
from cfg_core.nets.network import NoisedClassifier
from cfg_core.nets.weights import sha256
from cfg_core.process import alpha, diffuse, sigma
from cfg_core.samplers import final
from demo.views.doubt import images, images_scene
from demo.views.doubt.settings import Doubt
from demo.views.doubt.view import VIEW
from tests.scene_check import problems

HORSE, SHIP = cifar.CLASSES.index("horse"), cifar.CLASSES.index("ship")


@pytest.fixture(scope="module")
def model():
    return load_model(bf16=False)


def _record(name: str) -> dict:
    return json.loads((ASSETS / name).read_text())


# ---- the classifier ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [-3.0, 1.0, 6.0])
def test_the_gradient_is_that_of_the_log_probability_by_finite_differences(lam):
    net = load_noisy_classifier(bf16=False)
    z, c, step = image_noise(3, 1), np.array([HORSE, SHIP, 0]), 0.003
    gradient = net.grad_log_posterior(z, lam, c)
    for seed in (2, 3):
        along = image_noise(3, seed) + gradient * 50  # partly along the gradient, or the slope would be nearly 0
        along /= along.flatten(1).norm(dim=1)[:, None, None, None]
        high, low = (net.log_posterior(z + s * along, lam)[range(3), c] for s in (step, -step))
        want = (high - low) / (2 * step)
        torch.testing.assert_close((gradient * along).sum((1, 2, 3)), want, rtol=5e-3, atol=1e-3)


def test_probabilities_sum_to_one_and_tell_nothing_in_noise():
    net = load_noisy_classifier(bf16=False)
    for lam in (-10.0, 0.0, 8.0):
        p = net.log_posterior(image_noise(8, 0), lam).exp()
        torch.testing.assert_close(p.sum(-1), torch.ones(8))
    assert (net.log_posterior(image_noise(8, 0), -10.0).exp() - 0.1).abs().max() < 0.05


@pytest.mark.parametrize("lam", [-3.0, 0.0, 3.0])
def test_bfloat16_gives_nearly_the_same_gradient(lam):
    sheet = tiles(np.asarray(Image.open(ASSETS / "gallery" / "horse.webp").convert("RGB")))[:, 8]  # w = 3
    z = diffuse(from_uint8(sheet.transpose(0, 3, 1, 2).copy()), lam, image_noise(len(sheet), 0))
    one, two = (load_noisy_classifier(bf16=b).grad_log_posterior(z, lam, HORSE) for b in (False, True))
    assert (one - two).norm() < 0.1 * one.norm()


def test_accuracy_over_lam_is_the_share_that_a_known_classifier_gets_right():
    """Images of one grey level a class: the mean of z tells it, less and less as noise grows."""

    class Nearest(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.none = torch.nn.Parameter(torch.zeros(1))

        def forward(self, z, lam):
            far = z.mean((1, 2, 3))[:, None] - alpha(lam)[:, None] * torch.linspace(-1, 1, 10)
            return -(far**2) * 3072 / (2 * sigma(lam)[:, None] ** 2)  # exact log-likelihoods: the optimal classifier

    labels = np.arange(1000) % 10
    pictures = np.broadcast_to((labels * 255 / 9).round().astype(np.uint8)[:, None, None, None], (1000, 3, 32, 32))
    known = NoisedClassifier(Nearest(), classes=10, event_ndim=3)
    got = accuracy_over_lam(known, np.ascontiguousarray(pictures), labels, (-12.0, -6.0, 4.0))
    for lam, right in zip(got["lam"], got["accuracy"], strict=True):
        half = alpha(lam) / 9 / sigma(lam) * 3072**0.5  # half the distance of two means in standard deviations
        tail = math.erfc(half / 2**0.5) / 2
        assert right == pytest.approx(1 - 1.8 * tail, abs=0.05)  # the two at the ends have one neighbour
    assert got["cross_entropy"][2] == pytest.approx(0, abs=1e-6)


def test_the_record_is_of_the_file_and_what_is_right_falls_with_noise():
    record = _record("noisy_classifier.json")
    assert record["sha256"] == sha256(ASSETS / "noisy_classifier.safetensors")
    assert (ASSETS / "noisy_classifier.safetensors").stat().st_size < 6e6
    right = dict(zip(record["test"]["lam"], record["test"]["accuracy"], strict=True))
    assert right[-10.0] == pytest.approx(0.1, abs=0.03)  # chance
    assert right[-10.0] < right[-4.0] < right[0.0] < min(right[4.0], right[8.0])
    assert max(record["test"]["cross_entropy"]) < math.log(10) + 0.05  # never worse than a guess


@pytest.mark.skipif(not (Path("data") / cifar.FOLDER).exists(), reason="needs CIFAR-10 in data/")
def test_the_recorded_accuracy_is_that_of_a_sample_of_test_images():
    x, c = (a[:400] for a in cifar.load("data", "test"))
    got = accuracy_over_lam(load_noisy_classifier(bf16=False), x, c, (0.0, 8.0))
    said = dict(zip(*(_record("noisy_classifier.json")["test"][key] for key in ("lam", "accuracy")), strict=True))
    for lam, right in zip(got["lam"], got["accuracy"], strict=True):
        assert right == pytest.approx(said[lam], abs=0.1)  # four standard errors


# ---- it guides -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("w", [0.0, 2.0])
@pytest.mark.parametrize("rule", ["classifier", "classifier_u"])
def test_the_first_step_is_the_model_pushed_along_the_gradient(model, rule, w):
    step = next(iter(sample_images(model, [HORSE, SHIP], w, seed=0, steps=2, rule=rule)))
    c = np.array([HORSE, SHIP])
    base, scale = (model.eps(step.z, step.lam, c), w) if rule == "classifier" else (model.eps(step.z, step.lam), 1 + w)
    a, s = expit(step.lam) ** 0.5, expit(-step.lam) ** 0.5
    eps = base - scale * s * model.classifier.grad_log_posterior(step.z, step.lam, c)
    torch.testing.assert_close(step.x, ((step.z - s * eps) / a).clip(-1, 1), rtol=1e-3, atol=1e-3)


def test_its_own_belief_rises_along_its_gradient(model):
    """At one noise level, a small step by the rule's difference raises log p(c|z)."""
    z, lam, c = image_noise(6, 4), 1.0, HORSE
    plain, pushed = (guided(model, c, w, "classifier")(z, lam) for w in (0.0, 3.0))
    before = model.classifier.log_posterior(z, lam)[:, c]
    assert (model.classifier.log_posterior(z - 0.1 * (pushed - plain), lam)[:, c] > before).all()


def test_without_its_record_there_is_no_such_rule_and_a_model_says_what_it_lacks(tmp_path: Path):
    assert {"classifier", "classifier_u"} <= set(image_rules())
    for file in ("model.json", "model.safetensors"):
        shutil.copy(ASSETS / file, tmp_path / file)
    assert {"classifier", "classifier_u"}.isdisjoint(image_rules(tmp_path))
    with pytest.raises(ValueError, match="needs a classifier beside this model"):
        final(sample_images(load_model(tmp_path), [HORSE], 2.0, seed=0, steps=2, rule="classifier"))


def test_a_score_times_k_is_the_first_guess_with_k_eps(model):
    step = next(iter(sample_images(model, [HORSE], 0.0, seed=0, steps=2, rule="none", k=1.5)))
    a, s = expit(step.lam) ** 0.5, expit(-step.lam) ** 0.5
    eps = model.eps(step.z, step.lam, HORSE)
    torch.testing.assert_close(step.x, ((step.z - s * 1.5 * eps) / a).clip(-1, 1), rtol=1e-3, atol=1e-3)


def test_without_fresh_noise_its_variance_does_not_matter(model):
    how = {"w": 0.0, "seed": 0, "steps": 3, "rule": "none", "sampler": "ancestral"}
    still = [final(sample_images(model, [HORSE], tau=0.0, v=v, **how)) for v in (0.0, 1.0)]
    moved = [final(sample_images(model, [HORSE], tau=1.0, v=v, **how)) for v in (0.0, 1.0)]
    torch.testing.assert_close(*still)
    assert (moved[0] - moved[1]).abs().max() > 0.01
    with pytest.raises(ValueError, match="k and tau"):
        next(iter(sample_images(model, [HORSE], tau=-1.0, **how)))


# ---- who judges ----------------------------------------------------------------------------------------------------


def test_a_probe_finds_the_log_odds_of_two_gaussians_and_each_classs_share():
    rng, c = np.random.default_rng(0), (np.arange(20_000) % 4 == 0).astype(np.int64)
    x = rng.standard_normal((len(c), 2)) + np.where(c[:, None] == 1, 1.0, -1.0) * [1, 0]
    p = fitted(x, c, 2, penalty=0.0).posterior(x)
    np.testing.assert_allclose(p.mean(0), [0.75, 0.25], atol=1e-4)
    want = log_softmax(np.stack([np.zeros(len(x)), 2 * x[:, 0] - np.log(3)], axis=1), axis=1)  # Bayes' rule
    assert np.abs(p - np.exp(want)).max() < 0.03


def test_a_gap_is_what_the_guide_believes_more():
    x, classes = torch.zeros(20, 3, 32, 32) + torch.linspace(-1, 1, 20)[:, None, None, None], np.arange(20) % 10
    features = np.random.default_rng(0).standard_normal((40, 3))
    probe = fitted(features, np.arange(40) % 10, 10)

    class Extractor:
        def __call__(self, x):
            return features[: len(x)]

    beside = Outside(Extractor(), probe, features)  # type: ignore[arg-type]
    panel = Panel(load_noisy_classifier(bf16=False), load_classifier(), beside)
    probs, _ = panel.probabilities(x, classes)
    out = panel.figures(x, classes)
    mine = {name: [p[i, c] for i, c in enumerate(classes)] for name, p in probs.items()}
    for name in ("classifier", "probe"):
        gaps = np.subtract(mine["guide"], mine[name])
        assert out[f"gap_{name}"] == pytest.approx(out["guide"] - out[name], abs=1e-9)
        assert out[f"se_{name}"] == pytest.approx(np.std(gaps, ddof=1) / 20**0.5)
    assert out["right_classifier"] == np.mean(
        [p.argmax() == c for p, c in zip(probs["classifier"], classes, strict=True)]
    )


def test_evenly_takes_as_many_of_each_class_in_turn():
    labels = np.repeat(np.arange(10), 7)
    assert labels[evenly(labels, 30)].tolist() == 3 * list(range(10))


# ---- the ways, and what was measured ---------------------------------------------------------------------------------


def test_ways_that_are_the_same_by_formula_are_sampled_once():
    assert WAYS["cfg"].how(0.0) == WAYS["classifier"].how(0.0) == WAYS["score"].how(0.0) == WAYS["score"].how(-1.0)
    assert WAYS["cfg"].how(-1.0) == WAYS["classifier_u"].how(-1.0)
    assert [temperature(w) for w in (-1.0, 0.0, 1.0, 3.0)] == [1, 1, 0.5, 0.25]
    assert WAYS["score"].how(3.0)["k"] == 4  # scale 1 + w = 1 / T
    assert WAYS["noise"].how(3.0)["tau"] == 0.5  # sqrt(T)


def test_a_stopped_measurement_goes_on_and_measures_each_cell_once(tmp_path: Path, monkeypatch):
    """The walk over cells with figures of one's own: the second run takes what the first left open."""
    asked = []

    def figures(model, panel, cell, args):
        asked.append(cell)
        if len(asked) == 3:
            raise ValueError("stopped")
        return {"guide": float(len(asked))}

    monkeypatch.setattr(guides, "_panel", lambda *_: Panel(None, None, None))
    monkeypatch.setattr(guides, "_real", lambda *_: {"guide": 0.5})
    monkeypatch.setattr(guides, "_figures", figures)
    monkeypatch.setattr(guides, "load_model", lambda _: None)
    monkeypatch.setattr(guides, "shown", lambda *_: None)
    for file in guides.NETWORKS:
        (tmp_path / f"{file}.safetensors").write_bytes(file.encode())
    command = ["--assets", str(tmp_path), "--n", "100"]
    with pytest.raises(SystemExit, match="stopped"):
        guides.main(command)
    guides.main(command)
    rows = json.loads((tmp_path / "guides.json").read_text())["rows"]
    assert [(row["way"], row["w"]) for row in rows] == [(way, w) for w in guides.W for way in WAYS]
    assert asked[2] == asked[3]  # the one that was cut is taken again
    hows = [json.dumps(WAYS[way].how(w), sort_keys=True) for way, w in asked[:2] + asked[3:]]
    assert len(set(hows)) == len(hows)  # none twice
    told = {how: i for i, how in enumerate(hows)}
    for row in rows:
        i = told[json.dumps(WAYS[row["way"]].how(row["w"]), sort_keys=True)]
        assert row["guide"] == i + (1 if i < 2 else 2)


def test_the_record_is_of_the_shipped_weights_and_whole():
    record = _record("guides.json")
    for name in ("model", "noisy_classifier", "classifier"):
        assert record[f"{name}_sha256"] == sha256(ASSETS / f"{name}.safetensors")
    assert [(row["way"], row["w"]) for row in record["rows"]] == [(way, w) for w in record["w"] for way in WAYS]
    for row in record["rows"]:
        assert row["gap_classifier"] == pytest.approx(row["guide"] - row["classifier"], abs=2e-4)


def test_a_cell_is_drawn_again_as_it_was_shown_and_believed(model):
    record, sheet = _record("guides.json"), np.asarray(Image.open(ASSETS / "gallery" / "guides.webp").convert("RGB"))
    way, w = "classifier_u", 2.0
    row = next(i for i, r in enumerate(record["rows"]) if (r["way"], r["w"]) == (way, w))
    x, classes = sampled(model, WAYS[way].how(w), SHOWN, record["seed"], record["steps"])
    assert np.abs(to_uint8(x).astype(float) - tiles(sheet)[row]).mean() < 8  # the sheet may be of bfloat16
    p = Panel(model.classifier, load_classifier(), None).own(from_uint8(tiles(sheet)[row].transpose(0, 3, 1, 2).copy()))
    assert p[range(SHOWN), classes] == pytest.approx(record["rows"][row]["shown"], abs=0.1)


# ---- on the page -----------------------------------------------------------------------------------------------------


def _filled(against: str = "classifier", folder: Path = ASSETS) -> tuple:
    sweep = images.compute(Doubt(against=against), folder)
    return sweep, VIEW.drawings[1].filled(VIEW, images_scene.scene(sweep, Doubt(against=against)), Doubt())


@pytest.mark.parametrize("against", ["classifier", "probe"])
def test_the_curves_are_the_records(against):
    record = _record("guides.json")
    sweep, scene = _filled(against)
    assert problems(sweep, scene) == []
    for i, w in enumerate(record["w"]):
        row = next(r for r in record["rows"] if (r["way"], r["w"]) == ("classifier_u", w))
        assert sweep["other_classifier_u"][i] == pytest.approx(row[against])
        assert sweep["gap_classifier_u"][i] == pytest.approx(100 * row[f"gap_{against}"])


def test_the_pictures_at_each_position_of_the_slider_are_those_of_the_nearest_measured_w():
    sweep, record, w = _filled()[0], _record("guides.json"), Doubt.fields()["w"]
    axis = sweep.to_dict()["axes"]["w:shown"]  # as the browser has it, which draws straight lines between
    for at in np.arange(w.low, w.high + 0.05, w.step).round(6):
        near = np.argsort(np.abs(np.array(record["w"]) - at), kind="stable")[:2]
        shown = [np.interp(at, axis, column) for column in sweep["tiles"].T]
        rows, columns = np.divmod(np.reshape(shown, (len(WAYS), -1)), 10)
        assert (columns == [cifar.CLASSES.index(name) for name in images.SHOWN]).all()
        i = near[0] if abs(abs(record["w"][near[0]] - at) - abs(record["w"][near[1]] - at)) > 1e-6 else near.max()
        assert (rows == i * len(WAYS) + np.arange(len(WAYS))[:, None]).all()


@pytest.mark.parametrize("name", ["guides.json", "noisy_classifier.json"])
@pytest.mark.parametrize("content", [None, "{", "[]", '{"rows": []}'])
def test_a_missing_or_damaged_record_is_said(tmp_path: Path, name, content):
    for file in {"guides.json", "noisy_classifier.json"} - {name}:
        shutil.copy(ASSETS / file, tmp_path / file)
    if content is not None:
        (tmp_path / name).write_text(content)
    sweep, scene = _filled(folder=tmp_path)
    assert problems(sweep, scene) == []
    assert (scene["panels"], scene["caption"]) == ([], [images_scene.MISSING])


def test_where_there_is_no_independent_network_the_other_judge_stands_in_and_it_is_said(tmp_path: Path):
    record = _record("guides.json")
    for row in (*record["rows"], record["real"]):
        for key in [key for key in row if key.endswith("probe") or key == "frechet"]:
            del row[key]
    (tmp_path / "guides.json").write_text(json.dumps(record))
    shutil.copy(ASSETS / "noisy_classifier.json", tmp_path)
    sweep, scene = _filled("probe", tmp_path)
    assert problems(sweep, scene) == []
    assert "frechet" not in {panel["id"] for panel in scene["panels"]}
    assert "A network trained on photographs was not measured." in scene["caption"]["images"][-1]


@pytest.mark.parametrize(("gap", "words"), [(0.3, "an adversarial attack would do so"), (0.0, "no sign here")])
def test_the_verdict_follows_the_figures(tmp_path: Path, gap, words):
    record = _record("guides.json")
    for row in record["rows"]:
        row |= {"gap_classifier": gap if row["way"] == "classifier" and row["w"] == 4 else 0.0, "se_classifier": 0.01}
    (tmp_path / "guides.json").write_text(json.dumps(record))
    shutil.copy(ASSETS / "noisy_classifier.json", tmp_path)
    verdict = _filled(folder=tmp_path)[1]["caption"]["measured"][1]
    assert words in verdict
    assert ("w = 4 (scale 5), by 30.0 points (± 1.4)" in verdict) == (gap > 0)
