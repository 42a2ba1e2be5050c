"""What the engine in the browser must know as the core does: `python -m cfg_core.facts` writes it as its module."""

from __future__ import annotations

import json
from pathlib import Path

from cfg_core.mixture_text import COMPONENTS, FARTHEST, LETTERS, LONGEST, VARIANCES, WEIGHTS
from cfg_core.targets import DENSITY_W, FAINTEST

FILE = Path(__file__).resolve().parent / "engine" / "facts.js"


def module() -> str:
    """The text of engine/facts.js."""
    facts = {
        "FAINTEST": FAINTEST,
        "DENSITY_W": DENSITY_W,
        "LONGEST": LONGEST,
        "BOUNDS": {
            "components": COMPONENTS[1],
            "classes": len(LETTERS),
            "mean": FARTHEST,
            "sd": [round(variance**0.5, 9) for variance in VARIANCES],
            "weight": WEIGHTS,
        },
    }
    lines = [f"export const {name} = {json.dumps(value)};\n" for name, value in facts.items()]
    return "// Written by cfg_core/facts.py: change nothing here.\n" + "".join(lines)


if __name__ == "__main__":
    FILE.write_text(module(), encoding="utf-8")
