"""What is saved: pictures of fixed sizes, the same as SVG, the numbers, w swinging; each says where it is from."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from demo.frame import version
from demo.views.gaussians.compute import W, gaussians_sweep
from demo.views.gaussians.settings import Gaussians
from demo.views.registry import VIEWS
from tests.pages import READY, parts_of
from tests.test_app import drawn

COUNTS = """(view) => ["", " details.save"].map((what) =>
  [...document.querySelectorAll(`#view-${view} .stage-panel${what}`)].filter((e) => e.clientWidth).length)"""
SVG = "{http://www.w3.org/2000/svg}"


def save(page, kind, within="#gaussians-stage .stage-panel", which=0):
    """The file that the button gives: its name and its bytes."""
    box = page.locator(f"{within} details.save:visible").nth(which)
    box.locator("summary").click()
    with page.expect_download() as file:
        box.get_by_role("button", name=kind, exact=True).click()
    return file.value.suggested_filename, file.value.path().read_bytes()


@pytest.fixture
def page(tab):
    page = tab()
    drawn(page, "gaussians")
    page.evaluate("cfg.state.go('gaussians', {w: 4, seed: 7, separation: 2})")
    page.wait_for_function(
        "cfg.stage.get('gaussians-stage').loads > 1 && cfg.stage.get('gaussians-stage').coords.w === 4"
    )
    return page


def publicly(page, address="https://example.org/cfg/"):
    page.evaluate("address => { document.documentElement.dataset.publicly = address; }", address)


def test_numbers_are_those_of_the_computation_and_say_where_they_are_from(page):
    publicly(page)
    name, data = save(page, "CSV")
    assert name.endswith("w-4.csv")
    assert "samples-by-heun" in name
    about, *table = data.decode().splitlines()
    assert "seed=7" in about
    assert version() in about
    address = urlsplit(re.search(r"https?://\S+", about)[0])
    assert address.hostname == "example.org"  # and not the host that the page was opened at
    link = parse_qs(address.query)
    assert link["w"] == ["4"]
    assert link["separation"] == ["2"]
    rows = list(csv.DictReader(io.StringIO("\n".join(table))))
    of_b = [(float(r["x"]), float(r["y"])) for r in rows if r["layer"] == "guided samples" and r["of"] == "B"]
    expected = gaussians_sweep(Gaussians(seed=7, separation=2.0))["samples"][list(W).index(4.0), 1]
    np.testing.assert_allclose(of_b, expected, atol=0.003)  # an eighth of a pixel: as they were sent


@pytest.mark.parametrize(("kind", "wide", "high"), [("Slide", 1920, 1080), ("Column", 1004, 850), ("Page", 2067, 1299)])
def test_a_picture_has_the_size_that_it_is_for(page, kind, wide, high):
    name, data = save(page, kind)
    assert name.endswith("w-4.png")
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    assert picture.size == (wide, high)  # 85 and 175 mm at 300 dots to the inch
    assert len(picture.getcolors(1 << 22)) > 50


def test_the_vector_picture_has_every_mark_and_says_what_it_is_without_a_host(page):
    _, data = save(page, "SVG")
    tree = ET.fromstring(data)
    words = [text.text for text in tree.iter(f"{SVG}text")]
    assert any("Samples by Heun" in word and "w = 4 (scale 5)" in word for word in words)
    assert {"A", "B", "C"} <= set(words)
    assert any("seed=7" in word for word in words)
    assert not any("http" in word for word in words)  # the app has no public address here
    discs = [p.get("d") for p in tree.iter(f"{SVG}path") if p.get("d").count("A") > 100]  # of class A, which has discs
    assert len(discs) == 1
    assert discs[0].count("A") == 2 * 240


def test_w_swings_in_a_video_that_can_be_posted(page):
    name, data = save(page, "Video")
    assert name.endswith(".webm")
    assert data[:4] == b"\x1a\x45\xdf\xa3"  # EBML
    assert 20_000 < len(data) <= 2 << 20
    assert page.evaluate("cfg.stage.get('gaussians-stage').coords.w") == 4


def test_the_vector_picture_looks_like_the_other(page, browser):
    _, png = save(page, "Page", which=1)
    _, svg = save(page, "SVG", which=1)
    other = browser.new_page(device_scale_factor=300 / 96, viewport={"width": 700, "height": 500})
    other.set_content(f"<body style='margin: 0'>{svg.decode()}")
    shot = other.locator("SVG").screenshot()
    other.close()
    a, b = (np.asarray(Image.open(io.BytesIO(x)).convert("L"), dtype=float) for x in (png, shot))
    rows, columns = (min(m, n) for m, n in zip(a.shape, b.shape, strict=True))
    a, b = a[:rows, :columns], b[:rows, :columns]
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.8
    assert np.abs(a - b).mean() < 4  # of 255


def test_every_view_can_be_saved(tab):
    page = tab(None)
    page.wait_for_function("window.cfg?.state.here().view")
    empty = []
    for view in VIEWS:
        for part in parts_of(view)[:2]:
            assert page.evaluate("([name, part]) => cfg.state.go(name, part)", [view.name, part])
            page.wait_for_function(READY, arg=view.name, timeout=60_000)
            shown, saves = page.evaluate(COUNTS, view.name)
            assert shown == saves > 0 or not shown
            if shown:
                within = f"#view-{view.name} .stage-panel"
                about, header, *rows = save(page, "CSV", within)[1].decode().splitlines()
                if not about.startswith("# ") or "," not in header or not rows:
                    empty.append((view.name, part))
    assert empty == []


def test_the_wall_is_saved_with_the_confidence_of_each_picture(tab):
    page = tab("CIFAR-10")
    page.wait_for_function(READY, arg="cifar", timeout=30_000)
    at = "#cifar-wall-stage figure:nth-child(2)"
    name, data = save(page, "CSV", at)
    assert name.startswith("cifar-w-3-scale-1-w-4")
    rows = list(csv.DictReader(io.StringIO("\n".join(data.decode().splitlines()[1:]))))
    assert {row["of"] for row in rows} == {"horse"}
    assert len(rows) == 12
    assert all(0 <= float(row["value"]) <= 1 for row in rows)
    _, picture = save(page, "Slide", at)
    assert len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 20)) > 500
