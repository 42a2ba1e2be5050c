// Guided sampling: the rows of a table, walked. Each row says where its evaluation lies, as a sum over the point of the
// last step, the x^ of the rows before and one noise (cfg_core/tables.py).
import {predict} from "./mixture.js";

export class Walker {
  /**
   * @param {import("./mixture.js").Mixture} mixture
   * @param {import("./engine.js").Walk} table
   * @param {number} n points of a class
   */
  constructor(mixture, table, n) {
    this.mixture = mixture;
    this.table = table;
    this.n = n;
    this.levels = mixture.levels(table.alpha, table.sigma); // the same for every w
    this.back = Math.max(1, ...table.on_x.map((list) => list.length));
    this.seen = Array.from({length: this.back}, () => new Float64Array(2 * n)); // x^ of the last rows, in a ring
    this.point = new Float64Array(2 * n);
    this.z = new Float64Array(2 * n);
  }

  /**
   * Samples x^ of class c at w, from start [n, xy] at offset `from`, into out at offset `to`.
   * @param {number} c @param {number} w @param {Float64Array} start @param {number} from
   * @param {(number: number) => Float64Array} noise the noise of a step, [class, point, xy], read at `from` as well
   * @param {Float64Array} out @param {number} to
   * @param {(step: number, z: Float64Array) => void} [each] told of every step's points
   */
  run(c, w, start, from, noise, out, to, each) {
    const {table, n, seen, back, point, z, levels, mixture} = this, rows = table.on_z.length;
    let step = 0;
    z.set(start.subarray(from, from + 2 * n));
    point.set(z);
    for (let j = 0; j < rows; j++) {
      if (j) this.move(j, z, noise, from);
      predict(mixture, levels, j, c, table.a[j] + table.b[j] * w, point, seen[j % back], n);
      if (!table.yields[j]) continue;
      z.set(point);
      if (each) each(step++, z);
    }
    const last = seen[(rows - 1) % back];
    for (let i = 0; i < 2 * n; i += 2) {
      const finite = Number.isFinite(last[i]) && Number.isFinite(last[i + 1]);
      out[to + i] = finite ? last[i] : NaN;
      out[to + i + 1] = finite ? last[i + 1] : NaN;
    }
  }

  /** `point` becomes that of row j. */
  move(j, z, noise, from) {
    const {table, point, seen, back, n} = this, onZ = table.on_z[j], onX = table.on_x[j];
    for (let i = 0; i < 2 * n; i++) point[i] = onZ * z[i];
    for (let b = 0; b < onX.length; b++) {
      const factor = onX[b], x = seen[(j - 1 - b + back) % back];
      if (factor !== 0) for (let i = 0; i < 2 * n; i++) point[i] += factor * x[i];
    }
    if (!table.noise[j]) return;
    const factor = table.on_noise[j], more = noise(table.noise[j]);
    for (let i = 0; i < 2 * n; i++) point[i] += factor * more[from + i];
  }
}
