"""The picture is the page: what share of the screen it has, and that nothing stands in its way."""

import pytest

from demo.views.registry import VIEWS
from tests.composition import LEAST, SIZES, walk


@pytest.fixture(scope="module")
def measured(browser, served):
    """{(view, part, size): what is measured}."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(served)
    out = {(view, part, size): found for view, part, size, found in walk(page)}
    yield out
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_hero_and_all_pictures_have_their_share_of_the_screen(measured, size):
    first, least, together = LEAST[size]
    small = {}
    for (view, part, at), found in measured.items():
        if at == size:
            asked = first if (view, part) == (VIEWS[0].name, "Turn w") else least
            if found["hero"] < asked or found["all"] < together:
                small[view, part] = round(found["hero"], 1), round(found["all"], 1)
    assert small == {}


def test_panels_that_are_compared_are_equally_large_and_in_line(measured):
    compared = {
        ("compare", ""),
        ("cifar", "wall"),
        ("cifar", "live"),
        ("train", "samples"),
        ("train", "field"),
        ("gradient", "curl"),
        ("gradient", "implicit"),
    }
    for (view, part, _), found in measured.items():
        if (view, part) in compared:
            (left, top, *size), (left_2, top_2, *size_2) = found["heroes"]
            assert size == size_2
            assert left == left_2 or top == top_2


@pytest.mark.parametrize("size", SIZES)
def test_the_sentence_and_every_slider_are_on_the_first_screen(measured, size):
    assert {key[:2] for key, found in measured.items() if key[2] == size and not found["inSight"]} == set()


def test_no_words_are_smaller_than_12_pixels(measured):
    assert {
        key[:2]: found["small"] for key, found in measured.items() if key[2] == "1280 × 720" and found["small"]
    } == {}


@pytest.mark.parametrize("size", SIZES)
def test_no_words_lie_over_others_and_none_lead_out_of_the_page(measured, size):
    found = {key[:2]: (at["over"], at["across"]) for key, at in measured.items() if key[2] == size}
    assert {key: at for key, at in found.items() if at[0] or at[1] > 0} == {}
