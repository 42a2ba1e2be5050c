// The stage: a persistent element that draws a scene over a sweep. It knows no maths; see data.js and layers.js.
// set(id, {w: 3}) paints at new live coordinates without any call to the server.
import {panelSaved} from "../save/panel.js";
import {saveButton} from "../save/save.js";
import {drawAxes, isPlane, isShort} from "./axes.js";
import {conditional, parseCaption} from "./caption.js";
import {Sweep} from "./data.js";
import {el, slider} from "./dom.js";
import {plain} from "./format.js";
import {Formula} from "./formula.js";
import {View, chainBox, layers as LAYERS} from "./layers.js";
import {marked as markedOf, waits as coming} from "./pictures.js";
import {Player} from "./player.js";
import {Pointer} from "./pointer.js";

const stages = new Map(), waiting = new Map();
/** @type {{load: (stage: Stage, value: any) => boolean, paint: (stage: Stage) => void}} */
let follower = {load: () => false, paint: () => {}};
/** @type {(id: string) => void} is told of a stage that is there now */ let there = () => {};
/** What a panel's mark says on a longer look. */
const MARKS = {
  exact: "Exact: computed from formulas",
  learned: "Learned: from a network trained with this repository's code",
  precomputed: "Precomputed: rendered or measured beforehand",
  published: "Published: numbers of a paper, named in the text",
};
const NARROW = window.matchMedia("(max-width: 899.9px)"); // one column: all of the page's pictures stand in a row
const SHAPE = 1.25; // a picture may be so many times as wide as it is high before two in a row are larger
const SETTLED = 700; // ms without a change, after which the sentence is said

/** A range of this length about the same middle. @param {number[]} range @param {number} length */
const widened = ([from, to], length) => [(from + to - length) / 2, (from + to + length) / 2];

class Stage {
  /** @type {Record<string, number>} */ coords = {};
  /** @type {Record<string, boolean>} which layers are on, by panel and name */ shown = {};
  /** @type {Record<string, boolean>} and at first */ first = {};
  /** @type {Map<string, string>} */ colors = new Map();
  /** @type {import("./types.js").Drawn[]} */ panels = [];
  /** @type {import("./types.js").Scene | null} */ scene = null;
  /** @type {Sweep | null} */ sweep = null;
  /** @type {any[]} the numbers of the caption */ pieces = [];
  /** @type {any[]} those of the titles */ titles = [];
  paints = 0;
  loads = 0;
  shape = "";
  fitted = false;
  said = ""; // the sentence that was said last
  settling = 0;
  font = 11; // pixels of the smallest words in a picture
  family = "sans-serif";
  captionKey = "";
  alone = ""; // the layer that is shown alone, by panel and name
  pending = false;
  /** @type {(() => void)[]} who waits until nothing is waited for */ still = [];

  /**
   * @param {string} id
   * @param {HTMLElement} element
   * @param {(event: string, at: object) => void} trigger
   */
  constructor(id, element, trigger) {
    this.id = id;
    this.trigger = trigger;
    /** @type {HTMLElement} */
    this.root = element.querySelector(".stage");
    /** @type {(selector: string) => HTMLElement} */
    const part = (selector) => this.root.querySelector(selector);
    this.host = part(".stage-panels");
    this.column = part(".stage-beside");
    this.tools = part(".stage-tools");
    this.words = part(".stage-caption");
    this.tip = part(".stage-tip");
    this.live = part(".stage-live");
    this.player = new Player(this.tools);
    this.formula = new Formula(this);
    this.pointer = new Pointer(this);
    this.paintSoon = () => {
      if (this.pending) return;
      this.pending = true;
      requestAnimationFrame(() => {
        this.pending = false;
        this.paint();
      });
    };
    /** @type {HTMLElement} */
    this.page = this.root.closest(".view") ?? this.root; // its data-part says which panels are shown
    this.fitSoon = () => {
      this.fitted = false;
      this.paintSoon();
    };
    this.observers = [new ResizeObserver(this.fitSoon), new MutationObserver(() => {
      this.colors.clear();
      this.paintSoon();
    }), new MutationObserver(() => this.choose())];
    for (const box of [this.host, this.column]) this.observers[0].observe(box);
    this.observers[1].observe(document.body, {attributes: true, attributeFilter: ["class"]});
    this.observers[2].observe(this.page, {attributes: true, attributeFilter: ["data-part"]});
    window.addEventListener("resize", this.fitSoon);
  }

  destroy() {
    this.player.pause();
    this.observers.forEach((o) => o.disconnect());
    window.removeEventListener("resize", this.fitSoon);
  }

  color(name) {
    if (!name || name[0] === "#") return name || "#888";
    if (!this.colors.has(name))
      this.colors.set(name, getComputedStyle(this.root).getPropertyValue(`--stage-${name}`).trim() || "#888888");
    return this.colors.get(name);
  }

  load(value) {
    try {
      const given = typeof value === "string" ? JSON.parse(value) : value;
      if (follower.load(this, given)) return;
      const {sweep: wire, scene, patch} = given;
      const sweep = new Sweep(wire);
      if (patch !== undefined) return void this.patch(patch, sweep);
      this.build(scene);
      this.sweep = sweep;
      for (const [coord, value] of Object.entries(scene.coords || {})) this.coords[coord] ??= value;
      for (const [coord, id] of Object.entries(scene.sliders || {})) {
        const input = slider(id);
        if (input) this.coords[coord] = Number(input.value);
      }
      this.waits(false);
      this.loads += 1;
      this.fail("");
      this.paint();
    } catch (problem) {
      this.fail(`This view could not be drawn: ${problem.message}`);
    }
  }

  // new values for some arrays of the scene that is shown; one meant for another scene comes too late
  patch(key, sweep) {
    if (this.scene?.key !== key) return;
    Object.assign(this.sweep.arrays, sweep.arrays);
    this.waits(false);
    this.loads += 1;
    this.fail("");
    this.paint();
  }

  /** Other arrays, computed here: see Sweep.renew. */
  renew(sweep, whole = true) {
    this.sweep.renew(sweep, whole);
    this.waits(false);
    this.fail("");
    this.paint();
  }

  /** Whether other values have been asked for: then the picture is dim, under a thin line. */
  waits(on) {
    this.root.classList.toggle("waits", on);
    if (!on) {
      this.words.classList.remove("stale");
      for (const done of this.still.splice(0)) done();
    }
  }

  fail(message) {
    this.root.querySelector(".stage-error").textContent = message;
  }

  // ---- the DOM of a scene: rebuilt only where its shape changed -----------------------------------------------
  /** @param {import("./types.js").Scene} scene */
  build(scene) {
    const shape = JSON.stringify(scene.panels.map((p) => [p.id, scene.beside?.includes(p.id), p.layers.map((l) => [l.type, l.name, l.group])]));
    this.scene = scene;
    this.root.setAttribute("aria-label", scene.alt || "");
    if (shape !== this.shape) {
      this.shape = shape;
      this.panels = scene.panels.map((panel) => this.panel(panel, Boolean(scene.beside?.includes(panel.id))));
      const figures = (beside) => this.panels.filter((p) => p.beside === beside).map((p) => p.figure);
      this.host.replaceChildren(...figures(false));
      this.column.replaceChildren(...figures(true));
      this.player.show(scene.play, scene.sliders);
    }
    this.titles = [];
    this.panels.forEach((p, i) => {
      p.spec = scene.panels[i];
      p.words.textContent = "";
      this.sentence(p.spec.title, this.titles, p.words);
      p.mark.textContent = p.mark.dataset.source = p.spec.source ?? "";
      p.mark.title = MARKS[p.spec.source] ?? "";
    });
    this.choose();
  }

  // ---- which panels are shown, and how large: the page's part chooses, the window gives the room -----------------
  choose() {
    if (!this.scene) return;
    const {caption} = this.scene, parts = this.panels.map((p) => p.spec.part).filter(Boolean);
    const chosen = this.page.dataset.part, part = parts.includes(chosen) ? chosen : parts[0];
    for (const p of this.panels) p.figure.hidden = Boolean(p.spec.part) && p.spec.part !== part;
    this.caption(Array.isArray(caption) ? caption : caption[part] ?? []);
    this.formula.show(this.scene.formula);
    this.label("");
    this.fitSoon();
  }

  /** The panels that are on the page. */
  visible() {
    return this.panels.filter((p) => !p.figure.hidden);
  }

  /** In how many columns the pictures stand that get the room: as large as they can be in it. Their sizes are CSS's. */
  fit() {
    if (this.fitted || !this.host.clientWidth) return;
    this.fitted = true;
    this.font = Number.parseFloat(getComputedStyle(this.root).getPropertyValue("--picture-font")) || 12;
    this.family = getComputedStyle(this.root).fontFamily;
    const heroes = this.visible().filter((p) => !p.beside), n = heroes.length, {clientWidth: width, clientHeight: high} = this.host;
    const legends = new Set();
    for (const {legend} of this.visible()) { // said once
      const words = legend.querySelector("button") ? "" : legend.textContent;
      legend.hidden = Boolean(words) && legends.has(words);
      legends.add(words);
    }
    const head = Math.max(0, ...heroes.map((panel) => this.head(panel))); // plots in a row are in line
    for (const panel of this.visible()) panel.head = panel.beside ? this.head(panel) : head;
    const [first] = heroes, shape = first?.spec.bare ? first.spec.x.range[1] / first.spec.y.range[1] : SHAPE;
    const size = (columns) => Math.min(width / columns, shape * (high / Math.ceil(n / columns)));
    const all = heroes.map((_, i) => i + 1), phone = n > 3 && heroes.every(({spec}) => spec.aspect === "equal") ? 2 : 1;
    const columns = NARROW.matches ? phone : all.reduce((best, c) => (size(c) > 1.02 * size(best) ? c : best), 1);
    for (const [name, value] of Object.entries({columns, rows: Math.ceil(n / columns), heroes: n})) this.root.style.setProperty(`--${name}`, String(value));
  }

  /** The room above a chart's plot: for its legend, beside the name of the axis where both fit in a line. @param {import("./types.js").Drawn} panel */
  head(panel) {
    const {spec, legend, ctx} = panel, name = spec.y.label, wide = legend.offsetWidth, high = legend.childElementCount ? legend.offsetHeight : 0; // 0 where it is hidden
    ctx.font = `${this.font + 1}px ${this.family}`;
    const line = !name || wide + ctx.measureText(name).width + 20 < legend.parentElement.clientWidth;
    legend.style.top = isPlane(spec) ? "" : line ? "0" : "20px";
    return isPlane(spec) ? 0 : line ? Math.max(name ? 22 : 8, high) : 20 + high;
  }

  /** @param {import("./types.js").Panel} spec @param {boolean} beside whether it stands second @returns {import("./types.js").Drawn} */
  panel(spec, beside) {
    const figure = el("figure", "stage-panel"), title = el("figcaption", "stage-title");
    const plot = el("div", "stage-plot"), legend = el("div", "stage-legend"), canvas = el("canvas");
    plot.append(canvas, legend);
    figure.append(title, plot);
    figure.toggleAttribute("data-hero", !beside);
    figure.toggleAttribute("data-plane", isPlane(spec));
    const words = el("span"), mark = el("span", "stage-mark");
    const panel = {spec, beside, head: 0, legend, figure, words, mark, canvas, ctx: canvas.getContext("2d")};
    title.append(words, mark, saveButton(() => panelSaved(this, panel)));
    const named = new Map();
    spec.layers.forEach((layer) => {
      const key = `${spec.id}/${layer.group || layer.name}`;
      if (!layer.name || named.has(key)) return;
      named.set(key, layer);
      this.first[key] = layer.on !== false;
      this.shown[key] ??= this.first[key] !== ("toggle" in layer && layer.toggle === true && (linked.get("layers") ?? "").split(",").includes(key));
      legend.append(this.chip(key, layer));
    });
    canvas.setAttribute("role", "img");
    this.pointer.watch(panel);
    return panel;
  }

  chip(key, layer) {
    const chip = el(layer.toggle ? "button" : "span", `stage-chip ${layer.type}`), swatch = el("i");
    chip.append(swatch, el("span", "", layer.name));
    chip.dataset.layer = key;
    const grouped = Boolean(layer.group) || (layer.type === "points" && !layer.color) || layer.rgb; // drawn in several colours
    swatch.style.setProperty("--c", grouped ? "var(--stage-A)" : this.css(layer.color || layer.map));
    const shapes = layer.type === "points" && (grouped || /^[ABC]$/.test(layer.color ?? "")); // each class its own
    const classes = grouped ? "ABC" : layer.color;
    if (shapes) swatch.replaceWith(...[...classes].map((name) => el("i", `mark-${name}`)));
    else if (grouped) swatch.classList.add("many");
    if (layer.dash) swatch.classList.add("dashed");
    if (layer.toggle) {
      chip.setAttribute("type", "button");
      chip.setAttribute("aria-pressed", String(this.shown[key]));
      chip.addEventListener("click", () => {
        this.shown[key] = !this.shown[key];
        chip.setAttribute("aria-pressed", String(this.shown[key]));
        this.paintSoon();
      });
    }
    return chip;
  }

  css(name) {
    if (!name) return "currentColor";
    return name[0] === "#" ? name : `var(--stage-${name.replace("class:", "")})`;
  }

  caption(templates) {
    const key = templates.join("\n");
    if (key === this.captionKey) return;
    this.captionKey = key;
    this.pieces = [];
    const [first, ...others] = templates.map((whole) => this.sentence(whole, this.pieces)), rest = el("div", "stage-rest");
    rest.append(...others);
    this.words.replaceChildren(...(first ? [first, rest] : []));
  }

  /** A sentence of a template, in `line`; what changes in it is added to `pieces`. @param {string} whole @param {any[]} pieces @param {HTMLElement} line */
  sentence(whole, pieces, line = el("p")) {
    const {template, holds} = conditional(whole);
    if (holds) pieces.push({line, holds});
    for (const piece of parseCaption(template)) {
      const span = el("span", "", piece.text || "");
      if (piece.color) {
        span.style.color = `var(--text-${piece.color}, ${this.css(piece.color)})`; // dark enough to read
        span.dataset.color = piece.color;
      }
      line.append(span);
      if (piece.read) pieces.push({span, ...piece});
    }
    return line;
  }

  // ---- painting -------------------------------------------------------------------------------------------
  paint() {
    if (!this.root.isConnected || !this.host.clientWidth) return;
    this.fit();
    if (!this.sweep) return;
    const began = performance.now();
    try {
      for (const panel of this.visible()) this.paintPanel(panel);
      for (const piece of [...this.titles, ...this.pieces, ...this.formula.pieces ?? []]) {
        if (piece.holds) {
          piece.line.hidden = !piece.holds(this.coords, this.sweep);
          continue;
        }
        const words = piece.read(this.coords, this.sweep);
        if (piece.span.textContent !== words) piece.span.textContent = words;
      }
    } catch (problem) {
      return this.fail(`This view could not be drawn: ${problem.message}`);
    }
    clearTimeout(this.settling);
    this.settling = window.setTimeout(() => this.settled(), SETTLED);
    follower.paint(this);
    const data = this.root.dataset;
    for (const name of this.scene.marks ?? []) data[name] = plain(this.sweep.slice(name, this.coords).data[0]);
    if (this.coords.w !== undefined) data.w = plain(this.coords.w);
    if (this.coords.time !== undefined) data.time = plain(this.coords.time);
    if (this.coords.lam !== undefined) data.lam = plain(this.coords.lam);
    data.paintMs = (performance.now() - began).toFixed(2);
    data.paints = String(this.paints += 1);
    data.loads = String(this.loads);
    data.waits = String(coming());
  }

  /** The sentence is the pictures' text. */
  label(sentence) {
    for (const {canvas, spec, words} of this.visible()) {
      const keys = spec.clickable ? " Arrow keys and Enter choose a place." : spec.picks ? " Arrow keys mark a picture." : "";
      canvas.setAttribute("aria-label", `${words.textContent}. ${sentence || this.scene.alt || ""}${keys}`);
    }
  }

  /** Nothing has moved for a while: what is seen now is said to who listens. */
  settled() {
    const sentence = this.words.querySelector("p")?.textContent ?? "", first = this.said === "";
    this.label(sentence);
    if (!this.player.frame && !first && sentence !== this.said) this.live.textContent = sentence;
    this.said = sentence;
  }

  /** @param {import("./types.js").Drawn} panel */
  paintPanel(panel) {
    const {canvas, ctx} = panel, ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    const w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, {width: w, height: h});
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.globalAlpha = 1;
    ctx.clearRect(0, 0, width, height);
    const {box} = panel.view = this.view(panel, width, height, ctx), plot = [box.x, box.y, box.w, box.h].map(Math.round);
    if (canvas.dataset.plot !== plot.join(" ")) { // where the plot lies on it, for the legend that stands in it and for tests
      canvas.dataset.plot = plot.join(" ");
      "xywh".split("").forEach((name, i) => canvas.parentElement.style.setProperty(`--plot-${name}`, `${plot[i]}px`));
    }
    this.draw(panel, panel.view);
    if (panel.cursor) this.pointer.cross(panel);
  }

  /** Whether a layer of a panel is on. */
  isShown(spec, layer) {
    const alone = this.alone.startsWith(`${spec.id}/`);
    if (alone) return this.alone === `${spec.id}/${layer.group || layer.name}`;
    return !layer.name || this.shown[`${spec.id}/${layer.group || layer.name}`] !== false;
  }

  /** A panel's axes and layers on the view's context. @param {import("./types.js").Drawn} panel @param {View} view */
  draw({spec}, view) {
    const {ctx} = view;
    if (!spec.bare) {
      ctx.fillStyle = this.color("paper");
      ctx.fillRect(view.box.x, view.box.y, view.box.w, view.box.h);
      drawAxes(view, spec, this);
    }
    ctx.save();
    ctx.beginPath();
    ctx.rect(view.box.x, view.box.y, view.box.w, view.box.h);
    ctx.clip();
    try {
      for (const layer of spec.layers) {
        if (!this.isShown(spec, layer)) continue;
        if (!LAYERS[layer.type]) throw new Error(`no layer is called ${layer.type}`);
        ctx.globalAlpha = 1;
        LAYERS[layer.type](view, layer, this.coords);
      }
    } finally {
      ctx.restore(); // or the clip would stay, and the next picture keep these axes
    }
  }

  /** What stands round a plot: numbers and names of its axes; a plane has its names among the numbers. */
  margins({spec, head}) {
    if (spec.bare) return {left: 0, right: 0, top: 0, bottom: 0};
    const more = this.font - 12, plane = isPlane(spec); // larger words need more room
    return {left: 34 + 2 * more, right: 8, top: plane ? 6 : head + 4 + more, bottom: (spec.x.label && !isShort(spec.x) ? 40 : 22) + 2 * more};
  }

  /** @param {import("./types.js").Drawn} panel @param {number} width @param {number} height @param {CanvasRenderingContext2D} ctx */
  view(panel, width, height, ctx) {
    const {spec} = panel, {left, right, top, bottom} = this.margins(panel);
    const box = {x: left, y: top, w: width - left - right, h: height - top - bottom};
    /** @type {any} two numbers, or "fit" */ let x = this.sweep.range(spec.x.range, 0);
    /** @type {any} */ let y = this.sweep.range(spec.y.range, 2);
    if (x === "fit") {
      const chain = spec.layers.find((l) => l.type === "chain");
      [x, y] = chainBox(chain, this.coords, this.sweep);
    }
    if (spec.aspect === "equal") {
      const k = Math.min(box.w / (x[1] - x[0]), box.h / (y[1] - y[0]));
      const wide = k * (x[1] - x[0]), tall = k * (y[1] - y[0]);
      if (spec.bare) Object.assign(box, {x: box.x + (box.w - wide) / 2, y: box.y + (box.h - tall) / 2, w: wide, h: tall});
      else [x, y] = [widened(x, box.w / k), widened(y, box.h / k)]; // the window follows the room
    }
    const view = new View(ctx, box, x, y, this.sweep, (name) => this.color(name));
    view.font = `${this.font + 1}px ${this.family}`;
    view.again = this.paintSoon;
    return view;
  }
}

/** Draw in `element` what `props.value` says, now and whenever it changes; `trigger(at)` tells of a click. */
export const mount = (id, element, trigger, watch, props) => {
  stages.get(id)?.destroy();
  const stage = new Stage(id, element, trigger), marked = Number(linked.get("marked"));
  if (marked > 0 && marked < 1000) stage.coords.marked = Math.round(marked);
  stages.set(id, stage);
  Object.assign(stage.coords, waiting.get(id));
  const take = () => { if (props.value) stage.load(props.value); };
  watch("value", take);
  take();
  there(id);
};

/** Tell `given` of each stage that comes. @param {(id: string) => void} given */
export const arrive = (given) => { there = given; };

/** Paint a stage at these coordinates, or as soon as it is there. */
export const set = (id, given) => {
  const stage = stages.get(id), coords = Object.fromEntries(Object.entries(given).filter(([, x]) => Number.isFinite(x)));
  if (!stage) return void waiting.set(id, {...waiting.get(id), ...coords});
  Object.assign(stage.coords, coords);
  stage.paintSoon();
};

/**
 * Tell `given` of what stages are given and paint: `load(stage, value)` before a value is drawn, true where it shall not
 * be; `paint(stage)` after each picture.
 */
export const follow = (given) => { follower = given; };

/** The marked picture of a panel and w there, as a list [pixels, name, w]; of the first of these stages that is seen. @param {string[]} ids */
export const marked = (ids, panel) => {
  const stage = ids.map((id) => stages.get(id)).find((one) => one?.host.clientWidth && one.sweep);
  const spec = stage?.scene.panels.find(({id}) => id === panel), found = spec && markedOf(stage.sweep, spec.layers, stage.coords);
  return found ? [found.pixels, found.name, stage.sweep.ref("w_here", stage.coords).data[0]] : ["", "", 0];
};

/** The values of a stage have been asked for; or they do not come. */
export const waits = (id, on) => stages.get(id)?.waits(on);

/** Resolves when a stage shows what is asked for. @param {string} id @returns {Promise<void>} */
export const still = (id) => new Promise((done) => {
  const stage = stages.get(id);
  if (!stage || (stage.sweep && !stage.root.classList.contains("waits"))) done(); else stage.still.push(done);
});

/** Which layers of the pictures that are seen were switched, and which picture is marked, for a link. */
export const looks = () => {
  const seen = [...stages.values()].filter(({host}) => host.clientWidth), marked = seen.map(({coords}) => coords.marked).find(Boolean);
  const switched = seen.flatMap((stage) => Object.keys(stage.first).filter((key) => stage.shown[key] !== stage.first[key]));
  return {...(switched.length ? {layers: switched.join(",")} : {}), ...(marked ? {marked: String(marked)} : {})};
};
const linked = new URLSearchParams(window.location.search);

/** Paint all pictures now, at the size that they have now. */
export const repaint = () => { for (const stage of stages.values()) { stage.fitted = false; stage.paint(); } };

/** Tell the page of an event of a stage: "ask" for a value, "move" for its part. */
export const trigger = (id, event) => stages.get(id)?.trigger(event, {});

export const get = (id) => stages.get(id);
export const load = (id, value) => stages.get(id)?.load(value);
/** What a reference is worth at the coordinates last set. */
export const value = (id, ref) => Array.from(stages.get(id).sweep.ref(ref, stages.get(id).coords).data);
