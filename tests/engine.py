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

ENGINE = Path(__file__).resolve().parents[1] / "cfg_core/engine"
RUN = """
import * as engine from "%(engine)s";
import {noiseFrom} from "%(wire)s";
import {readFileSync} from "node:fs";
const sent = ({data, shape, dims}) => ({shape, dims, f8: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")});
const answer = ({kind, ask, repeat}) => {
  if (ask.noise) ask.noise = noiseFrom(ask.noise);
  let took = Infinity, sweep;
  for (let i = 0; i < (repeat ?? 1); i++) {
    const began = performance.now();
    sweep = engine.finished(engine[kind](ask));
    took = Math.min(took, performance.now() - began);
  }
  const arrays = Object.fromEntries(Object.entries(sweep.arrays).map(([name, array]) => [name, sent(array)]));
  return {...sweep, arrays, took};
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map((job) => {
  try { return answer(job); } catch (problem) { return {problem: problem.message}; }
})));
""" % {"engine": (ENGINE / "engine.js").as_uri(), "wire": (ENGINE / "wire.js").as_uri()}


def ask(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The engine's sweeps for jobs {"kind": .., "ask": .., "repeat": ..}, their arrays as numpy's.

    Each also has `took`, the best of its repeats in milliseconds; one that failed has `problem` alone.
    """
    path = shutil.which("node")
    if path is None:
        pytest.skip("no node on the path: it is needed for the checks of JavaScript alone")
    run = subprocess.run(
        [path, "--input-type=module", "-e", RUN], input=json.dumps(jobs), capture_output=True, text=True, timeout=300
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
