"""A setting is declared once, and what follows from it holds for every view: checks, messages, links, dimming."""

import dataclasses
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.fields import Toy, parsed
from demo.settings import Settings, choice, number, switch, when, whole
from demo.views.registry import VIEWS
from tests.strategies import allowed, hostile, settings_of

EVERY = [pytest.param(view, name, id=f"{view.name}-{name}") for view in VIEWS for name in view.settings.fields()]


@pytest.mark.parametrize(("view", "name"), EVERY)
def test_what_a_setting_may_not_be_is_refused_by_name_and_bound(view, name):
    field = view.settings.fields()[name]
    for value in hostile(field):
        with pytest.raises(ValueError, match=r"must be") as refused:
            view.settings.of({name: value})
        assert str(refused.value).startswith(field.called)
        bound = f"[{field.low:.10g}, {field.high:.10g}]" if field.kind in ("number", "whole") else ""
        assert bound in str(refused.value)
        assert "<script>" not in str(refused.value)


@pytest.mark.parametrize(("view", "name"), EVERY)
def test_a_default_is_within_its_own_bounds_and_on_its_sliders_grid(view, name):
    field = view.settings.fields()[name]
    assert field.check(field.default) == field.default
    text = {True: "true", False: "false"}.get(field.default, str(field.default)) if field.kind == "switch" else None
    assert field.read(text or str(field.default)) == pytest.approx(field.default)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_keys_of_a_link_and_ids_of_controls_are_unique_and_conditions_name_settings_and_values(view):
    fields = view.settings.fields()
    keys = [field.key for field in fields.values()]
    assert len(set(keys)) == len(keys)
    assert "tab" not in keys
    for field in fields.values():
        for every in field.counts:
            for other, values in every.items():
                for value in values:
                    assert fields[other].check(value) == value


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@given(data=st.data())
def test_a_link_carries_every_setting_there_and_back(view, data):
    fields = view.settings.fields()
    raw = data.draw(settings_of(view.settings))
    on_grid = {}
    for name, field in fields.items():
        text = json.dumps(raw[name]) if field.kind == "switch" else str(raw[name])
        on_grid[name] = field.read(text)
        assert on_grid[name] is not None
        if field.shown != "slider":
            assert on_grid[name] == raw[name]
        elif field.kind == "number":
            assert abs(on_grid[name] - raw[name]) <= field.step / 2 + 1e-6
        again = json.dumps(on_grid[name]) if field.kind == "switch" else str(on_grid[name])
        assert field.read(again) == on_grid[name]


@given(text=st.text(max_size=20))
def test_any_text_in_a_link_is_a_value_of_the_setting_or_nothing(text):
    for view in VIEWS:
        for field in view.settings.fields().values():
            value = field.read(text)
            assert value is None or field.check(value) == value


def test_specifications_load_neither_torch_nor_gradio():
    heavy = "{'torch', 'gradio', 'sklearn', 'matplotlib'}"
    code = f"import sys, demo.views.registry; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Example(Settings):
    kind: str = choice("a", {"a": "first", "b": "second"}, "Kind")
    size: int = whole(3, 1, 9, "Size", counts=when(kind="b"))
    reach: float = number(0.5, 0, 1, "Reach", step=0.1, counts=when(kind="a") + when(kind="b", on=True))
    on: bool = switch(False, "On")

    def agree(self):
        if self.size > 8 and self.on:
            raise ValueError("size must be at most 8 where it is on")


def test_whole_numbers_stay_whole_and_numbers_become_floats():
    s = Example.of({"size": 4.0, "reach": 1})
    assert (s.size, type(s.size)) == (4, int)
    assert (s.reach, type(s.reach)) == (1.0, float)
    with pytest.raises(ValueError, match="whole number"):
        Example(size=4.5)


def test_unknown_names_and_settings_that_do_not_agree_are_refused():
    with pytest.raises(ValueError, match="unknown settings: colour"):
        Example.of({"colour": 1})
    with pytest.raises(ValueError, match="at most 8"):
        Example(size=9, on=True)


def test_settings_that_a_computation_does_not_read_are_the_defaults_of_its_key():
    assert Example(kind="b", size=5).only(["kind"]) == Example(kind="b")
    assert hash(Example(size=4).only(["size"])) == hash(Example(size=4.0))


def test_a_setting_counts_where_any_of_its_conditions_holds():
    assert not Example(kind="a").counts("size")
    assert Example(kind="b").counts("size")
    assert Example(kind="a").counts("reach")
    assert not Example(kind="b").counts("reach")
    assert Example(kind="b", on=True).counts("reach")


def test_a_field_that_is_not_declared_as_a_setting_is_an_error():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Plain(Settings):
        size: int = 3

    with pytest.raises(TypeError, match=r"Plain\.size is not declared"):
        Plain()


@given(st.data())
def test_strategies_draw_what_settings_accept(data):
    for field in Example.fields().values():
        value = data.draw(allowed(field))
        assert field.check(value) == value


def test_a_mixture_is_parsed_when_it_is_checked_and_then_kept():
    """However often a view asks for it; counted by the cache's own figures."""
    text = "A_-2.5_1_0.5_-0.3_2_1*A_2.5_1_0.5_0.3_2_2*B_0_-8_4_0_0.25_1.7777*C_0_0.5_0.0625_0_0.0625_1"
    before = parsed.cache_info().misses
    s = Toy(mixture=text)
    assert parsed.cache_info().misses == before + 1
    assert s.only(["mixture"]).gaussians is s.gaussians is parsed(text)
    assert parsed.cache_info().misses == before + 1
