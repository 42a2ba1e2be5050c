"""python tests/bench/code_lines.py [FOLDER]: lines of code (no blank ones, comments, docstrings) of core and demo."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python_lines(source: str) -> int:
    """Lines of a Python source that hold code."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def script_lines(source: str) -> int:
    """Lines of a JavaScript source that hold code, its comments being whole lines or /* ... */ blocks of lines."""
    count, inside = 0, False
    for line in map(str.strip, source.split("\n")):
        inside = inside or line.startswith("/*")
        count += bool(line) and not inside and not line.startswith("//")
        inside = inside and "*/" not in line
    return count


def count(folder: Path) -> dict[str, int]:
    """Code lines by part: "core", "demo" (Python), "engine" and "scripts" (their JavaScript)."""

    def total(part: str, pattern: str, lines) -> int:
        return sum(lines(path.read_text(encoding="utf-8")) for path in (folder / part).rglob(pattern))

    return {
        "core": total("cfg_core", "*.py", python_lines),
        "engine": total("cfg_core", "*.js", script_lines),
        "demo": total("demo", "*.py", python_lines),
        "scripts": total("demo", "*.js", script_lines),
    }


if __name__ == "__main__":
    print(count(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
