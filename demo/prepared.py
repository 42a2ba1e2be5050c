"""What every visitor is sent alike, the page and its files, is made once and then kept.

Gradio builds the page anew for each visitor, compresses each script on each request, and reads the signatures of all
components for each session: tenths of a second of one core, which a class that opens the page together waits for.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import brotli
import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.work.once import kept

STREAM = "/queue/data"
FILES = ("/assets/", "/static/")
NAME = r"([A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,39}\])(:\d{1,5})?"
PLACE = {  # where the page says that it lives, by the client's word and a proxy's
    "host": re.compile(NAME),
    "x-forwarded-host": re.compile(NAME),
    "x-forwarded-proto": re.compile("https?"),
    "x-gradio-server": re.compile(f"https?://{NAME}/?"),
}
FILES_KEPT, FILE_BYTES = 512, 48 << 20  # Gradio's files, which are as many as there are
PAGES_KEPT, PAGE_BYTES = 8, 24 << 20  # the page, under a few names of the machine: whoever asks may send any


class Prepared:
    """ASGI middleware: keeps answers to plain GETs of the page and its files, by path, encoding and (the page) host.

    For a page without log-in: who asks is not looked at. Files with a query, and a page under what is no host name, are
    answered anew each time; of pages only a few are kept, since whoever asks may give any name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.files = kept(FILES_KEPT, FILE_BYTES, _size)
        self.pages = kept(PAGES_KEPT, PAGE_BYTES, _size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if _is_stream(scope):
            await self.app(scope, receive, Squeezed(send))
        elif key is None:
            await self.app(scope, receive, send)
        elif answer := self._kept(key).get(key):
            start, body = answer
            await send({**start, "headers": list(start["headers"])})
            await send({"type": "http.response.body", "body": body})
        else:
            await self._answer(key, scope, receive, send)

    def _kept(self, key: tuple[Any, ...]) -> MutableMapping[Any, tuple[Message, bytes]]:
        return self.pages if key[0] == "/" else self.files

    async def _answer(self, key: tuple[Any, ...], scope: Scope, receive: Receive, send: Send) -> None:
        begun: list[Message] = []
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                start, body = _compressed(begun[0], b"".join(parts), brotli_read=key[1])
                if start["status"] == 200 and "set-cookie" not in Headers(raw=start["headers"]):
                    with suppress(ValueError):  # too large to be kept
                        self._kept(key)[key] = {**start, "headers": list(start["headers"])}, body
                await send(start)
                await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, hold)


class Squeezed:
    """Sends a stream of events compressed, each event whole as soon as it is there: a third less of a sweep."""

    def __init__(self, send: Send) -> None:
        self.send, self.brotli = send, brotli.Compressor(quality=1)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            if "content-encoding" in headers or message["status"] != 200:
                self.brotli = None
            else:
                headers["Content-Encoding"] = "br"
                headers.add_vary_header("Accept-Encoding")
                message = {**message, "headers": headers.raw}
        elif message["type"] == "http.response.body" and self.brotli is not None:
            body = self.brotli.process(message.get("body", b""))
            body += self.brotli.flush() if message.get("more_body", False) else self.brotli.finish()
            message = {**message, "body": body}
        await self.send(message)


def _is_stream(scope: Scope) -> bool:
    """Whether this asks for the answers of the queue and reads brotli."""
    wanted = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].endswith(STREAM)
    return wanted and "br" in Headers(scope=scope).get("accept-encoding", "")


def remember_signatures(page: gr.Blocks) -> None:
    """Leave on each component's constructor the signature that Gradio asks `inspect` for, once for each session."""
    for kind in {base for block in page.blocks.values() for base in type(block).__mro__ if "__init__" in vars(base)}:
        init = vars(kind)["__init__"]
        if inspect.isfunction(init):
            init.__signature__ = inspect.signature(init)  # type: ignore[attr-defined]


def _size(answer: tuple[Message, bytes]) -> int:
    return len(answer[1])


def _key(scope: Scope) -> tuple[Any, ...] | None:
    """Under what an answer is kept; None for requests that are answered anew."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    if "range" in headers or "if-none-match" in headers or "if-modified-since" in headers:
        return None
    path, br = scope["path"], "br" in headers.get("accept-encoding", "")
    if path == "/":
        place = {name: headers.get(name) for name in PLACE}
        plain = all(value is None or PLACE[name].fullmatch(value) for name, value in place.items())
        if b"deep_link" in scope["query_string"] or not plain:
            return None
        return (path, br, scope["scheme"], scope.get("root_path"), *place.values())
    return (path, br) if path.startswith(FILES) and not scope["query_string"] else None


def _compressed(start: Message, body: bytes, brotli_read: bool) -> tuple[Message, bytes]:
    headers = MutableHeaders(raw=list(start["headers"]))
    text = headers.get("content-type", "").startswith(("text/", "application/javascript", "application/json"))
    if brotli_read and text and start["status"] == 200 and "content-encoding" not in headers:
        body = brotli.compress(body, quality=6)
        headers["Content-Encoding"] = "br"
        headers.add_vary_header("Accept-Encoding")
    headers["Content-Length"] = str(len(body))
    return {**start, "headers": headers.raw}, body
