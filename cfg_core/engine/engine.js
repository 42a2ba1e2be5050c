// The engine: exact guidance of a 2-D Gaussian mixture in the reader's browser. No DOM; runs in a worker and in Node.
// What is known of rules and samplers stands in tables that cfg_core/tables.py writes; here they are only walked.

/**
 * @typedef {{means: number[][], covs: number[][], weights: number[], labels: number[]}} Mixture
 *   means [[x, y], ..], covs [[xx, xy, yy], ..], weights > 0 (normalised here), labels 0 .. 2, each class at least once.
 * @typedef {{lam: number[], a: number[], b: number[], yields: number[], on_z: number[], on_x: number[][],
 *   on_noise: number[], noise: number[]}} Walk  a sampler's table with a rule's strength k = a + b w in each row
 *   (one row for each evaluation of eps, two a step for Heun): cfg_core.tables.walk_table.
 * @typedef {{start: Float64Array, steps?: Float64Array[]}} Noise  [class, point, xy] each; `steps` only where the walk
 *   takes noise: cfg_core.tables.noise_wire, decoded by `noiseFrom`.
 * @typedef {{data: Float32Array | Float64Array, dims: string[], shape: number[]}} Named
 * @typedef {{axes: Record<string, number[]>, arrays: Record<string, Named>, labels: Record<string, string[]>,
 *   extent?: number[]}} Sweep  what the stage's Sweep holds, decoded; live axes come first; extent [-h, h, -h, h].
 */

/**
 * "Three Gaussians" at the values ws of w. Axis w. Arrays, as demo/views/gaussians/compute.py names them:
 * samples [w, class, point, xy], outside [w], log_pxc, log_pcx, class_share [class, y, x], prob, own, keep [w, class],
 * own_A .. keep_C [w], prob_mean, own_mean, keep_mean [w], target_prob, target_keep [w].
 * @param {{mixture: Mixture, walk: Walk, noise: Noise, points: number, ws: number[], half?: number, cells?: number}} ask
 *   half: half the side of the window, where it shall not be found from the samples. cells: of the grid, 56.
 * @returns {Sweep}
 */
export function gaussians(ask) { throw new Error(`not yet: ${ask}`); }

/**
 * All samples on their way from noise to data at one w: axis "time" (0 noise .. 1 data, the step's number / steps),
 * arrays cloud [time, class, point, xy] (z of each step; at time 1 the sample, x^), cloud_lam [time].
 * @param {{mixture: Mixture, walk: Walk, noise: Noise, points: number, w: number}} ask
 * @returns {Sweep}
 */
export function cloud(ask) { throw new Error(`not yet: ${ask}`); }

/**
 * "Score field" of class c over the lams of `strength`. Axis lam. Arrays: at [arrow, xy], cond, uncond, diff, base,
 * push [lam, arrow, xy], log_p, posterior [lam, y, x].
 * @param {{mixture: Mixture, strength: {lam: number[], a: number[], b: number[]}, c: number, arrows: "eps" | "score",
 *   cells?: number, side?: number}} ask  strength: cfg_core.tables.strength_table over the lams that are scrubbed.
 * @returns {Sweep}
 */
export function field(ask) { throw new Error(`not yet: ${ask}`); }

/**
 * The particle at (z1, z2): its paths along `walk` (from its lam to the data) for each of ws, and the fields where it
 * is. Axis lam. Arrays: drop [xy], trails [trail, step, xy], point_base, point_push [lam, xy], base_1, base_2, push_1,
 * push_2, point_prob [lam].
 * @param {{mixture: Mixture, strength: {lam: number[], a: number[], b: number[]}, walk: Walk | null, ws: number[],
 *   c: number, arrows: "eps" | "score", z1: number, z2: number}} ask
 * @returns {Sweep}
 */
export function particle(ask) { throw new Error(`not yet: ${ask}`); }

/**
 * What the guided ODE really samples: axis "w:coarse", log_actual [w:coarse, class, y, x] on the window's grid.
 * @param {{mixture: Mixture, ode: object, ws: number[], half: number, cells?: number}} ask
 *   ode: cfg_core.tables.ode_table.
 * @returns {Sweep}
 */
export function actual(ask) { throw new Error(`not yet: ${ask}`); }

// In the page (client.js): const engine = open(workerText);
//   engine.ask("gaussians", {mixture, walk, noise, points, ws, now}, (sweep, whole) => ...)
// calls back with the sweep of `now` alone (whole = false), then with that of all ws (whole = true), arrays Float32Array;
// a newer ask of the same kind drops the older one. engine.ask("field" | "particle" | "cloud" | "actual", ...) likewise,
// once. engine.close() ends the worker.
