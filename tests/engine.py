"""The engine, asked from Python through Node: many questions in one process, answers in float64."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cfg_core.mixture import GaussianMixture

SCRIPT = Path(__file__).parent / "js/ask_engine.js"


def ask(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The engine's sweeps for jobs {"kind": .., "ask": .., "repeat": ..}, their arrays as numpy's.

    Each also has `took`, the best of its repeats in milliseconds; one that failed has `problem` alone.
    """
    path = shutil.which("node")
    if path is None:
        pytest.skip("no node on the path: it is needed for the checks of JavaScript alone")
    run = subprocess.run(
        [path, str(SCRIPT)], input=json.dumps(jobs), capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    out = json.loads(run.stdout)
    for sweep in out:
        for name, array in sweep.get("arrays", {}).items():
            sweep["arrays"][name] = np.frombuffer(base64.b64decode(array["f8"])).reshape(array["shape"])
    return out


def sent(mixture: GaussianMixture) -> dict[str, Any]:
    """The mixture as the engine takes it."""
    covs = mixture.covs[:, [0, 0, 1], [0, 1, 1]]
    return {"means": mixture.means.tolist(), "covs": covs.tolist(), "weights": mixture.weights.tolist(),
            "labels": mixture.labels.tolist()}  # fmt: skip
