"""What every visitor is sent alike, the page, its files and its views, is made once and then kept.

Gradio builds the page anew for each visitor, compresses each script on each request, and reads the signatures of all
components for each session: tenths of a second of one core, which a class that opens the page together waits for. And
a class that opens one link together asks for one view a hundred times before the first of them has it.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import brotli
import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILES = ("/assets/", "/static/")
PLACE = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")  # where the page says that it lives
LIMIT = 512  # answers kept: Gradio's files, and the page under a few names of the machine
LARGEST = 8 << 20  # bytes of an answer that is kept

T = TypeVar("T")


def once(maxsize: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """`functools.lru_cache`, but who asks for what is being computed for another waits for that.

    For functions of hashable arguments, called from several threads. What raises is not kept.
    """

    def decorate(fn: Callable[..., T]) -> Callable[..., T]:
        @functools.lru_cache(maxsize)
        def place(*args: Any) -> tuple[threading.Lock, list[T]]:
            return threading.Lock(), []

        making = threading.Lock()  # lru_cache alone could make two places for one key

        @functools.wraps(fn)
        def call(*args: Any) -> T:
            with making:
                lock, value = place(*args)
            with lock:
                if not value:
                    value.append(fn(*args))
            return value[0]

        return call

    return decorate


class Prepared:
    """ASGI middleware: keeps answers to plain GETs of the page and its files, by path, encoding and (the page) host.

    For a page without log-in: who asks is not looked at.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: OrderedDict[tuple[Any, ...], tuple[Message, bytes]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
        elif key in self.kept:
            self.kept.move_to_end(key)
            start, body = self.kept[key]
            await send({**start, "headers": list(start["headers"])})
            await send({"type": "http.response.body", "body": body})
        else:
            await self._answer(key, scope, receive, send)

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
                if (
                    start["status"] == 200
                    and len(body) <= LARGEST
                    and "set-cookie" not in Headers(raw=start["headers"])
                ):
                    self.kept[key] = ({**start, "headers": list(start["headers"])}, body)
                    while len(self.kept) > LIMIT:
                        self.kept.popitem(last=False)
                await send(start)
                await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, hold)


def remember_signatures(page: gr.Blocks) -> None:
    """Leave on each component's constructor the signature that Gradio asks `inspect` for, once for each session."""
    for kind in {base for block in page.blocks.values() for base in type(block).__mro__ if "__init__" in vars(base)}:
        init = vars(kind)["__init__"]
        if inspect.isfunction(init):
            init.__signature__ = inspect.signature(init)  # type: ignore[attr-defined]


def _key(scope: Scope) -> tuple[Any, ...] | None:
    """Under what an answer is kept; None for requests that are answered anew."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    if "range" in headers or "if-none-match" in headers or "if-modified-since" in headers:
        return None
    path, query, br = scope["path"], scope["query_string"], "br" in headers.get("accept-encoding", "")
    if path == "/":
        return (
            None
            if b"deep_link" in query
            else (path, br, scope["scheme"], scope.get("root_path"), *map(headers.get, PLACE))
        )
    return (path, br, query) if path.startswith(FILES) else None


def _compressed(start: Message, body: bytes, brotli_read: bool) -> tuple[Message, bytes]:
    headers = MutableHeaders(raw=list(start["headers"]))
    text = headers.get("content-type", "").startswith(("text/", "application/javascript", "application/json"))
    if brotli_read and text and start["status"] == 200 and "content-encoding" not in headers:
        body = brotli.compress(body, quality=6)
        headers["Content-Encoding"] = "br"
        headers.add_vary_header("Accept-Encoding")
    headers["Content-Length"] = str(len(body))
    return {**start, "headers": headers.raw}, body
