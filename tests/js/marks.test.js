// Classes differ by the shape of their marks as well as by colour.
import assert from "node:assert/strict";
import {test} from "node:test";
import {layers} from "../../demo/stage/layers.js";

/** What is drawn of two points in each of three classes: the names of the calls that make an outline. */
const drawn = (layer, labels) => {
  const calls = [];
  const ctx = new Proxy({}, {
    get: (_, name) => (...given) => { if (["arc", "rect", "lineTo"].includes(String(name))) calls.push([name, ...given]); },
    set: () => true,
  });
  const data = new Float32Array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  const view = {
    ctx, px: (x) => x, py: (y) => y, color: () => "#000000", classColor: () => "#000000",
    sweep: {labels, ref: () => ({data: layer.one ? data.subarray(0, 4) : data, shape: layer.one ? [2, 2] : [3, 2, 2]})},
  };
  // @ts-ignore: only what the layer reads
  layers.points(view, layer, {});
  return calls;
};

test("a disc, a square and a triangle, all of one area", () => {
  const calls = drawn({type: "points", xy: "x", size: 3}, {class: ["A", "B", "C"]});
  assert.deepEqual(calls.map(([name]) => name), ["arc", "arc", "rect", "rect", "lineTo", "lineTo", "lineTo", "lineTo"]);
  const disc = Math.PI * 9, [, , , side] = calls[2], [, x1, y1] = calls[4], [, x2] = calls[5];
  assert.ok(Math.abs(side ** 2 / disc - 1) < 0.01);
  const height = y1 - (4 - 1.555 * 3); // from the tip of the first triangle, at (4, 4), to its base
  assert.ok(Math.abs(((x1 - x2) * height) / 2 / disc - 1) < 0.01);
});

test("points of one class have its shape, others are discs", () => {
  assert.equal(drawn({type: "points", xy: "x", color: "B", one: true}, {})[0][0], "rect");
  assert.equal(drawn({type: "points", xy: "x", color: "ink", one: true}, {})[0][0], "arc");
});
