"""The static page, opened from a folder on disk: no server, no network, the core's numbers for what it offers."""

import base64
import json
from urllib.parse import urlencode

import numpy as np
import pytest

from cfg_core.process import lam_grid
from cfg_core.tables import ode_table, strength_table, walk_table
from demo.fields import SAMPLER_NAMES
from demo.site import book, export, markup, tables
from demo.views.field.compute import LAMS, field_sweep, particle_sweep
from demo.views.field.settings import Field
from demo.views.gaussians.compute import FIGURE_W, figure_sweep, gaussians_sweep
from demo.views.gaussians.settings import FIGURE, Gaussians
from tests.test_scripts import ROOT, node

MOST = 6e6  # bytes of the folder
MIX = "A_0_1.5_1_0.4_0.8_1*B_-2_-1_0.5_0_2_2*B_-3_1_0.2_0.1_0.3_0.5*C_2.5_-1_1.2_-0.3_0.4_1"
DRAWN = "s => Number(document.querySelector(s + ' .stage')?.dataset.loads) > 0"
PUT_TOGETHER = """
import {Book, sceneOf} from "%s";
import {readFileSync} from "node:fs";
const {given, walks, scenes, names} = JSON.parse(readFileSync(0, "utf-8")), book = new Book(given);
console.log(JSON.stringify({walks: walks.map(([name, rule]) => book.walk(name, rule)),
  strength: book.strength("rising"), scenes: names.map((name) => sceneOf(scenes, name))}));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    export.build(out)
    return out


@pytest.fixture
def opened(browser, folder):
    """Open the page with a query; every request but the folder's own files is a fault, and so is an error."""
    pages = []

    def open_(view="gaussians", **query):
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.problems, page.asked = [], []
        page.on("pageerror", lambda e: page.problems.append(str(e)))
        page.on("request", lambda r: page.asked.append(r.url))
        page.goto((folder / "index.html").as_uri() + (f"?{urlencode({'tab': view, **query})}" if query else ""))
        page.wait_for_function(DRAWN, arg=f"#{view}-stage")
        pages.append(page)
        return page

    yield open_
    for page in pages:
        assert page.problems == []
        assert [url for url in page.asked if not url.startswith(("file:", "blob:"))] == []
        page.close()


def shown(page, name, view="gaussians"):
    return np.array(page.evaluate(f"cfg.stage.value('{view}-stage', '{name}')"), dtype=float)


def samples_at(s, w):
    """The core's samples at one of its values of w."""
    sweep = gaussians_sweep(s)
    return sweep["samples"][list(sweep.axes["w"]).index(w)]


def test_the_folder_is_whole_small_and_a_static_space(folder):
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= MOST
    assert "sdk: static" in (folder / "README.md").read_text()
    page = (folder / "index.html").read_text()
    assert not any(f"<!--{mark}-->" in page for mark in ("CSS", "HEADER", "TABS", "GIVEN", "SCRIPT"))
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_what_is_put_together_in_the_browser_is_what_the_core_writes():
    """Tables, strengths and scenes of a few settings, through Node."""
    walks = {
        f"{name}|{v}": export.tables.sampler_table(name, lam_grid(7), v=v)
        for name, v in [("heun", 0), ("ancestral", 0.5)]
    }
    rules = book.guidances(["cfg", "interval", "rising"], {"sigma_low": (0.1, 1), "sigma_high": (0.5, 3)})
    assert [g.key for g in rules] == ["cfg", "interval|0.1|0.5", "interval|0.1|3", "interval|1|3", "rising"]
    wanted = [(name, g) for name in walks for g in rules]
    scenes = {
        name: {"panels": [{"title": name, "on": True}], "alt": "x", "caption": list(name)}
        for name in ("ab", "ac", "abc")
    }
    sent = {"given": book.book(walks, LAMS.tolist(), rules), "walks": [[name, g.key] for name, g in wanted],
            "scenes": book.varied(scenes), "names": list(scenes)}  # fmt: skip
    got = json.loads(node(PUT_TOGETHER % (ROOT / "demo/site/book.js").as_uri(), json.dumps(sent)))
    assert got["scenes"] == list(scenes.values())
    assert got["strength"] == strength_table("rising", LAMS)
    for table, (name, g) in zip(got["walks"], wanted, strict=True):
        sampler, v = name.split("|")
        want = walk_table(g.name, sampler, lam_grid(7), v=float(v), **g.numbers)
        assert table == want


def test_the_page_opens_with_the_cores_numbers(opened):
    page = opened()
    page.locator("#gaussians-w input[type=range]").fill("4")
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '4'")
    want = samples_at(Gaussians(), 4.0)
    np.testing.assert_allclose(shown(page, "samples").reshape(want.shape), want, atol=1e-5)
    assert "At w = 4 (scale 1 + w = 5)" in page.locator("#gaussians-stage .stage-caption").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize(
    "query",
    [
        {"rule": "interval", "sigma_low": 0.2, "sigma_high": 3, "sampler": "dpmpp_2m", "steps": 12, "seed": 3},
        {"rule": "rising", "sampler": "ancestral", "v": 0.5, "steps": 16, "seed": 2, "separation": 1.2, "b": 4},
        {"mix": MIX, "sampler": "ddim", "steps": 64, "rule": "classifier"},
    ],
    ids=["interval", "ancestral", "mixture"],
)
def test_any_geometry_rule_sampler_steps_and_seed_are_the_cores(opened, query):
    page = opened(w=3, **query)
    s = Gaussians(**{{"mix": "mixture"}.get(key, key): value for key, value in query.items()})
    want = samples_at(s, 3.0)
    np.testing.assert_allclose(shown(page, "samples").reshape(want.shape), want, atol=3e-5)  # noises are in float32
    assert (
        f"{SAMPLER_NAMES[s.sampler].split(' (')[0]}, {s.steps} steps" in page.locator("#gaussians-stage").inner_text()
    )
    for name in ("keep_A", "own_B", "prob_mean", "target_keep"):
        sweep = gaussians_sweep(s)
        at = list(sweep.axes["w"]).index(3.0)
        np.testing.assert_allclose(shown(page, name)[0], sweep[name][at], atol=2e-4)


def test_a_class_is_dragged_and_everything_follows_without_a_request(opened):
    page = opened()
    page.wait_for_selector("svg.grab .grab-one")
    page.wait_for_timeout(500)
    before, asked = shown(page, "samples"), len(page.asked)
    box = page.locator("svg.grab .grab-one").first.locator(".grab-pad").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] - 10, steps=6)
    page.mouse.up()
    page.wait_for_function("document.querySelector('#gaussians-mix input').value !== ''")
    page.wait_for_timeout(900)
    s = Gaussians(mixture=page.locator("#gaussians-mix input").input_value())
    want = samples_at(s, 3.0)
    np.testing.assert_allclose(shown(page, "samples").reshape(want.shape), want, atol=1e-4)
    assert np.abs(shown(page, "samples") - before).max() > 0.1
    assert page.asked[asked:] == []
    assert float(page.locator("#gaussians-separation input[type=range]").input_value()) != 1.793


def test_the_exact_density_and_the_walk_from_noise_are_here_too(opened):
    page = opened(actual="true")
    page.wait_for_function("!document.querySelector('#gaussians-stage .stage').dataset.late", timeout=60_000)
    page.wait_for_function("Math.max(...cfg.stage.value('gaussians-stage', 'log_actual')) > -3", timeout=60_000)
    page.get_by_role("button", name="▶ Noise to data").click()
    page.wait_for_function("cfg.stage.get('gaussians-stage').sweep.arrays.cloud")
    assert page.locator(".message:visible").count() == 0


def test_arrows_and_a_dropped_particle_are_the_cores(opened):
    page = opened("field", **{"class": "B", "w": 2, "lam": 1})
    want = field_sweep(Field(letter="B"))
    at = int(np.argmin(np.abs(LAMS - 1)))
    np.testing.assert_allclose(shown(page, "cond", "field"), want["cond"][at].ravel(), rtol=1e-5, atol=1e-5)
    loads = page.locator("#field-stage .stage").get_attribute("data-loads")
    canvas = page.locator("#field-stage canvas").first
    canvas.click(position={"x": 120, "y": 90})
    page.wait_for_function(f"document.querySelector('#field-stage .stage').dataset.loads !== '{loads}'")
    z1, z2, lam = (float(page.locator(f"#field-{name} input").input_value()) for name in ("z1", "z2", "at"))
    assert (z1, z2, lam) != (-1.4, -0.6, -2.0)
    paths = particle_sweep(Field(letter="B", z1=z1, z2=z2, at=lam))
    np.testing.assert_allclose(shown(page, "trails", "field"), paths["trails"].ravel(), rtol=1e-4, atol=1e-4)


def test_the_papers_figure_is_there_for_any_geometry(opened):
    page = opened(view="gaussians", separation=1)
    page.get_by_text(FIGURE, exact=True).click()
    page.wait_for_function("cfg.stage.get('gaussians-stage').sweep.arrays.log_mixture")
    want = figure_sweep(Gaussians(separation=1, view=FIGURE))["log_mixture"]
    np.testing.assert_allclose(shown(page, "log_mixture"), want.ravel(), rtol=1e-5, atol=1e-4)
    assert page.locator("#gaussians-stage canvas:visible").count() == len(FIGURE_W)


def test_lessons_that_need_no_other_view_run_to_their_end(opened):
    kept = [lesson["name"] for lesson in export.given()["lessons"]["lessons"]]
    assert kept == ["one_number", "arrows"]
    page = opened()
    for name in kept:
        page.evaluate(f"cfg.lessons.open('{name}')")
        steps = next(one for one in export.given()["lessons"]["lessons"] if one["name"] == name)["steps"]
        for i in range(1, len(steps) + 1):
            page.wait_for_function(f"document.querySelector('.lesson-bar').dataset.step === '{i}'")
            page.wait_for_function("document.querySelector('.lesson-bar').dataset.phase === 'ask'")
            page.locator(".lesson-choices button").first.click()
            page.get_by_role("button", name="Show me").click()
            page.wait_for_function("document.querySelector('.lesson-bar').dataset.phase === 'done'")
            if i < len(steps):
                page.locator(".lesson-next").click()
        page.get_by_role("button", name="Close ×").click()


def test_what_it_does_not_offer_is_not_chosen_and_two_numbers_that_clash_are_named(opened):
    page = opened(rule="apg", steps=33, seed=77, mix="A_0_0_1_0_1_1", w=2)
    assert page.locator("#gaussians-rule select").input_value() == "cfg"
    assert page.locator("#gaussians-steps select").input_value() == "32"
    assert page.locator("#gaussians-mix input").input_value() == ""
    assert "apg" not in (option.get_attribute("value") for option in page.locator("#gaussians-rule option").all())
    for name, value in {"rule": "interval", "sigma_low": "1", "sigma_high": "0.5"}.items():
        page.locator(f"#gaussians-{name} select").evaluate(
            "(node, value) => { node.value = value; node.dispatchEvent(new Event('change')); }", value
        )
    page.wait_for_function("document.querySelector('#view-gaussians .message').textContent.includes('below its upper')")


def test_texts_are_words_and_a_formula_that_is_none_is_named():
    assert markup.words("**Drag $w$.** See") == '<p><b>Drag <span class="formula">w</span>.</b> See</p>'
    with pytest.raises(ValueError, match="cannot be written"):
        markup.words(r"$\int x$")


def test_the_steps_of_the_density_are_the_cores():
    sent = tables.gaussians()["odes"]["interval|0.1|0.8"]
    want = ode_table("interval", sigma_low=0.1, sigma_high=0.8)
    for name in ("theta", "a", "b"):
        np.testing.assert_array_equal(np.frombuffer(base64.b64decode(sent[name])), np.ravel(want[name]))
