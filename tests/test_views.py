"""All views alike: every array, entry, colour and number that a scene names is there; nothing is computed in vain."""

import itertools
import json
import re
from dataclasses import replace
from functools import partial

import pytest

from demo import caption
from demo.scene import SCHEMA, schema
from demo.views.registry import VIEWS
from tests.scene_check import STAGE, problems

MIXTURE = "A_-2.5_1_0.5_-0.3_2_1*A_2.5_1_0.5_0.3_2_2*B_0_-3_4_0_0.25_1.5*C_0_0.5_0.0625_0_0.0625_1"  # 4 of 3 classes


def variants():
    """Each drawing with the defaults, then with each other value of each choice and switch that it is computed from."""
    for view in VIEWS:
        first = view.settings()
        for drawing in view.drawings:
            yield pytest.param(view, drawing, first, id=f"{view.api_name(drawing)}")
            for name in view.asks(drawing):
                field = view.settings.fields()[name]
                values = {"choice": list(field.values), "switch": [True, False], "text": [MIXTURE]}.get(field.kind, [])
                for value in values:
                    if value != field.default:
                        s = view.settings.of({name: value})
                        yield pytest.param(view, drawing, s, id=f"{view.api_name(drawing)}-{name}-{value}")


@pytest.mark.parametrize(("view", "drawing", "s"), variants())
def test_what_a_scene_names_is_there(view, drawing, s):
    sweep, scene = drawing.made(view, s)
    assert problems(sweep, scene) == []


def dimmed():
    """Each drawing with a setting that it is computed from, in a state where that does not count, and changed there."""
    for view in VIEWS:
        for name, field in view.settings.fields().items():
            states = itertools.product(*(_values(view, other) for every in field.counts for other in every))
            names = [other for every in field.counts for other in every]
            s = next((s for s in map(partial(_state, view, names), states) if s and not s.counts(name)), None)
            other = next(value for value in _values(view, name) if value != field.default)
            for drawing in view.drawings:
                if s and name in view.asks(drawing):
                    yield pytest.param(view, drawing, s, replace(s, **{name: other}), id=f"{view.name}-{name}")


def _values(view, name):
    field = view.settings.fields()[name]
    values = {"choice": list(field.values), "switch": [True, False], "text": ["", MIXTURE]}
    return values.get(field.kind, [field.low, field.high])


def _state(view, names, values):
    try:
        return view.settings.of(dict(zip(names, values, strict=True)))
    except ValueError:  # these do not agree
        return None


@pytest.mark.parametrize(("view", "drawing", "s", "changed"), dimmed())
def test_a_setting_that_is_dimmed_changes_nothing(view, drawing, s, changed):
    one, other = (json.loads(view.value(drawing, each)) for each in (s, changed))
    for value in (one, other):
        value["scene"].pop("key", None)  # by it a part finds its scene
        value.get("toy", {}).pop("settings", None)  # what was asked
    assert one == other


def test_the_schema_is_that_of_the_types():
    assert json.loads(SCHEMA.read_text()) == schema()


def test_every_key_of_a_scene_is_read_by_the_stage():
    source = "\n".join(path.read_text() for folder in (STAGE, STAGE.with_name("toy")) for path in folder.rglob("*.js"))
    keys = {key for part in schema()["$defs"].values() for key in part.get("properties", {})}
    keys |= set(schema()["properties"])
    assert {key for key in keys if not re.search(rf"[.{{,\s]{key}\b", source)} == set()


def test_a_fault_of_a_scene_is_found():
    view = VIEWS[0]
    sweep, scene = view.drawings[0].made(view, view.settings())
    broken = json.loads(json.dumps(scene))
    layers = broken["panels"][0]["layers"]
    layers[1]["z"]["slope"], layers[2]["color"] = "log_nothing", "pink"
    layers[-1]["xy"] = {"array": "samples", "pick": {"point": 1}}
    broken["panels"][1]["legend"] = True
    broken["caption"] = ["{nowhere:2f} and [red]this[/]", "{samples:2f} {w+w*s}"]
    found = " ".join(problems(sweep, broken))
    for words in ("log_nothing", "pink is no", "cannot be picked by point", "legend", "names nowhere", "colour red"):
        assert words in found


WRONG = ["{own:5f}", "{own:0.2f}", "{}", "{a b}", "own}", "{own+w}", "[A]own", "own[/]", "[A][B]x[/]"]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_caption_that_is_not_in_the_language_is_an_error(wrong):
    with pytest.raises(ValueError, match=r"caption|brace|out of place|not ended"):
        [*caption.numbers(wrong), *caption.colors(wrong)]
