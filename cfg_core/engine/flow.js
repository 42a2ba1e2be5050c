// The exact density of what the guided ODE yields: along its path back to noise, by its analytic divergence; the steps
// and the rule's strength on them stand in a table (cfg_core.density.guided_log_density, cfg_core.tables.ode_table).

export class Flow {
  /** @param {import("./mixture.js").Mixture} mixture @param {import("./engine.js").Ode} table */
  constructor(mixture, table) {
    this.mixture = mixture;
    this.table = table;
    this.levels = mixture.levels(table.alpha.flat(), table.sigma.flat());
    this.strength = [table.a.flat(), table.b.flat()];
    const three = () => new Float64Array(3);
    this.mean = three();
    this.own = three();
    this.k = [three(), three(), three(), three()];
  }

  /** v = dz/dtheta and its divergence at one point of class c and one stage: (x, y, divergence) into out. */
  slope(stage, c, w, x, y, out) {
    const {mixture, levels, mean, own} = this, L = levels.numbers, o = stage * levels.stride;
    const a = levels.alphas[stage], s = levels.sigmas[stage], k = this.strength[0][stage] + this.strength[1][stage] * w;
    mixture.terms(L, o, x, y);
    mixture.average(L, o, a, mixture.all, mean);
    mixture.average(L, o, a, mixture.members[c], own);
    out[0] = (s * (own[0] + k * (own[0] - mean[0])) - s * x) / a;
    out[1] = (s * (own[1] + k * (own[1] - mean[1])) - s * y) / a;
    out[2] = (s * (own[2] + k * (own[2] - mean[2])) - 2 * s) / a;
  }

  /** log density at the clean point (x, y) of what class c yields at w. */
  at(c, w, x, y) {
    const {table, k: [one, two, three, four]} = this, scale = table.alpha_max, steps = table.h.length;
    x *= scale;
    y *= scale;
    let log = 2 * Math.log(scale);
    for (let i = 0; i < steps; i++) {
      const h = table.h[i];
      this.slope(3 * i, c, w, x, y, one);
      this.slope(3 * i + 1, c, w, x + (h / 2) * one[0], y + (h / 2) * one[1], two);
      this.slope(3 * i + 1, c, w, x + (h / 2) * two[0], y + (h / 2) * two[1], three);
      this.slope(3 * i + 2, c, w, x + h * three[0], y + h * three[1], four);
      x += (h / 6) * (one[0] + 2 * two[0] + 2 * three[0] + four[0]);
      y += (h / 6) * (one[1] + 2 * two[1] + 2 * three[1] + four[1]);
      log += (h / 6) * (one[2] + 2 * two[2] + 2 * three[2] + four[2]);
    }
    log -= 0.5 * (x * x + y * y) + Math.log(2 * Math.PI);
    return Number.isFinite(log) ? log : -Infinity;
  }
}
