import assert from "node:assert/strict";
import {test} from "node:test";

import {contourSegments} from "../../demo/stage/contour.js";
import {ticks} from "../../demo/stage/ticks.js";

const all = (z, n, m, level) => {
  const out = [];
  contourSegments(z, n, m, level, (a, b) => out.push([a, b]));
  return out;
};

test("a contour of a cone is a circle of its level", () => {
  const n = 64, at = (i) => -2 + (4 * i) / (n - 1);
  const z = Float64Array.from({length: n * n}, (_, i) => Math.hypot(at(i % n), at(Math.floor(i / n))));
  const segments = all(z, n, n, 1.3);
  assert.ok(segments.length > 100);
  for (const [q, r] of segments.flat()) assert.ok(Math.abs(Math.hypot(at(q), at(r)) - 1.3) < 2e-3);
});

test("at a saddle the mean decides what is joined", () => {
  const cut = (mean) => all([1, -1 + 4 * mean, -1, 1], 2, 2, 0).length; // corners of both signs, opposite ones alike
  assert.equal(cut(0), 2);
  const joined = all([3, -1, -1, 3], 2, 2, 0), apart = all([1, -3, -3, 1], 2, 2, 0);
  assert.deepEqual(joined.map(([a]) => a[1] === 0 || a[0] === 0), [true, true]);
  assert.notDeepEqual(joined.map(([, b]) => b.map(Math.round)), apart.map(([, b]) => b.map(Math.round)));
});

test("a cell with a corner that is no number has no contour", () => {
  assert.deepEqual(all([1, NaN, -1, -1], 2, 2, 0), []);
});

test("an axis has round lines within its range, about one every sixty pixels", () => {
  assert.deepEqual(ticks([0, 1], 300), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  for (const [a, b, pixels] of [[-7.3, 12.1, 480], [0, 0.013, 200], [-1e4, 3e4, 90]]) {
    const lines = ticks([a, b], pixels);
    assert.ok(lines.length >= 2 && lines.length <= 12);
    assert.ok(lines.every((x) => x >= a - 1e-9 && x <= b + 1e-9 * (b - a)));
  }
});
