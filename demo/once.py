"""Computed once for everyone who asks the same, and kept within a number of bytes."""

from __future__ import annotations

import functools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key, the longest unused given up beyond so many or so many bytes. Not for several threads at once."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes, self.bytes = most, most_bytes, 0
        self._values: OrderedDict[Any, tuple[T, int]] = OrderedDict()

    def __contains__(self, key: Any) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Any) -> T:
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: Any, value: T, size: int) -> None:
        """Keep a value of `size` bytes, unless it alone is too large."""
        if size > self.most_bytes:
            return
        if key in self._values:
            self.bytes -= self._values.pop(key)[1]
        self._values[key] = value, size
        self.bytes += size
        while len(self._values) > self.most or self.bytes > self.most_bytes:
            self.bytes -= self._values.popitem(last=False)[1][1]


def once(most: int, most_bytes: int = 24 << 20) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A function of hashable arguments whose last values are kept; who asks for what is being computed waits for it.

    For functions called from several threads. What raises is not kept.
    """

    def decorate(fn: Callable[..., T]) -> Callable[..., T]:
        kept: Kept[T] = Kept(most, most_bytes)
        making: dict[Any, threading.Lock] = {}
        lock = threading.Lock()

        @functools.wraps(fn)
        def call(*args: Any) -> T:
            while True:
                with lock:
                    if args in kept:
                        return kept.get(args)
                    turn = making.get(args)
                    if turn is None:
                        making[args] = mine = threading.Lock()
                        mine.acquire()
                        break
                with turn:  # its maker holds it: then look again
                    pass
            try:
                value = fn(*args)
                with lock:
                    kept.put(args, value, size_of(value))
                return value
            finally:
                with lock:
                    del making[args]
                mine.release()

        return call

    return decorate


def size_of(value: Any) -> int:
    """About how many bytes a value holds: text, bytes, or what has arrays."""
    arrays = getattr(value, "arrays", None)
    if arrays is not None:
        return sum(np.asarray(array).nbytes for array, _ in arrays.values())
    return sys.getsizeof(value)
