"""Two rules on the same noises: the numbers of the comparison, and the tab."""

import json

import numpy as np
import pytest

from cfg_core.sweeps.compare import compare_sweep
from cfg_core.sweeps.toy import ToySettings, W, gaussians_sweep
from tests.test_app import call, drawn, quiet, stage_w

FEW = {"points": 40, "steps": 16}
GOOD = ["cfg", "heun", "interval", "heun", 1.793, 1, 32, 0, 0.1, 0.8, 0, 0, 0]


def at(w: float) -> int:
    return int(np.argmin(np.abs(W - w)))


def test_a_side_is_what_its_own_sweep_gives():
    left, right = ToySettings(**FEW), ToySettings(rule="rising", sampler="ddim", **FEW)
    both = compare_sweep(left, right)
    alone = gaussians_sweep(right)
    np.testing.assert_array_equal(both["right_samples"], alone["samples"])
    np.testing.assert_array_equal(both["right_keep_mean"], alone["keep_mean"])
    np.testing.assert_array_equal(both["log_pxc"], gaussians_sweep(left)["log_pxc"])


def test_the_same_rule_on_both_sides_is_nothing_apart_and_unguided_paths_agree():
    same = compare_sweep(ToySettings(**FEW), ToySettings(**FEW))
    np.testing.assert_array_equal(same["apart"], 0)
    two = compare_sweep(ToySettings(**FEW), ToySettings(rule="interval", **FEW))
    assert two["apart"][at(0)] == pytest.approx(0, abs=1e-12)
    by_hand = np.linalg.norm(two["left_samples"][at(6)] - two["right_samples"][at(6)], axis=-1)
    assert two["apart"][at(6)] == pytest.approx(np.sqrt((by_hand**2).mean()))
    assert two["apart"][at(6)] > 1


@pytest.mark.parametrize("other", [{"seed": 1}, {"separation": 2.0}, {"points": 50}])
def test_sides_that_do_not_share_their_noises_are_refused(other):
    with pytest.raises(ValueError, match="both sides must have the same"):
        compare_sweep(ToySettings(**FEW), ToySettings(**{**FEW, **other}))


def test_the_tab_draws_both_sides_and_drags_without_a_request(tab):
    page = tab("Compare")
    drawn(page, "compare")
    quiet(page)
    page.locator("#compare-w input[type=range]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("Number(document.querySelector('#compare-stage .stage').dataset.w) > 3.4")
    assert stage_w(page, "compare") == 3.5
    assert page.requests == []
    words = page.locator("#compare-stage .stage-caption").inner_text()
    (apart,) = page.evaluate("cfgStage.value('compare-stage', 'apart')")
    assert "At w = 3.5 (scale 1 + w = 4.5)" in words
    assert f"lie {apart:.2f} apart" in words


def test_a_variant_on_both_sides_is_computed_and_nonsense_is_refused(served):
    good = call(served, "compare", ["apg", "ddim", "cfgpp", "ddim", *GOOD[4:]])
    assert good["event"] == "complete"
    for bad in (["rescale", *GOOD[1:]], ["cfg", "heun", "magic", *GOOD[3:]]):
        assert "guidance must be one of" in json.dumps(call(served, "compare", bad))
    nan = call(served, "compare", [*GOOD[:4], "nan", *GOOD[5:]])
    assert "separation must be a number in [0, 5]" in json.dumps(nan)
