// The exact density of what the guided ODE yields: along its path back to noise, by its analytic divergence; the steps
// and the rule's strength on them stand in a table (cfg_core.density.guided_log_density, cfg_core.tables.ode_table).

/** v = dz/dtheta and its divergence at one point of class c: (x, y, divergence) into out. */
function slope(mixture, levels, i, c, k, x, y, out) {
  const L = levels.numbers, o = i * levels.stride, a = levels.alphas[i], s = levels.sigmas[i];
  mixture.terms(L, o, x, y);
  const u = average(mixture, levels, i, mixture.all, MEAN_U), own = average(mixture, levels, i, mixture.members[c], MEAN_C);
  for (let d = 0; d < 2; d++) out[d] = (s * (own[d] + k * (own[d] - u[d])) - s * (d ? y : x)) / a;
  out[2] = (s * (own[2] + k * (own[2] - u[2])) - 2 * s) / a;
}

const MEAN_U = new Float64Array(3), MEAN_C = new Float64Array(3);

/** h of a class or of all, and its divergence, sum of p(k|z) (tr V_k^-1 - |h_k - h|²). After `terms`. */
function average(mixture, levels, i, list, out) {
  const L = levels.numbers, o = i * levels.stride, {share} = mixture;
  mixture.ratios(L, o, levels.alphas[i], list);
  let sum = 0, trace = 0, square = 0;
  out.fill(0);
  for (const k of list) sum += share[k] = Math.exp(share[k]);
  for (const k of list) {
    const p = share[k] / sum, h = mixture.h(L, o, k);
    out[0] += p * h[0];
    out[1] += p * h[1];
    trace += p * mixture.trace(L, o, k);
  }
  for (const k of list) {
    const h = mixture.h(L, o, k);
    square += (share[k] / sum) * ((h[0] - out[0]) ** 2 + (h[1] - out[1]) ** 2);
  }
  out[2] = trace - square;
  return out;
}

export class Flow {
  /** @param {import("./mixture.js").Mixture} mixture @param {import("./engine.js").Ode} table */
  constructor(mixture, table) {
    this.mixture = mixture;
    this.table = table;
    this.levels = mixture.levels(table.alpha.flat(), table.sigma.flat());
    this.strength = table.a.flat().map((a, i) => [a, table.b.flat()[i]]);
    this.k = [1, 2, 3, 4].map(() => new Float64Array(3));
  }

  /** log density at the clean point (x, y) of what class c yields at w. */
  at(c, w, x, y) {
    const {mixture, levels, strength, table, k: [one, two, three, four]} = this, scale = table.alpha_max;
    x *= scale;
    y *= scale;
    let log = 2 * Math.log(scale);
    const go = (stage, px, py, out) => slope(mixture, levels, stage, c, strength[stage][0] + strength[stage][1] * w, px, py, out);
    for (let i = 0; i < table.h.length; i++) {
      const h = table.h[i];
      go(3 * i, x, y, one);
      go(3 * i + 1, x + (h / 2) * one[0], y + (h / 2) * one[1], two);
      go(3 * i + 1, x + (h / 2) * two[0], y + (h / 2) * two[1], three);
      go(3 * i + 2, x + h * three[0], y + h * three[1], four);
      const sum = (d) => (h / 6) * (one[d] + 2 * two[d] + 2 * three[d] + four[d]);
      x += sum(0);
      y += sum(1);
      log += sum(2);
    }
    log -= 0.5 * (x * x + y * y) + Math.log(2 * Math.PI);
    return Number.isFinite(log) ? log : -Infinity;
  }
}
