"""What the stage draws: one module a tab, functions from a sweep to a scene."""

from __future__ import annotations

import json
from typing import Any

from cfg_core.sweeps import Sweep


def pack(sweep: Sweep, scene: dict[str, Any]) -> str:
    """The stage's value: one JSON string of both."""
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene}, separators=(",", ":"))
