// Arrows and heat maps of "Score field", and the particle in them.
import {predict} from "./mixture.js";
import {Walker} from "./walk.js";

/** eps (or the score, -eps / sigma) of class c and of all at level i: points [n, xy] -> two [n, xy] at `to`. */
function pair(mixture, levels, i, c, arrows, points, cond, uncond, to) {
  const n = points.length / 2, a = levels.alphas[i], s = levels.sigmas[i], unit = arrows === "eps" ? s : -s * s;
  for (const [k, out] of [[0, cond], [-1, uncond]]) {
    const x = out.subarray(to, to + 2 * n);
    predict(mixture, levels, i, c, k, points, x, n);
    for (let p = 0; p < 2 * n; p++) x[p] = (points[p] - a * x[p]) / unit;
  }
}

/** cond, uncond, diff, base and push at these points and all levels: each [lam, n, xy]. */
function vectors(mixture, levels, strength, c, arrows, points) {
  const n = points.length, size = strength.lam.length * n;
  const [cond, uncond, diff, base, push] = Array.from({length: 5}, () => new Float64Array(size));
  for (let i = 0; i < strength.lam.length; i++) pair(mixture, levels, i, c, arrows, points, cond, uncond, i * n);
  for (let i = 0; i < size; i++) {
    const level = (i / n) | 0;
    diff[i] = cond[i] - uncond[i];
    base[i] = cond[i] + strength.a[level] * diff[i];
    push[i] = strength.b[level] * diff[i];
  }
  return {cond, uncond, diff, base, push};
}

/** @param {import("./mixture.js").Mixture} mixture @param {import("./engine.js").Strength} strength */
export function* fieldArrays(mixture, strength, c, arrows, at, line) {
  const levels = mixture.levels(strength.alpha, strength.sigma), n = line.length, L = levels.numbers;
  const out = vectors(mixture, levels, strength, c, arrows, at), row = new Float64Array(mixture.classes);
  const log = new Float64Array(strength.lam.length * n * n), posterior = log.slice();
  let to = 0;
  for (let i = 0; i < strength.lam.length; i++) {
    const o = i * levels.stride, alpha = levels.alphas[i];
    for (let y = 0; y < n; y++) for (let x = 0; x < n; x++, to++) {
      mixture.terms(L, o, line[x], line[y]);
      const top = mixture.sums(L, o, alpha, row);
      posterior[to] = Math.exp(row[c] - mixture.total);
      log[to] = top + mixture.total;
    }
    yield;
  }
  return {...out, log_p: log, posterior};
}

/** Paths of the particle and the fields where it is. @param {import("./mixture.js").Mixture} mixture */
export function particleArrays(mixture, strength, walk, ws, c, arrows, at) {
  const levels = mixture.levels(strength.alpha, strength.sigma), row = new Float64Array(mixture.classes);
  const {base, push} = vectors(mixture, levels, strength, c, arrows, at);
  const prob = Float64Array.from(strength.lam, (_, i) => {
    mixture.terms(levels.numbers, i * levels.stride, at[0], at[1]);
    mixture.logPosterior(levels.numbers, i * levels.stride, levels.alphas[i], row);
    return Math.exp(row[c]);
  });
  const steps = walk ? walk.yields.reduce((n, yields) => n + yields, 0) : 2;
  const trails = new Float64Array(2 * steps * ws.length);
  for (let i = 0; i < trails.length; i++) trails[i] = at[i % 2];
  if (walk) {
    const walker = new Walker(mixture, walk, 1), end = new Float64Array(2);
    ws.forEach((w, trail) => walker.run(c, w, at, 0, () => at, end, 0, (i, z) => trails.set(z, 2 * (trail * steps + i))));
  }
  return {base, push, prob, trails, steps};
}
