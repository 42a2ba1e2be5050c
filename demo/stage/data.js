// Sweeps in the browser: decode once, look values up at live coordinates by straight lines between neighbours.
const bytesOf = (base64) => {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); // ten times faster than Uint8Array.from
  return bytes;
};

// the numbers of an array as demo/wire.py sends it: float32, or low + step times a whole number, the largest being NaN
const decode = (a) => {
  if (a.f4 !== undefined) return new Float32Array(bytesOf(a.f4).buffer);
  const bytes = bytesOf(a.u2 ?? a.u1), whole = a.u2 === undefined ? bytes : new Uint16Array(bytes.buffer);
  const none = a.u2 === undefined ? 255 : 65535, out = new Float32Array(whole.length);
  for (let i = 0; i < whole.length; i++) out[i] = whole[i] === none ? NaN : a.low + a.step * whole[i];
  return out;
};

export class Sweep {
  constructor(wire) {
    this.axes = wire.axes || {};
    this.labels = wire.labels || {};
    this.arrays = {};
    this.scratch = new Map();
    for (const [name, a] of Object.entries(wire.arrays || {})) {
      if (a.same) {
        this.arrays[name] = this.arrays[a.same];
        continue;
      }
      const data = a.data ?? decode(a); // computed here, or sent
      const size = a.shape.reduce((p, n) => p * n, 1);
      if (data.length !== size) throw new Error(`array ${name} holds ${data.length} numbers, not ${size}`);
      const live = a.dims.filter((d) => d in this.axes).length;
      this.arrays[name] = {data, dims: a.dims, shape: a.shape, live};
    }
  }

  /**
   * Other arrays for those of these names, {data, dims, shape}. Where the sweep is not `whole`, it is of a part of its
   * axes alone, about the present coordinates: `along` goes on giving the last run that was whole.
   */
  renew({axes = {}, arrays}, whole = true) {
    const name = (axis) => (whole || !(axis in axes) ? axis : `${axis}:now`);
    for (const [axis, values] of Object.entries(axes)) this.axes[name(axis)] = values;
    for (const [key, a] of Object.entries(arrays)) {
      const dims = a.dims.map(name), live = dims.filter((d) => d in this.axes).length, before = this.arrays[key];
      this.arrays[key] = {data: a.data, dims, shape: a.shape, live, whole: whole ? null : before?.whole ?? before};
    }
  }

  // a range of a scene: two numbers, "fit", an array of which two are taken, or from `low` to the top of some arrays
  range(given, at) {
    if (typeof given === "string" && given !== "fit") return Array.from(this.array(given).data.subarray(at, at + 2));
    if (!given.over) return given;
    let top = given.low;
    for (const name of given.over) for (const x of this.along(name)) if (x > top) top = x;
    return [given.low, given.low + 1.08 * (top - given.low) || 1];
  }

  array(name) {
    const a = this.arrays[name];
    if (!a) throw new Error(`the sweep has no array ${name}`);
    return a;
  }

  // index and fraction of a coordinate on an axis; "w:coarse" samples the coordinate w, of "w:near" the nearest value is taken
  locate(axis, coords) {
    const values = this.axes[axis], x = coords[axis.split(":")[0]] ?? values[0];
    if (values.length === 1 || x <= values[0]) return [0, 0];
    const last = values.length - 1;
    if (x >= values[last]) return [last - 1, 1];
    let lo = 0, hi = last;
    while (hi - lo > 1) {
      const mid = (lo + hi) >> 1;
      if (values[mid] <= x) lo = mid; else hi = mid;
    }
    const t = (x - values[lo]) / (values[hi] - values[lo]);
    return [lo, axis.endsWith(":near") ? Math.round(t) : t];
  }

  // the slice of an array at the live coordinates; `pick` fixes leading non-live dims. {data, shape}
  slice(name, coords, pick) {
    const a = this.array(name), shape = a.shape.slice(a.live), dims = a.dims.slice(a.live);
    let size = shape.reduce((p, n) => p * n, 1), offset = 0;
    const block = size;
    while (pick && dims.length && dims[0] in pick) {
      size /= shape[0];
      offset += pick[dims[0]] * size;
      shape.shift();
      dims.shift();
    }
    if (!a.live) return {data: a.data.subarray(offset, offset + size), shape};
    const key = `${name}|${offset}`;
    let out = this.scratch.get(key);
    if (!out || out.length !== size) this.scratch.set(key, (out = new Float32Array(size)));
    this.interpolate(a, 0, 0, 1, block, offset, coords, out.fill(0));
    return {data: out, shape};
  }

  interpolate(a, depth, index, weight, block, offset, coords, out) {
    if (weight === 0) return;
    if (depth === a.live) {
      const start = index * block + offset;
      if (weight === 1) return out.set(a.data.subarray(start, start + out.length));
      for (let i = 0; i < out.length; i++) out[i] += weight * a.data[start + i];
      return;
    }
    const [i, t] = this.locate(a.dims[depth], coords), n = a.shape[depth];
    this.interpolate(a, depth + 1, index * n + i, weight * (1 - t), block, offset, coords, out);
    if (t) this.interpolate(a, depth + 1, index * n + i + 1, weight * t, block, offset, coords, out);
  }

  // a REF of the scene: "name", literal numbers, {array, pick}, or {base, slope, by, pick} = base + coords[by] slope
  ref(ref, coords) {
    if (Array.isArray(ref)) return {data: ref, shape: [ref.length]};
    if (typeof ref === "string") return this.slice(ref, coords);
    if (!ref.slope) return this.slice(ref.array, coords, ref.pick);
    const slope = this.slice(ref.slope, coords, ref.pick), key = `${ref.base}+${ref.slope}|${JSON.stringify(ref.pick)}`;
    const base = ref.base ? this.slice(ref.base, coords, ref.pick) : null, x = coords[ref.by];
    let out = this.scratch.get(key);
    if (!out || out.length !== slope.data.length) this.scratch.set(key, (out = new Float32Array(slope.data.length)));
    for (let i = 0; i < out.length; i++) out[i] = (base ? base.data[i] : 0) + x * slope.data[i];
    return {data: out, shape: slope.shape};
  }

  /** Whether an array is known about the present coordinates alone. */
  partly(ref) { return Boolean(this.array(typeof ref === "string" ? ref : ref.array).whole); }

  // the whole run of a scalar array over its one axis; `pick` chooses among the entries behind the axis
  along(ref) {
    const found = this.array(typeof ref === "string" ? ref : ref.array), a = found.whole ?? found;
    const stride = a.data.length / a.shape[0];
    if (stride === 1) return a.data;
    let offset = 0, size = stride;
    a.dims.slice(1).forEach((dim, i) => {
      size /= a.shape[i + 1];
      offset += (ref.pick?.[dim] ?? 0) * size;
    });
    return a.data.filter((_, i) => i % stride === offset);
  }
}
