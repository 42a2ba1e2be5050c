"""The page's JavaScript, from here: its contours against contourpy's, and its modules joined into one script."""

import itertools
import json
import shutil
import subprocess
from pathlib import Path

import contourpy
import numpy as np
import pytest

from demo.stage.bundle import bundle

ROOT = Path(__file__).resolve().parents[1]
SEGMENTS = """
import {contourSegments} from "%s";
import {readFileSync} from "node:fs";
const fields = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(fields.map(({z, shape: [n, m], levels}) => levels.map((level) => {
  const out = [];
  contourSegments(z, n, m, level, (a, b) => out.push([a, b]));
  return out;
}))));
"""


def node(script: str, sent: str = "") -> str:
    path = shutil.which("node")
    if path is None:
        pytest.skip("no node on the path: it is needed for the checks of JavaScript alone")
    run = subprocess.run(
        [path, "--input-type=module", "-e", script], input=sent, capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


def in_order(segments) -> np.ndarray:
    """Segments [s, 2, 2] in one order, each beginning at its lesser end."""
    ends = np.array([sorted(map(tuple, np.round(s, 9))) for s in segments]).reshape(-1, 4)
    return ends[np.lexsort(ends.T)]


def test_contours_of_random_fields_are_those_of_contourpy_saddles_included():
    rng, fields, saddles = np.random.default_rng(0), [], 0
    for n, m in ((2, 2), (3, 7), (12, 9), (30, 41)):
        for _ in range(8):
            z = rng.standard_normal((n, m))
            fields.append((z, rng.uniform(-1, 1, 4)))
    sent = [{"z": z.ravel().tolist(), "shape": z.shape, "levels": levels.tolist()} for z, levels in fields]
    got = json.loads(node(SEGMENTS % (ROOT / "demo/stage/contour.js").as_uri(), json.dumps(sent)))
    for (z, levels), here in zip(fields, got, strict=True):
        generator = contourpy.contour_generator(z=z, name="serial", line_type="Separate", quad_as_tri=False)
        for level, segments in zip(levels, here, strict=True):
            lines = generator.lines(float(level))
            want = [pair for line in lines for pair in itertools.pairwise(line)]
            assert len(segments) == len(want)
            np.testing.assert_allclose(in_order(segments), in_order(want), atol=1e-8)
            above = z > level
            corners = above[:-1, :-1], above[1:, 1:], above[:-1, 1:], above[1:, :-1]
            saddles += int(((corners[0] == corners[1]) & (corners[2] == corners[3]) & (corners[0] != corners[2])).sum())
    assert saddles > 500


def test_modules_are_joined_as_node_would_import_them(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part/one.js").write_text("let count = 0;\nexport const next = () => (count += 1);\n")
    (tmp_path / "two.js").write_text(
        'import {next as on} from "./part/one.js";\nexport function twice() { on(); return on(); }\n'
    )
    (tmp_path / "main.js").write_text(
        'import * as one from "./part/one.js";\nimport {twice} from "./two.js";\n'
        "globalThis.out = [twice(), one.next(), Object.keys(one)];\n"
    )
    joined = node(bundle(tmp_path / "main.js") + "console.log(JSON.stringify(globalThis.out));")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    plain = node(f'await import("{(tmp_path / "main.js").as_uri()}");console.log(JSON.stringify(globalThis.out));')
    assert json.loads(joined) == json.loads(plain) == [2, 3, ["next"]]


@pytest.mark.parametrize("line", ['import x from "./x.js";', "export {a};", "export default 3;", 'import "./x.js";'])
def test_a_line_that_cannot_be_joined_is_named(tmp_path, line):
    (tmp_path / "main.js").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"main\.js: .* is not understood"):
        bundle(tmp_path / "main.js")
