"""What is kept for every visitor is what the server would have said, and nothing else is kept."""

import asyncio
import inspect
import time
from concurrent.futures import ThreadPoolExecutor

import brotli
import gradio as gr
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from demo.prepared import PAGES_KEPT, Prepared, remember_signatures
from demo.work.once import kept, once


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


def test_events_are_sent_compressed_and_each_can_be_read_as_soon_as_it_was_sent():
    """Read by another decoder bit by bit; who does not read brotli gets them as they are."""
    events = [f"data: {i} {'x' * 5000}\n\n".encode() for i in range(3)]
    seen: list[bytes] = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for event in (*events, b""):
            await send({"type": "http.response.body", "body": event, "more_body": bool(event)})

    async def keep(message):
        seen.append(message.get("body", b"") if message["type"].endswith("body") else dict(message["headers"]))

    def ask(encoding: bytes) -> None:
        seen.clear()
        scope = {"type": "http", "method": "GET", "path": "/gradio_api/queue/data", "query_string": b"",
                 "headers": [(b"accept-encoding", encoding)]}  # fmt: skip
        with ThreadPoolExecutor(1) as alone:  # a browser of another test may have a loop in this thread
            alone.submit(asyncio.run, Prepared(app)(scope, None, keep)).result()

    ask(b"gzip, br")
    head, *bodies = seen
    assert head[b"content-encoding"] == b"br"
    reader = brotli.Decompressor()
    assert [reader.process(body) for body in bodies] == [*events, b""]
    assert reader.is_finished()
    assert sum(map(len, bodies)) < 500
    ask(b"gzip")
    assert seen[1:] == [*events, b""]


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
        ("/assets/a.js?v=1", {}, "GET"),
        ("/", {"host": "a b"}, "GET"),
        ("/", {"x-forwarded-host": "<script>"}, "GET"),
        ("/", {"x-forwarded-proto": "gopher"}, "GET"),
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


def test_what_many_ask_for_together_is_computed_once_and_a_failure_is_not_kept():
    asked = []

    @once(8)
    def square(x):
        asked.append(x)
        time.sleep(0.1)
        if len(asked) == 1:
            raise ValueError("not yet")
        return x * x

    with pytest.raises(ValueError, match="not yet"):
        square(3)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(square, [3] * 7 + [4])) == [9] * 7 + [16]
    assert sorted(asked) == [3, 3, 4]


def test_names_that_a_client_makes_up_are_not_kept_without_end():
    app, sent = Prepared(Starlette(routes=[Route("/", lambda r: PlainTextResponse(50_000 * "x"))])), []
    client = TestClient(app)
    for i in range(40):
        sent.append(client.get("/", headers={"host": f"name{i}.example"}).status_code)
    assert set(sent) == {200}
    assert len(app.pages) == PAGES_KEPT
    assert len(app.files) == 0


def test_what_is_kept_stays_within_its_bytes_and_the_longest_unused_goes_first():
    values = kept(10, 100, len)
    for key, size in (("a", 40), ("b", 40), ("c", 10)):
        values[key] = size * key
    assert values["a"] == 40 * "a"
    values["d"] = 30 * "d"
    assert set(values) == set("acd")
    with pytest.raises(ValueError, match="too large"):
        values["whole"] = 101 * "x"
    assert set(values) == set("acd")
    for key in range(20):
        values[key] = "x"
    assert set(values) == set(range(10, 20))  # and they are never more than ten


def test_values_computed_once_are_given_up_by_their_size():
    calls = []

    @once(100, most_bytes=3000)
    def text(n):
        calls.append(n)
        return "x" * 1000

    for n in (1, 2, 3, 1):
        text(n)
    assert calls == [1, 2, 3, 1]  # two of a thousand fit, with what a text costs itself
