"""Finding one's way on the page, as a visitor does."""

from __future__ import annotations

from demo.views.registry import CHAPTERS

OPENED = "name => window.cfg?.state.here().view === name"
DRAWN = """name => [...document.querySelectorAll(`#view-${name} .stage`)].filter(s => s.clientWidth)
  .every(s => Number(s.dataset.loads) > 0) && document.querySelector(`#view-${name}`)?.clientWidth > 0"""

READY = f"""name => ({DRAWN})(name)
  && ![...document.querySelectorAll(`#view-${{name}} .stage`)].some(s => s.clientWidth && s.dataset.waits === "true")
  && ![...document.querySelectorAll(".stage.waits, .stage:has(.stage-caption.stale)")].some(s => s.clientWidth)"""
SEEN = """(name) => {
  const shown = (selector) => [...document.querySelectorAll(`#view-${name} ${selector}`)].filter((e) => e.clientWidth);
  const lowest = (nodes) => Math.max(...nodes.map((e) => e.getBoundingClientRect().bottom));
  const pictures = shown(".stage canvas");
  return {
    pictures: pictures.length, sliders: shown(".drive input[type=range]").length,
    lowest: lowest([...pictures, ...shown(".drive input[type=range]")]),
    smallest: Math.min(...pictures.map((e) => Math.min(e.clientWidth, e.clientHeight))),
    tall: document.documentElement.scrollHeight,
  };
}"""
SETTLED = "() => new Promise((done) => setTimeout(() => requestIdleCallback(done), 150))"


def open_view(page, title: str) -> None:
    """In two clicks: the chapter, and the view of that title."""
    chapter, view = next((c, v) for c in CHAPTERS for v in c.views if v.title == title)
    page.wait_for_function("window.cfg?.state.here().view")
    page.locator(f'.chapter-names [data-chapter="{chapter.title}"]').click()
    page.locator(f'.views [data-open="{view.name}"]').click()
    page.wait_for_function(OPENED, arg=view.name)


def parts_of(view) -> list[dict[str, str]]:
    """What a link to each part of a view says; one that says nothing where it has no parts."""
    choosers = [view.settings.fields()[name] for name in view.choosers]
    return [{field.key: value} for field in choosers for value in field.values] or [{}]


def show_part(page, view: str, part: str) -> None:
    """Press the button of a part of the view that is open."""
    page.locator(f'#{view}-part input[value="{part}"]').check(force=True)
    page.wait_for_function("([view, part]) => document.querySelector(`#view-${view}`).dataset.part === part",
                           arg=[view, part])  # fmt: skip
    page.wait_for_function(DRAWN, arg=view, timeout=60_000)
