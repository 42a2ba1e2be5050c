"""Values from the page or the API are checked on the server, and every message names its bound."""

import math

import pytest

from demo.checks import class_index, number, toy_settings


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "3", None, True, [1], {"a": 1}, 1e308, 10**400])
@pytest.mark.parametrize("name", ["separation", "steps", "seed", "points", "v", "lam_min", "w"])
def test_what_is_not_a_number_within_bounds_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=rf"{name.replace('_', ' ')} must be a (whole )?number in \[.*\]"):
        number(name, value)


def test_whole_numbers_stay_whole():
    assert number("steps", 32.0) == 32
    assert isinstance(number("steps", 32.0), int)
    with pytest.raises(ValueError, match="whole number"):
        number("steps", 32.5)


def test_the_message_does_not_repeat_what_was_sent():
    with pytest.raises(ValueError, match="steps must be") as info:
        number("steps", "<script>alert(1)</script>")
    assert "<script>" not in str(info.value)


@pytest.mark.parametrize("value", ["D", "", None, 0, ["A"], "a"])
def test_an_unknown_class_lists_the_known_ones(value):
    with pytest.raises(ValueError, match="A, B, C"):
        class_index(value)


def test_unknown_rules_and_samplers_list_the_known_ones():
    with pytest.raises(ValueError, match="cfg, classifier"):
        toy_settings(rule="x")
    with pytest.raises(ValueError, match="ancestral, ddim"):
        toy_settings(sampler=["heun"])


def test_settings_that_are_not_given_keep_their_defaults():
    assert toy_settings(steps=8.0).points == toy_settings().points
    with pytest.raises(ValueError, match="unknown settings"):
        toy_settings(step=8)
