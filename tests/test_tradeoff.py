"""The trade-off: the paper's tables, closed forms of IS and FID against samples, the toy in the same axes, the tab."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfg_core.images.curves import Curves
from cfg_core.metrics import frechet_gaussians, inception_score
from cfg_core.mixture import three_gaussians
from cfg_core.moments import mixture_moments
from cfg_core.scores import label_rows, score_of_labels
from demo.fields import Toy
from demo.views.tradeoff import compute as t
from demo.views.tradeoff.scene import ours_scene
from demo.views.tradeoff.settings import Tradeoff
from demo.views.tradeoff.tables import read_by_scale, read_tables
from tests.calling import call
from tests.pages import show_part
from tests.test_app import drawn, quiet

MOVABLE, PAPER, OURS = range(3)  # the view's drawings


@pytest.fixture(scope="module")
def tables():
    return read_tables()


@pytest.fixture(scope="module")
def movable():
    return t.movable_sweep()


@pytest.fixture(scope="module")
def toy():
    return t.toy_sweep(Toy(points=1000))


def at(axis, x):
    return int(np.argmin(np.abs(np.asarray(axis) - x)))


# ---- the paper's tables


def test_the_tables_hold_the_papers_landmarks(tables):
    small, large = tables["imagenet64"], tables["imagenet128"]
    assert small.source == "published"
    assert small.values == (0.1, 0.2, 0.5)
    assert large.values == (128, 256, 1024)
    assert (small.fid.min(), small.w[small.fid.argmin(0)[0]]) == (1.55, 0.1)  # the abstract's best figures
    assert (large.fid.min(), large.w[large.fid.argmin(0)[1]]) == (2.43, 0.3)
    assert small.score.max() == 260.2
    assert large.score.max() == 422.29
    assert list(small.w) == list(large.w) == [0, *np.arange(1, 11) / 10, 2, 3, 4]


def test_equal_score_reverses_what_equal_w_says(tables):
    table = tables["imagenet64"]
    fid, score = table.at(1.0)
    assert list(fid) == [12.60, 11.21, 9.13]  # p_uncond = 0.5 looks best
    assert score[2] == 131.1
    equal, w = table.at_equal_score(131.1)
    assert equal[[0, 2]] == pytest.approx([7.19, 9.13])  # and is worst
    assert w[[0, 2]] == pytest.approx([0.6, 1.0])
    assert equal[1] == pytest.approx(6.48 + (7.73 - 6.48) * (131.1 - 122.13) / (131.60 - 122.13))


def test_a_score_that_a_column_never_has_is_nan(tables):
    fid, w = tables["imagenet64"].at_equal_score([50.0, 240.0])
    np.testing.assert_array_equal(np.isnan(fid), [[True, True, False], [False, False, True]])
    np.testing.assert_array_equal(np.isnan(w), np.isnan(fid))


@pytest.mark.parametrize("name", ["imagenet64", "imagenet128"])
def test_the_papers_sweep_is_its_table_at_the_rows_and_on_the_curve_between(tables, name):
    table, sweep = tables[name], t.table_sweep(tables[name])
    for row, w in enumerate(table.w):
        i = at(sweep.axes["w"], w)
        for c in range(3):
            assert sweep[f"fid_{c + 1}"][i] == pytest.approx(table.fid[row, c])
            assert sweep[f"is_{c + 1}"][i] == pytest.approx(table.score[row, c])
    for c in range(3):  # the dots of equal score lie on their column's curve
        np.testing.assert_allclose(
            np.interp(sweep[f"equal_w_{c + 1}"], table.w, table.fid[:, c]), sweep[f"equal_fid_{c + 1}"], rtol=1e-9
        )
        np.testing.assert_allclose(
            np.interp(sweep[f"equal_w_{c + 1}"], table.w, table.score[:, c]), sweep[f"equal_is_{c + 1}"], rtol=1e-9
        )
    np.testing.assert_allclose(sweep["equal_fid_3"], sweep["fid_3"], rtol=1e-12)


def test_a_damaged_table_is_refused(tables):
    good = tables["imagenet64"]
    with pytest.raises(ValueError, match="w must increase"):
        t.Table("", "", good.values, good.w[::-1], good.fid, good.score, "")
    with pytest.raises(ValueError, match="finite"):
        t.Table("", "", good.values, good.w, good.fid[:5], good.score[:5], "")


# ---- distributions one can move


@given(q=st.floats(0.1, 1.0), covered=st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_the_closed_score_is_that_of_the_label_matrix(q, covered):
    rows = label_rows(q, 10)[:covered]
    np.testing.assert_allclose(rows.sum(1), 1)
    assert score_of_labels(q, covered, 10) == pytest.approx(inception_score(rows), rel=1e-9)


def test_the_score_is_bounded_by_the_classes_and_blind_to_what_they_look_like(movable):
    score = movable["score"]  # [covered, confidence]
    np.testing.assert_allclose(score[:, -1], np.arange(1, 11), rtol=1e-9)  # surely one class each: their number
    np.testing.assert_allclose(score[:, 0], 1, rtol=1e-9)  # no confidence at all
    assert (np.diff(score, axis=1)[1:] > 0).all()
    assert movable.arrays["score"][1] == ("covered", "confidence")


@pytest.mark.parametrize(
    ("covered", "diversity", "shift"), [(10, 0.6, 0.2), (5, 1.0, 0.0), (1, 0.0, 2.0), (7, 1.4, 1.0)]
)
def test_the_closed_moments_are_those_of_a_large_draw(covered, diversity, shift):
    places, noise = t.draw(200_000, covered, seed=3)
    x = places + diversity * noise
    x[:, 1] += shift
    mean, cov = t.moments(covered, diversity, shift)
    np.testing.assert_allclose(x.mean(0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(x, rowvar=False), cov, atol=0.05)


def test_fid_is_zero_on_the_data_alone_and_every_flaw_costs(movable):
    fid, axes = movable["fid"], movable.axes
    one, none = at(axes["diversity"], 1), at(axes["shift"], 0)
    assert fid[9, one, none] == pytest.approx(0, abs=1e-9)
    assert (fid >= -1e-9).all()
    assert (np.diff(fid[9, : one + 1, none]) < 0).all()  # less diversity, more distance
    assert (np.diff(fid[9, one:, none]) > 0).all()  # and too much of it as well
    np.testing.assert_allclose(fid[9, one], axes["shift"] ** 2, atol=1e-9)  # a shift alone: its square
    assert (np.diff(fid[4:, one, none]) < 0).all()  # classes that are missing
    # all of one spread lost in the 14 features that only vary within a class: a closed form by hand
    by_hand = 14 * 0.36 + 2 * (np.sqrt(4.86) - np.sqrt(4.5)) ** 2
    assert fid[9, 0, none] == pytest.approx(by_hand)


def test_the_parts_of_fid_add_up_and_a_finite_draw_reads_higher(movable):
    total = movable["fid_mean"][:, None, :] + movable["fid_cov"][:, :, None]
    np.testing.assert_allclose(movable["fid"], total)
    covered, d, s = 6, 20, 10
    mean, cov = t.moments(covered, t.DIVERSITY[d], t.SHIFT[s])
    real = t.moments(10, 1.0)
    assert movable["fid"][covered - 1, d, s] == pytest.approx(frechet_gaussians(mean, cov, *real))
    one = at(t.DIVERSITY, 1)
    assert movable["fid_drawn"][9, one, 0] > 0.1 > movable["fid"][9, one, 0]  # two draws of the same are not at 0
    big = t.movable_sweep(6_000)
    assert big["fid_drawn"][9, one, 0] < 0.2 * movable["fid_drawn"][9, one, 0]


def test_the_drawn_cloud_is_exact_between_its_ends(movable):
    made = movable["made"]  # [covered, diversity ends, shift ends, point, xy]
    d, s = 0.6 / 1.6, 1.0 / 2.0
    between = (1 - d) * ((1 - s) * made[9, 0, 0] + s * made[9, 0, 1]) + d * (
        (1 - s) * made[9, 1, 0] + s * made[9, 1, 1]
    )
    places, noise = t.draw(400, 10)
    np.testing.assert_allclose(between, (places + 0.6 * noise)[: t.DRAWN, :2] + [0, 1.0])


def test_bars_have_the_height_of_the_probabilities(movable):
    bars = movable["one_bars"][at(t.CONFIDENCE, 0.9)].reshape(10, 4, 2)
    np.testing.assert_allclose(bars[:, 1:3, 1], np.repeat([[0.9], *[[0.1 / 9]] * 9], 2, axis=1), rtol=1e-9)
    every = movable["all_bars"][4, at(t.CONFIDENCE, 1.0)].reshape(10, 4, 2)
    np.testing.assert_allclose(every[:, 1, 1], [0.2] * 5 + [0] * 5, atol=1e-12)


# ---- the toy and our network


def test_the_toys_distance_is_least_where_its_samples_are_the_data(toy):
    w, fid = toy.axes["w"], toy["toy_fid"]
    assert w[fid.argmin()] in (-1, 0)
    assert fid[at(w, 0)] < 0.02
    assert fid[at(w, -1)] < 0.02
    assert (np.diff(fid[at(w, 0) :]) > 0).all()
    assert (np.diff(toy["toy_score"][at(w, 0) :]) > 0).all()
    assert toy["toy_score"][at(w, 0)] == pytest.approx(toy.meta["data_score"], abs=0.05)
    assert toy["toy_score"].max() <= 3


def test_the_toys_distance_at_w4_follows_from_the_odes_known_moments(toy):
    """The three clouds at (3.85, sd .73 across, .55 along) are turned by 120°: the pooled moments are closed forms."""
    r, across, along = 3.85, 0.73, 0.55
    variance = r**2 / 2 + (across**2 + along**2) / 2
    data = 1.793**2 / 2 + 1
    assert toy["toy_fid"][at(toy.axes["w"], 4)] == pytest.approx(2 * (variance**0.5 - data**0.5) ** 2, rel=0.03)


def test_the_mixtures_moments_are_those_of_its_draws():
    mixture = three_gaussians(2.0, 0.7, (1.0, 2.0, 3.0))
    x, _ = mixture.sample(200_000, np.random.default_rng(0))
    mean, cov = mixture_moments(mixture)
    np.testing.assert_allclose(x.mean(0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(x, rowvar=False), cov, atol=0.03)


def test_our_networks_curve_is_the_record_and_a_damaged_record_is_survived(tmp_path, monkeypatch):
    record = json.loads(t.CURVES.read_text())
    sweep, w = t.cifar_sweep(Curves.of(record)), sorted({row["w"] for row in record["rows"]})
    for array, name in (("cifar_score", "classifier_score"), ("cifar_fid", "frechet")):
        each = [[row["all"][name] for row in record["rows"] if row["w"] == one] for one in w]
        np.testing.assert_allclose(sweep[array], np.mean(each, 1))
        bars = sweep["cifar_bars"].reshape(len(w), 2, 2, 2)[
            :, ["cifar_score", "cifar_fid"].index(array)
        ]  # [w, end, xy]
        length = np.linalg.norm(bars[:, 1] - bars[:, 0], axis=-1)
        np.testing.assert_allclose(length, 2 * np.std(each, axis=1, ddof=1))
    for bad in ("{", "{}", '{"rows": [], "real": {}, "n": 1}', "[]", None):
        monkeypatch.setattr(t, "CURVES", tmp_path / ("curves.json" if bad else "none.json"))
        (tmp_path / "curves.json").write_text(bad or "")
        few = Tradeoff(sampler="ddim", steps=8)
        scene = ours_scene(t.ours(few), few)
        assert sorted(p["id"] for p in scene["panels"]) == ["paper", "published", "toy"]
        assert any("missing or damaged" in line for line in scene["caption"])


def test_the_rows_published_by_scale_stand_at_their_w_and_a_damaged_file_is_said(tmp_path, monkeypatch):
    rows = read_by_scale()
    assert rows.w.tolist() == [-1, 0, 2, 4]  # s = 1 + w
    assert rows.fid == pytest.approx([6.29, 4.66, 10.23, 16.23], abs=0.005)
    assert rows.score == pytest.approx([8.99, 9.18, 9.63, 9.32], abs=0.006)
    few = Tradeoff(sampler="ddim", steps=8)
    panel, words = ours_scene(t.ours(few), few)["panels"][1], ours_scene(t.ours(few), few)["caption"]
    assert (panel["id"], panel["source"]) == ("published", "published")
    assert any("FID is another measure than our Fréchet distance" in line for line in words)
    for bad in ("{}", '{"scale": [0, 1], "fid": [1], "inception_score": [1, 2], "short": ""}'):
        (tmp_path / "rows.json").write_text(bad)
        monkeypatch.setattr(t, "BY_SCALE", tmp_path / "rows.json")
        scene = ours_scene(t.ours(few), few)
        assert "published" not in [p["id"] for p in scene["panels"]]
        assert any("cifar10_by_scale.json is missing or damaged" in line for line in scene["caption"])


# ---- the tab


def words(page, name):
    return page.locator(f"#{name} .stage-caption").inner_text()


def test_the_tab_says_the_reversal_and_moves_without_a_request(tab):
    page = tab("Trade-off")
    for part in ("ours", "paper"):
        show_part(page, "tradeoff", part)
    page.wait_for_timeout(500)
    assert "12.60 (170.1), 11.21 (158.3), 9.13 (131.1)" in words(page, "tradeoff-paper-stage")
    assert "At equal Inception Score 131.1, FID: p_uncond = 0.1 at w = 0.60: 7.19" in words(
        page, "tradeoff-paper-stage"
    )
    assert "minus p_uncond = 0.1: 1.94" in words(page, "tradeoff-paper-stage")
    quiet(page)
    page.locator("#tradeoff-paper_w input[type=range]").press("ArrowRight")
    page.wait_for_function("document.querySelector('#tradeoff-paper-stage .stage').dataset.w === '1.02'")
    show_part(page, "tradeoff", "movable")
    for slider in ("confidence", "diversity", "shift"):
        page.locator(f"#tradeoff-{slider} input[type=range]").press("ArrowRight")
    page.get_by_role("button", name="One picture of each").click()
    caption = "document.querySelector('#tradeoff-movable-stage .stage-caption').innerText"
    page.wait_for_function(f"{caption}.includes('Score 10.00')")
    assert "FID 5.05" in words(page, "tradeoff-movable-stage")
    page.get_by_role("button", name="Half of the classes").click()
    page.wait_for_function(
        "document.querySelector('#tradeoff-movable-stage .stage-caption').innerText.includes('over 5 of 10')"
    )
    (score,) = page.evaluate("cfg.stage.value('tradeoff-movable-stage', 'score')")
    assert score == pytest.approx(inception_score(label_rows(0.8, 10)[:5]), rel=1e-4)
    assert page.requests == []
    show_part(page, "tradeoff", "paper")
    page.get_by_label("ImageNet 128²").check()
    page.wait_for_function(
        "document.querySelector('#tradeoff-paper-stage .stage').dataset.loads === '2'", timeout=20_000
    )
    assert "T = 1024" in words(page, "tradeoff-paper-stage")


def test_nonsense_is_refused_and_the_rest_computed(served):
    def said(drawing, **settings) -> str:
        return json.dumps(call(served, "tradeoff", drawing, **settings), ensure_ascii=False)

    assert call(served, "tradeoff", PAPER)["event"] == "complete"
    assert "table must be one of" in said(PAPER, table="<b>")
    assert "range must be one of" in said(PAPER, span=4)
    assert call(served, "tradeoff", OURS, sampler="ancestral", steps=16)["event"] == "complete"
    assert "sampler must be one of" in said(OURS, sampler="magic")
    assert "steps must be a whole number in [2, 128]" in said(OURS, steps=1e9)
    assert "spread must be a number in" in said(OURS, spread="nan")


def test_a_phone_shows_it_without_a_sideways_scroll(tab):
    page = tab(None, width=390, height=800, query="?tab=tradeoff")
    drawn(page, "tradeoff-movable")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
