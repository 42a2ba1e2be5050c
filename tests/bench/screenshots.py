"""python tests/bench/screenshots.py [FOLDER]: a picture of every tab, wide and narrow, light and dark.

Without a folder only the README's pictures are made, wide and light, in assets/screenshots/.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench_app import FLAGS, ROOT, start_app
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(ROOT))
from demo.views.registry import VIEWS

README = ("gaussians", "cifar", "gradient")


def open_tab(page: Page, url: str, name: str, dark: bool) -> None:
    page.goto(f"{url}?tab={name}&__theme=" + ("dark" if dark else "light"))
    page.wait_for_timeout(9000)


def main(folder: Path | None) -> None:
    process, url, _ = start_app()
    try:
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name in [view.name for view in VIEWS] if folder else README:
                for width in (1280, 390) if folder else (1280,):
                    for dark in (False, True) if folder else (False,):
                        page = browser.new_page(viewport={"width": width, "height": 900})
                        open_tab(page, url, name, dark)
                        out = folder or ROOT / "assets" / "screenshots"
                        out.mkdir(parents=True, exist_ok=True)
                        shade = "dark" if dark else "light"
                        file = out / (f"{name}-{width}-{shade}.png" if folder else f"{name}.png")
                        page.screenshot(path=file, full_page=bool(folder))
                        print(file)
                        page.close()
            browser.close()
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
