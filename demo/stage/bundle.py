"""ES modules joined into one script, so that the page needs no further request, no Node, and opens from a file too.

Understood are lines `import {a, b as c} from "./x.js";`, `import * as x from "./x.js";` and `export` before a const,
function or class. Each module is a function of its own; what it exports is an object. Comments stay behind.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.[^"]+)";$', re.M)
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.M)  # that has its lines to itself
EXPORT = re.compile(r"^export (const|let|function\*?|class) (\w+)", re.M)


def bundle(entry: Path) -> str:
    """The script of a module and of all that it imports. Raises ValueError naming a line that is not understood."""
    order: list[Path] = []
    parts: list[str] = []

    def add(path: Path) -> str:
        path = path.resolve()
        if path not in order:
            text = _module(path, add)
            order.append(path)
            parts.append(f"const m{len(order) - 1} = (() => {{\n{text}\n}})();\n")
        return f"m{order.index(path)}"

    add(entry)
    return '(() => {\n"use strict";\n' + "".join(parts) + "})();\n"


def as_text(entry: Path, name: str) -> str:
    """A script that puts the joined script of a module on the window, as text: for a worker."""
    text = json.dumps(bundle(entry)).replace("</", "<\\/")  # nothing in it ends the element that holds it
    return f"window.{name} = {text};\n"


def _module(path: Path, add) -> str:
    """The body of a module's function, its imports taken from the modules that `add` names."""
    source = COMMENT.sub("", path.read_text(encoding="utf-8"))

    def taken(found: re.Match[str]) -> str:
        names, whole, where = found.groups()
        module = add(path.parent / where)
        return f"const {whole} = {module};" if whole else f"const {{{names.replace(' as ', ': ')}}} = {module};"

    text, names = IMPORT.sub(taken, source), [name for _, name in EXPORT.findall(source)]
    text = EXPORT.sub(r"\1 \2", text)
    if odd := re.search(r"^(import|export)\b.*", text, re.M):
        raise ValueError(f"{path.name}: {odd[0]!r} is not understood")
    return f"{text}\nreturn {{{', '.join(names)}}};"
