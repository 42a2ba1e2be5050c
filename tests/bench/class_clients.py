"""The visitors of bench_class.py: HTTP clients that ask what a browser asks, and what the server's processes weigh."""

from __future__ import annotations

import json
import os
import re
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import brotli

T = TypeVar("T")
PLACE = re.compile(rb"\d(st|nd|rd|th) in line")
LONGEST = 150.0  # seconds that a call may take
HEADERS = {"Content-Type": "application/json"}
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}


def connect(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, timeout=300)


class Calls:
    """The handlers of a served page, by their name in the API or by what starts them."""

    def __init__(self, url: str) -> None:
        client = connect(url)
        client.request("GET", "/config")
        config = json.loads(client.getresponse().read())
        self.every = [d for d in config["dependencies"] if d["backend_fn"]]
        self.ids = {c["props"].get("elem_id") or c["props"].get("id"): c["id"] for c in config["components"]}

    def named(self, api_name: str) -> int:
        return next(d["id"] for d in self.every if d["api_name"] == api_name)

    def after(self, event: str, *elem_ids: str, queue: bool | None = None) -> list[int]:
        """The handlers that an event of one of these elements starts and that are sent nothing."""
        wanted = [self.ids[e] for e in elem_ids]
        hit = [d for d in self.every if any(e == event and (not wanted or t in wanted) for t, e in d["targets"])]
        hit = [d for d in hit if not d["inputs"]]
        return [d["id"] for d in hit if queue is None or d["queue"] is queue]

    def loads(self) -> list[int]:
        """What the page asks as it loads."""
        first = self.after("load")
        return first + [d["id"] for d in self.every if d["trigger_after"] in first]


class Visitor:
    """One browser: a session, and the heartbeat that it holds open."""

    def __init__(self, url: str) -> None:
        self.url, self.session, self.heart, self.got = url, uuid.uuid4().hex[:10], connect(url), 0

    def arrive(self, files: list[str], loads: list[int]) -> float:
        """The page, one file after another, and what the page asks: seconds."""
        began, client = time.perf_counter(), connect(self.url)
        for path in ("/", *files):
            client.request("GET", path, headers=BROWSER)
            answer = client.getresponse()
            answer.read()
            assert answer.status == 200, (path, answer.status)
        self.heart.request("GET", f"/gradio_api/heartbeat/{self.session}")
        for fn in loads:
            self.call(fn, [])
        return time.perf_counter() - began

    def at_once(self, fn: int) -> list[Any]:
        """A call outside the queue that is sent nothing."""
        body = json.dumps({"data": [], "fn_index": fn, "session_hash": self.session})
        client = connect(self.url)  # one that was kept, the server would have closed after five seconds
        client.request("POST", "/gradio_api/run/predict", body, HEADERS)
        return json.loads(client.getresponse().read())["data"]

    def messages(self, fn: int, data: list[Any]) -> Iterator[bytes]:
        """Each message of a call through the queue; raises RuntimeError where it fails."""
        body = json.dumps({"data": data, "fn_index": fn, "session_hash": self.session})
        client = connect(self.url)
        client.request("POST", "/gradio_api/queue/join", body, HEADERS)
        answer = client.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"refused: {said[:200]!r}")
        client.request("GET", f"/gradio_api/queue/data?session_hash={self.session}", headers=BROWSER)
        done, until = False, time.perf_counter() + LONGEST
        for line in self.lines(client.getresponse()):
            if time.perf_counter() > until:
                raise RuntimeError(f"no answer within {LONGEST:g} s")
            if b'"msg"' not in line:
                continue
            if b'"process_completed"' in line and b'"success":true' not in line:
                raise RuntimeError(f"failed: {line[:200]!r}")
            if "⚠".encode() in line or rb"\u26a0" in line:
                raise RuntimeError(f"refused: {line[-300:]!r}")
            done = done or b'"process_completed"' in line
            yield line
        if not done:
            raise RuntimeError("the stream ended without an answer")

    def lines(self, stream: HTTPResponse) -> Iterator[bytes]:
        """What a stream says, line by line, as it comes; counts in `got` the bytes that came."""
        reader = brotli.Decompressor() if stream.getheader("Content-Encoding") == "br" else None
        rest, self.got = b"", 0
        while part := stream.read1():
            self.got += len(part)
            *whole, rest = (rest + (reader.process(part) if reader else part)).split(b"\n")
            yield from whole

    def call(self, fn: int, data: list[Any]) -> int:
        """One call through the queue; how many bytes came."""
        for _ in self.messages(fn, data):
            pass
        return self.got


class Server:
    """A process and all that it started (Linux): what they weigh and what they have cost."""

    def __init__(self, pid: int) -> None:
        self.pid, self.samples = pid, list[tuple[float, float]]()
        self._over = threading.Event()

    def tree(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
        out, todo = [], [self.pid]
        while todo:
            out.append(todo.pop())
            todo += children.get(out[-1], [])
        return out

    def cpu_seconds(self) -> float:
        """So far, and of those of its processes that still live."""
        return sum(self.each(_cpu))

    def megabytes(self) -> float:
        """Proportional set size of all its processes."""
        return sum(self.each(pss))

    def borrowed(self) -> float:
        """MB of files that are in memory for others too: what they would weigh more on a machine of their own."""
        files: dict[str, float] = {}
        for pages in self.each(_files):
            for name, mb in pages.items():
                files[name] = max(files.get(name, 0.0), mb)
        return sum(files.values()) - sum(self.each(lambda pid: _rollup(pid, "Pss_File")))

    def each(self, of: Callable[[int], T]) -> list[T]:
        out = []
        for pid in self.tree():
            try:
                out.append(of(pid))
            except (OSError, StopIteration):  # ended meanwhile
                continue
        return out

    def watch(self, every: float = 3.0) -> None:
        """Weigh them from now on, in a thread, until `stop`."""
        began = time.perf_counter()

        def weigh() -> None:
            while not self._over.wait(every):
                self.samples.append((time.perf_counter() - began, self.megabytes()))

        threading.Thread(target=weigh, daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def growth(self) -> float:
        """MB a minute from the second third to the last, of what is kept: the lower quartile of each."""
        third = len(self.samples) // 3
        parts = self.samples[third : 2 * third], self.samples[-third:]
        kept = [statistics.quantiles([mb for _, mb in part], n=4)[0] for part in parts]
        when = [statistics.mean(at for at, _ in part) for part in parts]
        return 60 * (kept[1] - kept[0]) / (when[1] - when[0])


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss(pid: int) -> float:
    return _rollup(pid, "Pss")


def _rollup(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024


def _files(pid: int) -> dict[str, float]:
    """MB of each mapped file that are in memory and not written to."""
    out, name, rss = dict[str, float](), "", 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        key, *rest = line.split()
        if not key.endswith(":"):
            name = rest[4] if len(rest) > 4 else ""
        elif key == "Rss:":
            rss = int(rest[0])
        elif key == "Anonymous:" and name.startswith("/"):
            out[name] = out.get(name, 0.0) + (rss - int(rest[0])) / 1024
    return out
