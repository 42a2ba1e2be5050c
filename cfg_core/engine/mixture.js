// A Gaussian mixture in the plane and what is exact of it at a noise level; cfg_core/mixture.py has the formulas.
import {LEAST, exp} from "./exp.js";

export const FAR = 1e4; // a log-density below -FAR is too large a number for its difference to another: see ratios
const FAINT = -20; // a class's largest log share, below which what `exp` leaves out would be felt
const LOG_2PI = Math.log(2 * Math.PI);

// one component at one level: alpha mean, rotation, 1 / variances, log factor, x^ = mean + gain y, mean
const STRIDE = 11, AX = 0, AY = 1, COS = 2, SIN = 3, I1 = 4, I2 = 5, CONST = 6, G1 = 7, G2 = 8, MX = 9, MY = 10;

/** Variances along the axes of [[xx, xy], [xy, yy]], and the angle of the first axis as (cos, sin). */
function principal([xx, xy, yy]) {
  if (xy === 0) return [xx, yy, 1, 0];
  const turn = 0.5 * Math.atan2(2 * xy, xx - yy), large = 0.5 * (xx + yy + Math.hypot(xx - yy, 2 * xy));
  return [large, (xx * yy - xy * xy) / large, Math.cos(turn), Math.sin(turn)];
}

export class Mixture {
  /** @param {import("./engine.js").Mixture} given */
  constructor({means, covs, weights, labels}) {
    const size = labels.length;
    if (!size || [means, covs, weights].some((list) => list.length !== size))
      throw new Error("means, covs, weights and labels must be as many as there are components");
    if (![...means, ...covs, weights].every((list) => Array.from(list).every(Number.isFinite)))
      throw new Error("means, covs and weights must be finite");
    if (!weights.every((weight) => weight > 0)) throw new Error("weights must be > 0");
    this.size = size;
    this.classes = 1 + Math.max(...labels);
    this.means = means;
    this.covs = covs;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.weights = weights.map((weight) => weight / total);
    this.axes = covs.map(principal);
    if (!this.axes.every(([one, two]) => one > 0 && two > 0)) throw new Error("covs must be positive definite");
    this.all = Int32Array.from(labels, (_, k) => k);
    this.belongs = Array.from({length: this.classes}, (_, c) => Uint8Array.from(labels, (label) => Number(label === c)));
    this.members = Array.from({length: this.classes}, (_, c) => this.all.filter((k) => labels[k] === c));
    if (!this.members.every((list) => list.length)) throw new Error("labels must use each of 0 .. C-1");
    this.classWeights = this.members.map((list) => list.reduce((sum, k) => sum + this.weights[k], 0));
    this.log = new Float64Array(size); // log weight_k + log p(z|k), of the point that is looked at
    this.share = new Float64Array(size);
    this.total = 0;
    this.y1 = new Float64Array(size); // the point from the component's mean, along its axes
    this.y2 = new Float64Array(size);
  }

  /** Numbers of all components at each noise level: alphas, sigmas [n] -> [n, K, STRIDE], to be read at `at(i)`. */
  levels(alphas, sigmas) {
    const out = new Float64Array(alphas.length * this.size * STRIDE);
    for (let i = 0; i < alphas.length; i++) for (let k = 0; k < this.size; k++) {
      const a = alphas[i], s = sigmas[i], [one, two, cos, sin] = this.axes[k], [mx, my] = this.means[k];
      const v1 = a * a * one + s * s, v2 = a * a * two + s * s, factor = Math.log(v1) + Math.log(v2);
      const o = (i * this.size + k) * STRIDE;
      out.set([a * mx, a * my, cos, sin, 1 / v1, 1 / v2, Math.log(this.weights[k]) - 0.5 * (factor + 2 * LOG_2PI),
        (a * one) / v1, (a * two) / v2, mx, my], o);
    }
    return {numbers: out, alphas, sigmas, stride: this.size * STRIDE};
  }

  /** `log`, `y1` and `y2` of one point. */
  terms(L, o, zx, zy) {
    const {size, log, y1, y2} = this;
    for (let k = 0; k < size; k++, o += STRIDE) {
      const x = zx - L[o + AX], y = zy - L[o + AY];
      const p = L[o + COS] * x + L[o + SIN] * y, q = L[o + COS] * y - L[o + SIN] * x;
      y1[k] = p;
      y2[k] = q;
      log[k] = L[o + CONST] - 0.5 * (p * p * L[o + I1] + q * q * L[o + I2]);
    }
  }

  /** `share`: log of each of these components less that of the likeliest; returns that. After `terms`. */
  ratios(L, o, alpha, list) {
    const {log, share} = this, n = list.length;
    let top = -Infinity, r = list[0];
    for (let j = 0; j < n; j++) if (log[list[j]] > top) top = log[(r = list[j])];
    if (top >= -FAR) for (let j = 0; j < n; j++) share[list[j]] = log[list[j]] - top;
    else this.farRatios(L, o, alpha, list, r);
    return top;
  }

  /** Far out, where logs are large: y_k·h_k - y_r·h_r = alpha (mu_r - mu_k)·(h_k + h_r) + alpha² h_k·(S_r - S_k) h_r. */
  farRatios(L, o, alpha, list, r) {
    const {share, means, covs} = this, [rx, ry] = this.h(L, o, r);
    let most = -Infinity;
    for (const k of list) {
      const [hx, hy] = this.h(L, o, k), at = o + k * STRIDE;
      let square = alpha * ((means[r][0] - means[k][0]) * (hx + rx) + (means[r][1] - means[k][1]) * (hy + ry));
      const xx = covs[r][0] - covs[k][0], xy = covs[r][1] - covs[k][1], yy = covs[r][2] - covs[k][2];
      if (xx || xy || yy) square += alpha * alpha * (hx * (xx * rx + xy * ry) + hy * (xy * rx + yy * ry));
      share[k] = L[at + CONST] - L[o + r * STRIDE + CONST] - 0.5 * square;
      if (share[k] > most) most = share[k];
    }
    for (const k of list) share[k] -= most;
  }

  /** Minus the score of component k. After `terms`. */
  h(L, o, k) {
    const at = o + k * STRIDE, p = this.y1[k] * L[at + I1], q = this.y2[k] * L[at + I2];
    return [L[at + COS] * p - L[at + SIN] * q, L[at + SIN] * p + L[at + COS] * q];
  }

  /** h of these components together and its divergence, sum of p(k|z) (tr V_k^-1 - |h_k - h|²), into out. After `terms`. */
  average(L, o, alpha, list, out) {
    const {share, y1, y2} = this, n = list.length;
    if (n > 1) this.ratios(L, o, alpha, list);
    let sum = 0, hx = 0, hy = 0, rest = 0;
    for (let j = 0; j < n; j++) { // sum of p (tr V^-1 - |h_k|²) + |h|² would cancel far out: two passes
      const k = list[j], at = o + k * STRIDE, p = n > 1 ? exp(share[k]) : 1, u = y1[k] * L[at + I1], v = y2[k] * L[at + I2];
      share[k] = p;
      sum += p;
      hx += p * (L[at + COS] * u - L[at + SIN] * v);
      hy += p * (L[at + SIN] * u + L[at + COS] * v);
    }
    hx /= sum;
    hy /= sum;
    for (let j = 0; j < n; j++) {
      const k = list[j], at = o + k * STRIDE, u = y1[k] * L[at + I1], v = y2[k] * L[at + I2];
      const x = L[at + COS] * u - L[at + SIN] * v - hx, y = L[at + SIN] * u + L[at + COS] * v - hy;
      rest += share[k] * (L[at + I1] + L[at + I2] - x * x - y * y);
    }
    out[0] = hx;
    out[1] = hy;
    out[2] = rest / sum;
  }

  /**
   * log p(z, c) of every class less the largest component's log, which is returned, into out; `total`: the log of their
   * sum, less the same. After `terms`.
   */
  sums(L, o, alpha, out) {
    const top = this.ratios(L, o, alpha, this.all), {share, classes, members} = this;
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const list = members[c], n = list.length;
      let most = share[list[0]], sum = 0;
      for (let j = 1; j < n; j++) if (share[list[j]] > most) most = share[list[j]];
      if (n > 1) for (let j = 0; j < n; j++) sum += exp(share[list[j]] - most);
      out[c] = n > 1 ? most + Math.log(sum) : most;
      total += out[c] <= 0 ? exp(out[c]) : Math.exp(out[c]);
    }
    this.total = Math.log(total);
    return top;
  }

  /** log p(c|z) of every class into out. After `terms`. */
  logPosterior(L, o, alpha, out) {
    this.sums(L, o, alpha, out);
    for (let c = 0; c < this.classes; c++) out[c] -= this.total;
  }
}

/**
 * The guided clean points x^_c + k (x^_c - x^_u) of class c at level i: points [n, xy] -> out [n, xy]. x^_c and x^_u
 * are the means of p(x|z, c) and p(x|z), summed over components as mean + gain y, which cancels nowhere.
 */
export function predict(mixture, levels, i, c, k, points, out, n) {
  const {size, log, share, y1, y2, all} = mixture, L = levels.numbers, o = i * levels.stride, alpha = levels.alphas[i];
  const own = mixture.members[c], mine = mixture.belongs[c], lone = own.length === 1;
  for (let p = 0; p < 2 * n; p += 2) {
    const zx = points[p], zy = points[p + 1];
    let top = -Infinity;
    for (let j = 0, at = o; j < size; j++, at += STRIDE) { // as `terms`, in place: this is where the time goes
      const x = zx - L[at + AX], y = zy - L[at + AY], cos = L[at + COS], sin = L[at + SIN];
      const u = cos * x + sin * y, v = cos * y - sin * x;
      const here = L[at + CONST] - 0.5 * (u * u * L[at + I1] + v * v * L[at + I2]);
      y1[j] = u;
      y2[j] = v;
      log[j] = here;
      if (here > top) top = here;
    }
    const near = top >= -FAR;
    if (!near) mixture.ratios(L, o, alpha, all);
    let ux = 0, uy = 0, sum = 0, cx = 0, cy = 0, part = 0, most = -Infinity;
    for (let j = 0, at = o; j < size; j++, at += STRIDE) {
      const ratio = near ? log[j] - top : share[j], belongs = mine[j];
      if (ratio < LEAST && !(lone && belongs)) continue;
      const q1 = L[at + G1] * y1[j], q2 = L[at + G2] * y2[j], cos = L[at + COS], sin = L[at + SIN];
      const x = L[at + MX] + cos * q1 - sin * q2, y = L[at + MY] + sin * q1 + cos * q2, e = exp(ratio), f = lone ? 1 : e;
      sum += e;
      ux += e * x;
      uy += e * y;
      if (!belongs) continue;
      part += f;
      cx += f * x;
      cy += f * y;
      if (ratio > most) most = ratio;
    }
    if (!lone && !(most > FAINT)) { // the class is all but impossible here: shares among its own
      mixture.ratios(L, o, alpha, own);
      cx = cy = part = 0;
      for (let member = 0; member < own.length; member++) {
        const j = own[member], at = o + j * STRIDE, e = exp(share[j]), cos = L[at + COS], sin = L[at + SIN];
        const q1 = L[at + G1] * y1[j], q2 = L[at + G2] * y2[j];
        part += e;
        cx += e * (L[at + MX] + cos * q1 - sin * q2);
        cy += e * (L[at + MY] + sin * q1 + cos * q2);
      }
    }
    cx /= part;
    cy /= part;
    out[p] = cx + k * (cx - ux / sum);
    out[p + 1] = cy + k * (cy - uy / sum);
  }
}
