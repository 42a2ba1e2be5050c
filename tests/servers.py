"""Servers beside the shared one: the app as a process of its own, and a proxy as a university puts one before it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = """from demo.page import build, launch
launch(build(), workers=0, server_port={port}, prevent_thread_lock=True, quiet=True)
print("served", flush=True)
import threading; threading.Event().wait()"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def app_process(port: int, **env: str) -> Iterator[Path]:
    """The app at this port until the block ends; gives its log. Killed, as a machine that goes away would kill it."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-c", CODE.format(port=port)], cwd=ROOT, env={**os.environ, **env}, text=True,
                stdout=subprocess.PIPE, stderr=errors)  # fmt: skip
        try:
            assert "served" in process.stdout.readline(), log.read_text()[-2000:]
            yield log
        finally:
            process.kill()
            process.communicate()


@contextmanager
def proxy(to: int, prefix: str = "/") -> Iterator[str]:
    """A reverse proxy that serves what is at port `to` under `prefix`, taking the prefix away; gives its address.

    All else is 404; 502 with a page of HTML where nothing answers at the port.
    """

    class Pass(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # an answer ends where the connection does, so that streams need no framing

        def pass_on(self) -> None:
            if not self.path.startswith(prefix):
                return self.send_error(404)
            there = HTTPConnection("127.0.0.1", to)
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                there.request(self.command, "/" + self.path.removeprefix(prefix), sent, dict(self.headers))
                answer = there.getresponse()
            except OSError:
                return self.send_error(502)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            while part := answer.read1(1 << 16):
                self.wfile.write(part)

        do_GET = do_POST = do_HEAD = pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pass)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    server.shutdown()
