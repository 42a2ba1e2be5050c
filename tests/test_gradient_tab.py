"""Is it a gradient?: the numbers of the view, by other ways; the circle that one drags; what strangers may send."""

import json

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from cfg_core.density import grid
from cfg_core.implicit import implicit_log_posterior
from cfg_core.mixture import three_gaussians
from cfg_core.nets.toys import load_plain
from cfg_core.process import sigma
from demo.views.gradient.compute import (
    LAMS,
    NEAR,
    W_GRID,
    circle_sweep,
    curl_sweep,
    field_model,
    implicit_sweep,
)
from demo.views.gradient.settings import HALF, Gradient
from tests.calling import call, call_api, values
from tests.calling import view as view_of
from tests.test_app import drawn, on_canvas, quiet, stage_w

CIRCLE = (Gradient().z1, Gradient().z2, Gradient().radius)
AT = (1.0, -0.8)
MIDDLE = int(np.argmin(np.abs(LAMS)))  # lam = 0


@pytest.fixture(scope="module")
def mixture():
    return three_gaussians()


@pytest.fixture(scope="module")
def learned():
    return field_model("learned", 0.1)


@pytest.fixture(scope="module")
def maps(mixture, learned):
    return curl_sweep(learned, mixture, 0, cells=20)


def test_the_work_shown_is_that_of_the_network_itself_in_float32(mixture, learned):
    sweep, net = circle_sweep(learned, mixture, 1, AT, 0.9), load_plain(0.1)
    t = np.linspace(0, 2 * np.pi, 721)
    corners = np.stack([AT[0] + 0.9 * np.cos(t), AT[1] + 0.9 * np.sin(t)], axis=-1)
    middles, steps = (corners[1:] + corners[:-1]) / 2, np.diff(corners, axis=0)
    for i in (4, MIDDLE, 20):
        eps_c, eps_u = (e.double().numpy() for e in net.eps_pair(torch.from_numpy(middles).float(), LAMS[i], 1))
        score = -(eps_c + 3 * (eps_c - eps_u)) / sigma(LAMS[i])
        shown = sweep["work_base"][i] + 3 * sweep["work_slope"][i]
        assert shown == pytest.approx((score * steps).sum(), rel=1e-3, abs=2e-4)
        assert shown == pytest.approx(sweep["area_base"][i] + 3 * sweep["area_slope"][i], rel=1e-5, abs=1e-7)


def test_the_exact_field_does_no_work_and_has_no_curl(mixture, learned, maps):
    sweep = circle_sweep(learned, mixture, 0, AT, 2.0)
    for name in ("work", "area"):
        total = sweep[f"exact_{name}_base"] + 10 * sweep[f"exact_{name}_slope"]
        assert np.abs(total).max() < 1e-13
    assert maps["exact_ratio"].max() < 1e-14
    assert maps["ratio"].min() > 1e-3


def test_the_share_of_curl_is_that_of_finite_differences(mixture, learned, maps):
    z = grid((-HALF, HALF), (-HALF, HALF), 20)
    w, h = 3.0, 1e-5
    k = int(np.flatnonzero(w == W_GRID)[0])

    def score(x):
        eps_c, eps_u = learned.eps_pair(x, 0.0, 0)
        return -(eps_c + w * (eps_c - eps_u)) / sigma(0.0)

    jacobian = np.stack([(score(z + h * e) - score(z - h * e)) / (2 * h) for e in np.eye(2)], axis=-1)
    turn = jacobian[..., 1, 0] - jacobian[..., 0, 1]
    density = np.exp(mixture.log_density(z, 0.0))
    share = density / density.sum()
    turning, whole = (share * turn**2).sum(), (share * (jacobian**2).sum((-1, -2))).sum()
    assert maps["turning"][MIDDLE, k] == pytest.approx(np.sqrt(turning), rel=1e-5)
    assert maps["ratio"][MIDDLE, k] == pytest.approx(np.sqrt(turning / whole), rel=1e-5)
    assert maps["top"][MIDDLE, k] == pytest.approx(np.abs(turn[density > NEAR * density.max()]).max(), rel=1e-5)
    np.testing.assert_allclose(maps["curl_base"][MIDDLE] + w * maps["curl_slope"][MIDDLE], turn, atol=1e-7)


def test_maps_in_float32_are_those_in_float64(mixture, maps):
    single = curl_sweep(field_model("learned", 0.1, single=True), mixture, 0, cells=20)
    np.testing.assert_allclose(single["ratio"], maps["ratio"], rtol=1e-3)
    np.testing.assert_allclose(single["curl_slope"], maps["curl_slope"], rtol=1e-2, atol=1e-3)


def test_the_log_density_network_has_curl_of_rounding_only_at_every_weight_and_noise_level(mixture):
    potential = field_model("potential")
    sweep = curl_sweep(potential, mixture, 0, cells=8, arrows=3)
    assert sweep["ratio"].max() < 1e-13
    circled = circle_sweep(potential, mixture, 0, AT, 1.0)
    assert np.abs(circled["work_base"] + 10 * circled["work_slope"]).max() < 1e-12


def test_the_implicit_classifier_of_exact_scores_is_the_posterior(mixture):
    sweep = implicit_sweep(mixture, mixture, 2, cells=16)
    np.testing.assert_allclose(sweep["implicit"], sweep["posterior"], atol=2e-4)
    assert sweep["miss"].max() < 1e-4
    assert sweep["excess"].max() < 1e-3


def test_the_implicit_classifier_adds_the_difference_up_along_the_straight_line(mixture, learned):
    end, lam = np.array([1.3, -2.1]), 0.0

    def slope(t, c):
        eps_c, eps_u = learned.eps_pair(t * end, lam, c)
        return float(-((eps_c - eps_u) / sigma(lam)) @ end)

    by_hand = [np.log(1 / 3) + quad(slope, 0, 1, args=(c,))[0] for c in range(3)]
    points = np.tile(end, (2, 2, 1))
    raw = implicit_log_posterior(learned, mixture, points, np.array([lam]))
    np.testing.assert_allclose(raw[0, 0, 0], by_hand, atol=2e-4)


def test_a_log_density_network_needs_no_path(mixture):
    potential = field_model("potential")
    points, lams = grid((-3, 3), (-3, 3), 8), np.array([-2.0, 1.0])
    straight = implicit_log_posterior(Walked(potential), mixture, points, lams)
    np.testing.assert_allclose(implicit_log_posterior(potential, mixture, points, lams), straight, atol=2e-3)


class Walked:
    """A network whose log-density is not looked at."""

    def __init__(self, field):
        self.eps = field.eps


def test_the_api_answers_bad_input_with_a_message_and_a_move_with_its_part_alone(served):
    assert "field must be one of" in json.dumps(call(served, "gradient", kind="magic"))
    view = view_of("gradient")
    wrong = call_api(served, "gradient_move", values(view, view.drawings[0], radius=1e9))
    assert "radius must be a number in [0.1, 3]" in json.dumps(wrong)
    good = call_api(served, "gradient_move", values(view, view.drawings[0], kind="exact", z1=0.5, z2=0))
    part = json.loads(good["data"][0])
    assert set(part) == {"patch", "sweep"}
    assert "curl_base" not in part["sweep"]["arrays"]
    whole = json.loads(call(served, "gradient", kind="exact", z1=1.0)["data"][0])
    assert whole["scene"]["key"] == part["patch"]  # another circle of the same maps


def test_dragging_the_circle_gives_the_work_round_where_it_was_left(tab, mixture, learned):
    page = tab("Is it a gradient?")
    drawn(page, "gradient")
    start = on_canvas(page, "gradient", *CIRCLE[:2])
    end = on_canvas(page, "gradient", *AT)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, end[1], steps=3)
    assert "stale" in page.locator("#gradient-stage .stage-caption").get_attribute("class")
    page.mouse.move(*end, steps=3)
    page.mouse.up()
    page.wait_for_function("!document.querySelector('#gradient-stage .stage-caption').className.includes('stale')")
    centre = page.evaluate("cfg.stage.value('gradient-stage', 'centre')")
    assert centre == pytest.approx(AT, abs=0.06)
    assert float(page.get_by_label("number input for z₁ of the circle").input_value()) == pytest.approx(centre[0])
    sweep = circle_sweep(learned, mixture, 0, tuple(centre), CIRCLE[2])
    work = sweep["work_base"][MIDDLE] + 3 * sweep["work_slope"][MIDDLE]
    words = page.locator("#gradient-stage .stage-caption").inner_text()
    assert "At lam = 0, w = 3 (scale 1 + w = 4), class A" in words
    assert f"does work {float(f'{work:.3g}'):.12g}".replace("-", "−") in words
    quiet(page)
    page.locator("#gradient-w input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#gradient-stage .stage').dataset.w === '3.1'")
    assert stage_w(page, "gradient") == 3.1
    assert page.requests == []
