"""Small networks live in a process of their own, in which torch has one thread: `python -m demo.views.train_it.worker`.

The server's process keeps torch's threads for the images. Requests and answers are pickles on the worker's standard
input and output: (number, name, arguments) and (number, kind, value). It ends when its input does.
"""

from __future__ import annotations

import itertools
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

from demo.view import ROOT

log = logging.getLogger(__name__)
SAID = (ValueError, FloatingPointError)  # problems whose words are for the visitor


class Gone(RuntimeError):
    """The worker ended while it was asked, or before."""


class Worker:
    """The process, started when first asked and again after it ended; safe to ask from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, Future[Any]] = {}
        self._numbers = itertools.count(1)

    def ask(self, name: str, *args: Any) -> Any:
        """What the function of that name in TASKS gives. Raises its ValueError or FloatingPointError, or Gone."""
        answer: Future[Any] = Future()
        with self._lock:
            process = self._running()
            number = next(self._numbers)
            self._waiting[number] = answer
            try:
                assert process.stdin is not None
                pickle.dump((number, name, args), process.stdin)
                process.stdin.flush()
            except OSError as problem:
                self._waiting.pop(number, None)
                self._process = None
                raise Gone("the worker ended") from problem
        return answer.result()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._waiting = {}  # what was asked of another process is not answered by this one
            threading.Thread(target=self._listen, args=(self._process, self._waiting), daemon=True).start()
        return self._process

    def _listen(self, process: subprocess.Popen[bytes], waiting: dict[int, Future[Any]]) -> None:
        assert process.stdout is not None
        try:
            while True:
                number, kind, value = pickle.load(process.stdout)
                answer = waiting.pop(number)
                if kind is None:
                    answer.set_result(value)
                else:
                    answer.set_exception(kind(value))
        except (EOFError, pickle.UnpicklingError, OSError):
            with self._lock:
                if self._process is process:
                    self._process = None
            log.warning("the worker of the small networks ended with %d requests open", len(waiting))
            for answer in waiting.values():
                answer.set_exception(Gone("the worker ended"))


def serve(requests: BinaryIO, answers: BinaryIO, tasks: dict[str, Callable[..., Any]]) -> None:
    """Answer requests, several at a time, until there are no more."""
    writing = threading.Lock()

    def work(number: int, name: str, args: tuple[Any, ...]) -> None:
        kind: type[Exception] | None = None
        value: Any = None
        try:
            value = tasks[name](*args)
        except SAID as problem:
            kind, value = type(problem), str(problem)
        except Exception as problem:
            log.exception("%s failed", name)
            kind, value = RuntimeError, f"{name} failed: {problem!r}"
        with writing:
            pickle.dump((number, kind, value), answers)
            answers.flush()

    with ThreadPoolExecutor(8) as pool:
        while True:
            try:
                pool.submit(work, *pickle.load(requests))
            except EOFError:
                return


def main() -> None:
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what is printed must not get between the answers
    import torch

    torch.set_num_threads(1)
    from demo.views.train_it.tasks import TASKS

    serve(sys.stdin.buffer, answers, TASKS)


if __name__ == "__main__":
    main()
