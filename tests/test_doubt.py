"""Classifier's doubt: guidance by a classifier, its three judges, and the numbers of the view."""

import json

import numpy as np
import pytest
import torch

from cfg_core.commands.toy_networks import pool, train_classifier
from cfg_core.guidance import guided
from cfg_core.mixture import three_gaussians
from cfg_core.nets.network import NoisedClassifier
from cfg_core.nets.toys import P_UNCOND, ROLES, SIZES, TOYS, accuracy, load_judge, load_potential
from cfg_core.nets.weights import AssetError, sha256
from demo.views.doubt import compute as doubt
from demo.views.doubt.settings import Doubt
from tests.calling import call
from tests.pages import show_part
from tests.test_app import drawn, quiet, stage_w

W = np.array([0.0, 3.0, 10.0])


@pytest.fixture(scope="module")
def mixture():
    return three_gaussians()


@pytest.fixture(scope="module")
def view():
    return doubt.compute(Doubt())


def test_an_exact_classifier_has_nothing_of_its_own_to_believe(mixture):
    x = doubt.guided_samples(mixture, 1, W, "classifier_u", classifier=mixture, points=60)
    np.testing.assert_allclose(x, doubt.guided_samples(mixture, 1, W, points=60), atol=1e-8)


def test_with_a_poor_classifier_the_base_matters(mixture):
    poor = load_judge(30, "guide")
    z = 2 * np.random.default_rng(0).standard_normal((50, 2))
    one, two = (guided(mixture, 1, 3.0, name, classifier=poor)(z, 1.0) for name in ("classifier", "classifier_u"))
    assert np.abs(one - two).max() > 0.1


def test_more_points_bring_a_classifier_to_bayes(mixture):
    measured = {size: accuracy(load_judge(size, "guide"), mixture, 6.0) for size in SIZES}
    assert measured[5000]["bayes"] - measured[5000]["right"] < 0.01
    assert measured[30]["bayes"] - measured[30]["right"] > 0.03
    assert measured[30]["error"] > measured[200]["error"] > 4 * measured[5000]["error"]
    rng = np.random.default_rng(9)  # Bayes's share by its definition, and the record's numbers
    x, c = mixture.sample(20_000, rng)
    nearest = np.linalg.norm(x[:, None] - mixture.means, axis=-1).argmin(-1)
    assert accuracy(mixture, mixture, 30.0)["bayes"] == pytest.approx((nearest == c).mean(), abs=0.015)
    record = json.loads((TOYS / "guide_5000.json").read_text())
    assert record["measured"]["lam 6"]["right"] == pytest.approx(measured[5000]["right"], abs=2e-3)


def test_a_classifiers_gradient_is_that_of_finite_differences_and_dies_out_in_noise():
    judge = load_judge(200, "guide")
    judge = NoisedClassifier(judge.net)
    z, h = np.random.default_rng(0).standard_normal((20, 2)), 1e-2
    shifts = [judge.log_posterior(z + h * e, 0.5)[:, 2] - judge.log_posterior(z - h * e, 0.5)[:, 2] for e in np.eye(2)]
    slope = np.stack(shifts, axis=-1) / (2 * h)
    np.testing.assert_allclose(judge.grad_log_posterior(z, 0.5, 2), slope, atol=0.02)
    assert np.abs(judge.grad_log_posterior(z, -20.0, 2)).max() < 1e-3
    np.testing.assert_allclose(judge.posterior(z, 0.5).sum(-1), 1, atol=1e-6)


def test_guide_and_judge_share_no_point(mixture):
    for size in (30, 200):
        one, other = pool(mixture, size)
        assert len(one.x) == len(other.x) == size
        assert not set(map(tuple, one.x.tolist())) & set(map(tuple, other.x.tolist()))
        assert np.bincount(one.c).tolist() == pytest.approx([size / 3] * 3, abs=1)


def test_a_classifier_is_trained_in_front_of_you(mixture):
    data, _ = pool(mixture, 200, seed=5)
    judge = NoisedClassifier(train_classifier(data, seed=0, steps=150))
    measured = accuracy(judge, mixture, 6.0, n=2000)
    assert measured["right"] > measured["bayes"] - 0.06


def test_the_numbers_shown_are_those_of_the_samples(view, mixture):
    k = int(np.flatnonzero(np.isclose(doubt.W_GRID, 3))[0])
    x = view["samples"][k]
    logits = load_judge(30, "guide").net(torch.from_numpy(x).float(), torch.full((len(x),), doubt.LAM_MAX))
    own = torch.softmax(logits, 1)[:, 1].numpy().astype(float)
    distance = ((x[:, None] - mixture.means) ** 2).sum(-1)  # classes of unit variance, clean up to e^-10
    exact = (np.exp(-distance / 2) / np.exp(-distance / 2).sum(1, keepdims=True))[:, 1]
    assert view["own"][k] == pytest.approx(own.mean(), abs=1e-5)
    assert view["exact"][k] == pytest.approx(exact.mean(), abs=1e-3)
    assert view["gap_exact"][k] == pytest.approx(100 * (own - exact).mean(), abs=0.1)
    assert view["se_exact"][k] == pytest.approx(100 * np.std(own - exact, ddof=1) / np.sqrt(len(x)), abs=0.05)
    np.testing.assert_allclose(view["of_classifier_exact"], view["gap_exact"])


def test_the_doubt_is_large_for_30_points_small_for_5000_and_absent_without_its_guidance(view):
    well = doubt.compute(Doubt(size="5000"))
    strong = doubt.W_GRID >= 3
    assert view["gap_exact"][strong].min() > 2 * view["se_exact"][strong].max()
    assert np.abs(view["of_exact_exact"][strong]).max() < 0.5
    assert np.abs(view["of_learned_exact"][strong]).max() < 0.5
    assert np.abs(well["gap_exact"]).max() < 1.5
    assert view["off"].min() > 2 * well["off"].min()


def test_asking_for_what_is_not_there_says_so(tmp_path):
    with pytest.raises(ValueError, match="of 30, 200, 5000 points"):
        load_judge(31, "guide")
    with pytest.raises(ValueError, match="guide or judge"):
        load_judge(30, "friend")
    with pytest.raises(AssetError, match=r"guide_30\.safetensors"):
        load_judge(30, "guide", tmp_path)
    with pytest.raises(AssetError, match=r"potential\.safetensors"):
        load_potential(tmp_path)


def test_every_shipped_weight_has_the_record_of_what_made_it():
    for name in [
        *(f"{role}_{size}" for role in ROLES for size in SIZES),
        "potential",
        *(f"plain_{p:g}" for p in P_UNCOND),
    ]:
        record = json.loads((TOYS / f"{name}.json").read_text())
        assert record["sha256"] == sha256(TOYS / f"{name}.safetensors")
        assert record["command"] == "python -m cfg_core.commands.toy_networks"


@pytest.mark.parametrize(
    ("name", "value"), [("size", "31"), ("size", 30), ("letter", None), ("base", ["x"]), ("guide", "<script>")]
)
def test_the_api_answers_bad_input_with_a_message(served, name, value):
    answer = json.dumps(call(served, "doubt", **{name: value})["data"])
    assert f"{Doubt.fields()[name].called} must be one of" in answer


def test_the_tab_says_what_the_judges_say_and_drags_without_a_request(tab):
    page = tab("Classifier's doubt")
    drawn(page, "doubt")
    quiet(page)
    page.locator("#doubt-w input[type=number]").fill("6")
    page.locator("#doubt-w input[type=number]").press("Enter")
    page.wait_for_function("document.querySelector('#doubt-stage .stage').dataset.w === '6'")
    assert stage_w(page, "doubt") == 6
    assert page.requests == []
    own, other, exact, gap = (
        page.evaluate(f"cfg.stage.value('doubt-stage', '{name}')")[0] for name in ("own", "other", "exact", "gap_exact")
    )
    words = page.locator("#doubt-stage .stage-caption").inner_text()
    assert f"At w = 6 (scale 1 + w = 7) the guiding classifier gives its samples of class B {100 * own:.1f} %" in words
    assert f"an independent one {100 * other:.1f} %, the exact posterior {100 * exact:.1f} %" in words
    assert f"It believes {gap:.1f} points" in words
    page.get_by_label("5000").check()
    page.wait_for_function("document.querySelector('#doubt-stage .stage').dataset.loads === '2'", timeout=30_000)
    show_part(page, "doubt", "gradients")
    assert "Trained on 5000 points" in page.locator("#doubt-stage .stage-caption").inner_text()
