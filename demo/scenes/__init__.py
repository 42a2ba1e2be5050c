"""What the stage draws: one module a tab, functions from a sweep to a scene."""

from __future__ import annotations

import json
from typing import Any

from cfg_core.sweeps import Sweep

LEVELS = (-4.5, -2.0, -0.5)  # of a log density below its maximum: 3, 2 and 1 standard deviations of a Gaussian


def pack(sweep: Sweep, scene: dict[str, Any]) -> str:
    """The stage's value: one JSON string of both."""
    return json.dumps({"sweep": sweep.to_dict(), "scene": scene}, separators=(",", ":"))
