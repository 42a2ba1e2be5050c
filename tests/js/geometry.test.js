// What a hand does to a mixture, held to what must be true of it, not to how it is computed.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

import {BOUNDS} from "../../cfg_core/engine/facts.js";
import * as geometry from "../../cfg_core/engine/geometry.js";

const TEXTS = JSON.parse(readFileSync(new URL("../data/mixture_texts.json", import.meta.url), "utf8"));
const close = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within * (1 + Math.abs(b)), `${a} is not ${b}`);
/** p^T cov^-1 p: 1 on the rim.  @param {number[]} cov @param {number[]} p */
const square = ([xx, xy, yy], [x, y]) => (yy * x * x - 2 * xy * x * y + xx * y * y) / (xx * yy - xy * xy);
const COVS = [[1, 0, 1], [2, 0.7, 0.5], [0.3, -0.2, 4], [9, 0, 0.04]];
const onRim = (cov, t) => {
  const {a, b, angle} = geometry.ellipse(cov), c = Math.cos(angle), s = Math.sin(angle);
  return [a * Math.cos(t) * c - b * Math.sin(t) * s, a * Math.cos(t) * s + b * Math.sin(t) * c];
};

test("an ellipse's axes are those of its covariance, and give it back", () => {
  for (const cov of COVS) {
    const at = geometry.ellipse(cov);
    close(at.a * at.a + at.b * at.b, cov[0] + cov[2]);
    close((at.a * at.b) ** 2, cov[0] * cov[2] - cov[1] ** 2);
    for (const t of [0, 1, 2.5]) close(square(cov, onRim(cov, t)), 1);
    geometry.covariance(at).forEach((x, i) => close(x, cov[i]));
  }
});

test("the place of the rim that is dragged stays under the hand", () => {
  for (const cov of COVS) for (const t of [0, 0.7, 2, 4]) for (const to of [[1.3, 0.4], [-0.8, 1.9], [0.2, -3]]) {
    close(square(geometry.rimDragged(cov, onRim(cov, t), to), to), 1);
  }
});

test("dragged straight out, a circle is stretched that way and no other", () => {
  const [xx, xy, yy] = geometry.rimDragged([1, 0, 1], [0, 1], [0, 2]);
  close(xx, 1);
  close(xy, 0);
  close(yy, 4);
});

test("with Shift the shape stays: sizes alike in every direction, and the turn of the hand", () => {
  const cov = [4, 0, 1], after = geometry.rimDragged(cov, [2, 0], [0, 3], true), was = geometry.ellipse(cov), is = geometry.ellipse(after);
  close(is.a / is.b, was.a / was.b);
  close(is.a, 3);
  close(Math.abs(is.angle), Math.PI / 2);
});

test("no hand makes a class thinner, wider, farther or heavier than a mixture may be", () => {
  const mixture = geometry.threeGaussians(1.8, 1), {sd: [low, high]} = BOUNDS;
  for (const to of [[1e-9, 0], [500, 0], [0, 0]]) {
    const {a, b} = geometry.ellipse(geometry.rimDragged([1, 0, 1], [1, 0], to));
    assert.ok(b >= low * (1 - 1e-9) && a <= high * (1 + 1e-9), `${a}, ${b}`);
  }
  assert.deepEqual(geometry.moved(mixture, 0, [99, -99]).means[0], [20, -20]);
  assert.equal(geometry.weighed(mixture, 1, 1e9).weights[1], 100);
  let many = mixture;
  for (let i = 0; i < 20; i++) many = geometry.added(many, i % 3, [0, i]);
  assert.equal(many.labels.length, 8);
});

test("a class keeps at least one component", () => {
  const mixture = geometry.threeGaussians(1.8, 1);
  assert.equal(geometry.without(mixture, 2), mixture);
  const more = geometry.added(mixture, 2, [0, 0]);
  assert.deepEqual(geometry.without(more, 2).labels, [0, 1, 2]);
});

test("sliders and mixture agree both ways", () => {
  const mixture = {means: [[0, 3], [1, 2], [-2, -1], [2, 0]], covs: COVS, weights: [1, 3, 0.5, 2], labels: [0, 0, 1, 2]};
  const far = geometry.summary(geometry.withSeparation(mixture, 2.5)).separation;
  close(far, 2.5);
  close(geometry.summary(geometry.withSpread(mixture, 0.7)).spread, 0.7);
  geometry.summary(geometry.withClassWeight(mixture, 0, 6)).weights.forEach((x, c) => close(x, [6, 0.5, 2][c]));
  const three = geometry.summary(geometry.threeGaussians(1.793, 0.8, [1, 2, 3]));
  close(three.separation, 1.793);
  close(three.spread, 0.8);
});

test("classes that all lie on the origin are put on the triangle when they are separated", () => {
  const apart = geometry.withSeparation(geometry.threeGaussians(0, 1), 2), three = geometry.threeGaussians(2, 1);
  apart.means.forEach((at, k) => at.forEach((x, i) => close(x, three.means[k][i])));
});

test("a mixture's text means here what it means to the core", () => {
  for (const {text, ...meant} of TEXTS.good) {
    const read = geometry.read(text);
    assert.deepEqual(read, meant);
    assert.equal(geometry.written(read), text);
  }
  assert.equal(geometry.read("no mixture"), null);
});

test("the likeliest class is that of the larger p(c) p(x|c)", () => {
  const mixture = geometry.threeGaussians(2, 1);
  assert.deepEqual(mixture.means.map((at) => geometry.likeliest(mixture, at)), [0, 1, 2]);
  assert.equal(geometry.likeliest(geometry.threeGaussians(2, 1, [1, 100, 1]), [0, 1]), 1);
});
