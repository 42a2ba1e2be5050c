"""python tests/bench/bench_composition.py: the share of the screen that the pictures have, into assets/composition.md.

A row for each view and part: the hero's share and that of all pictures, in per cent, at three sizes of the window.
"""

from __future__ import annotations

import shutil
import sys

from bench_app import FLAGS, ROOT, start_app
from figures import ASSETS, finish, report
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(ROOT))
from demo.views.registry import VIEWS
from tests.composition import LEAST, SIZES, walk

HEAD = """# How much of the screen the pictures have

Written by `python tests/bench/bench_composition.py`, do not edit. Per cent of the screen: the hero, then all pictures
together; plots without their axes' numbers and names.

"""


def main() -> None:
    process, url, _ = start_app()
    rows: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    try:
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(reduced_motion="reduce")
            page.goto(url)
            for view, part, size, found in walk(page):
                rows.setdefault((view, part), {})[size] = found
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
    titles = {view.name: view.title for view in VIEWS}
    lines = [f"| view | part | {' | '.join(SIZES)} |", "|---|---|" + "---|" * len(SIZES)]
    for (view, part), at in rows.items():
        shares = (f"{at[size]['hero']:.0f}, {at[size]['all']:.0f}" for size in SIZES)
        lines.append(f"| {titles[view]} | {part} | {' | '.join(shares)} |")
    (ASSETS / "composition.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    for size, (_, least, together) in LEAST.items():
        for what, bound in (("hero", least), ("all", together)):
            smallest = min(at[size][what] for at in rows.values())
            report(f"smallest share of {what} at {size}", smallest, bound, "%", at_least=True)
    finish()


if __name__ == "__main__":
    main()
