// The tilted target p(x|c) p(c|x)^w on a grid: its logs, the window that holds it, its certainty and its spread.
// The sizes are those of cfg_core/targets.py and cfg_core.density.quadrature, which say why.
import {exp} from "./exp.js";

const WIDEST = 6, COARSE = 72, CELLS = 56, CELL = 1.5, SHARE = 1 - 1e-5;
const NEAR = 12, OWN = 64; // a narrow component's own grid: how far out in deviations, cells a side
const FIGURE = {share: 0.999, cells: 192};
const NEGLIGIBLE = -40;

/** Centres of the cells of an n x n grid over [-half, half]², one coordinate of them: [n]. */
export const centres = (half, n) => Float64Array.from({length: n}, (_, i) => -half + ((i + 0.5) / n) * 2 * half);

/** Half the side of the square about the origin that holds each component out to so many standard deviations. */
export const reach = ({means, covs}, deviations) =>
  Math.max(...means.map(([x, y], k) =>
    Math.max(Math.abs(x) + deviations * Math.sqrt(covs[k][0]), Math.abs(y) + deviations * Math.sqrt(covs[k][2]))));

const narrowest = ({axes}) => Math.sqrt(Math.min(...axes.flatMap(([one, two]) => [one, two])));

/** Root mean variance per dimension of p(x|c), of every class. */
export function spreads({means, covs, weights, members, classWeights}) {
  return members.map((list, c) => {
    const mean = (f) => list.reduce((sum, k) => sum + (weights[k] / classWeights[c]) * f(k), 0);
    const x = mean((k) => means[k][0]), y = mean((k) => means[k][1]);
    const away = (k) => (means[k][0] - x) ** 2 + (means[k][1] - y) ** 2;
    return Math.sqrt(0.5 * mean((k) => covs[k][0] + covs[k][2] + away(k)));
  });
}

/** The cells of an n x n grid over [-half, half]², row by row: {x, y} [y, x]. */
function grid(half, n) {
  const at = centres(half, n), x = new Float64Array(n * n), y = new Float64Array(n * n);
  for (let i = 0; i < n * n; i++) {
    x[i] = at[i % n];
    y[i] = at[(i / n) | 0];
  }
  return {x, y};
}

/** log p(x|c) and log p(c|x) at points: two [class, point]. @param {import("./mixture.js").Mixture} mixture */
function logsAt(mixture, {x, y}) {
  const levels = mixture.levels([1], [0]), L = levels.numbers, {classes, classWeights} = mixture, size = x.length;
  const log = classWeights.map(Math.log), row = new Float64Array(classes);
  const pxc = new Float64Array(classes * size), pcx = new Float64Array(classes * size);
  for (let i = 0; i < size; i++) {
    mixture.terms(L, 0, x[i], y[i]);
    const top = mixture.sums(L, 0, 1, row), {total} = mixture;
    for (let c = 0; c < classes; c++) {
      pxc[c * size + i] = top + row[c] - log[c];
      pcx[c * size + i] = row[c] - total;
    }
  }
  return {pxc, pcx};
}

/** The same on the cells of a grid: two [class, y, x]. */
export const logs = (mixture, half, n) => logsAt(mixture, grid(half, n));

/**
 * Points over [-half, half]² and the area that each stands for, no component being missed: an even grid, and around each
 * component that it is too coarse for one of its own. cfg_core.density.quadrature, which says how they share an area.
 * @param {import("./mixture.js").Mixture} mixture @param {number} half @param {number} least @param {number} most
 */
function quadrature(mixture, half, least, most) {
  const n = Math.ceil(Math.max(least, Math.min((2 * half) / (CELL * narrowest(mixture)), most)) - 1e-9), cell = (2 * half) / n;
  const own = mixture.axes.flatMap(([one, two, cos, sin], k) => {
    const small = CELL * Math.sqrt(Math.min(one, two)) < cell * (1 - 1e-9), sizes = [Math.sqrt(one), Math.sqrt(two)];
    return small ? [{sizes, cos, sin, mean: mixture.means[k], area: ((2 * NEAR) / OWN) ** 2 * sizes[0] * sizes[1]}] : [];
  });
  const unit = grid(NEAR, OWN), even = n * n, each = OWN * OWN, size = even + own.length * each;
  const x = new Float64Array(size), y = new Float64Array(size), area = new Float64Array(size), whole = grid(half, n);
  x.set(whole.x);
  y.set(whole.y);
  own.forEach(({sizes: [a, b], cos, sin, mean}, j) => {
    for (let i = 0, to = even + j * each; i < each; i++, to++) {
      x[to] = mean[0] + cos * a * unit.x[i] - sin * b * unit.y[i];
      y[to] = mean[1] + sin * a * unit.x[i] + cos * b * unit.y[i];
    }
  });
  for (let i = 0; i < size; i++) {
    const mine = i < even ? -1 : ((i - even) / each) | 0, inside = Math.abs(x[i]) <= half && Math.abs(y[i]) <= half;
    let all = inside ? 1 / (cell * cell) : 0, part = all;
    for (let j = 0; j < own.length; j++) {
      const {sizes: [a, b], cos, sin, mean, area: alone} = own[j], dx = x[i] - mean[0], dy = y[i] - mean[1];
      const u = (cos * dx + sin * dy) / a, v = (cos * dy - sin * dx) / b;
      const count = Math.abs(u) <= NEAR && Math.abs(v) <= NEAR ? (100 * Math.exp((-6 * (u * u + v * v)) / NEAR ** 2)) / alone : 0;
      all += count;
      if (j === mine) part = count;
    }
    area[i] = ((mine < 0 ? cell * cell : own[mine].area) * part) / all;
  }
  return {x, y, area};
}

/** e^(base + w slope - max), its sum being 1, into out: the target's mass on each cell of a grid. */
function masses(base, slope, w, out) {
  let top = -Infinity, sum = 0;
  for (let i = 0; i < out.length; i++) if ((out[i] = base[i] + w * slope[i]) > top) top = out[i];
  for (let i = 0; i < out.length; i++) sum += out[i] = out[i] - top > NEGLIGIBLE ? exp(out[i] - top) : 0;
  for (let i = 0; i < out.length; i++) out[i] /= sum;
}

/** A grid of an even number of cells and what is asked of it: how far out it goes, in what parts. */
const about = (base, cells) => ({far: 2 * WIDEST * base, cells, rings: cells / 2});

/** Of the target of each class at each of ws, the least mass on the rings up to each one: cells equally far out. */
function within(mixture, ws, {far, cells, rings}) {
  const {pxc, pcx} = logs(mixture, far, cells), size = cells * cells;
  const mass = new Float64Array(size), least = new Float64Array(rings).fill(1);
  const out = Int32Array.from({length: cells}, (_, i) => (i < rings ? rings - 1 - i : i - rings));
  for (let c = 0; c < mixture.classes; c++) for (const w of ws) {
    masses(pxc.subarray(c * size, (c + 1) * size), pcx.subarray(c * size, (c + 1) * size), w, mass);
    const ring = new Float64Array(rings);
    for (let i = 0; i < size; i++) ring[Math.max(out[i % cells], out[(i / cells) | 0])] += mass[i];
    for (let r = 0, sum = 0; r < rings; r++) least[r] = Math.min(least[r], (sum += ring[r]));
  }
  return least;
}

/** Half the side of a square, `base` or more, that holds this share of each class's target; what it holds of each. */
function held(mixture, ws, base, share, cells) {
  const grid = about(base, cells), least = within(mixture, ws, grid), at = (r) => ((r + 0.5) / grid.rings) * grid.far;
  let r = least.findIndex((mass) => mass >= share);
  if (r < 0) r = grid.rings - 1;
  const half = Math.min(WIDEST * base, Math.max(base, at(r)));
  let inside = 0;
  for (r = 0; r < grid.rings && at(r) <= half; r++) inside = least[r];
  return {half, inside};
}

/**
 * The paper's figure: log of the mixture of the normalised targets of all classes at each of ws, [panel, y, x], on a
 * square that holds them, or as much as fits: half its side, and the share that it holds of each.
 */
export function figure(mixture, ws, cells) {
  const {half, inside} = held(mixture, ws, reach(mixture, 4), FIGURE.share, FIGURE.cells), size = cells * cells;
  const {pxc, pcx} = logs(mixture, half, cells), log = new Float64Array(ws.length * size).fill(-Infinity);
  const area = 2 * Math.log((2 * half) / cells), mass = new Float64Array(size);
  for (let c = 0; c < mixture.classes; c++) ws.forEach((w, panel) => {
    const base = pxc.subarray(c * size, (c + 1) * size), slope = pcx.subarray(c * size, (c + 1) * size);
    let top = -Infinity, sum = 0;
    for (let i = 0; i < size; i++) if ((mass[i] = base[i] + w * slope[i]) > top) top = mass[i];
    for (let i = 0; i < size; i++) sum += exp(mass[i] - top);
    const less = top + Math.log(sum) + area - Math.log(mixture.classWeights[c]);
    for (let i = 0, to = panel * size; i < size; i++, to++) {
      const one = log[to], two = mass[i] - less, more = Math.max(one, two);
      log[to] = more + Math.log1p(exp(Math.min(one, two) - more));
    }
  });
  return {log, half, inside};
}

/**
 * Mean p(c|x) and relative spread of the target at every w, averaged over the classes: two [w].
 * @param {import("./mixture.js").Mixture} mixture @param {number[]} ws @param {number[]} ends the least and largest w
 * @param {number} finest most cells a side of the even grid
 * @returns {Generator<void, {prob: Float64Array, keep: Float64Array}>} which yields now and then
 */
export function* tradeOff(mixture, ws, ends, finest) {
  const base = reach(mixture, 5), {half} = held(mixture, ends, base, SHARE, COARSE);
  const points = quadrature(mixture, half, (CELLS * half) / base, finest), {x, y} = points, size = x.length;
  const {pxc, pcx} = logsAt(mixture, points), area = points.area.map(Math.log);
  const own = spreads(mixture), mass = new Float64Array(size), share = new Float64Array(size), {classes} = mixture;
  const prob = new Float64Array(ws.length), keep = new Float64Array(ws.length);
  for (let c = 0; c < classes; c++) {
    const base = pxc.subarray(c * size, (c + 1) * size), slope = pcx.subarray(c * size, (c + 1) * size);
    for (let i = 0; i < size; i++) {
      share[i] = Math.exp(slope[i]);
      base[i] += area[i];
    }
    for (let j = 0; j < ws.length; j++) {
      masses(base, slope, ws[j], mass);
      let p = 0, mx = 0, my = 0, square = 0;
      for (let i = 0; i < size; i++) if (mass[i] !== 0) {
        p += mass[i] * share[i];
        mx += mass[i] * x[i];
        my += mass[i] * y[i];
      }
      for (let i = 0; i < size; i++) if (mass[i] !== 0) square += mass[i] * ((x[i] - mx) ** 2 + (y[i] - my) ** 2);
      prob[j] += p / classes;
      keep[j] += Math.sqrt(square / 2) / own[c] / classes;
      yield;
    }
  }
  return {prob, keep};
}
