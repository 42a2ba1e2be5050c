"""How much of the screen the pictures have: measured in the page, for every view and each of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo.views.registry import VIEWS
from tests.pages import READY, SETTLED, parts_of

SIZES = {"1280 × 720": (1280, 720), "1024 × 768": (1024, 768), "390 × 844": (390, 844)}
# per cent of the screen: the hero on the first view, on every other, all pictures together
LEAST = {"1280 × 720": (30, 22, 40), "1024 × 768": (22, 18, 32), "390 × 844": (35, 25, 25)}

MEASURE = (Path(__file__).parent / "composition.js").read_text(encoding="utf-8").partition("\n")[2]


def walk(page: Any) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(view, part, size, what is measured) of every view and part at every size, of a page that has the app open."""
    page.wait_for_function("window.cfg?.state.here().view")
    for view in VIEWS:
        for part in parts_of(view):
            width, height = SIZES["1280 × 720"]
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("([name, part]) => cfg.state.go(name, part)", [view.name, part])
            page.wait_for_function(READY, arg=view.name, timeout=60_000)
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate("scrollTo(0, 0)")
                page.evaluate(SETTLED)
                yield view.name, " ".join(part.values()), size, page.evaluate(MEASURE, view.name)
