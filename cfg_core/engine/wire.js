// What the core sends, decoded, and what the stage takes.

/** Numbers from little-endian base64: float64, or another kind. @param {string} base64 */
export function numbers(base64, Kind = /** @type {any} */ (Float64Array)) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Kind(bytes.buffer);
}

const decoded = (noise) => (typeof noise === "string" ? numbers(noise) : noise);

/**
 * The noises of cfg_core.tables.noise_wire; what is decoded already stays as it is.
 * @param {{points: number, start: any, steps: Record<string, any>}} wire
 * @returns {import("./engine.js").Noise}
 */
export const noiseFrom = ({points, start, steps}) =>
  ({points, start: decoded(start), steps: Object.fromEntries(Object.entries(steps).map(([i, noise]) => [i, decoded(noise)]))});

const MOST = 3.4028234663852886e38; // in float32

/** The sweep with float32 arrays, as the stage draws them; what is too large for them is as large as they go. */
export function single(sweep) {
  const arrays = {};
  for (const [name, array] of Object.entries(sweep.arrays)) {
    const data = new Float32Array(array.data.length);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(MOST, Math.max(-MOST, array.data[i])); // NaN stays
    arrays[name] = {...array, data};
  }
  return {...sweep, arrays};
}
