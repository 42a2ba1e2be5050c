"""Computed once for everyone who asks the same, and kept within a number of bytes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from cachetools import LRUCache, cached

T = TypeVar("T")


def kept(most: int, most_bytes: int, size: Callable[[Any], int]) -> LRUCache[Any, Any]:
    """At most so many values of so many bytes together; the longest unused go first. Not for several threads at once.

    Raises ValueError where a value alone is too large.
    """
    return LRUCache(most_bytes, getsizeof=lambda value: max(size(value), most_bytes // most))


def once(most: int, most_bytes: int = 24 << 20) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A function of hashable arguments whose last values are kept; who asks for what is being computed waits for it.

    For functions called from several threads. What raises is not kept.
    """
    return cached(kept(most, most_bytes, size_of), condition=threading.Condition())


def size_of(value: Any) -> int:
    """About how many bytes a value holds: text, bytes, or what has arrays."""
    arrays = getattr(value, "arrays", None)
    if arrays is not None:
        return sum(np.asarray(array).nbytes for array, _ in arrays.values())
    return sys.getsizeof(value)
