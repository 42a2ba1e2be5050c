"""One call of a visitor at a time.

A link sets several controls at once, and each asks for a view: asked at the same time, the first, which knows only some
of the new values, could answer last.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr


class Turns:
    """A lock for each visitor, there while someone holds it or waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[str, Any] = WeakValueDictionary()

    def of(self, session: str | None) -> AbstractContextManager[Any]:
        """The turn of this visitor; a caller without a session waits for nobody."""
        with self._lock:
            return self._turns.setdefault(session, threading.Lock()) if session else nullcontext()

    def __len__(self) -> int:
        return len(self._turns)


def in_turn(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The handler, one call of a visitor at a time."""
    turns = Turns()

    @wraps(fn)
    def run(request: gr.Request, *values: Any) -> Any:
        with turns.of(request.session_hash):
            return fn(*values)

    asks = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    rest = inspect.Parameter("values", inspect.Parameter.VAR_POSITIONAL)
    run.__signature__ = inspect.Signature([asks, rest])  # type: ignore[attr-defined]
    return run
