"""A setting is declared once: a frozen dataclass whose fields carry bounds, words, link key and when they count.

From these declarations come the controls of the page, the server's check and its message, the parameters of the API,
the links, the dimming, the first value and the strategies that fuzz it. Imports neither torch nor Gradio.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Self, TypeVar

When = tuple[Mapping[str, tuple[Any, ...]], ...]  # counts where all of any one of these hold: name -> its values


@dataclass(frozen=True)
class Field:
    """One setting: what it may be, and how it is shown.

    `called` is its name in messages; `key` that in links. `values` of a choice maps each value to its words. `shown` is
    the control ("slider", "box", "radio", "dropdown", "checkbox", "view": buttons above the picture, "part": the same,
    chosen by the browser alone, or "hidden": set by a click or a link). `marks` names values of a slider; `fold` the
    closed part of the page that it stands in. `counts`: see `When`; empty: always. A text other than the default is one
    that `parse` takes, of at most `high` characters; `parse` raises ValueError with what is wrong.
    """

    kind: Literal["number", "whole", "choice", "switch", "text"]
    default: Any
    label: str
    shown: str
    help: str = ""
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    parse: Callable[[str], Any] | None = None
    key: str = ""
    called: str = ""
    counts: When = ()
    marks: Mapping[float, str] = dataclasses.field(default_factory=dict)
    fold: str = ""

    def check(self, value: Any) -> Any:
        """The value as this setting holds it. Raises ValueError naming the bound; the message never repeats `value`."""
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.values:
                raise ValueError(f"{self.called} must be one of {', '.join(self.values)}")
            return value
        if self.kind == "switch":
            if not isinstance(value, bool):
                raise ValueError(f"{self.called} must be true or false")
            return value
        if self.kind == "text":
            return self._checked_text(value)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number and self.low <= value <= self.high and (self.kind == "number" or value == int(value))):
            kind = "whole number" if self.kind == "whole" else "number"
            raise ValueError(f"{self.called} must be a {kind} in [{self.low:.10g}, {self.high:.10g}]")  # as NaN is not
        return int(value) if self.kind == "whole" else float(value)

    def _checked_text(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.high:
            raise ValueError(f"{self.called} must be a text of at most {self.high:g} characters")
        if value != self.default and self.parse:
            try:
                self.parse(value)
            except ValueError as problem:
                raise ValueError(f"{self.called}: {problem}") from None
        return value

    def read(self, text: str) -> Any:
        """The value that a link's `text` means, on the grid of the slider, or None where it means none."""
        if self.kind == "switch":
            return {"true": True, "false": False}.get(text)
        try:
            value: Any = text if self.kind in ("choice", "text") else float(text)
            if self.shown == "slider":
                value = round(self.low + self.step * round((value - self.low) / self.step), 9)
            return self.check(value)
        except (ValueError, OverflowError):
            return None


def number(
    default: float, low: float, high: float, label: str, *, step: float, shown: str = "slider", **more: Any
) -> Any:
    """A finite number in [low, high]. `more` are fields of Field."""
    return _declared("number", float(default), label, shown, low=low, high=high, step=step, **more)


def whole(default: int, low: int, high: int, label: str, *, step: int = 1, shown: str = "slider", **more: Any) -> Any:
    """A whole number in [low, high]."""
    return _declared("whole", int(default), label, shown, low=low, high=high, step=step, **more)


def choice(
    default: str, values: Mapping[str, str] | Iterable[str], label: str, *, shown: str = "radio", **more: Any
) -> Any:
    """One of `values`: value -> words, or values that are their own words."""
    words = dict(values) if isinstance(values, Mapping) else {value: value for value in values}
    return _declared("choice", default, label, shown, values=words, **more)


def part(default: str, values: Mapping[str, str]) -> Any:
    """Which part of a view is shown: value -> words. Nothing is computed of it."""
    return choice(default, values, "Part", shown="part")


def switch(default: bool, label: str, **more: Any) -> Any:
    """On or off."""
    return _declared("switch", default, label, "checkbox", **more)


def text(default: str, longest: int, label: str, *, parse: Callable[[str], Any], **more: Any) -> Any:
    """A line of at most `longest` characters that `parse` understands; set by a link or by the page's JavaScript."""
    return _declared("text", default, label, "hidden", high=longest, parse=parse, **more)


def when(**values: Any) -> When:
    """Counts where each of these settings has this value, or one of a tuple of them; `+` of two: where either holds."""
    return ({name: value if isinstance(value, tuple) else (value,) for name, value in values.items()},)


def _declared(kind: Any, default: Any, label: str, shown: str, **more: Any) -> Any:
    declared = Field(kind, default, label, shown, **more)
    return dataclasses.field(default=default, metadata={"setting": declared})


@dataclass(frozen=True)
class Settings:
    """All settings of a view. Making one checks every value: raises ValueError naming the bound that is broken.

    `within` says which settings count for which value of one of them: (name, {value: settings}).
    """

    within: ClassVar[tuple[str, Mapping[str, tuple[str, ...]]]] = ("", {})

    def __post_init__(self) -> None:
        for name, field in self.fields().items():
            object.__setattr__(self, name, field.check(getattr(self, name)))
        self.agree()

    def agree(self) -> None:
        """What several settings must satisfy together. Raises ValueError."""

    @classmethod
    def fields(cls) -> Mapping[str, Field]:
        """Every setting by its name, in the order of the declarations."""
        kind: Any = cls
        return _fields(kind)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From raw values; those not given keep their defaults. Raises ValueError, also for a name that is none."""
        if unknown := set(values) - set(cls.fields()):
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(**values)

    def only(self, names: Iterable[str]) -> Self:
        """The same in these settings, the defaults in all others: all that a computation of them depends on."""
        kept = set(names)
        given = {name: getattr(self, name) for name in self.fields() if name in kept}
        return type(self)(**given)

    def counts(self, name: str) -> bool:
        """Whether this setting matters beside the others."""
        conditions = self.fields()[name].counts
        return not conditions or any(
            all(getattr(self, other) in values for other, values in every.items()) for every in conditions
        )


S = TypeVar("S", bound=Settings)


@cache
def _fields(cls: Any) -> Mapping[str, Field]:
    out = {}
    for declared in dataclasses.fields(cls):
        if "setting" not in declared.metadata:
            raise TypeError(f"{cls.__name__}.{declared.name} is not declared by number, whole, choice, switch or text")
        name, field = declared.name, declared.metadata["setting"]
        out[name] = dataclasses.replace(
            field,
            key=field.key or name,
            called=field.called or name.replace("_", " "),
            counts=_within(field.counts, name, *cls.within),
        )
    return out


def _within(counts: When, name: str, chooser: str, table: Mapping[str, tuple[str, ...]]) -> When:
    """A setting's own conditions, and that the chooser has a value for which the setting is listed."""
    allowed = tuple(value for value, names in table.items() if name in names)
    return tuple({**every, chooser: allowed} for every in counts or ({},)) if allowed else counts
