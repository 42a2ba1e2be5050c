// What a pointer and the keys do on a stage's pictures: values under it, a place that is chosen, a point that is dragged.
import {number} from "./format.js";

export class Pointer {
  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** @param {import("./types.js").Drawn} panel */
  watch(panel) {
    const {canvas, spec} = panel;
    canvas.addEventListener("pointermove", (e) => this.hover(panel, e));
    canvas.addEventListener("pointerleave", () => (this.stage.tip.hidden = true));
    canvas.addEventListener("click", (e) => this.click(panel, e));
    canvas.addEventListener("pointerdown", (e) => this.drag(panel, e));
    if (spec.picks) {
      canvas.tabIndex = 0;
      canvas.addEventListener("keydown", (e) => this.turn(panel, e));
    }
    if (!spec.clickable) return;
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (e) => this.point(panel, e));
    canvas.addEventListener("blur", () => { panel.cursor = null; this.stage.paintSoon(); });
  }

  where(panel, event) {
    const {view} = panel, at = panel.canvas.getBoundingClientRect();
    if (!view) return null;
    const x = view.x[0] + (event.clientX - at.left - view.box.x) / view.kx;
    const y = view.y[1] - (event.clientY - at.top - view.box.y) / view.ky;
    const inside = x >= view.x[0] && x <= view.x[1] && y >= view.y[0] && y <= view.y[1];
    return inside ? {x, y} : null;
  }

  hover(panel, event) {
    const at = panel.spec.bare ? null : this.where(panel, event);
    this.stage.tip.hidden = !at;
    if (!at) return;
    const words = [`(${number(at.x, 3)}, ${number(at.y, 3)})`];
    for (const layer of panel.spec.layers) {
      if (!this.stage.isShown(panel.spec, layer)) continue;
      if (layer.type === "heat" && layer.z) words.push(`${layer.name || (layer.relative === "max" ? "density" : "value")}: ${this.heatAt(layer, at)}`);
      if (layer.type === "points") words.push(this.nearest(layer, at, panel.view));
    }
    this.stage.tip.textContent = words.filter(Boolean).join(" · ");
    const root = this.stage.root.getBoundingClientRect();
    const left = Math.min(event.clientX - root.left + 14, root.width - 230);
    this.stage.tip.style.transform = `translate(${Math.max(0, left)}px, ${event.clientY - root.top + 16}px)`;
  }

  heatAt(layer, at) {
    const {data, shape: [n, m]} = this.stage.sweep.ref(layer.z, this.stage.coords), [x0, x1, y0, y1] = this.stage.sweep.ref(layer.extent, this.stage.coords).data;
    const q = Math.floor(((at.x - x0) / (x1 - x0)) * m), r = Math.floor(((at.y - y0) / (y1 - y0)) * n);
    if (q < 0 || r < 0 || q >= m || r >= n) return "–";
    const v = data[r * m + q];
    return number(layer.relative === "max" ? Math.exp(v) : v, 3);
  }

  nearest(layer, at, view) {
    const {data, shape} = this.stage.sweep.ref(layer.xy, this.stage.coords), n = shape[shape.length - 2];
    let best = 144, index = -1;
    for (let i = 0; i < data.length / 2; i++) {
      const d = ((data[2 * i] - at.x) * view.kx) ** 2 + ((data[2 * i + 1] - at.y) * view.ky) ** 2;
      if (d < best) [best, index] = [d, i];
    }
    if (index < 0) return "";
    return `sample ${index % n + 1} of class ${this.stage.sweep.labels.class?.[Math.floor(index / n)] ?? ""}`;
  }

  // in a panel marked "drags": the array of that name follows the pointer; the click at the end tells the server
  drag(panel, event) {
    if (!panel.spec.drags || event.pointerType === "touch") return; // a finger scrolls the page, a tap moves it
    panel.canvas.setPointerCapture(event.pointerId);
    const centre = this.stage.sweep.array(panel.spec.drags).data, [x, y] = centre;
    const move = (e) => {
      const at = this.where(panel, e);
      if (!at) return;
      panel.dragged = at;
      centre.set([at.x, at.y]);
      this.stage.words.classList.add("stale"); // its numbers are of the place before
      this.stage.paintSoon();
    };
    const stop = () => {
      panel.canvas.removeEventListener("pointermove", move);
      if (Math.hypot(centre[0] - x, centre[1] - y) < 0.006) this.stage.words.classList.remove("stale"); // back where it was
    };
    panel.canvas.addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) panel.canvas.addEventListener(end, stop, {once: true});
  }

  // by the keyboard: arrows move a cross, Enter is a click there
  point(panel, event) {
    const {x, y} = panel.view, by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
    const at = panel.cursor ?? {x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2};
    if (by) {
      const move = (value, range, step) => Math.min(range[1], Math.max(range[0], value + (step * (range[1] - range[0])) / 40));
      panel.cursor = panel.cursor ? {x: move(at.x, x, by[0]), y: move(at.y, y, by[1])} : at;
      this.stage.paintSoon();
    } else if (event.key === "Enter") this.stage.trigger("drop", {...at, w: this.stage.coords.w, lam: this.stage.coords.lam ?? 0});
    else return;
    event.preventDefault();
  }

  // ---- a panel that "picks": the picture at a place of its axis is marked, by a click or by the arrow keys ----------------
  /** @param {import("./types.js").Drawn} panel @param {(place: number, across: number) => number} choose */
  mark({spec}, choose) {
    const {coords, sweep} = this.stage, last = sweep.axes[spec.picks].length - 1, across = spec.x.range[1];
    coords[spec.picks] = Math.max(0, Math.min(last, choose(coords[spec.picks] ?? 0, across)));
    this.stage.paintSoon();
  }

  turn(panel, event) {
    const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (!by || !this.stage.sweep) return;
    event.preventDefault();
    this.mark(panel, (place, across) => place + by[0] + across * by[1]);
  }

  /** @param {import("./types.js").Drawn} panel */
  cross({view, cursor, ctx}) {
    const x = view.px(cursor.x), y = view.py(cursor.y);
    ctx.strokeStyle = this.stage.color("ink");
    ctx.lineWidth = 2;
    ctx.beginPath();
    for (const [u, v] of [[1, 0], [0, 1]]) {
      ctx.moveTo(x - 11 * u, y - 11 * v);
      ctx.lineTo(x + 11 * u, y + 11 * v);
    }
    ctx.stroke();
  }

  click(panel, event) {
    const at = this.where(panel, event) ?? panel.dragged;
    panel.dragged = null;
    if (at && panel.spec.picks) {
      const {y} = panel.view, tall = panel.spec.layers[0].tall ?? 1;
      this.mark(panel, (_, across) => Math.floor((y[1] - at.y) / tall) * across + Math.floor(at.x));
    } else if (at && panel.spec.clickable) this.stage.trigger("drop", {...at, w: this.stage.coords.w, lam: this.stage.coords.lam ?? 0});
  }
}
