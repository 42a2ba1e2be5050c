// The engine in a worker. In: {id, kind, ask, now, brief}; out: {id, sweep, whole} or {id, problem}, arrays transferred.
// Of each kind the newest wins: an older one is dropped where it stands.
import * as engine from "./engine.js";
import {single} from "./wire.js";

const KINDS = ["gaussians", "cloud", "field", "particle", "actual", "figure"];
const SLICE = 12; // ms of work between two looks at what has come in
const FINEST = 96; // cells a side of the target's grid while something is dragged
const wanted = {}; // kind -> id of its newest request
const channel = new MessageChannel(), waiting = [];
channel.port1.onmessage = () => waiting.shift()();
/** Lets messages in; a timer would wait for milliseconds. @returns {Promise<void>} */
const breath = () => new Promise((resolve) => {
  waiting.push(resolve);
  channel.port2.postMessage(0);
});

/** The whole result, or null where a newer request of its kind has come. */
async function result(kind, id, steps) {
  for (let began = performance.now(); ;) {
    const {value, done} = steps.next();
    if (done) return value;
    if (performance.now() - began < SLICE) continue;
    await breath();
    if (wanted[kind] !== id) return null;
    began = performance.now();
  }
}

function send(id, sweep, whole) {
  const out = single(sweep), buffers = Object.values(out.arrays).map(({data}) => data.buffer);
  self.postMessage({id, sweep: out, whole}, {transfer: [...new Set(buffers)]});
}

/** What is asked for first: the present w (or the levels beside the present lam) alone; null where there is no such. */
function first(kind, ask, now) {
  if (now === undefined || now === null) return null;
  if (kind === "gaussians") return {...ask, ws: [now], ends: [ask.ws[0], ask.ws[ask.ws.length - 1]], finest: FINEST};
  if (kind !== "field") return null;
  const {strength} = ask, last = strength.lam.length - 1;
  const i = Math.min(Math.max(0, strength.lam.findIndex((lam, j) => j === last || strength.lam[j + 1] >= now)), Math.max(0, last - 1));
  return {...ask, strength: Object.fromEntries(Object.entries(strength).map(([key, list]) => [key, list.slice(i, i + 2)]))};
}

/** Runs once what a hand will ask for, so that its first answer is as fast as the others. */
function warm() {
  const start = Float64Array.from({length: 6 * 60}, (_, i) => Math.sin(i)), two = [0, 0];
  const walk = {lam: [-2, 2], alpha: [0.3, 0.9], sigma: [0.9, 0.3], a: two, b: [1, 1], yields: [1, 1], on_z: [1, 0.5],
    on_x: [two, [0.5, 0.1]], on_noise: two, noise: two};
  const mixture = {means: [[0, 1], [1, -1], [-1, -1]], covs: [[1, 0, 1], [1, 0, 1], [1, 0, 1]], weights: [1, 1, 1], labels: [0, 1, 2]};
  const ask = {mixture, walk, noise: {points: 60, start, steps: {}}, ws: Array.from({length: 60}, (_, i) => i / 6), cells: 24};
  for (let i = 0; i < 3; i++) single(engine.finished(engine.gaussians(ask)));
  engine.finished(engine.field({mixture, strength: walk, c: 0, arrows: "eps"}));
}
warm();

self.onmessage = async ({data: {id, kind, ask, now, brief}}) => {
  wanted[kind] = id;
  try {
    if (!KINDS.includes(kind)) throw new Error(`the engine computes ${KINDS.join(", ")}`);
    const part = first(kind, ask, now);
    if (part) send(id, engine.finished(engine[kind](part)), false);
    if (part && brief) return;
    if (part) await breath();
    if (wanted[kind] !== id) return;
    const sweep = await result(kind, id, engine[kind](ask));
    if (sweep) send(id, sweep, true);
  } catch (problem) {
    self.postMessage({id, problem: problem.message});
  }
};
