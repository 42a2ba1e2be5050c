import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {Worker} from "node:worker_threads";

const SHIM = `
const {parentPort} = require("node:worker_threads");
globalThis.self = {postMessage: (message, {transfer = []} = {}) => parentPort.postMessage(message, transfer)};
import(${JSON.stringify(new URL("../../cfg_core/engine/worker.js", import.meta.url).href)})
  .then(() => parentPort.on("message", (data) => self.onmessage({data})));
`;
const RIGHT = {means: [[0, 1], [1, -1], [-1, -1]], covs: [[1, 0, 1], [1, 0.3, 1], [1, 0, 2]], weights: [1, 2, 1], labels: [0, 1, 2]};
const POINTS = 2000;

/** A walk of three steps, and noises that are no noise. */
const walk = {
  lam: [-2, 0, 2], alpha: [0.34, 0.71, 0.94], sigma: [0.94, 0.71, 0.34], a: [0, 0, 0], b: [1, 1, 1], yields: [1, 1, 1],
  on_z: [1, 0.7, 0.5], on_x: [[0], [0.4], [0.6]], on_noise: [0, 0, 0], noise: [0, 0, 0],
};
const noise = {points: POINTS, start: Float64Array.from({length: 6 * POINTS}, (_, i) => Math.sin(i)), steps: {}};
const asked = (more = {}) => ({mixture: RIGHT, walk, noise, ws: [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], cells: 12, ...more});

let worker;
before(() => { worker = new Worker(SHIM, {eval: true}); });
after(() => worker.terminate());

/** All that the worker says until it has answered these ids. */
const heard = (until) => new Promise((resolve) => {
  const out = [], left = new Set(until);
  const take = (message) => {
    out.push(message);
    if (message.whole || message.problem) left.delete(message.id);
    if (left.size) return;
    worker.off("message", take);
    resolve(out);
  };
  worker.on("message", take);
});

test("what belongs to the present w comes first, then all of it, in float32", async () => {
  const all = heard([1]);
  worker.postMessage({id: 1, kind: "gaussians", ask: asked(), now: 3});
  const [first, last] = await all;
  assert.deepEqual([first.whole, last.whole], [false, true]);
  assert.deepEqual(first.sweep.axes.w, [3]);
  assert.deepEqual(first.sweep.arrays.samples.shape, [1, 3, POINTS, 2]);
  assert.deepEqual(last.sweep.arrays.samples.shape, [12, 3, POINTS, 2]);
  assert.ok(first.sweep.arrays.samples.data instanceof Float32Array);
  const at = last.sweep.axes.w.indexOf(3) * 6 * POINTS;
  assert.deepEqual(first.sweep.arrays.samples.data, last.sweep.arrays.samples.data.slice(at, at + 6 * POINTS));
});

test("the newest of a kind wins: older ones never come whole, another kind does", async () => {
  const all = heard([14, 20]);
  for (let id = 10; id < 15; id++) worker.postMessage({id, kind: "gaussians", ask: asked(), now: id - 9});
  worker.postMessage({id: 20, kind: "cloud", ask: {...asked(), w: 2}});
  const came = await all;
  assert.deepEqual(came.filter(({whole}) => whole).map(({id}) => id).sort(), [14, 20]);
});

test("what is no mixture, or no question, is answered with its fault", async () => {
  const all = heard([30, 31]);
  worker.postMessage({id: 30, kind: "gaussians", ask: asked({mixture: {...RIGHT, weights: [1, -1, 1]}})});
  worker.postMessage({id: 31, kind: "weather", ask: {}});
  const said = Object.fromEntries((await all).map(({id, problem}) => [id, problem]));
  assert.match(said[30], /weights must be > 0/);
  assert.match(said[31], /the engine computes gaussians, cloud/);
});

test("of the arrows the two levels beside the present lam come first", async () => {
  const lam = [-4, -2, 0, 2], flat = [1, 1, 1, 1];
  const strength = {lam, alpha: [0.13, 0.34, 0.71, 0.94], sigma: [0.99, 0.94, 0.71, 0.34], a: [0, 0, 0, 0], b: flat};
  const all = heard([40, 41]);
  worker.postMessage({id: 40, kind: "field", ask: {mixture: RIGHT, strength, c: 0, arrows: "eps"}, now: -0.5});
  const first = await new Promise((resolve) => worker.once("message", resolve));
  worker.postMessage({id: 41, kind: "cloud", ask: {...asked(), w: 2}});
  const came = await all;
  assert.deepEqual(first.sweep.axes.lam, [-2, 0]);
  assert.deepEqual(came.find(({id, whole}) => id === 40 && whole).sweep.axes.lam, lam);
});
