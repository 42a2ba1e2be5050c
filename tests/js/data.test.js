import assert from "node:assert/strict";
import {test} from "node:test";

import {conditional, parseCaption} from "../../demo/stage/caption.js";
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

const named = (values, dims, shape) => ({data: new Float32Array(values), dims, shape});

test("what is renewed about one w alone is that everywhere, and its curve stays the last that was whole", () => {
  const s = sweep({line: wire([1, 5, 5.5], [3], ["w"]), other: wire([7, 8, 9], [3], ["w"])});
  s.renew({axes: {w: [2]}, arrays: {line: named([40], ["w"], [1])}}, false);
  assert.equal(s.slice("line", {w: 2}).data[0], 40);
  assert.equal(s.slice("other", {w: 1}).data[0], 8); // the axis of the others is as it was
  assert.deepEqual([...s.along("line")], [1, 5, 5.5]);
  assert.ok(s.partly("line") && !s.partly("other"));
  s.renew({axes: {w: [2.5]}, arrays: {line: named([41], ["w"], [1])}}, false);
  assert.deepEqual([...s.along("line")], [1, 5, 5.5]);
  s.renew({axes: {w: [0, 4]}, arrays: {line: named([0, 8], ["w"], [2]), other: named([1, 1], ["w"], [2])}});
  assert.equal(s.slice("line", {w: 1}).data[0], 2);
  assert.deepEqual([...s.along("line")], [0, 8]);
  assert.ok(!s.partly("line"));
});

test("a range is two numbers, a part of an array, or up to a little above the largest of some arrays", () => {
  const s = sweep({extent: wire([-2, 3, -4, 5], [4], ["edge"]), one: wire([1, 2, NaN], [3], ["w"]), two: wire([0, 5, 1], [3], ["w"])});
  assert.deepEqual(s.range([0, 1], 0), [0, 1]);
  assert.equal(s.range("fit", 0), "fit");
  assert.deepEqual(s.range("extent", 0), [-2, 3]);
  assert.deepEqual(s.range("extent", 2), [-4, 5]);
  const [low, high] = s.range({low: 0, over: ["one", "two"]}, 0);
  assert.equal(low, 0);
  assert.ok(high > 5 && high < 6);
});

test("a sentence may be there only where a number is larger than another", () => {
  const s = sweep({share: wire([0.02], [], [])}), {template, holds} = conditional("{share>0.01?}{share:0%} of it");
  assert.equal(template, "{share:0%} of it");
  assert.ok(holds({}, s));
  assert.ok(!conditional("{share>0.05?}x").holds({}, s));
  assert.equal(conditional("plain {share}").holds, null);
});
