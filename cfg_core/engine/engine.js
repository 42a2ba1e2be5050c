// The engine: exact guidance of a 2-D Gaussian mixture in the reader's browser. No DOM; runs in a worker and in Node.
// What is known of rules and samplers stands in tables that cfg_core/tables.py writes; here they are only walked.
import {fieldArrays, particleArrays} from "./fields.js";
import {FAINTEST} from "./facts.js";
import {Flow} from "./flow.js";
import {halfRange, outside, quantile, readOut} from "./measures.js";
import * as exact from "./mixture.js";
import {centres, figure as targets, logs, reach, spreads, tradeOff} from "./target.js";
import {Walker} from "./walk.js";

/**
 * @typedef {{means: number[][], covs: number[][], weights: number[], labels: number[]}} Mixture
 *   means [[x, y], ..], covs [[xx, xy, yy], ..], weights > 0 (normalised here), labels 0 .. 2, each class at least once.
 * @typedef {{lam: number[], alpha: number[], sigma: number[], a: number[], b: number[]}} Strength  a rule's k = a + b w
 *   at some noise levels: cfg_core.tables.strength_table.
 * @typedef {Strength & {yields: number[], on_z: number[], on_x: number[][], on_noise: number[], noise: number[]}} Walk
 *   a sampler's coefficients as well, a row for each evaluation of eps: cfg_core.tables.walk_table.
 * @typedef {{theta: number[][], a: number[][], b: number[][], close: number, floor: number, off: number}} Ode
 *   cfg_core.tables.ode_table.
 * @typedef {{points: number, start: Float64Array, steps: Record<number, Float64Array>}} Noise  [class, point, xy] each;
 *   `steps` where the walk takes noise: cfg_core.tables.noise_wire, decoded by `noiseFrom` (wire.js).
 * @typedef {{data: Float32Array | Float64Array, dims: string[], shape: number[]}} Named
 * @typedef {{axes: Record<string, number[]>, arrays: Record<string, Named>, labels: Record<string, string[]>,
 *   extent?: number[]}} Sweep  what the stage's Sweep holds, decoded; live axes come first; extent [-h, h, -h, h].
 */

const CLASSES = ["A", "B", "C"];
const LEFT_OUT = 0.999; // share of the samples at one w that the window holds

/** @param {Float64Array} data @param {string[]} dims @param {number[]} shape @returns {Named} */
const named = (data, dims, shape) => ({data, dims, shape});
const square = (half) => [-half, half, -half, half];

/** The result of a generator that yields now and then, so that a worker may look whether it is still wanted. */
export function finished(steps) {
  for (;;) {
    const {value, done} = steps.next();
    if (done) return value;
  }
}

/**
 * "Three Gaussians" at the values ws of w. Axis w. Arrays, as demo/views/gaussians/compute.py names them:
 * samples [w, class, point, xy], outside [w], log_pxc, log_pcx, class_share [class, y, x], prob, own, keep [w, class],
 * own_A .. keep_C [w], prob_mean, own_mean, keep_mean [w], target_prob, target_keep [w].
 * @typedef {{mixture: Mixture, walk: Walk, noise: Noise, ws: number[], ends?: number[], half?: number, cells?: number,
 *   least?: number, finest?: number}} AskGaussians  ends: the least and largest w of all, where ws is a part. half: half
 *   the side of the window, where it is not to be found from the samples; least: of one that is. cells: a side of the grid. finest: of the target's.
 * @param {AskGaussians} ask
 * @returns {Generator<void, Sweep>}
 */
export function* gaussians({mixture: given, walk, noise, ws, ends, half, least = 0, cells = 56, finest = 256}) {
  const mixture = new exact.Mixture(given), n = noise.points, classes = mixture.classes, walker = new Walker(mixture, walk, n);
  const clean = mixture.levels([1], [0]), own = spreads(mixture), one = 2 * n, all = one * classes;
  const samples = new Float64Array(ws.length * all);
  const prob = new Float64Array(ws.length * classes), right = prob.slice(), keep = prob.slice();
  let farthest = NaN;
  for (let j = 0; j < ws.length; j++) {
    for (let c = 0; c < classes; c++) {
      const to = j * all + c * one, at = j * classes + c;
      walker.run(c, ws[j], noise.start, c * one, (i) => noise.steps[i], samples, to);
      const read = readOut(mixture, clean, c, samples.subarray(to, to + one), n);
      prob[at] = read.prob;
      right[at] = read.own;
      keep[at] = read.spread / own[c];
    }
    const here = samples.subarray(j * all, (j + 1) * all);
    if (half === undefined && here.some(Number.isFinite)) farthest = Math.max(farthest || 0, quantile(here, LEFT_OUT));
    yield;
  }
  const side = half ?? Math.max(least, halfRange(reach(mixture, 3), farthest)), {pxc, pcx} = logs(mixture, side, cells);
  yield;
  const target = yield* tradeOff(mixture, ws, ends ?? [ws[0], ws[ws.length - 1]], finest);
  const plane = (data) => named(data, ["class", "y", "x"], [classes, cells, cells]);
  const along = (data) => named(data, ["w"], [ws.length]);
  const each = (data) => named(data, ["w", "class"], [ws.length, classes]);
  const mean = (data) => along(Float64Array.from(ws, (_, j) => sum(data.subarray(j * classes, (j + 1) * classes)) / classes));
  const column = (data, c) => along(Float64Array.from(ws, (_, j) => data[j * classes + c]));
  const letters = CLASSES.slice(0, classes);
  return {
    axes: {w: ws},
    arrays: {
      samples: named(samples, ["w", "class", "point", "xy"], [ws.length, classes, n, 2]),
      outside: along(Float64Array.from(ws, (_, j) => outside(samples.subarray(j * all, (j + 1) * all), side))),
      log_pxc: plane(pxc), log_pcx: plane(pcx), class_share: plane(pcx.map(Math.exp)),
      prob: each(prob), own: each(right), keep: each(keep),
      ...Object.fromEntries(letters.map((name, c) => [`own_${name}`, column(right, c)])),
      ...Object.fromEntries(letters.map((name, c) => [`keep_${name}`, column(keep, c)])),
      prob_mean: mean(prob), own_mean: mean(right), keep_mean: mean(keep),
      target_prob: along(target.prob), target_keep: along(target.keep),
    },
    labels: {class: letters},
    extent: square(side),
  };
}

const sum = (list) => list.reduce((total, x) => total + x, 0);

/**
 * All samples on their way from noise to data at one w: axis "time" (0 noise .. 1 data, the step's number / steps),
 * arrays cloud [time, class, point, xy] (z of each step; at time 1 the sample, x^), cloud_lam [time].
 * @param {{mixture: Mixture, walk: Walk, noise: Noise, w: number}} ask
 * @returns {Generator<void, Sweep>}
 */
export function* cloud({mixture: given, walk, noise, w}) {
  const mixture = new exact.Mixture(given), n = noise.points, {classes} = mixture, walker = new Walker(mixture, walk, n);
  const lams = walk.lam.filter((_, j) => walk.yields[j]), last = lams.length - 1, all = 2 * n * classes;
  const out = new Float64Array(lams.length * all);
  for (let c = 0; c < classes; c++) {
    const keep = (step, z) => { if (step < last) out.set(z, step * all + c * 2 * n); };
    walker.run(c, w, noise.start, c * 2 * n, (i) => noise.steps[i], out, last * all + c * 2 * n, keep);
    yield;
  }
  return {
    axes: {time: lams.map((_, step) => step / last)},
    arrays: {
      cloud: named(out, ["time", "class", "point", "xy"], [lams.length, classes, n, 2]),
      cloud_lam: named(Float64Array.from(lams), ["time"], [lams.length]),
    },
    labels: {class: CLASSES.slice(0, classes)},
  };
}

/**
 * "Score field" of class c over the lams of `strength`. Axis lam. Arrays: at [arrow, xy], cond, uncond, diff, base,
 * push [lam, arrow, xy], log_p, posterior [lam, y, x].
 * @typedef {{mixture: Mixture, strength: Strength, c: number, arrows: "eps" | "score", half?: number, cells?: number,
 *   side?: number}} AskField  strength: over the lams that are scrubbed. cells: of the heat maps, side: of the arrows.
 * @param {AskField} ask
 * @returns {Generator<void, Sweep>}
 */
export function* field({mixture: given, strength, c, arrows, half, cells = 44, side = 17}) {
  const mixture = new exact.Mixture(given), n = strength.lam.length;
  const edge = half ?? halfRange(reach(mixture, 3), NaN), line = centres(edge, side), tall = centres(edge, cells);
  const at = Float64Array.from({length: 2 * side * side}, (_, i) => line[i % 2 ? ((i / 2) | 0) / side | 0 : (i / 2) % side]);
  const parts = yield* fieldArrays(mixture, strength, c, arrows, at, tall);
  const vectors = (data) => named(data, ["lam", "arrow", "xy"], [n, side * side, 2]);
  const plane = (data) => named(data, ["lam", "y", "x"], [n, cells, cells]);
  return {
    axes: {lam: strength.lam},
    arrays: {
      at: named(at, ["arrow", "xy"], [side * side, 2]),
      ...Object.fromEntries(["cond", "uncond", "diff", "base", "push"].map((name) => [name, vectors(parts[name])])),
      log_p: plane(parts.log_p), posterior: plane(parts.posterior),
    },
    labels: {class: CLASSES.slice(0, mixture.classes)},
    extent: square(edge),
  };
}

/**
 * The particle at (z1, z2), kept in view: its paths along `walk` (from its lam to the data; null where it is there) for
 * each of ws, and the fields where it is. Axis lam. Arrays: drop [xy], trails [trail, step, xy], point_base, point_push
 * [lam, xy], base_1, base_2, push_1, push_2, point_prob [lam].
 * @typedef {{mixture: Mixture, strength: Strength, walk: Walk | null, ws: number[], c: number,
 *   arrows: "eps" | "score", z1: number, z2: number, half?: number}} AskParticle
 * @param {AskParticle} ask
 * @returns {Generator<void, Sweep>}
 */
export function* particle({mixture: given, strength, walk, ws, c, arrows, z1, z2, half}) {
  const mixture = new exact.Mixture(given), edge = 0.96 * (half ?? halfRange(reach(mixture, 3), NaN));
  const at = Float64Array.of(...[z1, z2].map((z) => Math.min(edge, Math.max(-edge, z)))), n = strength.lam.length;
  const {trails, steps, base, push, prob} = particleArrays(mixture, strength, walk, ws, c, arrows, at);
  yield;
  const along = (data, d) => named(data.filter((_, i) => i % 2 === d), ["lam"], [n]);
  return {
    axes: {lam: strength.lam},
    arrays: {
      drop: named(at, ["xy"], [2]),
      trails: named(trails, ["trail", "step", "xy"], [ws.length, steps, 2]),
      point_base: named(base, ["lam", "xy"], [n, 2]), point_push: named(push, ["lam", "xy"], [n, 2]),
      base_1: along(base, 0), base_2: along(base, 1), push_1: along(push, 0), push_2: along(push, 1),
      point_prob: named(prob, ["lam"], [n]),
    },
    labels: {trail: ws.map((w) => `w = ${w}`)},
  };
}

/**
 * What the guided ODE really samples: axis "w:coarse"; log_actual [w:coarse, class, y, x] on the window's grid, NaN
 * where its mass there is not 1, and actual_off [w:coarse], by how much at most (cfg_core.density.drawn).
 * @param {{mixture: Mixture, ode: Ode, ws: number[], half: number, cells?: number}} ask
 * @returns {Generator<void, Sweep>}
 */
export function* actual({mixture: given, ode, ws, half, cells = 40}) {
  const mixture = new exact.Mixture(given), flow = new Flow(mixture, ode), at = centres(half, cells), {classes} = mixture;
  const one = cells * cells, log = new Float64Array(ws.length * classes * one), off = new Float64Array(ws.length);
  for (let j = 0, i = 0; j < ws.length; j++) for (let c = 0; c < classes; c++) {
    let mass = 0;
    for (const y of at) {
      for (const x of at) {
        const here = flow.at(c, ws[j], x, y);
        mass += Math.exp(here) * (2 * half / cells) ** 2;
        log[i++] = Math.max(here, FAINTEST);
      }
      yield;
    }
    if (!(Math.abs(mass - 1) <= ode.off)) log.fill(NaN, i - one, i);
    off[j] = Math.max(off[j], Math.abs(mass - 1));
  }
  return {
    axes: {"w:coarse": ws},
    arrays: {
      log_actual: named(log, ["w:coarse", "class", "y", "x"], [ws.length, classes, cells, cells]),
      actual_off: named(off, ["w:coarse"], [ws.length]),
    },
    labels: {class: CLASSES.slice(0, classes)},
    extent: square(half),
  };
}

/**
 * The paper's figure: mixtures of the normalised targets at a few w. Arrays: log_mixture [panel, y, x], in_view [], the
 * least share of a target that the window holds, and out_of_view [], the rest of it.
 * @param {{mixture: Mixture, ws: number[], cells?: number}} ask
 * @returns {Generator<void, Sweep>}
 */
export function* figure({mixture: given, ws, cells = 128}) {
  const {log, half, inside} = targets(new exact.Mixture(given), ws, cells);
  yield;
  return {
    axes: {},
    arrays: {
      log_mixture: named(log.map((x) => Math.max(x, FAINTEST)), ["panel", "y", "x"], [ws.length, cells, cells]),
      in_view: named(Float64Array.of(inside), [], []),
      out_of_view: named(Float64Array.of(1 - inside), [], []),
    },
    labels: {panel: ws.map((w) => `w = ${w}`)},
    extent: square(half),
  };
}
