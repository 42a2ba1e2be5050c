"""Lessons: one TOML file each, checked against the views' settings when it is read. Knows no Gradio.

A lesson says what it is `about` and, at its end, what was `learnt`. A step has a `text` (at most 60 words), a `view`
and the `state` of its settings by their names in links; a `question` with `choices`, the `right` one (from 1) and the
`answer` that is said to either; then what to do (`act`), the `check` that it was done, and what happened (`then`). A
check, or each of a list, is {control, is, value}: at least (">="), at most ("<=") or equal to ("=") the value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo.settings import Field
from demo.view import View
from demo.views.registry import VIEWS

HERE = Path(__file__).parent
WORDS = 60  # of a step's text, at most
COMPARISONS = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
}


@dataclass(frozen=True)
class Check:
    control: str
    relation: str
    value: Any

    def holds(self, values: Mapping[str, Any]) -> bool:
        return bool(COMPARISONS[self.relation](values[self.control], self.value))


@dataclass(frozen=True)
class Step:
    text: str
    view: str
    state: Mapping[str, Any]
    question: str
    choices: tuple[str, ...]
    right: int
    answer: str
    act: str = ""
    check: tuple[Check, ...] = ()
    then: str = ""


@dataclass(frozen=True)
class Lesson:
    name: str
    title: str
    minutes: int
    about: str
    learnt: str
    steps: tuple[Step, ...]


@cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons, in the order of the numbers that their files' names begin with. Raises ValueError naming a fault."""
    return tuple(read(path) for path in sorted(HERE.glob("[0-9]*.toml")))


@cache
def teacher() -> Mapping[str, Any]:
    """The teacher's page: {"questions": [{ask, say}], "plans": [{title, parts: [{minutes, what, lesson}]}]}."""
    page = tomllib.loads((HERE / "teacher.toml").read_text(encoding="utf-8"))
    names = {lesson.name for lesson in lessons()}
    for plan in page["plans"]:
        for part in plan["parts"]:
            if part.get("lesson", next(iter(names))) not in names:
                raise ValueError(f"teacher.toml: there is no lesson {part['lesson']}")
    return page


def read(path: Path) -> Lesson:
    """One lesson. Raises ValueError naming the file, the step and what is wrong."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    steps = []
    for i, step in enumerate(given["steps"], 1):
        try:
            steps.append(_step(step))
        except (ValueError, KeyError, TypeError) as problem:
            said = f"{problem.args[0]} is missing" if isinstance(problem, KeyError) else problem
            raise ValueError(f"{path.name}, step {i}: {said}") from problem
    name = path.stem.partition("_")[2]
    return Lesson(name, given["title"], given["minutes"], given["about"], given["learnt"], tuple(steps))


def _step(given: Mapping[str, Any]) -> Step:
    view = next((view for view in VIEWS if view.name == given["view"]), None)
    if view is None:
        raise ValueError(f"there is no view {given['view']}")
    if (long := len(given["text"].split())) > WORDS:
        raise ValueError(f"the text has {long} words, more than {WORDS}")
    choices = tuple(given["choices"])
    if not 2 <= len(choices) <= 4 or not 1 <= given["right"] <= len(choices):
        raise ValueError("a question has two to four choices, one of which is right")
    values = _values(view, given.get("state", {}))
    checks = given.get("check", [])
    check = tuple(_check(view, one) for one in (checks if isinstance(checks, list) else [checks]))
    for one in check:
        if one.holds(values):
            raise ValueError(f"{one.control} {one.relation} {one.value} holds before anything is done")
    if bool(check) != bool(given.get("act")) or bool(check) != bool(given.get("then")):
        raise ValueError("an act has a check and says what happened then")
    return Step(**{**given, "state": given.get("state", {}), "choices": choices, "check": check})


def _field(view: View[Any], key: str) -> Field:
    for field in view.settings.fields().values():
        if field.key == key:
            return field
    raise ValueError(f"{view.title} has no control {key}")


def _values(view: View[Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all settings of a view, by their names in links."""
    for key, value in state.items():
        _can_have(_field(view, key), value)
    names = {field.key: name for name, field in view.settings.fields().items()}
    s = view.settings.of({names[key]: value for key, value in state.items()})
    return {key: getattr(s, name) for key, name in names.items()}


def _check(view: View[Any], given: Mapping[str, Any]) -> Check:
    check = Check(given["control"], given["is"], given["value"])
    if check.relation not in COMPARISONS:
        raise ValueError(f"a check is one of {', '.join(COMPARISONS)}, not {check.relation}")
    _can_have(_field(view, check.control), check.value)
    return check


def _can_have(field: Field, value: Any) -> None:
    """Raises ValueError where the control cannot be set to the value."""
    field.check(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if field.read(text) != value:
        raise ValueError(f"the control of {field.key} does not stop at {value}")


def page() -> dict[str, Any]:
    """What the browser is given."""
    return {"lessons": [asdict(lesson) for lesson in lessons()], "teacher": teacher()}
