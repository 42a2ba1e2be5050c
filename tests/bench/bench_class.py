"""python tests/bench/bench_class.py [N]: N visitors (100) open the page within ten seconds.

Each visitor is an HTTP client: the page, which has the first view in it, all the files that Chromium asked for when it
opened it, then what the page asks through the queue as it loads. Afterwards all drag w, which asks the server for
nothing (see bench_app.py), and one of them moves a class: how long that takes while the others only drag is the last
figure. There are no bounds: figures only.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from bench_app import FLAGS, ROOT, p95, start_app
from figures import finish, report
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(ROOT))
from tests.calling import values
from tests.calling import view as view_of

WITHIN = 10.0  # seconds over which the class arrives


def view(client: HTTPConnection, fn: int, data: list) -> int:
    """One call through the queue; the size of its answer in bytes."""
    session = uuid.uuid4().hex[:10]
    body = json.dumps({"data": data, "fn_index": fn, "session_hash": session})
    client.request("POST", "/gradio_api/queue/join", body, {"Content-Type": "application/json"})
    client.getresponse().read()
    client.request("GET", f"/gradio_api/queue/data?session_hash={session}")
    stream = client.getresponse()
    while line := stream.readline():
        if b"process_completed" in line:
            assert json.loads(line[5:])["success"], line[:300]
            stream.read()
            return len(line)
    raise RuntimeError("the stream ended without an answer")


def cpu_seconds(pid: int) -> float:
    """Of a process so far (Linux): what visitors cost the server, however busy their clients keep this machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def files_of(url: str) -> list[str]:
    """What a browser fetches beside the page before the first view stands."""
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page, asked = browser.new_page(), []
        page.on("request", lambda r: asked.append(r.url) if r.method == "GET" else None)
        page.goto(url)
        page.wait_for_selector("#gaussians-stage [data-w]")
        browser.close()
    return [
        u[len(url.rstrip("/")) :]
        for u in asked
        if ("/assets/" in u or "/static/" in u or u.endswith(".css")) and u.startswith(url)
    ]


def visitor(url: str, delay: float, loads: list[int], files: list[str]) -> float:
    """One file after another on one connection, so that the client costs little beside the server."""
    time.sleep(delay)
    began, client = time.perf_counter(), connect(url)
    for path in ("/", *files):
        client.request("GET", path, headers={"Accept-Encoding": "br"})
        answer = client.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
    for fn in loads:
        view(client, fn, [])
    return time.perf_counter() - began


def connect(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, timeout=300)


def measure(url: str, pid: int, n: int, files: list[str]) -> None:
    client = connect(url)
    client.request("GET", "/config")
    config = json.loads(client.getresponse().read())
    calls = config["dependencies"]
    fn = next(d["id"] for d in calls if d["api_name"] == "gaussians")
    loads = [d["id"] for d in calls if d["backend_fn"] and any(event == "load" for _, event in d["targets"])]
    loads += [d["id"] for d in calls if d["backend_fn"] and d["trigger_after"] in loads]
    gaussians = view_of("gaussians")
    first, moved = (values(gaussians, gaussians.drawings[0], separation=x) for x in (1.793, 2.01))
    view(client, fn, first)
    before, began = cpu_seconds(pid), time.perf_counter()
    with ThreadPoolExecutor(n) as pool:
        times = list(pool.map(lambda i: visitor(url, WITHIN * i / n, loads, files), range(n)))
    took, cost = time.perf_counter() - began, cpu_seconds(pid) - before
    print(f"{n} visitors within {WITHIN:g} s, {len(files)} files each: all served {took:.1f} s after the first came")
    arrival = f"{n} visitors within {WITHIN:g} s: arrival to a page that stands"
    report(f"{arrival}, median", statistics.median(times), None, "s")
    report(f"{arrival}, p95", p95(list(times)), 3, "s")
    report("processor time of the server, a visitor", 1e3 * cost / n, None, "ms")
    began = time.perf_counter()
    size = view(connect(url), fn, moved)
    report("one new geometry afterwards", time.perf_counter() - began, None, "s")
    report("... sent", size / 1024, None, "KiB")


def main() -> None:
    process, url, _ = start_app()
    try:
        measure(url, process.pid, int(sys.argv[1]) if len(sys.argv) > 1 else 100, files_of(url))
    finally:
        process.terminate()
        process.wait(10)
    finish()


if __name__ == "__main__":
    main()
