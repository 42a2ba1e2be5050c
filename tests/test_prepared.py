"""What is kept for every visitor is what the server would have said, and nothing else is kept."""

import inspect

import gradio as gr
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from demo.prepared import Prepared, remember_signatures


@pytest.fixture
def counted():
    """A client of a small application that says how often it was asked, and for which host."""
    asked = []

    def page(request):
        asked.append(request.url.path)
        words = f"{request.headers['host']} {len(asked)} " + 500 * "x"
        if request.url.path.endswith("gone"):
            return PlainTextResponse(words, 404)
        if request.url.path.endswith("mine"):
            return PlainTextResponse(words, headers={"set-cookie": "a=b"})
        return PlainTextResponse(words) if request.method == "GET" else Response()

    app = Starlette(routes=[Route("/{rest:path}", page, methods=["GET", "POST"])], middleware=[Middleware(Prepared)])
    client = TestClient(app)
    client.asked = asked
    return client


@pytest.mark.parametrize("encoding", ["identity", "br", "gzip, deflate, br"])
def test_the_page_is_made_once_and_is_the_same_however_it_is_sent(counted, encoding):
    first, second = (counted.get("/", headers={"accept-encoding": encoding}) for _ in range(2))
    assert first.text == second.text == "testserver 1 " + 500 * "x"
    assert ("br" in encoding) == (second.headers.get("content-encoding") == "br")
    assert int(second.headers["content-length"]) == int(first.headers["content-length"]) > 0
    assert (int(second.headers["content-length"]) < 200) == ("br" in encoding)


def test_another_host_another_way_in_and_another_encoding_are_answered_for_themselves(counted):
    assert counted.get("/", headers={"host": "one"}).text.startswith("one 1")
    assert counted.get("/", headers={"host": "two"}).text.startswith("two 2")
    assert counted.get("/", headers={"host": "one"}).text.startswith("one 1")
    assert counted.get("/", headers={"host": "one", "x-forwarded-proto": "https"}).text.startswith("one 3")
    assert counted.get("/?tab=field&w=3", headers={"host": "one"}).text.startswith("one 1")


@pytest.mark.parametrize(
    ("path", "headers", "method"),
    [
        ("/assets/gone", {}, "GET"),
        ("/assets/mine", {}, "GET"),
        ("/config", {}, "GET"),
        ("/?deep_link=a", {}, "GET"),
        ("/assets/a.js", {"range": "bytes=0-3"}, "GET"),
        ("/assets/a.js", {"if-none-match": "x"}, "GET"),
        ("/", {}, "POST"),
    ],
)
def test_what_may_differ_is_asked_for_each_time(counted, path, headers, method):
    for _ in range(3):
        counted.request(method, path, headers=headers)
    assert len(counted.asked) == 3


def test_signatures_left_on_the_constructors_are_those_that_inspect_finds():
    with gr.Blocks() as page:
        gr.Slider(0, 1)
        gr.HTML("x")
    fresh = {cls: str(inspect.signature(cls.__init__)) for cls in (gr.Slider, gr.HTML, gr.Blocks)}
    config = page.blocks[max(page.blocks)].get_config()
    remember_signatures(page)
    assert {cls: str(inspect.signature(cls.__init__)) for cls in fresh} == fresh
    assert page.blocks[max(page.blocks)].get_config() == config


def test_the_page_of_the_app_is_kept_and_names_the_host_that_was_asked(served):
    plain = {"accept-encoding": "identity"}
    one, two = httpx.get(served, headers=plain), httpx.get(served, headers=plain)
    assert one.text == two.text
    assert httpx.get(served, headers={"accept-encoding": "br"}).text == one.text
    other = httpx.get(served, headers={**plain, "x-forwarded-host": "a.example", "x-forwarded-proto": "https"}).text
    assert "https://a.example" in other
    assert "a.example" not in one.text
