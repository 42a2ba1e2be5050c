"""People's machines: a proxy in the way, numbers with a decimal comma, calls that send what there is no place for."""

import asyncio
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import httpx
import pytest
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from demo.place import Place, root_path, routes
from demo.views.gaussians import six
from demo.views.registry import VIEWS
from tests.calling import call, call_api
from tests.pages import OPENED, READY, open_view
from tests.servers import app_process, free_port, proxy

ROOT = Path(__file__).resolve().parents[1]
BOX = "#gaussians-w input[type=number]"


def test_the_app_starts_behind_a_proxy_that_does_not_answer():
    """As universities set it: every address goes through it, the machine's own too."""
    code = """from demo.page import build, launch
page = build()
_, url, _ = launch(page, workers=0, prevent_thread_lock=True, quiet=True)
print("served", url, flush=True)
import os; os._exit(0)"""
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **dead}, capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    assert "served http://" in done.stdout, done.stderr[-1500:]


@pytest.mark.parametrize("path", ["/etc/passwd", "README.md", "../../secret"])
def test_no_folder_of_the_server_reaches_a_client_that_sends_a_file(served, path):
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for api_name in ("gaussians", "train_upload"):
        said = json.dumps(call_api(served, api_name, [file] * 30 if api_name == "gaussians" else [file]))
        assert str(ROOT) not in said
        assert not re.search(r"(/root|/home|/tmp|/etc/passwd)", said)


@pytest.mark.parametrize("locale", ["en-US", "fr-FR", "de-DE"])
def test_a_comma_is_a_decimal_point_and_an_empty_box_changes_nothing(browser, served, locale):
    page = browser.new_page(locale=locale, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(served)
    page.wait_for_function(OPENED, arg="gaussians")

    def typed(text: str) -> float:
        page.locator(BOX).click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("Delete")
        assert page.evaluate("cfg.state.here().values.w") == w  # emptied: nothing changes
        page.keyboard.type(text)
        page.keyboard.press("Tab")
        return float(text.replace(",", ".") or w)

    w = 3
    for text in ("2,5", "-0,5", "4.25"):
        want = typed(text)
        page.wait_for_function("w => cfg.state.here().values.w === w", arg=want)
        w = want
    typed("")
    assert page.locator(BOX).input_value() == "4.25"
    assert page.evaluate("cfg.state.here().values.w") == 4.25
    page.close()


def opened_at(browser, url: str) -> tuple[list[str], list[str]]:
    """(addresses that were asked for in vain, all addresses) while a view that asks the server for charts opens."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    failed, every = [], []
    page.on("response", lambda r: (every.append(r.url), r.status >= 400 and failed.append(r.url)))
    page.goto(url)
    page.wait_for_function(OPENED, arg="gaussians")
    for title, name in (("Trade-off", "tradeoff"), ("CIFAR-10", "cifar")):
        open_view(page, title)
        page.wait_for_function(READY, arg=name, timeout=60_000)
    page.close()
    return failed, every


def test_under_a_path_all_is_asked_for_below_it_whether_the_proxy_takes_the_path_away_or_leaves_it(browser):
    port = free_port()
    with app_process(port, GRADIO_ROOT_PATH="/teach/cfg") as log, proxy(port, "/teach/cfg/") as proxied:
        for place in (proxied, f"http://127.0.0.1:{port}/teach/cfg/"):
            failed, every = opened_at(browser, place)
            assert not failed
            assert [url for url in every if not url.startswith((place, "data:", "blob:"))] == []
        assert "GRADIO_ROOT_PATH" not in log.read_text()


@pytest.mark.parametrize("root", ["", "/teach", "/teach/cfg/explorer"])
def test_a_wrong_path_is_said_in_the_log_with_the_right_one(caplog, root):
    """As a browser asks: the page by the proxy, its first script with the page as its referer."""
    ask(Place(nothing, root), "/")
    ask(Place(nothing, "/teach/cfg"), "/assets/index.js", "https://school.example/teach/cfg/")
    assert not caplog.records
    place = Place(nothing, root)
    for _ in range(3):
        ask(place, "/assets/index.js", "https://school.example/teach/cfg/?tab=field")
    assert [record.getMessage() for record in caplog.records] == [
        f"The page was opened at /teach/cfg/, but GRADIO_ROOT_PATH is {root!r}: start it with "
        "GRADIO_ROOT_PATH='/teach/cfg'"
    ]


async def nothing(scope, receive, send) -> None:
    """An app that answers nothing."""


def ask(app, path: str, referer: str = "") -> None:
    """In a thread of its own: Playwright's loop runs in this one."""
    call = app({"type": "http", "path": path, "headers": [(b"referer", referer.encode())]}, None, None)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, call).result()


@pytest.mark.parametrize("root", ["teach/cfg", "/teach cfg", "/teach?cfg"])
def test_what_is_no_path_is_refused_at_the_start(root):
    with pytest.raises(ValueError, match="GRADIO_ROOT_PATH must be a path that begins with /"):
        root_path(root)


def test_a_whole_address_is_taken_for_its_path():
    assert root_path("https://school.example/teach/cfg/") == root_path("/teach/cfg") == "/teach/cfg"


def test_no_folder_of_the_server_stands_in_the_page_or_its_answers(served):
    for asked_for in ("", "config", "gradio_api/info", "gradio_api/startup-events"):
        said = httpx.get(f"{served}{asked_for}", timeout=60).text
        for folder in (ROOT, Path(sys.prefix)):
            assert str(folder) not in said, asked_for
    for view in VIEWS:
        for number in range(len(view.drawings)):
            assert str(ROOT) not in json.dumps(call(served, view.name, number)), view.name


@pytest.mark.parametrize("root", ["", "/teach/cfg"])
def test_pictures_are_served_under_any_path_and_nothing_beside_them(root):
    with gr.Blocks() as page:
        gr.Markdown("A page")
    page.root_path = root
    around = {"middleware": [Middleware(Place, root=root)], "routes": [*routes()]}
    client = TestClient(gr.routes.App.create_app(page, app_kwargs=around))
    for before in {"/", f"{root}/"}:
        assert client.get(before + six.ADDRESS).content == six.SHEET.read_bytes()
        assert client.get(f"{before}static/gallery/..%2Fmodel.json").status_code == 404


NUMBERS = "document.querySelector('#gaussians-stage .stage-caption').textContent"


def test_when_the_server_goes_away_one_line_says_so_and_when_it_is_back_all_goes_on(browser):
    port, page = free_port(), browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    with app_process(port):
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_function(READY, arg="gaussians", timeout=60_000)
    numbers, slider = page.evaluate(NUMBERS), page.locator("#gaussians-w input[type=range]").bounding_box()
    page.mouse.move(slider["x"] + slider["width"] * 0.4, slider["y"] + slider["height"] / 2)
    page.mouse.down()
    page.mouse.move(slider["x"] + slider["width"] - 1, slider["y"] + slider["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_function("document.querySelector('#gaussians-stage .stage').dataset.w === '10'")  # it goes on
    page.wait_for_function(f"numbers => {NUMBERS} !== numbers", arg=numbers)
    page.evaluate("cfg.frame.open('compare')")  # which only the server can compute
    page.wait_for_selector(".away-line", timeout=30_000)
    page.wait_for_function(OPENED, arg="compare")
    page.evaluate("cfg.frame.open('field')")
    page.wait_for_function(OPENED, arg="field")
    assert page.locator(".away-line").count() == 1
    assert page.locator(".toast-body:visible").count() == 0
    assert page.get_by_text("Computing this view").locator("visible=true").count() == 0
    page.evaluate("cfg.frame.open('compare')")
    page.wait_for_function(OPENED, arg="compare")
    page.locator("#compare-w input[type=range]").press("Home")
    with app_process(port):
        page.wait_for_function("!document.querySelector('.away-line')", timeout=60_000)
        page.wait_for_function(READY, arg="compare", timeout=90_000)
        assert page.evaluate("cfg.state.here().values.w") == -1
    page.close()


def test_a_full_queue_is_no_server_that_went_away(browser, served):
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(served)
    page.wait_for_function(READY, arg="gaussians")
    full = {"status": 503, "content_type": "application/json", "body": '{"detail": "Queue is full."}'}
    page.route("**/gradio_api/queue/join*", lambda route: route.fulfill(**full))
    with page.expect_response("**/gradio_api/queue/join*"):
        page.evaluate("cfg.frame.open('compare')")
    page.wait_for_selector(".toast-body:visible")
    assert page.locator(".away-line").count() == 0
    page.close()
