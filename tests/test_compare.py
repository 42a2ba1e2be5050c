"""Two rules on the same noises: the numbers of the comparison, and the tab."""

import json

import numpy as np
import pytest

from demo.fields import W
from demo.views.compare.compute import compute
from demo.views.compare.settings import Compare
from demo.views.gaussians.compute import gaussians_sweep
from tests.calling import call
from tests.test_app import drawn, quiet, stage_w


def at(w: float) -> int:
    return int(np.argmin(np.abs(W - w)))


def test_a_side_is_what_its_own_sweep_gives():
    s = Compare(right="rising", right_sampler="ddim", steps=16)
    both, alone = compute(s), gaussians_sweep(s.sides["right"])
    np.testing.assert_array_equal(both["right_samples"], alone["samples"])
    np.testing.assert_array_equal(both["right_keep_mean"], alone["keep_mean"])
    np.testing.assert_array_equal(both["log_pxc"], gaussians_sweep(s.sides["left"])["log_pxc"])


def test_the_same_rule_on_both_sides_is_nothing_apart_and_unguided_paths_agree():
    same = compute(Compare(right="cfg", steps=16))
    np.testing.assert_array_equal(same["apart"], 0)
    two = compute(Compare(right="interval", steps=16))
    assert two["apart"][at(0)] == pytest.approx(0, abs=1e-12)
    by_hand = np.linalg.norm(two["left_samples"][at(6)] - two["right_samples"][at(6)], axis=-1)
    assert two["apart"][at(6)] == pytest.approx(np.sqrt((by_hand**2).mean()))
    assert two["apart"][at(6)] > 1


def test_both_sides_have_the_same_classes_and_noises_and_each_its_own_rule_and_numbers():
    sides = Compare(left="apg", eta=0.5, right="interval", sigma_low=0.2, seed=5, separation=2).sides
    left, right = sides["left"], sides["right"]
    for name in ("separation", "spread", "a", "b", "c", "seed", "points", "steps", "lam_min", "lam_max"):
        assert getattr(left, name) == getattr(right, name)
    assert left.params == {"eta": 0.5, "norm": 0.0, "momentum": 0.0}
    assert right.params == {"sigma_low": 0.2, "sigma_high": 0.8}


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
    (apart,) = page.evaluate("cfg.stage.value('compare-stage', 'apart')")
    assert "At w = 3.5 (scale 1 + w = 4.5)" in words
    assert f"lie {apart:.2f} apart" in words


def test_a_variant_on_both_sides_is_computed_and_nonsense_is_refused(served):
    variants = {"left": "apg", "left_sampler": "ddim", "right": "cfgpp", "right_sampler": "ddim"}
    assert call(served, "compare", **variants)["event"] == "complete"
    for bad in ({"left": "rescale"}, {"right": "magic"}):
        assert "guidance must be one of" in json.dumps(call(served, "compare", **bad))
    assert "separation must be a number in [0, 5]" in json.dumps(call(served, "compare", separation="nan"))
