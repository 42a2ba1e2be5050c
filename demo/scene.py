"""What the stage draws, typed: scenes of panels, panels of layers; and the functions that make them.

A layer names arrays of the sweep by a Ref; colours are names of stage.css or "#rrggbb". `python -m demo.scene` makes
demo/stage/scene.schema.json from these types; tests/scene_check.py says what a scene names that is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, Required

from typing_extensions import TypedDict, Unpack

from demo import caption

CLASS_NAMES = ("A", "B", "C")
LEVELS = (-4.5, -2.0, -0.5)  # of a log density below its maximum: 3, 2 and 1 standard deviations of a Gaussian
NOT_DRAWN = (  # a sentence beside contours of an exact density
    "{actual_off>0.02?}Of a class whose exact density does not sum to 1 over the cells of this view (off by "
    "{actual_off:0%}: too narrow for the cells, or beyond the view), no dashed contours are drawn."
)
SCHEMA = Path(__file__).parent / "stage" / "scene.schema.json"

Source = Literal["exact", "learned", "precomputed", "published"]


class Picked(TypedDict):
    """One entry of an array's leading dimensions that are not live: {"class": 1}."""

    array: str
    pick: dict[str, int]


class Linear(TypedDict):
    """base + coords[by] slope, added in the browser; without a base, coords[by] slope."""

    slope: str
    by: str
    base: NotRequired[str]
    pick: NotRequired[dict[str, int]]


Ref = str | list[float] | Picked | Linear
Extent = Sequence[float] | str  # x from, to, y from, to; or an array of these four, where they follow the geometry


class Common(TypedDict, total=False):
    """`group`: layers of one group have one chip in the legend; `on`: false where it is hidden at first."""

    toggle: bool
    on: bool
    group: str


class Drawn(Common, total=False):
    width: float
    dash: list[float]
    opacity: float


class HeatMore(Common, total=False):
    """`relative`: exp of the value less the maximum; `symmetric`: an array that holds the value of full colour."""

    map: str
    range: list[float]
    relative: Literal["max"]
    symmetric: str
    opacity: float
    color: str


class Heat(HeatMore):
    type: Literal["heat"]
    name: str
    extent: Extent
    z: NotRequired[Ref]
    rgb: NotRequired[str]  # [class, y, x] shares, mixed in the classes' colours


class ContourMore(Drawn, total=False):
    levels: Required[Sequence[float]]
    relative: Literal["max"]


class Contour(ContourMore):
    type: Literal["contour"]
    name: str
    color: str
    z: Ref
    extent: Extent


class PointsMore(Drawn, total=False):
    """`fixed`: values of coordinates that stand for the live ones; `moving`: an array on the axis `time` that is drawn
    instead while time < 1, once the browser has computed it.
    """

    color: str
    size: float
    fixed: dict[str, float]
    moving: str


class Points(PointsMore):
    type: Literal["points"]
    name: str
    xy: Ref


class Trails(TypedDict):
    """The way of each of some points [by, class, point, xy] as the coordinate `by` turns from 0 to here."""

    type: Literal["trails"]
    name: str
    xy: str
    by: str
    toggle: bool
    on: bool


class ArrowsMore(Drawn, total=False):
    """`scale`: of the arrows' lengths, or "auto": they level off so that they do not tangle, at lengths of `unit`."""

    scale: float | Literal["auto"]
    unit: float


class Arrows(ArrowsMore):
    type: Literal["arrows"]
    name: str
    color: str
    xy: Ref
    uv: Ref


class LineMore(Drawn, total=False):
    """`fill`: opacity of the area it closes; `label` stands at its end."""

    fill: float
    label: str


class PathMore(LineMore, total=False):
    """`ends`: false where no disc marks its end."""

    ends: bool


class PathLayer(PathMore):
    type: Literal["path"]
    name: str
    color: str
    xy: Ref


class Curve(Drawn):
    type: Literal["curve"]
    name: str
    color: str
    x: Ref
    y: Ref


class DotMore(TypedDict, total=False):
    name: str


class Dot(DotMore):
    type: Literal["dot"]
    x: Ref
    y: Ref
    color: str
    size: float


class Marker(TypedDict):
    type: Literal["marker"]
    xy: Ref
    label: str


class Circle(TypedDict):
    type: Literal["circle"]
    name: str
    xy: Ref
    r: Ref
    color: str
    width: float


class ChainVector(TypedDict):
    uv: Ref
    color: str
    label: str


class ChainSum(TypedDict):
    color: str
    label: str


class Chain(TypedDict):
    """Arrows tip to tail from `at`, and their sum; its panel's ranges are "fit"."""

    type: Literal["chain"]
    name: str
    at: Ref
    vectors: list[ChainVector]
    sum: ChainSum


class PicturesMore(TypedDict, total=False):
    """`words` stand below the places, or a name of `rows` above each row, for which a row is `tall` tiles high.

    `numbers`: what each is in its data set, or how sure a classifier is of it; `names`: what each was asked to be.
    `none` is said where there is no picture at all. `mark`: the place that is outlined. `up`: where the lowest row
    stands in its panel, in tiles.
    """

    words: list[str]
    rows: list[str]
    tall: float
    numbers: Ref
    names: list[str]
    none: str
    mark: Ref
    up: float


class Sheet(TypedDict):
    """Tiles of `tile` pixels, `columns` to a row, at the address `sheet`; `file` is its name in a message."""

    sheet: str
    file: str
    tile: int
    columns: int


class Pictures(PicturesMore, Sheet):
    """Tiles of a sheet in rows of `across` places, in a `picture_panel`.

    `tiles` holds for each place the number of a tile on its sheet, or below 0 for none.
    """

    type: Literal["pictures"]
    name: str
    across: int
    tiles: Ref


class Twins(TypedDict):
    """Images at w = 0 and at the live w: a sheet with a row for each image and a column for each of `ws`."""

    type: Literal["twins"]
    name: str
    sheet: str
    tile: int
    ws: list[float]


class Formula(TypedDict):
    """Lines in the language of captions; `draws`: the layer, as "panel/name", that the term of a colour stands for."""

    lines: list[str]
    draws: dict[str, str]


Layer = Heat | Contour | Points | Trails | Arrows | PathLayer | Curve | Dot | Marker | Circle | Chain | Pictures | Twins


class Over(TypedDict):
    """From `low` to a little above the largest number of these arrays."""

    low: float
    over: list[str]


class Axis(TypedDict):
    """`range`: two numbers, "fit" to a chain, or an array like an extent: x takes its first two, y the others."""

    range: list[float] | Literal["fit"] | str | Over
    label: str


class Plane(TypedDict):
    aspect: Literal["equal"]
    x: Axis
    y: Axis


class Places(Plane):
    bare: Literal[True]


class PanelMore(TypedDict, total=False):
    """`clickable`: a click is told to the server; `drags`: the array that the pointer moves.

    `picks`: the axis of places: a click or the arrow keys mark one of a panel of pictures. `bare`: it has no axes to
    read, being pictures. `part`: the value of the view's setting `part` with which it is shown; always where there is
    none.
    """

    aspect: Literal["equal", "free"]
    clickable: bool
    drags: str
    picks: str
    part: str
    bare: bool


class Panel(PanelMore):
    id: str
    title: str  # a template of a caption
    source: Source  # where its numbers come from, shown beside its title
    x: Axis
    y: Axis
    layers: list[Layer]


class Play(TypedDict):
    """Play walks the slider of `coord` from one end to the other in `seconds`; a step is `step`."""

    coord: str
    seconds: float
    step: float
    label: str


class Scene(TypedDict):
    """Panels in their order; in how many columns, and how high, is the browser's to say, which knows the window.

    `caption`: templates, see `demo/caption.py`, the first being the sentence under the picture; by part where they
    differ. `beside`: the panels that stand second, in a column beside those that get the room. `marks`: arrays of one
    number that the drawing element carries as data-<name>. `grabs`: the panel in which the classes can be moved.
    Coordinates, sliders and key are filled in where it is sent.
    """

    panels: list[Panel]
    caption: list[str] | dict[str, list[str]]
    alt: str
    beside: NotRequired[list[str]]
    formula: NotRequired[Formula]
    play: NotRequired[Play]
    marks: NotRequired[list[str]]
    grabs: NotRequired[str]
    coords: NotRequired[dict[str, float]]
    sliders: NotRequired[dict[str, str]]
    key: NotRequired[str]


def along_lam(seconds: float = 8, step: float = 0.5, label: str = "from noise to data, along lam") -> Play:
    return {"coord": "lam", "seconds": seconds, "step": step, "label": label}


def axis(low: float, high: float, label: str = "") -> Axis:
    return {"range": [low, high], "label": label}


def plane(half: float | str, letter: str) -> Plane:
    """The fields of a square panel with the coordinates x₁, x₂ (or z₁, z₂) from −half to half, or over an extent."""
    if isinstance(half, str):
        x: Axis = {"range": half, "label": f"{letter}₁"}
        return {"aspect": "equal", "x": x, "y": {"range": half, "label": f"{letter}₂"}}
    return {"aspect": "equal", "x": axis(-half, half, f"{letter}₁"), "y": axis(-half, half, f"{letter}₂")}


def heat(name: str, z: Ref, extent: Extent, **more: Unpack[HeatMore]) -> Heat:
    return {"type": "heat", "name": name, "z": z, "extent": extent, **more}


def contour(name: str, z: Ref, extent: Extent, color: str, **more: Unpack[ContourMore]) -> Contour:
    return {"type": "contour", "name": name, "z": z, "extent": extent, "color": color, **more}


def log_contour(name: str, z: Ref, extent: Extent, color: str, **more: Unpack[Drawn]) -> Contour:
    """Contours of a log density at 1, 2 and 3 standard deviations of a Gaussian."""
    return {
        "type": "contour", "name": name, "z": z, "extent": extent, "color": color,
        "levels": LEVELS, "relative": "max", **more,
    }  # fmt: skip


def points(name: str, xy: Ref, **more: Unpack[PointsMore]) -> Points:
    """Without a colour, an array [class, point, xy] is drawn in the classes' colours."""
    return {"type": "points", "name": name, "xy": xy, **more}


def arrows(name: str, xy: Ref, uv: Ref, color: str, **more: Unpack[ArrowsMore]) -> Arrows:
    return {"type": "arrows", "name": name, "xy": xy, "uv": uv, "color": color, **more}


def path(name: str, xy: Ref, color: str, **more: Unpack[PathMore]) -> PathLayer:
    return {"type": "path", "name": name, "xy": xy, "color": color, **more}


def line(name: str, xy: Ref, color: str, **more: Unpack[LineMore]) -> PathLayer:
    """A path whose two ends are not marked."""
    return {"type": "path", "name": name, "xy": xy, "color": color, **more, "ends": False}


def curve(name: str, x: Ref, y: Ref, color: str, **more: Unpack[Drawn]) -> Curve:
    """A line of one array against another; `dot` is where the slider stands on it. An empty `dash` is a solid line."""
    if not more.get("dash"):
        more.pop("dash", None)  # the legend would show it dashed
    return {"type": "curve", "name": name, "x": x, "y": y, "color": color, **more}


def dot(x: Ref, y: Ref, color: str, size: float = 5, **more: Unpack[DotMore]) -> Dot:
    return {"type": "dot", "x": x, "y": y, "color": color, "size": size, **more}


TALL = 1.16  # tiles: a row of pictures and the words below it


def picture_panel(across: int, rows: int, tall: float = 1.0) -> Places:
    """The fields of a panel that holds so many places for pictures, a row being `tall` tiles high."""
    return {"aspect": "equal", "bare": True, "x": axis(0, across), "y": axis(0, round(rows * tall, 4))}


def pictures(name: str, tiles: Ref, across: int, sheet: Sheet, **more: Unpack[PicturesMore]) -> Pictures:
    return {"type": "pictures", "name": name, "tiles": tiles, "across": across, **sheet, **more}


def picked(array: str, **pick: int) -> Picked:
    """The entry of an array: picked("log_actual", **{"class": 1})."""
    return {"array": array, "pick": pick}


def linear(base: str, slope: str, **pick: int) -> Linear:
    """An array of the sweep plus w times another, added in the browser."""
    ref: Linear = {"base": base, "slope": slope, "by": "w"}
    if pick:
        ref["pick"] = pick
    return ref


def targets(extent: Extent, width: float) -> list[Layer]:
    """Contours of the tilted target of each class."""
    return [
        log_contour(
            "target p(x|c) p(c|x)^w", linear("log_pxc", "log_pcx", **{"class": c}), extent, name,
            group="target", width=width, toggle=True,
        )
        for c, name in enumerate(CLASS_NAMES)
    ]  # fmt: skip


def guided_samples(array: str) -> Points:
    return points("guided samples", array, size=2.1, opacity=0.75, toggle=True)


REFS = (
    "z",
    "rgb",
    "symmetric",
    "xy",
    "uv",
    "x",
    "y",
    "r",
    "at",
    "extent",
    "tiles",
    "numbers",
    "mark",
)  # the keys of a layer that name arrays


def refs(scene: Scene) -> Iterator[Ref]:
    """Every reference of a scene's layers and axes to arrays."""
    for panel in scene["panels"]:
        for range_ in (panel["x"]["range"], panel["y"]["range"]):
            if isinstance(range_, dict):
                yield from range_["over"]
            elif isinstance(range_, str) and range_ != "fit":
                yield range_
        for layer in panel["layers"]:
            given: Any = layer
            parts = [given, *given.get("vectors", ())]
            yield from (part[key] for part in parts for key in REFS if key in part)


def arrays_of(ref: Ref) -> list[str]:
    """The arrays that a reference names; none where it is numbers."""
    if isinstance(ref, str):
        return [ref]
    given: Any = ref
    return [given[key] for key in ("array", "base", "slope") if key in given] if isinstance(ref, dict) else []


def sentences(scene: Scene) -> list[str]:
    """The templates of a scene: its caption, of all its parts, and its panels' titles."""
    given, titles = scene["caption"], [panel["title"] for panel in scene["panels"]]
    return titles + (given if isinstance(given, list) else [words for lines in given.values() for words in lines])


def named(scene: Scene) -> set[str]:
    """Every array that a scene names, in a layer or a caption."""
    return {name for ref in refs(scene) for name in arrays_of(ref)} | read_out(scene)


def read_out(scene: Scene) -> set[str]:
    """The arrays whose numbers are said or sent on."""
    out = {name for words in sentences(scene) for number in caption.numbers(words) for name in number.arrays}
    out |= set(scene.get("marks", ()))
    return out | {panel["drags"] for panel in scene["panels"] if "drags" in panel}


def schema() -> dict[str, Any]:
    """JSON Schema of a scene, from the types above."""
    from pydantic import TypeAdapter

    return TypeAdapter(Scene).json_schema()


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), indent=1) + "\n", encoding="utf-8")
    print(SCHEMA)
