"""A process that computes for the server: `python -m demo.work.worker MODULE NICE` serves what MODULE offers.

MODULE has TASKS, functions by name, and may have STREAMS, functions (wanted, *args) -> iterator, AT_ONCE, how many are
called at a time, and `prepare`, called first. Requests and answers are pickles on the worker's standard input and
output: (number, name, arguments), or (number, None, ()) to end a stream; and (number, kind, value). It ends when its
input does, so that none is left when the server was killed.
"""

from __future__ import annotations

import ctypes
import importlib
import itertools
import logging
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType, ModuleType
from typing import Any, BinaryIO

log = logging.getLogger(__name__)
SAID = (ValueError, FloatingPointError)  # problems whose words are for the visitor
AT_ONCE = 16  # requests, where the module names no other number
C: Any = None if sys.platform == "win32" else ctypes.CDLL(None)  # the C library
LOOK = 0.2  # seconds between two looks whether a stream is still wanted
ONE_THREAD = MappingProxyType(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
ARENAS = 2  # of glibc's memory: were there one a thread, each would keep what it freed


class Gone(RuntimeError):
    """The worker ended while it was asked, or before."""


class Worker:
    """The process, started when first asked and again after it ended; safe to ask from several threads.

    Its threads compute with one thread each, whatever numpy and torch would like; `nice` is how far it gives way. Where
    no process can be had, the module's functions are called in this one, and the log says so once.
    """

    def __init__(self, module: str, nice: int = 0) -> None:
        self.module, self.nice = module, nice
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, queue.SimpleQueue[tuple[Any, Any]]] = {}
        self._numbers = itertools.count(1)
        self._here: ModuleType | None = None  # where there can be no process

    def ask(self, name: str, *args: Any) -> Any:
        """What the function of that name in TASKS gives. Raises its ValueError or FloatingPointError, or Gone."""
        sent = self._send(name, args)
        return self._here.TASKS[name](*args) if self._here else _opened(*sent[1].get())

    def stream(self, wanted: Callable[[], bool], name: str, *args: Any) -> Iterator[Any]:
        """What the function of that name in STREAMS yields. It is told when it is not wanted, or not read, any more."""
        number, answers = self._send(name, args)
        if self._here:
            yield from self._here.STREAMS[name](wanted, *args)
            return
        told = ended = False
        try:
            while True:
                try:
                    kind, value = answers.get(timeout=LOOK)
                except queue.Empty:
                    kind = value = "nothing"
                if not told and not wanted():
                    told = True
                    self._tell(number)
                if kind == "nothing":
                    continue
                ended = kind != "item"
                if ended:
                    _opened(kind, value)
                    return
                yield value
        finally:
            if not ended and not told:
                self._tell(number)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process; what it was asked raises Gone."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(10)

    def begin(self) -> None:
        """Start the process now."""
        with self._lock:
            self._running()

    def _send(self, name: str | None, args: tuple[Any, ...]) -> tuple[int, queue.SimpleQueue[tuple[Any, Any]]]:
        answers: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
        with self._lock:
            process, number = self._running(), next(self._numbers)
            if process is not None:
                self._waiting[number] = answers
                self._write(process, number, name, args)
        return number, answers

    def _tell(self, number: int) -> None:
        """The stream of this number may end."""
        with self._lock:
            if self._process is not None and number in self._waiting:
                self._write(self._process, number, None, ())

    def _write(self, process: subprocess.Popen[bytes], number: int, name: str | None, args: tuple[Any, ...]) -> None:
        try:
            assert process.stdin is not None
            pickle.dump((number, name, args), process.stdin)
            process.stdin.flush()
        except OSError as problem:
            self._waiting.pop(number, None)
            self._process = None
            raise Gone("the worker ended") from problem

    def _running(self) -> subprocess.Popen[bytes] | None:
        if self._here is None and (self._process is None or self._process.poll() is not None):
            env = {**os.environ, **ONE_THREAD, "MALLOC_ARENA_MAX": str(ARENAS), "PYTHONPATH": os.pathsep.join(sys.path)}
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", __name__, self.module, str(self.nice)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env,
                )  # fmt: skip
            except OSError as problem:
                log.warning("no process for %s (%s): it is computed in the server's own", self.module, problem)
                self._here = importlib.import_module(self.module)
                return None
            self._waiting = {}  # what was asked of another process is not answered by this one
            threading.Thread(target=self._listen, args=(self._process, self._waiting), daemon=True).start()
        return self._process

    def _listen(self, process: subprocess.Popen[bytes], waiting: dict[int, queue.SimpleQueue[tuple[Any, Any]]]) -> None:
        assert process.stdout is not None
        try:
            while True:
                number, kind, value = pickle.load(process.stdout)
                answers = waiting[number] if kind == "item" else waiting.pop(number)
                answers.put((kind, value))
        except (EOFError, pickle.UnpicklingError, OSError):
            with self._lock:
                closed = self._process is not process
                if not closed:
                    self._process = None
            process.wait()
            if not closed:
                log.warning("the worker of %s ended with %d requests open", self.module, len(waiting))
            for answers in list(waiting.values()):
                answers.put((Gone, "the worker ended"))


def _opened(kind: Any, value: Any) -> Any:
    if kind is None:
        return value
    raise kind(value)


class Service:
    """The worker's side: what it offers, and the streams that are to end."""

    def __init__(self, module: Any) -> None:
        self.tasks: Mapping[str, Callable[..., Any]] = module.TASKS
        self.streams: Mapping[str, Callable[..., Any]] = getattr(module, "STREAMS", {})
        self.at_once: int = getattr(module, "AT_ONCE", AT_ONCE)
        self._writing, self._wanted = threading.Lock(), set[int]()

    def serve(self, requests: BinaryIO, answers: BinaryIO) -> None:
        """Answer requests, several at a time, until there are no more."""
        pool = ThreadPoolExecutor(self.at_once)  # not closed: that would wait for what nobody waits for any more
        while True:
            try:
                number, name, args = pickle.load(requests)
            except EOFError:
                return
            if name is None:
                self._wanted.discard(number)
            else:
                self._wanted.add(number)
                pool.submit(self._work, answers, number, name, args)

    def _work(self, answers: BinaryIO, number: int, name: str, args: tuple[Any, ...]) -> None:
        kind: type[Exception] | None = None
        value: Any = None
        try:
            if name in self.streams:
                for item in self.streams[name](lambda: number in self._wanted, *args):
                    self._answer(answers, number, "item", item)
            else:
                value = self.tasks[name](*args)
        except SAID as problem:
            kind, value = type(problem), str(problem)
        except Exception as problem:
            log.exception("%s failed", name)
            kind, value = RuntimeError, f"{name} failed: {problem!r}"
        self._wanted.discard(number)
        self._answer(answers, number, kind, value)
        del value
        tidy()

    def _answer(self, answers: BinaryIO, *what: Any) -> None:
        with self._writing:
            pickle.dump(what, answers)
            answers.flush()


def few_arenas() -> None:
    """The same for this process, whose threads are the visitors who wait. Before it has many."""
    if hasattr(C, "mallopt"):
        C.mallopt(-8, ARENAS)  # M_ARENA_MAX


def tidy(every: float = 2.0, last: list[float] = [0.0]) -> None:  # noqa: B006
    """Give memory that is free back to the machine, once in so many seconds (glibc keeps it)."""
    if time.monotonic() - last[0] > every and hasattr(C, "malloc_trim"):
        last[0] = time.monotonic()
        C.malloc_trim(0)


def main() -> None:
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what is printed must not get between the answers
    if hasattr(os, "nice"):
        os.nice(int(sys.argv[2]))
    module = importlib.import_module(sys.argv[1])
    getattr(module, "prepare", lambda: None)()
    try:
        Service(module).serve(sys.stdin.buffer, answers)
    finally:
        os._exit(0)  # whatever is still being computed: nobody waits for it


if __name__ == "__main__":
    main()
