"""One call of a visitor at a time.

A link sets several controls at once, and each asks for a view: asked at the same time, the first, which knows only some
of the new values, could answer last.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import gradio as gr


class Turns:
    """A lock for each visitor, there while someone holds it or waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, tuple[threading.Lock, int]] = {}  # the lock, and how many want it

    @contextmanager
    def of(self, session: str | None) -> Iterator[None]:
        """The turn of this visitor; a caller without a session waits for nobody."""
        if not session:
            yield
            return
        with self._lock:
            turn, wanted = self._turns.get(session, (threading.Lock(), 0))
            self._turns[session] = turn, wanted + 1
        try:
            with turn:
                yield
        finally:
            with self._lock:
                wanted = self._turns[session][1] - 1
                if wanted:
                    self._turns[session] = turn, wanted
                else:
                    del self._turns[session]

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
