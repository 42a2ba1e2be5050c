"""Shared fixtures: one Chromium, one served page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip


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
def served() -> Iterator[str]:
    """The whole app on a free port; its address."""
    from demo.page import build, launch

    page = build()
    _, url, _ = launch(page, prevent_thread_lock=True, quiet=True, server_port=None)
    yield url
    page.close()


@pytest.fixture
def tab(browser, served):
    """open(name, **viewport) -> a page with that tab showing; console errors fail the test."""
    pages, problems = [], []

    def open_tab(name: str | None = "Three Gaussians", width: int = 1280, height: int = 900, query: str = ""):
        page = browser.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        page.on("pageerror", lambda e: problems.append(str(e)))
        page.requests, page.unanswered = [], set()
        page.on("request", lambda r: (page.requests.append(r.url), page.unanswered.add(r)))
        for ended in ("requestfinished", "requestfailed"):
            page.on(ended, lambda r: page.unanswered.discard(r))
        page.goto(served + query)
        if name:
            page.get_by_role("tab", name=name).click()
        return page

    yield open_tab
    for page in pages:
        page.close()
    assert not problems, problems
