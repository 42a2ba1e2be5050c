"""A mixture as text: what it means, what it may not be, and that it comes back as it went."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfg_core.mixture import GaussianMixture, three_gaussians
from cfg_core.mixture_text import LONGEST, read_mixture, write_mixture
from demo.fields import Toy
from demo.views.registry import VIEWS
from tests.strategies import mixture_texts

TABLE = json.loads((Path(__file__).parent / "data" / "mixture_texts.json").read_text())  # the JavaScript's, too
TAKES = [view for view in VIEWS if "mixture" in view.settings.fields()]


@pytest.mark.parametrize("row", TABLE["good"], ids=lambda row: row["text"][:24])
def test_a_text_means_its_components(row):
    m = read_mixture(row["text"])
    np.testing.assert_array_equal(m.means, row["means"])
    np.testing.assert_array_equal([[s[0, 0], s[0, 1], s[1, 1]] for s in m.covs], row["covs"])
    np.testing.assert_allclose(m.weights, np.array(row["weights"]) / sum(row["weights"]), rtol=1e-15)
    np.testing.assert_array_equal(m.labels, row["labels"])


@pytest.mark.parametrize("row", TABLE["bad"], ids=lambda row: row["says"])
def test_a_text_that_means_none_is_refused_with_the_bound_and_without_the_text(row):
    with pytest.raises(ValueError, match="must be") as refused:
        read_mixture(row["text"])
    assert row["says"] in str(refused.value)
    assert row["text"] not in str(refused.value)


def test_a_text_too_long_is_refused_before_it_is_read():
    with pytest.raises(ValueError, match=f"at most {LONGEST} characters"):
        read_mixture("A" * (LONGEST + 1))


def test_the_longest_mixture_has_room():
    one = "_-20.0000_-19.9999_100.0000_-0.0001_100.0000_100.0000"
    text = "*".join(letter + one for letter in "ABCABCAB")
    assert len(read_mixture(text).weights) == 8


@given(text=mixture_texts())
def test_a_mixture_comes_back_as_it_went(text):
    m = read_mixture(text)
    again = read_mixture(write_mixture(m))
    for name in ("means", "covs", "labels"):
        np.testing.assert_array_equal(getattr(again, name), getattr(m, name))
    np.testing.assert_allclose(again.weights, m.weights, rtol=0.01)  # 4 decimals of 0.01


@given(text=st.text(alphabet="ABC_*0123456789.-e", max_size=90))
def test_any_text_is_a_mixture_or_a_message(text):
    said = ""
    try:
        read_mixture(text)
    except ValueError as problem:
        said = str(problem)
    assert said == "" or "must be" in said


def test_the_three_gaussians_are_written_as_everyone_writes_them():
    assert write_mixture(three_gaussians()) == TABLE["good"][0]["text"]
    np.testing.assert_allclose(read_mixture(write_mixture(three_gaussians())).means, three_gaussians().means, atol=5e-5)


def test_what_is_no_mixture_of_three_classes_in_the_plane_has_no_text():
    for other in (three_gaussians(weights=(1, 1), classes=2), GaussianMixture([[0.0]], [[[1.0]]], [1.0], [0])):
        with pytest.raises(ValueError, match="in the plane"):
            write_mixture(other)
    with pytest.raises(ValueError, match="mean must be in"):
        write_mixture(three_gaussians(separation=30))


def test_the_settings_say_what_is_wrong_by_name():
    for row in TABLE["bad"]:
        with pytest.raises(ValueError, match=r"^mixture: ") as refused:
            Toy(mixture=row["text"])
        assert row["says"] in str(refused.value)


def test_beside_a_mixture_the_sliders_change_nothing():
    text = TABLE["good"][1]["text"]
    plain, moved = Toy(mixture=text), Toy(mixture=text, separation=4.0, spread=0.3, a=7.0)
    for name in ("means", "covs", "weights", "labels"):
        np.testing.assert_array_equal(getattr(plain.gaussians, name), getattr(moved.gaussians, name))
    np.testing.assert_array_equal(Toy(separation=4.0).gaussians.means, three_gaussians(4.0).means)


def test_several_views_take_a_mixture_by_the_same_link():
    assert {"gaussians", "field", "compare"} <= {view.name for view in TAKES}
    for view in TAKES:
        field = view.settings.fields()["mixture"]
        assert (field.key, field.kind, field.default, field.shown) == ("mix", "text", "", "hidden")
