"""python tests/bench/bench_grab.py: grabbing a class, and a slider of the geometry, from the input to painted samples.

In headless Chromium, on the page as `python app.py` serves it. Prints one line a figure with its bound; exits 1 where a
bound is missed.
"""

from __future__ import annotations

import shutil
import statistics

from bench_app import FLAGS, p95, painted, start_app
from figures import finish, report
from playwright.sync_api import Page, sync_playwright

POSITIONS = 40
# Of every change of the separation that is painted: how long since the input that led to it, the raster included.
WATCH = """() => {
  const stage = document.querySelector("#gaussians-stage .stage");
  window.times = [];
  let since = 0;
  for (const kind of ["pointerrawupdate", "input"])
    window.addEventListener(kind, (event) => { since ||= Math.min(performance.now(), event.timeStamp); }, true);
  new MutationObserver(() => {
    if (!since) return;
    for (const c of stage.querySelectorAll("canvas")) c.getContext("2d").getImageData(0, 0, 1, 1);
    window.times.push(performance.now() - since);
    since = 0;
  }).observe(stage, {attributes: true, attributeFilter: ["data-separation"]});
  window.whole = () => cfg.stage.get("gaussians-stage").sweep.arrays.samples.dims[0] === "w";
}"""
GRIP = """async () => {
  const pad = document.querySelector("#gaussians-stage .grab-pad");
  const at = () => { const r = pad.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; };
  for (let last = at(), since = performance.now(); performance.now() - since < 500;) { // until nothing moves any more
    await new Promise(requestAnimationFrame);
    if (String(at()) !== String(last)) [last, since] = [at(), performance.now()];
  }
  return at();
}"""
SLIDE = """async (positions) => {
  const input = document.querySelector("#gaussians-separation input[type=range]");
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  for (let i = 0; i < positions; i++) {
    const before = window.times.length, began = performance.now();
    set.call(input, (1.2 + 0.04 * i).toFixed(3));
    input.dispatchEvent(new Event("input", {bubbles: true}));
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    while (window.times.length === before && performance.now() - began < 2000) await pause(1);
    await pause(25);
  }
}"""


def measured(page: Page, words: str, requests: list[str]) -> None:
    """Report what was recorded since the last call, and the calls to the server."""
    began = page.evaluate("performance.now()")
    page.wait_for_function("whole()", timeout=10_000)
    rest = page.evaluate("performance.now()") - began
    times = page.evaluate("window.times.splice(0)")
    report(f"{words}: positions painted", POSITIONS - len(times), 2, "fewer")
    report(f"{words}: input to painted samples, median", statistics.median(times), 16, "ms")
    report(f"{words}: input to painted samples, p95", p95(times), 33, "ms")
    report(f"{words}: the other values of w, after", rest, 300, "ms")
    page.wait_for_timeout(1000)
    calls = [r for r in requests if not r.startswith(("data:", "blob:"))]
    report(f"{words}: calls", len(calls), 0, "")


def grab(page: Page, requests: list[str]) -> None:
    """A class's mean, dragged over so many positions."""
    x, y = page.evaluate(GRIP)
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_function("document.activeElement.matches('.grab-one')")
    page.mouse.move(x + 1, y)
    page.wait_for_timeout(300)  # the engine's worker has started
    page.evaluate("window.times.splice(0)")
    requests.clear()
    for i in range(POSITIONS):
        page.mouse.move(x + 2 + 2 * i, y - i)
        page.wait_for_timeout(20)
    page.mouse.up()
    measured(page, f"dragging a mean, {POSITIONS} positions", requests)


def main() -> None:
    process, url, _ = start_app()
    try:
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            requests: list[str] = []
            page.on("request", lambda r: requests.append(r.url))
            page.goto(url + "?tab=gaussians")  # by a link: w does not swing
            page.wait_for_function("!document.documentElement.classList.contains('arriving')", timeout=30_000)
            painted(page)
            page.wait_for_function("document.querySelector('#gaussians-stage .grab-pad')")
            page.wait_for_timeout(2000)
            page.evaluate(WATCH)
            grab(page, requests)
            requests.clear()
            page.evaluate("window.times.splice(0)")
            page.evaluate(SLIDE, POSITIONS)
            measured(page, f"“Separation of the classes”, {POSITIONS} positions", requests)
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
    finish()


if __name__ == "__main__":
    main()
