// The geometry of a 2-D mixture that a hand changes: what each grip does to means, covariances and weights.
// A covariance is [xx, xy, yy]; every function returns a new mixture or covariance, none changes what it is given.

import {BOUNDS} from "./facts.js";

/** @typedef {number[]} Cov a symmetric 2x2 matrix [xx, xy, yy] */
/** @typedef {{means: number[][], covs: Cov[], weights: number[], labels: number[]}} Mixture labels are 0 .. 2 */

/** @param {number} x @param {number[]} bounds */
const clamp = (x, [low, high]) => Math.min(high, Math.max(low, x));

/** The ellipse of one standard deviation: half axes a >= b > 0, and the angle of the long one.  @param {Cov} cov */
export const ellipse = ([xx, xy, yy]) => {
  const mean = (xx + yy) / 2, apart = Math.hypot((xx - yy) / 2, xy);
  const det = xx * yy - xy * xy; // mean - apart would lose digits where the ellipse is thin
  return {a: Math.sqrt(mean + apart), b: Math.sqrt(Math.max(0, det) / (mean + apart)), angle: Math.atan2(2 * xy, xx - yy) / 2};
};

/** The covariance of an ellipse.  @returns {Cov} */
export const covariance = ({a, b, angle}) => {
  const c = Math.cos(angle), s = Math.sin(angle);
  return [a * a * c * c + b * b * s * s, (a * a - b * b) * c * s, a * a * s * s + b * b * c * c];
};

/** The nearest that is allowed: standard deviations within BOUNDS.sd.  @param {Cov} cov @returns {Cov} */
export const allowed = (cov) => {
  const at = ellipse(cov), a = clamp(at.a, BOUNDS.sd), b = clamp(at.b, BOUNDS.sd);
  return a === at.a && b === at.b ? cov : covariance({a, b, angle: at.angle});
};

/** M cov M^T of a matrix by rows.  @param {Cov} cov @param {number[][]} m @returns {Cov} */
const mapped = ([xx, xy, yy], [[p, q], [r, s]]) => [
  p * p * xx + 2 * p * q * xy + q * q * yy,
  p * r * xx + (p * s + q * r) * xy + q * s * yy,
  r * r * xx + 2 * r * s * xy + s * s * yy,
];

/** Turned by an angle.  @param {Cov} cov @param {number} angle */
export const turned = (cov, angle) => {
  const c = Math.cos(angle), s = Math.sin(angle);
  return mapped(cov, [[c, -s], [s, c]]);
};

/** Standard deviations times `by`, in every direction.  @param {Cov} cov @param {number} by */
export const scaled = (cov, by) => allowed(cov.map((x) => x * by * by));

/** The long axis times `by`, the short one as it is.  @param {Cov} cov @param {number} by */
export const stretched = (cov, by) => {
  const at = ellipse(cov);
  return allowed(covariance({...at, a: at.a * by}));
};

/**
 * The rim was taken at `from` and is now at `to`, both from the mean: stretched along the way out of `from`, then turned
 * with the hand, so that the place that was taken stays under it. `whole`: scaled alike in every direction instead.
 * @param {Cov} cov @param {number[]} from @param {number[]} to @param {boolean} [whole]
 */
export const rimDragged = (cov, from, to, whole = false) => {
  const r = Math.hypot(...from), by = Math.max(1e-3, Math.hypot(...to)) / r;
  const turn = Math.atan2(from[0] * to[1] - from[1] * to[0], from[0] * to[0] + from[1] * to[1]);
  if (whole) return turned(scaled(cov, by), turn);
  const [x, y] = [from[0] / r, from[1] / r], k = by - 1;
  return allowed(turned(mapped(cov, [[1 + k * x * x, k * x * y], [k * x * y, 1 + k * y * y]]), turn));
};

// ---- the three classes, and what a mixture amounts to in their terms ---------------------------------------------
const UP = [0, 1, 2].map((i) => { // of the corners of the paper's triangle, A at the top, B left, C right
  const angle = Math.PI / 2 + (2 * Math.PI * i) / 3;
  return [Math.cos(angle), Math.sin(angle)];
});

/** Three classes on an equilateral triangle.  @returns {Mixture} */
export const threeGaussians = (separation, spread, weights = [1, 1, 1]) => ({
  means: UP.map(([x, y]) => [separation * x, separation * y]),
  covs: UP.map(() => [spread * spread, 0, spread * spread]),
  weights: [...weights],
  labels: [0, 1, 2],
});

const of = (mixture, c) => mixture.labels.flatMap((label, k) => (label === c ? [k] : []));
const sum = (values) => values.reduce((total, x) => total + x, 0);

/** The mean of each class.  @param {Mixture} mixture */
export const classMeans = (mixture) => UP.map((_, c) => {
  const own = of(mixture, c), total = sum(own.map((k) => mixture.weights[k]));
  return [0, 1].map((i) => sum(own.map((k) => mixture.weights[k] * mixture.means[k][i])) / total);
});

/** What the sliders say of it: mean distance of the class means from 0, geometric mean of the sds, class weights. */
export const summary = (mixture) => ({
  separation: sum(classMeans(mixture).map((at) => Math.hypot(...at))) / UP.length,
  spread: Math.exp(sum(mixture.covs.map(([xx, xy, yy]) => Math.log(xx * yy - xy * xy) / 4)) / mixture.covs.length),
  weights: UP.map((_, c) => sum(of(mixture, c).map((k) => mixture.weights[k]))),
});

const placed = (at) => at.map((x) => clamp(x, [-BOUNDS.mean, BOUNDS.mean]));

/** Means scaled about 0 so that the separation is this; classes that all lie on 0 are put on the triangle. */
export const withSeparation = (mixture, separation) => {
  const now = summary(mixture).separation;
  if (now < 1e-6) return {...mixture, means: mixture.means.map(([x, y], k) => {
    const [u, v] = UP[mixture.labels[k]];
    return placed([x + separation * u, y + separation * v]);
  })};
  return {...mixture, means: mixture.means.map(([x, y]) => placed([(x * separation) / now, (y * separation) / now]))};
};

/** Covariances scaled so that the spread is this. */
export const withSpread = (mixture, spread) => {
  const by = spread / summary(mixture).spread;
  return {...mixture, covs: mixture.covs.map((cov) => scaled(cov, by))};
};

/** Weights of a class's components scaled so that they sum to this. */
export const withClassWeight = (mixture, c, weight) => {
  const by = weight / summary(mixture).weights[c];
  const weights = mixture.weights.map((x, k) => (mixture.labels[k] === c ? clamp(x * by, BOUNDS.weight) : x));
  return {...mixture, weights};
};

// ---- one component -------------------------------------------------------------------------------------------------
const put = (list, k, value) => list.map((old, i) => (i === k ? value : old));

export const moved = (mixture, k, at) => ({...mixture, means: put(mixture.means, k, placed(at))});
export const reshaped = (mixture, k, cov) => ({...mixture, covs: put(mixture.covs, k, allowed(cov))});
export const weighed = (mixture, k, weight) =>
  ({...mixture, weights: put(mixture.weights, k, clamp(weight, BOUNDS.weight))});

/** One more component of class c, as wide as the class's narrowest; the same where there is no room for one. */
export const added = (mixture, c, at) => {
  if (mixture.labels.length >= BOUNDS.components) return mixture;
  const own = of(mixture, c), width = Math.min(...own.map((k) => ellipse(mixture.covs[k]).b)) * 0.7;
  const sd = clamp(width, BOUNDS.sd), weight = sum(own.map((k) => mixture.weights[k])) / own.length;
  return {
    means: [...mixture.means, placed(at)],
    covs: [...mixture.covs, [sd * sd, 0, sd * sd]],
    weights: [...mixture.weights, weight],
    labels: [...mixture.labels, c],
  };
};

/** Without component k; the same where its class has no other. */
export const without = (mixture, k) => {
  if (of(mixture, mixture.labels[k]).length < 2) return mixture;
  const rest = (list) => list.filter((_, i) => i !== k);
  return {means: rest(mixture.means), covs: rest(mixture.covs), weights: rest(mixture.weights), labels: rest(mixture.labels)};
};

/** The class that is likeliest at a place: argmax p(c) p(x|c).  @param {Mixture} mixture @param {number[]} at */
export const likeliest = (mixture, at) => {
  const logs = mixture.means.map(([mx, my], k) => {
    const [xx, xy, yy] = mixture.covs[k], det = xx * yy - xy * xy, x = at[0] - mx, y = at[1] - my;
    return Math.log(mixture.weights[k]) - Math.log(det) / 2 - (yy * x * x - 2 * xy * x * y + xx * y * y) / det / 2;
  });
  const top = Math.max(...logs), shares = UP.map((_, c) => sum(of(mixture, c).map((k) => Math.exp(logs[k] - top))));
  return shares.indexOf(Math.max(...shares));
};

// ---- as text: how a link has it ------------------------------------------------------------------------------------
const LETTERS = "ABC";
const short = (x) => String(Number(x.toFixed(4)) || 0); // no -0

/** @param {Mixture} mixture */
export const written = ({means, covs, weights, labels}) =>
  labels.map((c, k) => [LETTERS[c], ...[...means[k], ...covs[k], weights[k]].map(short)].join("_")).join("*");

/** The mixture that a text names, or null: it was checked where it came in.  @param {string} text @returns {Mixture | null} */
export const read = (text) => {
  const rows = text.split("*").map((row) => row.split("_"));
  if (!rows.every(([c, ...x]) => LETTERS.includes(c) && c && x.length === 6 && x.every((n) => n && Number.isFinite(Number(n))))) return null;
  const x = rows.map(([, ...numbers]) => numbers.map(Number));
  return {
    means: x.map((n) => n.slice(0, 2)),
    covs: x.map((n) => n.slice(2, 5)),
    weights: x.map((n) => n[5]),
    labels: rows.map(([c]) => LETTERS.indexOf(c)),
  };
};

/** Whether a text is a mixture within the bounds.  @param {string} text */
export const fits = (text) => {
  const {mean, sd, weight, components, classes} = BOUNDS, mixture = read(text), hair = 1e-3; // what four decimals may change
  const within = (x, /** @type {number[]} */ [low, high]) => x >= low && x <= high;
  return Boolean(mixture) && mixture.labels.length <= components && new Set(mixture.labels).size === classes
    && mixture.means.flat().every((x) => Math.abs(x) <= mean) && mixture.weights.every((x) => within(x, weight))
    && mixture.covs.every((cov) => {
      const {a, b} = ellipse(cov);
      return cov[0] * cov[2] > cov[1] ** 2 && [a, b].every((x) => within(x, [sd[0] - hair, sd[1] + hair]));
    });
};
