"""Our own table of p_uncond: what its runs must have in common, its rows as a table, and how Trade-off reads it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cfg_core.commands.p_uncond import networks, table
from demo.views.tradeoff import compute
from demo.views.tradeoff.settings import Tradeoff
from demo.views.tradeoff.tables import our_table
from demo.views.tradeoff.tables_scene import paper_scene
from tests.test_train_command import data, trained  # noqa: F401  (a fixture)

ROWS = [
    {"p_uncond": p, "w": w, "frechet_efficientnet": 100 + 10 * w + 30 * p, "classifier_score": 3 + w - p - (w == 4) * 2}
    for p in (0.1, 0.5, 0.2)
    for w in (4.0, 0.0, 1.0, 2.0)
]


def test_runs_that_differ_in_p_uncond_alone_are_taken_in_its_order_and_others_refused(data, tmp_path):  # noqa: F811
    for name, more in (("a", "--p-uncond 0.9"), ("b", "--p-uncond 0.1"), ("longer", "--p-uncond 0.2 --images 24")):
        trained(data, tmp_path / name, f"--images 20 {more}")
    made = networks([tmp_path / "a", tmp_path / "b"], 0)
    assert [one["p_uncond"] for one in made] == [0.1, 0.9]
    assert {one["images_seen"] for one in made} == {20}
    assert made[0]["sha256"] != made[1]["sha256"]
    for runs in (["a", "longer"], ["a", "a"]):
        with pytest.raises(ValueError, match="in nothing else"):
            networks([tmp_path / run for run in runs], 0)


@pytest.fixture
def record(tmp_path):
    network = {"parameters": 1_500_000, "images_seen": 640_000}
    path = tmp_path / "p_uncond.json"
    record = {"n": 500, "features": "eyes", "networks": [network] * 3}
    path.write_text(json.dumps({**record, "table": table(ROWS, [0.1, 0.2, 0.5], "frechet_efficientnet")}))
    return path


def test_rows_in_any_order_are_the_table_by_w_and_p_uncond(record):
    read = our_table(record)
    assert (read.values, list(read.w)) == ((0.1, 0.2, 0.5), [0, 1, 2, 4])
    np.testing.assert_allclose(read.fid[:, 1], [106, 116, 126, 146])
    np.testing.assert_allclose(read.score[:, 0], [2.9, 3.9, 4.9, 4.9])
    assert "640,000 images seen each; 500 samples a row" in read.about


def test_where_the_score_no_longer_rises_it_is_compared_where_it_first_was(record):
    fid, w = our_table(record).at_equal_score([3.5, 4.7, 4.95])
    np.testing.assert_allclose(w, [[0.6, 0.7, 1.0], [1.8, 1.9, np.nan], [np.nan] * 3])
    np.testing.assert_allclose(fid[0], 100 + 10 * w[0] + 30 * np.array([0.1, 0.2, 0.5]))


def test_trade_off_draws_our_table_under_its_own_names_and_says_where_it_is_missing(record):
    sweep = compute.table_sweep(our_table(record))
    scene = paper_scene(sweep, Tradeoff())
    named = {layer[key] for panel in scene["panels"] for layer in panel["layers"] for key in ("x", "y") if key in layer}
    assert named <= set(sweep.arrays)
    assert {panel["source"] for panel in scene["panels"]} == {"precomputed"}
    assert "Inception Score" not in json.dumps(scene)
    assert "p_uncond.json is missing" in paper_scene(compute.Sweep({}, {}), Tradeoff())["caption"][0]
