// The exact density of what the guided ODE yields: along its path back to noise, by its analytic divergence; the steps
// and the rule's strength on them stand in a table (cfg_core.density.guided_log_density, cfg_core.tables.ode_table).

export class Flow {
  /** @param {import("./mixture.js").Mixture} mixture @param {import("./engine.js").Ode} table */
  constructor(mixture, table) {
    this.mixture = mixture;
    this.table = table;
    this.nodes = table.a[0].length;
    const angles = table.theta.flatMap(([t, t_]) => Array.from({length: this.nodes}, (_, j) => t + (t_ - t) * j / (this.nodes - 1)));
    this.levels = mixture.levels(angles.map(Math.cos), angles.map(Math.sin));
    this.strength = [table.a.flat(), table.b.flat()];
    const three = () => new Float64Array(3);
    this.mean = three();
    this.own = three();
    this.k = [three(), three(), three(), three()];
  }

  /** v = dz/dtheta and its divergence at one point of class c and one node: (x, y, divergence) into out. */
  slope(node, c, w, x, y, out) {
    const {mixture, levels, mean, own} = this, L = levels.numbers, o = node * levels.stride;
    const a = levels.alphas[node], s = levels.sigmas[node], k = this.strength[0][node] + this.strength[1][node] * w;
    mixture.terms(L, o, x, y);
    mixture.average(L, o, a, mixture.all, mean);
    mixture.average(L, o, a, mixture.members[c], own);
    out[0] = (s * (own[0] + k * (own[0] - mean[0])) - s * x) / a;
    out[1] = (s * (own[1] + k * (own[1] - mean[1])) - s * y) / a;
    out[2] = (s * (own[2] + k * (own[2] - mean[2])) - 2 * s) / a;
  }

  /** log density at the clean point (x, y) of what class c yields at w: steps are halved until two answers agree. */
  at(c, w, x, y) {
    const {close, floor} = this.table;
    let size = this.nodes - 1, log = this.run(size, c, w, x, y);
    for (let before = Infinity; size > 2 && Math.max(before, log) > floor && !(Math.abs(log - before) <= close);) {
      before = log;
      log = this.run(size /= 2, c, w, x, y);
    }
    return log;
  }

  /** The same in steps of so many nodes, two or more. */
  run(size, c, w, x, y) {
    const {table: {theta}, nodes, levels, k: [one, two, three, four]} = this, scale = levels.alphas[0];
    x *= scale;
    y *= scale;
    let log = 2 * Math.log(scale);
    for (let i = 0; i < theta.length; i++) {
      const h = (theta[i][1] - theta[i][0]) * size / (nodes - 1), end = (i + 1) * nodes - 1;
      for (let node = i * nodes; node < end; node += size) {
        this.slope(node, c, w, x, y, one);
        this.slope(node + size / 2, c, w, x + (h / 2) * one[0], y + (h / 2) * one[1], two);
        this.slope(node + size / 2, c, w, x + (h / 2) * two[0], y + (h / 2) * two[1], three);
        this.slope(node + size, c, w, x + h * three[0], y + h * three[1], four);
        x += (h / 6) * (one[0] + 2 * two[0] + 2 * three[0] + four[0]);
        y += (h / 6) * (one[1] + 2 * two[1] + 2 * three[1] + four[1]);
        log += (h / 6) * (one[2] + 2 * two[2] + 2 * three[2] + four[2]);
      }
    }
    log -= 0.5 * (x * x + y * y) + Math.log(2 * Math.PI);
    return Number.isFinite(log) ? log : -Infinity;
  }
}
