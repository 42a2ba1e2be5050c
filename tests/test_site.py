"""The static page, opened from a folder on disk: no server, the same numbers."""

import json

import numpy as np
import pytest

from demo.fields import Toy
from demo.site import export
from demo.views.gaussians.compute import gaussians_sweep

DRAWN = "s => Number(document.querySelector(s + ' .stage')?.dataset.loads) > 0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    chosen = [v for v in export.pages() if v.name in ("cfg-heun", "interval-heun", "field-A")]
    out = tmp_path_factory.mktemp("site")
    export.build(out, chosen)
    return out


@pytest.fixture
def page(browser, folder):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.problems, page.outside = [], []
    page.on("pageerror", lambda e: page.problems.append(str(e)))
    page.on("request", lambda r: page.outside.append(r.url) if not r.url.startswith("file:") else None)
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function(DRAWN, arg="#gaussians-stage")
    yield page
    assert page.problems == []
    assert page.outside == []
    page.close()


def test_every_rule_and_class_has_a_view_and_names_are_unique():
    names = [v.name for v in export.pages()]
    assert len(set(names)) == len(names)
    assert {"cfg-heun", "apg-ancestral", "figure", "field-C"} <= set(names)


def test_the_folder_is_a_static_space(folder):
    assert "sdk: static" in (folder / "README.md").read_text()
    assert not any("<!--" + mark in (folder / "index.html").read_text() for mark in ("HEAD", "SCRIPT", "TEMPLATE"))


def test_the_page_shows_the_cores_numbers_at_the_sliders_place(page):
    page.locator("#gaussians-w input").fill("4")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '4'")
    shown = page.evaluate("cfg.stage.value('gaussians-stage', 'samples')")
    sweep = gaussians_sweep(Toy())
    want = sweep["samples"][list(sweep.axes["w"]).index(4.0)]
    eighth = 2 * sweep.meta["extent"][1] / 900 / 8  # of a pixel
    np.testing.assert_allclose(np.reshape(shown, want.shape), want, atol=eighth)
    assert "At w = 4 (scale 1 + w = 5)" in page.locator("#gaussians-stage .stage-caption").inner_text()
    assert page.locator("#gaussians-w output").inner_text() == "4 (scale 5)"


def test_another_rule_and_the_field_are_fetched_when_chosen(page):
    page.locator("select[data-of=gaussians]").select_option("interval-heun")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.loads === '2'")
    assert "limited interval" in page.locator("#gaussians-stage").inner_text()
    page.get_by_role("tab", name="Score field").click()
    page.wait_for_function(DRAWN, arg="#field-stage")
    page.get_by_role("button", name="Step ▸").click()
    page.wait_for_function("Number(document.querySelector('#field-stage .stage').dataset.lam) > -2")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_what_needs_a_server_is_not_offered(folder):
    text = (folder / "views" / "field-A.js").read_text()
    value = json.loads(json.loads("[" + text.removeprefix("cfg.site.take(").removesuffix(");\n") + "]")[1])
    assert not any(panel.get("clickable") for panel in value["scene"]["panels"])
