"""python tests/bench/bench_stage.py: a heavy frame (64x64 heat, 3000 points, 576 arrows) at 60 positions of w.

Two times for each frame: `script` is what the stage itself reports (data-paint-ms), the time to issue the drawing
commands; `whole` also makes the browser raster them, by reading one pixel back, which is what a visitor waits for.
Headless Chromium without a GPU; no server. Prints median and p95, and the load of the machine, which moves them.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
from figures import finish, report
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from demo.stage import CSS, head, markup  # noqa: E402
from demo.sweep import Sweep  # noqa: E402

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip

FRAMES = """async () => {
    const stage = cfg.stage.get('bench'), ctx = stage.panels[0].ctx, script = [], whole = [];
    for (let i = 0; i < 65; i++) {
        await new Promise(r => requestAnimationFrame(r));
        ctx.getImageData(0, 0, 1, 1);  // nothing left over from the frame before
        stage.coords.w = -1 + 11 * i / 64;
        const began = performance.now();
        stage.paint();
        ctx.getImageData(0, 0, 1, 1);
        if (i < 5) continue;  // warm-up
        whole.push(performance.now() - began);
        script.push(Number(stage.root.dataset.paintMs));
    }
    return {script, whole};
}"""


def payload() -> str:
    """One panel with every heavy layer; all of it moves with w."""
    rng = np.random.default_rng(0)
    w = np.linspace(-1, 10, 12)
    yy, xx = np.mgrid[-6:6:64j, -6:6:64j]
    heat = np.stack([-(xx**2 + yy**2) / (2 + 0.2 * k) for k in w])  # [w, y, x]
    centres = np.array([[0, 2], [-2, -1], [2, -1]])[:, None]  # [class, 1, 2]
    points = rng.normal(size=(3, 1000, 2)) + centres * (1 + 0.1 * w)[:, None, None, None]  # [w, class, point, 2]
    grid = np.stack(np.meshgrid(*[np.linspace(-6, 6, 24)] * 2), axis=-1).reshape(-1, 2)  # [576, 2]
    sweep = Sweep(
        {"w": w},
        {
            "heat": (heat, ("w", "y", "x")),
            "points": (points, ("w", "class", "point", "xy")),
            "at": (grid, ("n", "xy")),
            "u": (-0.3 * grid, ("n", "xy")),
            "v": (0.1 * grid[:, ::-1], ("n", "xy")),
        },
        {"class": ("A", "B", "C")},
    )
    layers: list[dict[str, Any]] = [
        {"type": "heat", "name": "density", "z": "heat", "extent": [-6, 6, -6, 6], "relative": "max"},
        {"type": "points", "name": "samples", "xy": "points", "size": 2.1, "opacity": 0.75},
        {"type": "arrows", "name": "field", "xy": "at", "uv": {"base": "u", "slope": "v", "by": "w"}, "color": "guided",
         "scale": "auto"},
    ]  # fmt: skip
    axis = {"range": [-6, 6], "label": ""}
    panel = {"id": "p", "title": "", "aspect": "equal", "height": 520, "x": axis, "y": axis, "layers": layers}
    return json.dumps({"sweep": sweep.to_dict(), "scene": {"coords": {"w": 3}, "panels": [panel], "alt": "bench"}})


def main() -> None:
    page_html = f"<meta charset=utf-8><style>{CSS.read_text()}</style><div id=s>{markup()}</div>{head()}"
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 900, "height": 700})
        page.set_content(page_html)
        mount = "cfg.stage.mount('bench', document.getElementById('s'), () => 0, () => 0, {value})"
        page.evaluate(f"value => {mount}", payload())
        before = os.getloadavg()[0]
        times = page.evaluate(FRAMES)
        error = page.locator(".stage-error").inner_text()
        browser.close()
    if error or len(times["whole"]) != 60:
        raise SystemExit(f"the frame was not drawn: {error}")
    for name, values in times.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        report(f"heavy frame, {name}: median", statistics.median(values), 16, "ms")
        report(f"heavy frame, {name}: p95", p95, 33, "ms")
    print(f"load of the machine: {before:.1f} on {os.cpu_count()} cores")
    finish()


if __name__ == "__main__":
    main()
