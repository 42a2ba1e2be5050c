// What a panel shows, as rows: one for each number or place that is drawn, at the coordinates that are set.

/** @typedef {{layer: string, of?: string, along?: number, x?: number, y?: number, u?: number, v?: number, value?: number}} Row */
const COLUMNS = ["layer", "of", "along", "x", "y", "u", "v", "value"];

/** The layers whose values stand on a grid. */
const gridded = (sweep, layer, coords) => {
  const {data, shape} = sweep.ref(layer.rgb || layer.z, coords), [n, m] = shape.slice(-2), [x0, x1, y0, y1] = sweep.ref(layer.extent, coords).data;
  return Array.from(data, (value, i) => ({
    of: layer.rgb ? sweep.labels.class?.[Math.floor(i / (n * m))] : layer.color,
    x: x0 + (((i % m) + 0.5) * (x1 - x0)) / m, y: y0 + ((Math.floor((i % (n * m)) / m) + 0.5) * (y1 - y0)) / n, value,
  }));
};
const places = (sweep, layer, coords) => {
  const {data, shape} = sweep.ref(layer.xy, coords), n = shape[shape.length - 2] || 1, groups = data.length / 2 / n;
  const names = layer.type === "points" && groups > 1 ? sweep.labels.class : null;
  return Array.from({length: data.length / 2}, (_, i) => ({
    of: names?.[Math.floor(i / n)] ?? layer.label ?? (groups > 1 ? String(Math.floor(i / n) + 1) : layer.color), x: data[2 * i], y: data[2 * i + 1],
  }));
};
const one = (data) => data[0];

/** Rows of each kind of layer. */
const ROWS = {
  heat: gridded,
  contour: gridded,
  points: places,
  path: places,
  marker: places,
  trails: (sweep, layer) => { // every sample at every value that is known
    const {data, shape: [, classes, n]} = sweep.array(layer.xy), values = sweep.axes[layer.by];
    return Array.from({length: data.length / 2}, (_, i) => ({
      of: sweep.labels.class?.[Math.floor(i / n) % classes], along: values[Math.floor(i / (n * classes))], x: data[2 * i], y: data[2 * i + 1],
    }));
  },
  arrows: (sweep, layer, coords) => {
    const at = sweep.ref(layer.xy, coords).data, uv = sweep.ref(layer.uv, coords).data;
    return Array.from({length: at.length / 2}, (_, i) => ({x: at[2 * i], y: at[2 * i + 1], u: uv[2 * i], v: uv[2 * i + 1]}));
  },
  curve: (sweep, layer) => {
    const [x, y] = [sweep.along(layer.x), sweep.along(layer.y)], name = typeof layer.y === "string" ? layer.y : layer.y.array;
    const axis = sweep.axes[sweep.array(name).dims[0]] ?? [];
    return Array.from(x, (_, i) => ({along: axis[i], x: x[i], y: y[i]}));
  },
  dot: (sweep, layer, coords) => [{x: one(sweep.ref(layer.x, coords).data), y: one(sweep.ref(layer.y, coords).data)}],
  circle: (sweep, layer, coords) => [{...places(sweep, layer, coords)[0], value: one(sweep.ref(layer.r, coords).data)}],
  pictures: (sweep, layer, coords) => Array.from(sweep.ref(layer.tiles, coords).data, (tile, i) => ({
    of: layer.names?.[i] ?? layer.words?.[i], along: i + 1, value: layer.numbers ? sweep.ref(layer.numbers, coords).data[i] : tile,
  })).filter(({value}) => value >= 0),
  chain: (sweep, layer, coords) => layer.vectors.map(({uv, label}) => {
    const [u, v] = sweep.ref(uv, coords).data;
    return {of: label, u, v};
  }),
};

/** @param {import("../stage/data.js").Sweep} sweep @param {any[]} layers those that are shown @returns {Row[]} */
export const rowsOf = (sweep, layers, coords) => layers.flatMap((layer) =>
  ROWS[layer.type](sweep, layer, coords).map((row) => ({layer: layer.name || layer.type, ...row})));

/** @type {(value: any) => string} a number with what float32 knows of it, a text in quotes where it must */
const cell = (value) => {
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "";
  return /[",\n]/.test(value ?? "") ? `"${value.replaceAll('"', '""')}"` : value ?? "";
};

/** Rows as CSV after a line that says where they are from; columns that none of them has are left out. */
export const csv = (rows, about) => {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => row[name] !== undefined)))];
  const known = [...COLUMNS.filter((name) => names.includes(name)), ...names.filter((name) => !COLUMNS.includes(name))];
  return [`# ${about}`, known.join(","), ...rows.map((row) => known.map((name) => cell(row[name])).join(","))].join("\n") + "\n";
};
