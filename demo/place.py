"""Where the page lives: under which path of its server, and by which addresses its files are fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from cfg_core.files import ASSETS
from demo.errors import log

SETTING = "GRADIO_ROOT_PATH"
ROOT = re.compile(r"(https?://[^/?#\s]+)?(/[^/?#\s]+)*/?")
MOST = 8  # places that are reported: whoever asks may name any


def address(file: Path, version: str = "") -> str:
    """By which a browser fetches a file of `routes`, from wherever the page lives; no folder of ours is named."""
    return f"static/{file.parent.name}/{quote(file.name)}" + (f"?v={version}" if version else "")


def routes() -> Iterator[Mount]:
    """What serves those files: the pictures."""
    for folder in (ASSETS / "cifar" / "gallery", ASSETS / "cifar" / "taken"):
        yield Mount(f"/static/{folder.name}", StaticFiles(directory=folder, check_dir=False))


def root_path(said: str) -> str:
    """The path under which the app lives, of GRADIO_ROOT_PATH: "/teach/cfg", a whole address, or "" for none.

    Raises ValueError where it is neither.
    """
    if not ROOT.fullmatch(said):
        raise ValueError(f"{SETTING} must be a path that begins with / or a whole address, not {said!r}")
    return urlsplit(said).path.rstrip("/")


class Place:
    """ASGI middleware for an app under a path of its server, behind a proxy that takes the path away or leaves it.

    A page that a browser has opened elsewhere is reported in the log, once for each place.
    """

    def __init__(self, app: ASGIApp, root: str = "") -> None:
        self.app, self.root, self.told = app, root, set[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].removeprefix(self.root) if scope["path"].startswith(f"{self.root}/") else scope["path"]
            self._check(path, Headers(scope=scope).get("referer", ""))
            scope = {**scope, "path": path, "root_path": ""}  # which FastAPI would look for in the path
        await self.app(scope, receive, send)

    def _check(self, path: str, referer: str) -> None:
        """A page's first script says by its referer where the page is; nothing of ours but the page ends in a slash."""
        at, right = (urlsplit(referer).path, f"{self.root}/") if path.startswith("/assets/") else (path, "/")
        if at.endswith("/") and at not in (right, *self.told) and len(self.told) < MOST:
            self.told.add(at)
            log.warning("The page was opened at %s, but %s is %r: start it with %s=%r", at, SETTING, self.root, SETTING,
                        at.rstrip("/"))  # fmt: skip
