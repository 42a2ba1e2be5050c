import assert from "node:assert/strict";
import {test} from "node:test";

import {parseCaption} from "../../demo/stage/caption.js";
import {Sweep} from "../../demo/stage/data.js";

const wire = (values, shape, dims) => ({
  dims, shape, f4: Buffer.from(new Float32Array(values).buffer).toString("base64"),
});
const sweep = (arrays, axes = {w: [0, 1, 3]}) => new Sweep({axes, arrays, labels: {}});

test("between two values of w a straight line, at the ends a stop", () => {
  const s = sweep({line: wire([1, 5, 5.5], [3], ["w"])});
  for (const [w, x] of [[0, 1], [0.5, 3], [1, 5], [2, 5.25], [3, 5.5], [-4, 1], [9, 5.5]])
    assert.equal(s.slice("line", {w}).data[0], x);
});

test("a neighbour without weight does not spoil a value, one with weight does", () => {
  const s = sweep({line: wire([1, NaN, 5], [3], ["w"])});
  assert.equal(s.slice("line", {w: 0}).data[0], 1);
  assert.equal(s.slice("line", {w: 3}).data[0], 5);
  assert.ok(Number.isNaN(s.slice("line", {w: 0.5}).data[0]));
});

test("an array that is not there, or holds too few numbers, is an error", () => {
  assert.throws(() => sweep({a: wire([1], [2], ["k"])}), /holds 1 numbers, not 2/);
  assert.throws(() => sweep({}).slice("b", {}), /no array b/);
});

test("a caption reads coordinates, arrays and sums, each in its format and colour", () => {
  const s = sweep({base: wire([1], [1], ["one"]), slope: wire([0.5], [1], ["one"])});
  const said = parseCaption("w = {w} (scale {s}) [A]{base+w*slope:2f}[/] of {base:0%}")
    .map((piece) => piece.text ?? piece.read({w: 3}, s));
  assert.equal(said.join(""), "w = 3 (scale 4) 2.50 of 100 %");
  assert.deepEqual(parseCaption("[A]x[/]y").map((piece) => piece.color), ["A", null]);
});

test("a format that is none, or a name that is none, is an error and not a guess", () => {
  assert.throws(() => parseCaption("{w:5q}"), /no format is called 5q/);
  const [piece] = parseCaption("{nowhere}");
  assert.throws(() => piece.read({w: 1}, sweep({})), /no array nowhere/);
});
