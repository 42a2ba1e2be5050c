"""python -m tests.mutations [NAME ...]: each named mistake, made in a copy of the tree, must make its test fail.

A mistake that no test catches, or whose text is no longer in its file, ends the command with status 1. Without names
all are made, and the table in assets/mutations.md is written anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "assets" / "mutations.md"
HEAD = """# Mistakes that the tests catch

Written by `python -m tests.mutations`: each mistake is made in a copy of the tree, and its test must fail there. The
mistakes stand in `tests/mutations/mistakes.toml`.

| mistake | file | caught by |
|---|---|---|
"""


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the tree as git knows it, its assets linked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for file in filter(None, listed.split("\0")):
            if not file.startswith("assets/") and (ROOT / file).exists():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, folder / file)
        (folder / "assets").symlink_to(ROOT / "assets")
        yield folder


def fails(test: str, folder: Path) -> bool:
    """Whether this test (a file of Node's runner, or what pytest takes) runs there and fails."""
    node = test.endswith(".js")
    quiet = ["-q", "-n", "0", "-x", "-p", "no:cacheprovider"]
    command = ["node", "--test", test] if node else [sys.executable, "-m", "pytest", *quiet, *test.split()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{test} did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 1


def verdict(mistake: dict[str, Any]) -> str:
    """ "caught", or what is wrong."""
    with copied() as folder:
        path = folder / mistake["file"]
        source = path.read_text(encoding="utf-8")
        if source.count(mistake["old"]) != 1:
            return f"NOT MADE: its text stands {source.count(mistake['old'])} times in {mistake['file']}"
        path.write_text(source.replace(mistake["old"], mistake["new"]), encoding="utf-8")
        return "caught" if fails(mistake["test"], folder) else f"NOT CAUGHT by {mistake['test']}"


def main(names: list[str]) -> int:
    mistakes = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8"))["mistake"]
    chosen = [mistake for mistake in mistakes if not names or mistake["name"] in names]
    began, rows, missed = time.perf_counter(), [], 0
    with ThreadPoolExecutor(2) as pool:
        for mistake, said in zip(chosen, pool.map(verdict, chosen), strict=True):
            print(f"{mistake['name']:70s} {said}", flush=True)
            missed += said != "caught"
            rows.append(f"| {mistake['name']} | `{mistake['file']}` | `{mistake['test']}` |\n")
    print(f"{len(chosen) - missed} of {len(chosen)} caught in {time.perf_counter() - began:.0f} s")
    if not (missed or names):
        TABLE.write_text(HEAD + "".join(rows), encoding="utf-8")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
