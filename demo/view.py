"""A view is one specification: its settings, what is computed of them, what is drawn of that, and its words.

Everything else follows from it, once for all views: controls, checks, the API, links, dimming and first values
(`demo/tab.py`), the static page, the strategies that fuzz it. Knows no Gradio and no torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal

from demo.scene import Formula, Play, Scene, named
from demo.settings import S
from demo.sweep import Sweep
from demo.wire import grains
from demo.work import crew
from demo.work.once import once
from demo.work.worker import Worker

VIEWS = Path(__file__).with_name("views")
GEOMETRY = ("separation", "spread", "a", "b", "c", "mixture")  # the settings that say what the classes are
MORE, FIRST = "More settings", 5  # so many stand beside a picture, the others are folded
KEPT, KEPT_BYTES = 1024, 32 << 20  # values and patches of all views together


@dataclass(frozen=True, eq=False)
class Drawing(Generic[S]):
    """One stage of a view: `compute(settings) -> Sweep`, `scene(sweep, settings) -> Scene`.

    `live`: coordinate of the sweep -> the setting that moves it, in the browser alone. `uses`: the settings that it is
    computed from, all that are not live where none are named. `detail` computes the part that also depends on `moves`,
    sent alone where only those change; a click in a panel sets `drops` of them, by what it sends. `parts`: the values
    of the setting `part` with which it is shown. `words` names the text below it. `toy`: what the browser computes it
    from, for any classes. `play` walks a live slider. `formula` is the legend. `asks`: false where the view's own page
    asks.
    """

    compute: Callable[[S], Sweep]
    scene: Callable[[Sweep, S], Scene]
    live: Mapping[str, str]
    name: str = ""
    parts: tuple[str, ...] = ()
    uses: tuple[str, ...] | None = None
    detail: Callable[[S], Sweep] | None = None
    moves: tuple[str, ...] = ()
    drops: Mapping[str, str] = field(default_factory=dict)  # setting -> what the click calls it
    words: str = ""
    play: Play | None = None
    formula: Formula | None = None
    toy: Callable[[S], dict[str, Any]] | None = None
    asks: bool = True

    @cached_property
    def tables(self) -> Callable[[S], dict[str, Any]]:
        assert self.toy
        return once(16)(self.toy)

    def sent(self, view: View[S], s: S) -> dict[str, Any]:
        """What goes with the stage's value, for the toy in the browser (`demo/toy/toy.js`)."""
        if self.toy is None:
            return {}
        fields = view.settings.fields()
        tables = self.tables(s.only(name for name in fields if name not in GEOMETRY))  # they are those of any classes
        shape = {name: fields[name] for name in GEOMETRY if name in fields}
        bounds = {n: {"low": f.low, "high": f.high, "step": f.step, "default": f.default} for n, f in shape.items()}
        settings = {name: getattr(s, name) for name in view.asks(self)}
        return {"toy": {"settings": settings, "moves": list(self.moves), "controls": bounds, **tables}}

    @cached_property
    def base(self) -> Callable[[S], Sweep]:
        return once(8, 8 << 20)(self.compute)

    @cached_property
    def part(self) -> Callable[[S], Sweep]:
        return once(32, 2 << 20)(self.detail or self.compute)

    def made(self, view: View[S], s: S) -> tuple[Sweep, Scene]:
        """What is sent: the sweep, and its scene filled in."""
        sweep = self.base(s.only(view.uses(self))).merged(self.part(s)) if self.detail else self.compute(s)
        return sweep, self.filled(view, self.scene(sweep, s), s)

    def filled(self, view: View[S], scene: Scene, s: S) -> Scene:
        """The scene with its coordinates, its sliders and the key under which a part of it may be sent."""
        fields, live = view.settings.fields(), {c: name for c, name in self.live.items() if s.counts(name)}
        scene["coords"] = {coord: fields[name].default for coord, name in live.items()}
        scene["sliders"] = {coord: view.elem_id(name) for coord, name in live.items()}
        if self.formula:
            scene["formula"] = self.formula
        if self.play and self.play["coord"] in live:
            scene["play"] = self.play
        if self.detail:
            scene["key"] = repr(s.only(view.uses(self)))
        return scene


@dataclass(frozen=True, eq=False)
class View(Generic[S]):
    """`name` is that in links, `folder` of demo/views holds its texts. `top`: the settings that stand first.

    `presets`: buttons and what they set.
    `notes`: words below the settings of a fold, by its title. `only`: the parts that a setting matters in, where they
    are not those of its drawing. `next`: a question, and the name of the view that answers it.
    """

    name: str
    title: str
    folder: str
    settings: type[S]
    drawings: tuple[Drawing[S], ...]
    next: tuple[str, str]
    top: tuple[str, ...] = ()
    only: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    square: tuple[str, ...] = ()  # the values of its chooser with which one plane gets the room; ("",) without one
    lends: bool = False  # its mixture may be taken to the views that know one: demo/carry.py
    own_page: bool = False  # beside the specification, in the folder's page.py: more than stages and settings
    extend: Callable[[View[S], Any], None] | None = None  # more controls and wiring, after the stages
    at_once: bool = False  # its first value is in the page itself
    at: Worker | Literal["sweeps", "here"] = "sweeps"  # which workers compute it: see demo/work/crew.py

    @cached_property
    def live(self) -> frozenset[str]:
        """The settings that only move what is drawn, or choose what of it is shown."""
        sliders = {name for drawing in self.drawings for name in drawing.live.values()}
        return frozenset(sliders | {name for name, f in self.settings.fields().items() if f.shown == "part"})

    @property
    def choosers(self) -> list[str]:
        """The settings that stand above the picture as a row of buttons."""
        return [name for name, f in self.settings.fields().items() if f.shown in ("part", "view")]

    @property
    def sliders(self) -> list[str]:
        """The settings whose sliders stand with the picture."""
        return list(dict.fromkeys(name for drawing in self.drawings for name in drawing.live.values()))

    def parts(self, name: str) -> set[str]:
        """The parts that a setting matters in; none where it does in any."""
        if name in self.only:
            parts = self.only[name]
            return {parts} if isinstance(parts, str) else set(parts)
        mine = [d for d in self.drawings if name in self.asks(d) or name in d.live.values()]
        return set() if any(not d.parts for d in mine) else {part for d in mine for part in d.parts}

    def shared_out(self, names: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
        """Of these settings, those that stand beside the picture, FIRST of each part, and the others by their fold."""
        fields, seen = self.settings.fields(), dict[str, int]()
        beside, folds = list[str](), dict[str, list[str]]()
        for name in names:
            part, hidden = min(self.parts(name), default=""), fields[name].shown == "hidden"
            seen[part] = seen.get(part, 0) + (not hidden and not fields[name].fold)
            if fields[name].fold or (seen[part] > FIRST and not hidden):
                folds.setdefault(fields[name].fold or MORE, []).append(name)
            else:
                beside.append(name)
        return beside, dict(sorted(folds.items(), key=lambda fold: fold[0] != MORE))

    def uses(self, drawing: Drawing[S]) -> tuple[str, ...]:
        """The settings that a drawing is computed from, but for those that only its part reads."""
        names = tuple(self.settings.fields()) if drawing.uses is None else drawing.uses
        return tuple(name for name in names if name not in self.live and name not in drawing.moves)

    def asks(self, drawing: Drawing[S]) -> tuple[str, ...]:
        """The settings that a drawing's handler is given."""
        return (*self.uses(drawing), *drawing.moves)

    def value(self, drawing: Drawing[S], s: S) -> str:
        """The stage's value for these settings, made once for all who ask the same."""
        return kept(self, self.drawings.index(drawing), "value", s.only(self.asks(drawing)))

    def patch(self, drawing: Drawing[S], s: S) -> str:
        """The part alone, for the scene that is shown already."""
        return kept(self, self.drawings.index(drawing), "patch", s.only(self.asks(drawing)))

    def make(self, index: int, kind: str, s: S) -> str:
        """A value or a patch of the drawing of that index, computed here and now."""
        drawing = self.drawings[index]
        if kind == "value":
            return packed(*drawing.made(self, s), drawing.sent(self, s))
        value = {"patch": repr(s.only(self.uses(drawing))), "sweep": drawing.part(s).to_dict(), **drawing.sent(self, s)}
        return json.dumps(value, separators=(",", ":"))

    def api_name(self, drawing: Drawing[S]) -> str:
        return f"{self.name}_{drawing.name}" if drawing.name else self.name

    def stage_id(self, drawing: Drawing[S]) -> str:
        return f"{self.name}-{drawing.name}-stage" if drawing.name else f"{self.name}-stage"

    @property
    def page_id(self) -> str:
        return f"view-{self.name}"

    def presets_id(self, drawing: Drawing[S]) -> str:
        return f"{self.stage_id(drawing)}-presets"

    def fold_id(self, fold: str) -> str:
        return f"{self.name}-fold-" + "".join(c for c in fold.lower() if c.isalpha())

    def elem_id(self, setting: str) -> str:
        return f"{self.name}-{self.settings.fields()[setting].key}"

    @cached_property
    def lead(self) -> tuple[str, str]:
        """The sentence that the view begins with, and what more there is to say."""
        first, _, rest = self.text("lead").partition("\n\n")
        return first.strip(), rest.strip()

    def text(self, name: str) -> str:
        """A Markdown text of this view."""
        return (VIEWS / self.folder / f"{name}.md").read_text(encoding="utf-8")


kept = once(KEPT, KEPT_BYTES)(crew.made)


def packed(sweep: Sweep, scene: Scene, more: Mapping[str, Any] | None = None) -> str:
    """The stage's value: one JSON string of the scene, of the arrays that it names, and of what goes with it."""
    sent = replace(sweep, arrays={name: sweep.arrays[name] for name in sweep.arrays if name in named(scene)})
    value = {"sweep": sent.to_dict(grains(scene, sweep.arrays)), "scene": scene, **(more or {})}
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
