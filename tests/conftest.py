"""Shared fixtures: one Chromium, one served page."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.pages import open_view

settings.register_profile("facts", deadline=None)  # how long a busy machine takes is no fact
settings.load_profile("facts")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that open the app or a page are marked: `-m "not browser"` leaves the mathematics and the parts.

    Their files come first, being the longest, so that both processes end at about the same time.
    """
    for item in items:
        if {"browser", "app"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
            item.add_marker(pytest.mark.flaky(reruns=1))  # a browser on two busy cores: what fails twice has failed
    opens = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in opens)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Headless Chromium, or a skip that says why."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on the path: install it to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def app() -> Iterator[tuple[Any, str]]:
    """The whole app on a free port, and its address."""
    from demo.page import build, launch

    blocks = build()
    with socket.create_server(("127.0.0.1", 0)) as free:  # Gradio would look for one beside the other worker
        port = free.getsockname()[1]
    _, url, _ = launch(blocks, workers=0, prevent_thread_lock=True, quiet=True, server_port=port)
    yield blocks, url
    blocks.close()


@pytest.fixture(scope="session")
def served(app) -> str:
    """The address of the app."""
    return app[1]


@pytest.fixture
def tab(browser, app):
    """open(name, **viewport) -> a page with that tab showing; console errors fail the test.

    page.requests are the addresses it asked for; page.awaited() says whether the server still computes something.
    """
    pages, problems = [], []
    blocks, url = app

    def open_tab(name: str | None = "Three Gaussians", width: int = 1280, height: int = 900, query: str = ""):
        page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
        pages.append(page)
        page.on("pageerror", lambda e: problems.append(str(e)))
        page.requests = []
        page.on("request", lambda r: page.requests.append(r.url))
        page.awaited = lambda: len(blocks._queue) > 0 or any(blocks._queue.active_jobs)
        page.goto(url + query)
        if name:
            open_view(page, name)
        return page

    yield open_tab
    for page in pages:
        page.close()
    assert not problems, problems
