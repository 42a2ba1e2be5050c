"""python tests/bench/bench_class.py [SECONDS]: a lesson of a hundred visitors, for three minutes.

Within ten seconds a hundred HTTP clients open the page, with all that Chromium asked for when it did, and hold its
heartbeat. Then 30 drag w and the geometry, which their browsers answer themselves (see bench_app.py); 10 change the
geometry under APG, which the server computes, every four seconds; 10 sample 8 images beside 8, 12 steps, every ten
seconds; 5 train a network, one run after another; 45 look. An answer counts from when it was due.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench_app import FLAGS, ROOT, p95, start_app
from class_clients import PLACE, Calls, Server, Visitor, pss
from figures import finish, missed, report
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(ROOT))
from demo.views.cifar.settings import Cifar
from demo.views.train_it.page import MADE, SEEN
from demo.views.train_it.settings import TrainIt
from tests.calling import values
from tests.calling import view as view_of

CLASS, WITHIN = 100, 10.0  # visitors, and the seconds over which they arrive
CALLERS, CALL_EVERY = 10, 4.0
SAMPLERS, SAMPLE_EVERY = 10, 10.0
TRAINERS = 5
DRAGGERS = 30
LESSON = 180.0  # seconds
TOLD = 1.0  # seconds of waiting after which a visitor must have been told their place


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


class Lesson:
    """What the visitors do, until the time is over, and what it took."""

    def __init__(self, url: str, seconds: float, files: list[str]) -> None:
        self.url, self.files, self.calls = url, files, Calls(url)
        self.began = time.perf_counter()
        self.ends = self.began + seconds
        self.lock, self.random = threading.Lock(), random.Random(0)
        self.seen: dict[str, list[float]] = {
            name: [] for name in ("arrival", "geometry", "bytes", "first", "images", "pictures")
        }
        self.errors: list[str] = []
        self.untold = self.pictures = self.asked_by_draggers = 0

    def note(self, name: str, value: float) -> None:
        with self.lock:
            self.seen[name].append(value)

    def visit(self, i: int) -> None:
        time.sleep(max(0.0, self.began + WITHIN * i / CLASS - time.perf_counter()))
        visitor = Visitor(self.url)
        try:
            self.note("arrival", visitor.arrive(self.files, self.calls.loads()))
            self.role(i)(visitor)
        except Exception as problem:
            with self.lock:
                self.errors.append(repr(problem))

    def role(self, i: int) -> Callable[[Visitor], None]:
        order = [self.drag] * DRAGGERS + [self.change] * CALLERS + [self.sample] * SAMPLERS + [self.train] * TRAINERS
        return dict(enumerate(order)).get((37 * i) % CLASS, self.drag)  # mixed among those who arrive

    def repeat(self, every: float, act: Callable[[float], None]) -> None:
        """Act once every so many seconds, from a random moment on; with the time at which it was due."""
        due = time.perf_counter() + self.random.uniform(0, every)
        while due < self.ends:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                act(due)
            except RuntimeError as problem:
                with self.lock:
                    self.errors.append(str(problem))
            due += every

    # ---- what they do ------------------------------------------------------------------------------------------------

    def drag(self, visitor: Visitor) -> None:
        """In the browser alone."""
        time.sleep(max(0.0, self.ends - time.perf_counter()))

    def change(self, visitor: Visitor) -> None:
        fn, view = self.calls.named("gaussians"), view_of("gaussians")

        def act(due: float) -> None:
            with self.lock:
                to = round(self.random.uniform(0.5, 4.5), 3)
            size = visitor.call(fn, values(view, view.drawings[0], separation=to, rule="apg"))
            self.note("geometry", time.perf_counter() - due)
            self.note("bytes", size)

        self.repeat(CALL_EVERY, act)

    def sample(self, visitor: Visitor) -> None:
        calls, s = self.calls, Cifar()
        (press,), fn = calls.after("click", "cifar-go", queue=False), calls.named("sample")
        for opened in calls.after("select", "cifar"):
            visitor.call(opened, [])

        def act(due: float) -> None:
            with self.lock:
                seed = self.random.randrange(10**6)
            data = [seed if name == "seed" else getattr(s, name) for name in Cifar.fields()]
            number, said = visitor.at_once(press)
            told, first, done = bool(PLACE.search(said.encode())), 0.0, False
            for line in visitor.messages(fn, [number, *data]):
                now = time.perf_counter() - due
                told = told or bool(PLACE.search(line))
                if not first and b"data:image" in line:
                    first = now
                    self.note("first", now)
                    with self.lock:
                        self.pictures += 1
                        self.untold += first > TOLD and not told
                done = done or b"Done in" in line
            if not done:
                raise RuntimeError("a run of images did not end with its pictures")
            self.note("images", time.perf_counter() - due)

        self.repeat(SAMPLE_EVERY, act)

    def train(self, visitor: Visitor) -> None:
        start, pause, reset = (self.calls.named(f"train_{name}") for name in ("start", "pause", "reset"))
        s = TrainIt()
        made, seen = ([getattr(s, name) for name in names] for names in (MADE, SEEN))
        while time.perf_counter() < self.ends:
            pictures = 0
            try:
                for line in visitor.messages(start, made):
                    pictures += b'\\"sweep\\"' in line
                    if time.perf_counter() > self.ends:
                        visitor.at_once(pause)
                visitor.call(reset, seen)
                self.note("pictures", pictures)
            except RuntimeError as problem:
                with self.lock:
                    self.errors.append(str(problem))
            time.sleep(2.0)

    # ---- what it took ------------------------------------------------------------------------------------------------

    def report(self) -> None:
        arrived = f"{CLASS} visitors within {WITHIN:g} s: arrival to a page that stands"
        report(f"{arrived}, median", statistics.median(self.seen["arrival"]), None, "s")
        report(f"{arrived}, p95", p95(self.seen["arrival"]), 3, "s")
        report("requests of the 30 who drag, after they arrived", self.asked_by_draggers, 0, "")
        geometry = f"geometry under APG, {CALLERS} callers beside {SAMPLERS} who sample"
        report(
            f"{geometry}: median of {len(self.seen['geometry'])}", statistics.median(self.seen["geometry"]), None, "s"
        )
        report(f"{geometry}: p95", p95(self.seen["geometry"]), 1.5, "s")
        report("... sent", statistics.median(self.seen["bytes"]) / 1024, None, "KiB")
        report("images: first preview, p95", p95(self.seen["first"]), None, "s")
        report(f"images: done, median of {len(self.seen['images'])}", statistics.median(self.seen["images"]), None, "s")
        report("images: done, p95", p95(self.seen["images"]), 4, "s")
        report(f"who waited over {TOLD:g} s without being told a place", self.untold, 0, "")
        report(f"pictures of their networks that the {TRAINERS} who train saw", sum(self.seen["pictures"]), None, "")
        report("errors", len(self.errors), 0, "")
        for problem in sorted(set(self.errors))[:5]:
            print("   ", problem)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else LESSON
    process, url, _ = start_app()
    server = Server(process.pid)
    try:
        lesson = Lesson(url, seconds, files_of(url))
        before = server.cpu_seconds()
        lesson.began = time.perf_counter()
        lesson.ends = lesson.began + seconds
        server.watch()
        with ThreadPoolExecutor(CLASS) as pool:
            list(pool.map(lesson.visit, range(CLASS)))
        server.stop()
        lesson.report()
        report(
            "server, all its processes: processor time a second", (server.cpu_seconds() - before) / seconds, None, "s"
        )
        most = max(mb for _, mb in server.samples) + server.borrowed()
        report("server, all its processes: memory, most, as on a machine of its own", most, 1200, "MB")
        report(
            "... growth of what is kept, from the second third of the lesson to the last, a minute",
            server.growth(),
            10,
            "MB",
        )
        print("each process, MB:", ", ".join(f"{mb:.0f}" for mb in server.each(pss)))
        print("memory, MB:", " ".join(f"{mb:.0f}" for _, mb in server.samples))
    finally:
        process.terminate()
        process.wait(10)
    if seconds < LESSON:
        sys.exit(f"missed: {', '.join(missed())}" if missed() else 0)  # not a lesson: nothing is recorded
    finish()


if __name__ == "__main__":
    main()
