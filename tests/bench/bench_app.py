"""python tests/bench/bench_app.py: start-up, first paint, dragging and new geometry, in headless Chromium.

Prints one line a figure with its bound; exits 1 where a bound is missed.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from figures import finish, report
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_app() -> tuple[subprocess.Popen, str, float]:
    """`python app.py` in a process of its own; its address and the seconds until it served the page."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env={**os.environ, "GRADIO_SERVER_PORT": str(port)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/"
    while time.perf_counter() - began < 60:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                response.read()
                return process, url, time.perf_counter() - began
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    process.kill()
    raise SystemExit("the app did not start within 60 s")


NODES = "[...document.getElementsByTagName('*')].filter((e) => !e.closest('.hint')).length"  # hints come and go


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def painted(page: Page, stage: str = "#gaussians-stage .stage") -> None:
    page.wait_for_function("s => Number(document.querySelector(s)?.dataset.paints) > 0", arg=stage, timeout=30_000)


def drag(page: Page, requests: list[str]) -> None:
    """Sixty positions of w by the keyboard and sixty by the input itself, with no request to the server."""
    slider = page.locator("#gaussians-w input[type=range]")
    slider.focus()
    page.wait_for_timeout(300)
    requests.clear()
    times = page.evaluate(
        """async () => {
        const input = document.querySelector('#gaussians-w input[type=range]');
        const stage = document.querySelector('#gaussians-stage .stage');
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
        const times = [];
        for (let i = 0; i < 60; i++) {
            set.call(input, (-1 + 11 * i / 59).toFixed(1));
            const before = stage.dataset.paints;
            input.dispatchEvent(new Event('input', {bubbles: true}));
            const began = performance.now();
            while (stage.dataset.paints === before && performance.now() - began < 500)
                await new Promise(r => setTimeout(r, 1));
            const drawn = performance.now(); // the commands are issued: reading a pixel back forces the raster
            for (const c of stage.querySelectorAll('canvas')) c.getContext('2d').getImageData(0, 0, 1, 1);
            times.push(Number(stage.dataset.paintMs) + performance.now() - drawn);
        }
        return times;
    }"""
    )
    report("dragging w, 60 positions: paint, median", statistics.median(times), 16, "ms")
    report("dragging w, 60 positions: paint, p95", p95(times), 33, "ms")
    report("dragging w, 60 positions: requests", len(requests), 0, "")
    last = float(page.locator("#gaussians-stage .stage").get_attribute("data-w"))
    report("last position shown: |w - 10|", abs(last - 10), 1e-6, "")


def flat(page: Page) -> None:
    """Node count and heap over 300 updates."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")

    def nodes_and_heap() -> tuple[int, float]:
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
        return page.evaluate(NODES), heap

    before = nodes_and_heap()
    page.evaluate(
        """async () => {
        const input = document.querySelector('#gaussians-w input[type=range]');
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
        for (let i = 0; i < 300; i++) {
            set.call(input, (-1 + (i % 110) / 10).toFixed(1));
            input.dispatchEvent(new Event('input', {bubbles: true}));
            await new Promise(r => requestAnimationFrame(r));
        }
    }"""
    )
    after = nodes_and_heap()
    report("300 updates: new nodes", after[0] - before[0], 0, "")
    report("300 updates: heap growth", after[1] - before[1], 2, "MiB")


def geometry(page: Page, repeats: int = 20) -> None:
    """From a new separation to the new sweep painted."""
    times = page.evaluate(
        """async (repeats) => {
        const all = [...document.querySelectorAll('input[type=range]')];
        const input = all.find(e => e.ariaLabel?.includes('Separation'));
        const stage = document.querySelector('#gaussians-stage .stage');
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
        const times = [];
        for (let i = 0; i < repeats; i++) {
            const before = stage.dataset.loads;
            const began = performance.now();
            set.call(input, (1.2 + 0.05 * i).toFixed(2));
            input.dispatchEvent(new Event('input', {bubbles: true}));
            while (stage.dataset.loads === before && performance.now() - began < 10000)
                await new Promise(r => setTimeout(r, 2));
            times.push(performance.now() - began);
            await new Promise(r => setTimeout(r, 150));
        }
        return times;
    }""",
        repeats,
    )
    report("new geometry to new sweep painted: median", statistics.median(times), 500, "ms")
    report("new geometry to new sweep painted: p95", p95(times), 500, "ms")


def main() -> None:
    process, url, seconds = start_app()
    try:
        report("python app.py to a served page", seconds, 6, "s")
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            requests: list[str] = []
            page.on("request", lambda r: requests.append(r.url))
            began = time.perf_counter()
            page.goto(url, wait_until="commit")
            painted(page)
            report("first tab painted after navigation", time.perf_counter() - began, 3, "s")
            page.wait_for_timeout(1000)
            outside = [r for r in requests if not r.startswith((url, "data:", "blob:"))]
            report("requests that leave the machine", len(outside), 0, "")
            drag(page, requests)
            flat(page)
            geometry(page)
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
    finish()


if __name__ == "__main__":
    main()
