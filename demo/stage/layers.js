// Layers on a canvas. Each is a function (view, layer, coords): view maps data to pixels and knows colours and the sweep.
import {contourSegments} from "./contour.js";
import {pictures, twins} from "./pictures.js";

const hex = (color) => {
  if (color[0] !== "#") return color.match(/[\d.]+/g).map(Number).slice(0, 3);
  const n = parseInt(color.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
};

/** How a panel's data become pixels: its box on the canvas, its ranges, its sweep and its colours. */
export class View {
  font = "12px sans-serif";
  again = () => {}; // paint once more: something has come

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {{x: number, y: number, w: number, h: number}} box
   * @param {number[]} x
   * @param {number[]} y
   * @param {import("./data.js").Sweep} sweep
   * @param {(name: string) => string} palette
   */
  constructor(ctx, box, x, y, sweep, palette) {
    this.ctx = ctx;
    this.box = box;
    this.x = x;
    this.y = y;
    this.sweep = sweep;
    this.palette = palette;
    this.kx = box.w / (x[1] - x[0]);
    this.ky = box.h / (y[1] - y[0]);
  }
  px(x) { return this.box.x + (x - this.x[0]) * this.kx; }
  py(y) { return this.box.y + this.box.h - (y - this.y[0]) * this.ky; }
  color(name) { return this.palette(name); }
  classColor(i) { return this.palette(this.sweep.labels.class?.[i] ?? "guided"); }
}

// ---- heat maps -------------------------------------------------------------------------------------------
const sheets = new WeakMap(); // layer -> offscreen canvas
const sheet = (layer, n, m) => {
  let s = sheets.get(layer);
  if (!s || s.canvas.width !== m || s.canvas.height !== n) {
    const canvas = Object.assign(document.createElement("canvas"), {width: m, height: n});
    const ctx = canvas.getContext("2d");
    sheets.set(layer, (s = {canvas, ctx, image: ctx.createImageData(m, n)}));
  }
  return s;
};

// colour maps: t in [0, 1] -> writes r, g, b, a
const mapOf = (view, layer) => {
  const name = layer.map || "density";
  if (name === "paper") {
    const a = hex(view.color("paper")), b = hex(view.color("ink"));
    return (t, p, i) => {
      const k = Math.pow(t, 0.6);
      for (let j = 0; j < 3; j++) p[i + j] = a[j] + (b[j] - a[j]) * k;
      p[i + 3] = 255;
    };
  }
  if (name === "diverging") {
    const a = hex(view.color("uncond")), b = hex(view.color("guided"));
    return (t, p, i) => {
      const c = t < 0.5 ? a : b;
      for (let j = 0; j < 3; j++) p[i + j] = c[j];
      p[i + 3] = 510 * Math.abs(t - 0.5);
    };
  }
  const c = hex(view.color(name.startsWith("class:") ? name.slice(6) : "density"));
  return (t, p, i) => {
    for (let j = 0; j < 3; j++) p[i + j] = c[j];
    p[i + 3] = 235 * t;
  };
};

const symmetric = (top) => [-top, top]; // two maps that name the same number share their colours

const heat = (view, layer, coords) => {
  const {ctx} = view, source = view.sweep.ref(layer.rgb || layer.z, coords);
  const [n, m] = source.shape.slice(-2), s = sheet(layer, n, m), p = s.image.data, z = source.data;
  if (layer.rgb) {
    const colors = Array.from({length: source.shape[0]}, (_, k) => hex(view.classColor(k)));
    for (let r = 0; r < n; r++) for (let q = 0; q < m; q++) {
      const from = r * m + q, to = 4 * ((n - 1 - r) * m + q);
      for (let j = 0; j < 3; j++) {
        let v = 0;
        for (let k = 0; k < colors.length; k++) v += z[k * n * m + from] * colors[k][j];
        p[to + j] = v;
      }
      p[to + 3] = 255;
    }
  } else {
    const paint = mapOf(view, layer);
    let top = -Infinity;
    if (layer.relative === "max") for (let i = 0; i < z.length; i++) if (z[i] > top) top = z[i];
    const [lo, hi] = layer.symmetric ? symmetric(view.sweep.ref(layer.symmetric, coords).data[0]) : layer.range || [0, 1];
    for (let r = 0; r < n; r++) for (let q = 0; q < m; q++) {
      const v = z[r * m + q], t = layer.relative === "max" ? Math.exp(v - top) : (v - lo) / (hi - lo);
      const at = 4 * ((n - 1 - r) * m + q);
      if (Number.isNaN(t)) p[at + 3] = 0; // no number: nothing is painted
      else paint(Math.min(1, Math.max(0, t)), p, at);
    }
  }
  s.ctx.putImageData(s.image, 0, 0);
  const [x0, x1, y0, y1] = view.sweep.ref(layer.extent, coords).data;
  ctx.globalAlpha = layer.opacity ?? 1;
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(s.canvas, view.px(x0), view.py(y1), (x1 - x0) * view.kx, (y1 - y0) * view.ky);
};

// ---- contours ----------------------------------------------------------------------------------------------------
const contour = (view, layer, coords) => {
  const {ctx} = view, {data: z, shape: [n, m]} = view.sweep.ref(layer.z, coords);
  const [x0, x1, y0, y1] = view.sweep.ref(layer.extent, coords).data, dx = (x1 - x0) / m, dy = (y1 - y0) / n;
  let top = 0;
  if (layer.relative === "max") {
    top = -Infinity;
    for (let i = 0; i < z.length; i++) if (z[i] > top) top = z[i];
  }
  ctx.strokeStyle = view.color(layer.color);
  ctx.lineWidth = layer.width || 1.4;
  ctx.setLineDash(layer.dash || []);
  ctx.beginPath();
  /** @param {number[]} at */
  const at = ([q, r]) => [view.px(x0 + (q + 0.5) * dx), view.py(y0 + (r + 0.5) * dy)];
  for (const level of layer.levels)
    contourSegments(z, n, m, level + top, (a, b) => { ctx.moveTo(...at(a)); ctx.lineTo(...at(b)); });
  ctx.stroke();
  ctx.setLineDash([]);
};

// ---- points, arrows, lines --------------------------------------------------------------------------------
/** The outline of a class's mark, added to the path: each has a shape of its own, of the same area. */
const marks = {
  A: (ctx, x, y, r) => { ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, 6.2832); },
  B: (ctx, x, y, r) => ctx.rect(x - 0.886 * r, y - 0.886 * r, 1.772 * r, 1.772 * r),
  C: (ctx, x, y, r) => {
    ctx.moveTo(x, y - 1.555 * r);
    ctx.lineTo(x + 1.347 * r, y + 0.777 * r);
    ctx.lineTo(x - 1.347 * r, y + 0.777 * r);
    ctx.closePath();
  },
};

const points = (view, layer, coords) => {
  const {ctx, sweep} = view, moves = layer.moving && coords.time < 1 && layer.moving in sweep.arrays;
  if (layer.fixed && !moves && sweep.partly(layer.xy)) return; // what it is elsewhere is not known yet
  const {data, shape} = sweep.ref(moves ? layer.moving : layer.xy, {...coords, ...layer.fixed});
  const groups = shape.length === 3 ? shape[0] : 1, n = shape[shape.length - 2], size = layer.size || 2;
  ctx.globalAlpha = layer.opacity ?? 1;
  for (let g = 0; g < groups; g++) {
    ctx.fillStyle = groups > 1 || (shape.length === 3 && !layer.color) ? view.classColor(g) : view.color(layer.color || "ink");
    const name = groups > 1 || !layer.color ? view.sweep.labels.class?.[g] : layer.color, mark = marks[name] ?? marks.A;
    ctx.beginPath();
    for (let i = g * n; i < (g + 1) * n; i++) {
      const x = view.px(data[2 * i]), y = view.py(data[2 * i + 1]);
      if (!Number.isFinite(x + y)) continue; // one that diverged is nowhere
      mark(ctx, x, y, size);
    }
    ctx.fill();
  }
};

// the way of each point as a coordinate turns from 0 to here
const trails = (view, layer, coords) => {
  const {ctx, sweep} = view;
  if (sweep.partly(layer.xy)) return; // the other values are on their way
  const {data, shape: [, classes, n]} = sweep.array(layer.xy), values = sweep.axes[layer.by], here = coords[layer.by];
  const [low, high] = [Math.min(0, here), Math.max(0, here)], last = sweep.ref(layer.xy, coords).data;
  const along = values.flatMap((x, i) => (x >= low && x <= high ? [i] : []));
  if (here < 0) along.reverse();
  ctx.lineWidth = 0.8;
  ctx.globalAlpha = 0.45;
  for (let c = 0; c < classes; c++) {
    ctx.strokeStyle = view.classColor(c);
    ctx.beginPath();
    for (let i = c * n; i < (c + 1) * n; i++) {
      const way = Float32Array.from([...along.flatMap((j) => { const at = 2 * (j * classes * n + i); return [data[at], data[at + 1]]; }), last[2 * i], last[2 * i + 1]]);
      polyline(view, way, way.length / 2);
    }
    ctx.stroke();
  }
};

const arrowTo = (ctx, x, y, dx, dy, head) => {
  const length = Math.hypot(dx, dy);
  if (!(length >= 0.5)) return; // as NaN is not
  const ux = dx / length, uy = dy / length, h = Math.min(head, 0.6 * length);
  ctx.moveTo(x, y);
  ctx.lineTo(x + dx, y + dy);
  ctx.moveTo(x + dx - h * (ux - 0.55 * uy), y + dy - h * (uy + 0.55 * ux));
  ctx.lineTo(x + dx, y + dy);
  ctx.lineTo(x + dx - h * (ux + 0.55 * uy), y + dy - h * (uy - 0.55 * ux));
};

// scale "auto": lengths grow with the arrow but level off at 1.5 grid spacings, so that they never tangle
const arrows = (view, layer, coords) => {
  const {ctx} = view, at = view.sweep.ref(layer.xy, coords).data, uv = view.sweep.ref(layer.uv, coords).data;
  const n = at.length / 2, auto = layer.scale === "auto", unit = layer.unit || 1;
  const spacing = auto ? (view.x[1] - view.x[0]) / Math.sqrt(n) : 1;
  ctx.strokeStyle = view.color(layer.color);
  ctx.lineWidth = layer.width || 1.4;
  ctx.globalAlpha = layer.opacity ?? 0.95;
  ctx.beginPath();
  for (let i = 0; i < n; i++) {
    const u = uv[2 * i], v = uv[2 * i + 1];
    const k = auto ? (1.5 * spacing) / (Math.hypot(u, v) + unit) : layer.scale || 1;
    arrowTo(ctx, view.px(at[2 * i]), view.py(at[2 * i + 1]), k * u * view.kx, -k * v * view.ky, 5);
  }
  ctx.stroke();
};

const polyline = (view, data, k, start = 0) => {
  let on = false; // a vertex that is no number leaves a gap
  for (let i = 0; i < k; i++) {
    const x = view.px(data[start + 2 * i]), y = view.py(data[start + 2 * i + 1]);
    if (!Number.isFinite(x + y)) on = false;
    else if (on) view.ctx.lineTo(x, y);
    else {
      view.ctx.moveTo(x, y);
      on = true;
    }
  }
};

const stroke = (view, layer) => {
  view.ctx.strokeStyle = view.color(layer.color || "ink");
  view.ctx.lineWidth = layer.width || 2;
  view.ctx.lineJoin = view.ctx.lineCap = "round";
  view.ctx.setLineDash(layer.dash || []);
  view.ctx.stroke();
  view.ctx.setLineDash([]);
};

const path = (view, layer, coords) => {
  const {data, shape} = view.sweep.ref(layer.xy, coords), k = shape[shape.length - 2];
  view.ctx.beginPath();
  for (let s = 0; s < data.length; s += 2 * k) polyline(view, data, k, s);
  if (layer.fill) { // the area that it closes, at this opacity: bars, histograms
    view.ctx.fillStyle = view.color(layer.color);
    view.ctx.globalAlpha = layer.fill;
    view.ctx.fill();
    view.ctx.globalAlpha = 1;
  }
  stroke(view, layer);
  if (layer.ends === false) return; // no disc at its end
  view.ctx.fillStyle = view.color(layer.color);
  for (let s = 2 * k; s <= data.length; s += 2 * k) {
    disc(view, data[s - 2], data[s - 1], 3.5);
    if (layer.label) text(view, layer.label, view.px(data[s - 2]) + 7, view.py(data[s - 1]), layer.color);
  }
};

const curve = (view, layer) => {
  const x = view.sweep.along(layer.x), y = view.sweep.along(layer.y);
  if (view.sweep.partly(layer.y)) view.ctx.globalAlpha = 0.3; // of what was before: the new run is on its way
  const both = new Float32Array(2 * x.length);
  for (let i = 0; i < x.length; i++) both.set([x[i], y[i]], 2 * i);
  view.ctx.beginPath();
  polyline(view, both, x.length);
  stroke(view, layer);
};

const disc = (view, x, y, size) => {
  if (!Number.isFinite(x + y)) return;
  view.ctx.beginPath();
  view.ctx.arc(view.px(x), view.py(y), size, 0, 6.2832);
  view.ctx.fill();
};

const dot = (view, layer, coords) => {
  view.ctx.fillStyle = view.color(layer.color || "ink");
  disc(view, view.sweep.ref(layer.x, coords).data[0], view.sweep.ref(layer.y, coords).data[0], layer.size || 5);
};

const marker = (view, layer, coords) => {
  const {data} = view.sweep.ref(layer.xy, coords), {ctx} = view;
  ctx.strokeStyle = view.color("paper");
  ctx.fillStyle = view.color(layer.color || "ink");
  ctx.lineWidth = 2;
  disc(view, data[0], data[1], 6);
  ctx.stroke();
  if (layer.label) text(view, layer.label, view.px(data[0]) + 9, view.py(data[1]) - 8, "ink");
};

// a circle round `xy` of radius `r`, both references; in a panel marked "drags" the pointer moves it
const circle = (view, layer, coords) => {
  const [x, y] = view.sweep.ref(layer.xy, coords).data, {ctx} = view, r = view.sweep.ref(layer.r, coords).data[0];
  ctx.beginPath();
  ctx.arc(view.px(x), view.py(y), r * view.kx, 0, 6.2832);
  stroke(view, layer);
  const top = [view.px(x), view.py(y + r)], k = 5; // an arrow head: which way round
  ctx.beginPath();
  ctx.moveTo(top[0] + k, top[1] - k);
  ctx.lineTo(top[0] - k / 2, top[1]);
  ctx.lineTo(top[0] + k, top[1] + k);
  stroke(view, layer);
  ctx.fillStyle = view.color(layer.color || "ink");
  disc(view, x, y, 2.5);
};

// words at (x, y), moved where they would be cut off at the panel's edge
const text = (view, label, x, y, color, align = "left") => {
  const {ctx, box} = view;
  ctx.font = view.font;
  const wide = ctx.measureText(label).width + 2, before = align === "left" ? 0 : align === "right" ? wide : wide / 2;
  x = Math.max(box.x + before, Math.min(box.x + box.w - wide + before, x));
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.strokeStyle = view.color("paper");
  ctx.strokeText(label, x, y);
  ctx.fillStyle = view.color(color);
  ctx.fillText(label, x, y);
};

// arrows tip to tail from `at`, and their sum
const chain = (view, layer, coords) => {
  const {ctx} = view, at = view.sweep.ref(layer.at, coords).data;
  const labels = [];
  const one = (x, y, u, v, {color, label}, side) => {
    ctx.strokeStyle = view.color(color);
    ctx.lineWidth = 3;
    ctx.beginPath();
    arrowTo(ctx, view.px(x), view.py(y), u * view.kx, -v * view.ky, 11);
    ctx.stroke();
    labels.push([label, view.px(x + u / 2) + 10 * side, view.py(y + v / 2), color, side > 0 ? "left" : "right"]);
  };
  let [x, y] = at;
  const ends = layer.vectors.map((vector) => view.sweep.ref(vector.uv, coords).data);
  const sum = ends.reduce(([a, b], [u, v]) => [a + u, b + v], [0, 0]);
  const side = sum[0] * ends[0][1] - sum[1] * ends[0][0] > 0 === sum[1] > 0 ? -1 : 1; // labels outside the triangle
  for (const vector of layer.vectors) {
    const [u, v] = view.sweep.ref(vector.uv, coords).data;
    one(x, y, u, v, vector, side);
    x += u;
    y += v;
  }
  if (layer.sum) one(at[0], at[1], x - at[0], y - at[1], layer.sum, -side);
  for (const label of labels) text(view, ...label);
  ctx.fillStyle = view.color("ink");
  disc(view, at[0], at[1], 4);
};

// the square that holds a chain with some air: [x range, y range]
export const chainBox = (layer, coords, sweep) => {
  let [x, y] = sweep.ref(layer.at, coords).data;
  const xs = [x], ys = [y];
  for (const vector of layer.vectors) {
    const [u, v] = sweep.ref(vector.uv, coords).data;
    xs.push((x += u));
    ys.push((y += v));
  }
  const low = [Math.min(...xs), Math.min(...ys)], high = [Math.max(...xs), Math.max(...ys)];
  const half = Math.max(1e-6, 0.75 * Math.max(high[0] - low[0], high[1] - low[1]));
  return [0, 1].map((i) => [(low[i] + high[i]) / 2 - half, (low[i] + high[i]) / 2 + half]);
};

/** Each kind of layer's function. */
export const layers = {heat, contour, points, trails, arrows, path, curve, dot, marker, chain, circle, pictures, twins};
