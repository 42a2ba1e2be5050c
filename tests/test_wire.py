"""Arrays are sent as finely as the screen can tell: decoded by the page's own JavaScript, beside what was computed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from demo.scene import axis, curve, heat, log_contour, picked, points
from demo.sweep import Sweep
from demo.views.field.settings import Field
from demo.views.gaussians.settings import Gaussians
from demo.wire import grains
from tests.calling import view
from tests.test_scripts import node

DECODE = """
import {Sweep} from "DATA";
import {readFileSync} from "node:fs";
const {sweep} = JSON.parse(readFileSync(0, "utf-8")), s = new Sweep(sweep);
const plain = (a) => ({shape: a.shape, data: Array.from(a.data, (x) => Number.isNaN(x) ? null : x)});
console.log(JSON.stringify(Object.fromEntries(Object.entries(s.arrays).map(([name, a]) => [name, plain(a)]))));
""".replace("DATA", (Path(__file__).resolve().parents[1] / "demo/stage/data.js").as_uri())


def received(value: str) -> dict[str, np.ndarray]:
    """What the page makes of a stage's value."""
    arrays = json.loads(node(DECODE, value))
    return {name: np.array(a["data"], dtype=float).reshape(a["shape"]) for name, a in arrays.items()}


def sent(sweep: Sweep, *layers, span: float = 10.0) -> str:
    panel = {"id": "p", "title": "", "source": "exact", "x": axis(0, span), "y": axis(0, span), "layers": list(layers)}
    scene = {"panels": [panel], "caption": ["{said}"], "alt": ""}
    return json.dumps({"sweep": sweep.to_dict(grains(scene, sweep.arrays))})


def far_apart(name: str, s) -> tuple[Sweep, dict[str, np.ndarray]]:
    v = view(name)
    (drawing,) = v.drawings
    return drawing.made(v, s)[0], received(v.value(drawing, s))


def test_samples_arrive_within_an_eighth_of_a_pixel_on_a_panel_of_900_and_are_half_as_many_bytes():
    sweep, got = far_apart("gaussians", Gaussians(points=100, separation=2.5))
    pixel = 2 * sweep.meta["extent"][1] / 900
    error = np.abs(got["samples"] - sweep["samples"])
    assert 0 < error.max() <= pixel / 8
    value = json.loads(view("gaussians").value(view("gaussians").drawings[0], Gaussians(points=100, separation=2.5)))
    assert len(value["sweep"]["arrays"]["samples"]["u2"]) * 3 / 4 == pytest.approx(2 * sweep["samples"].size, abs=3)


def test_what_is_read_out_drawn_as_a_curve_or_multiplied_by_w_arrives_as_float32():
    sweep, got = far_apart("gaussians", Gaussians(points=100))
    for name in ("keep_A", "own_B", "keep_mean", "prob_mean", "target_prob", "log_pxc", "log_pcx"):
        np.testing.assert_array_equal(got[name], sweep[name].astype(np.float32), err_msg=name)


def test_shares_arrive_within_half_a_shade_and_what_is_the_same_twice_is_sent_once():
    sweep, got = far_apart("field", Field())
    assert np.abs(got["posterior"] - sweep["posterior"]).max() <= 0.5 / 254
    for name in ("cond", "uncond", "diff", "base", "push"):  # within a hundred thousandth of the longest
        np.testing.assert_allclose(got[name], sweep[name], atol=1e-5 * np.ptp(sweep[name]), err_msg=name)
    value = view("field").value(view("field").drawings[0], Field())
    assert '"base":{"same":"cond"}' in value


def test_contours_of_one_density_move_by_less_than_an_eighth_of_a_pixel():
    """At one standard deviation, where the log-density's slope is 1 / sd, sd being 90 pixels."""
    x = np.linspace(-5, 5, 64)
    log = np.maximum(-0.5 * (x[:, None] ** 2 + x**2) - np.log(2 * np.pi), -80.0)
    got = received(sent(Sweep({}, {"a": (log, ("y", "x"))}), log_contour("", "a", [-5, 5, -5, 5], "A")))
    assert 0 < np.abs(got["a"] - log).max() * 90 <= 1 / 8


@pytest.mark.parametrize("size", [10, 5000])
def test_no_number_stays_none_whatever_it_is_sent_as(size):
    array = np.linspace(0, 10, size)
    array[3] = np.nan
    got = received(sent(Sweep({}, {"a": (array[:, None].repeat(2, 1), ("k", "xy"))}), points("", "a")))
    assert np.isnan(got["a"][3]).all()
    np.testing.assert_allclose(got["a"][:, 0], array, atol=10 / 900 / 8)


def test_one_sample_that_runs_off_costs_the_others_no_precision():
    """Two bytes between 0 and a million would be a sample's error of 8: it is then sent as float32."""
    array = np.linspace(0, 10, 4000).reshape(2000, 2).copy()
    array[7] = 1e6
    got = received(sent(Sweep({}, {"a": (array, ("k", "xy"))}), points("", "a")))
    np.testing.assert_array_equal(got["a"], array.astype(np.float32))


def test_the_finest_use_of_an_array_decides():
    ramp = np.linspace(0, 3, 4096).reshape(64, 64)
    sweep = Sweep({}, {"a": (ramp, ("y", "x")), "b": (ramp[None], ("k", "y", "x")), "said": (ramp, ("y", "x"))})
    rough = heat("", "a", [0, 1, 0, 1], range=[0, 1])
    got = received(sent(sweep, rough, heat("", picked("b", k=0), [0, 1, 0, 1], range=[0, 3])))
    np.testing.assert_allclose(got["a"], np.minimum(ramp, 1), atol=0.5 / 254)  # beyond the range it has the last shade
    assert 0.001 < np.abs(got["b"][0] - ramp).max() <= 3 * 0.5 / 254
    np.testing.assert_array_equal(got["said"], ramp.astype(np.float32))  # the caption says it
    got = received(sent(sweep, rough, curve("", "a", "a", "A")))
    np.testing.assert_array_equal(got["a"], ramp.astype(np.float32))
