"""The static page, opened as a file: its weight, its first picture, and grabbing: `python tests/bench/bench_site.py`.

In headless Chromium, from a folder on disk; what is measured of a hand is what bench_grab.py measures of the app. The
exit status is 1 where a bound is missed.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_app import FLAGS
from bench_grab import POSITIONS, SLIDE, WATCH, grab, measured
from figures import finish, report
from playwright.sync_api import Browser, Page, sync_playwright

from demo.site.export import build

DRAWN = "s => Number(document.querySelector(s + ' .stage')?.dataset.loads) > 0"
ARRIVALS = 5


def arrive(browser: Browser, address: str) -> tuple[Page, float]:
    """The page, and the seconds until its first picture."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN, arg="#gaussians-stage")
    return page, time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        files = build(Path(folder))
        report("the folder", sum(f.stat().st_size for f in files) / 1e6, 6, "MB")
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        address = files[0].as_uri() + "?tab=gaussians"  # by a link: w does not swing
        seconds = []
        for _ in range(ARRIVALS):
            page, took = arrive(browser, address)
            seconds.append(took)
            page.close()
        report("from a file: first picture, median", statistics.median(seconds), 2, "s")
        page, _ = arrive(browser, address)
        requests: list[str] = []
        page.on("request", lambda r: requests.append(r.url))
        page.wait_for_function("document.querySelector('#gaussians-stage .grab-pad')")
        page.wait_for_timeout(2000)
        page.evaluate(WATCH)
        grab(page, requests)
        requests.clear()
        page.evaluate("window.times.splice(0)")
        page.evaluate(SLIDE, POSITIONS)
        measured(page, f"“Separation of the classes”, {POSITIONS} positions", requests)
        browser.close()
    finish()


if __name__ == "__main__":
    main()
