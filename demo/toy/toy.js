// The toy: mixtures that are grabbed on a stage, moved by sliders or named by a link, and answered here by the engine
// where it can, by the server where not. What a hand does to a mixture is in cfg_core/engine/geometry.js.
import * as geometry from "../../cfg_core/engine/geometry.js";
import {HELP, Handles} from "../stage/handles.js";
import {number} from "../stage/format.js";
import {Bar} from "./bar.js";
import {COMPUTES, single} from "./computes.js";

/** @typedef {import("../../cfg_core/engine/geometry.js").Mixture} Mixture */
/** @typedef {Record<string, any>} Settings */
/**
 * What stands round a toy: the page of the app, or the static one.
 * @typedef {object} Host
 * @property {(settings: Settings) => void} set give the controls these values
 * @property {() => void} ask let the server answer for what the controls say
 */

const LETTERS = ["A", "B", "C"];
const SHAPE = ["separation", "spread", "a", "b", "c"]; // what sliders say of a mixture
const GEOMETRY = [...SHAPE, "mixture"];
const FILL = 35; // ms without a change, after which all other values of w are computed
const REST = 140; // ms without a change, after which the controls follow and what costs more is computed
const SOON = 30; // the same where the server is to be asked
const KEPT = 12; // combinations of other settings whose tables are kept

export class Toy {
  /** @type {Settings | null} what the controls say */ settings = null;
  /** @type {Mixture | null} the mixture, where it is not the sliders' three classes */ mixture = null;
  /** @type {Record<string, {low: number, high: number, step: number, default: any}>} */ controls = {};
  /** @type {Map<string, any>} what the server sent for each combination of the other settings */ known = new Map();
  /** @type {Handles | null} */ handles = null;
  /** @type {Mixture | null} as it was when an item was taken */ taken = null;
  /** @type {number | undefined} half the window while something is held */ half = undefined;
  last = 0; // the class that was touched last
  answered = ""; // for which settings and mixture an answer was begun
  drawn = ""; // the combination whose scene is on the stage
  asked = ""; // for what the server was asked last
  time = 1; // 0 noise .. 1 data
  resting = 0; // the timer of a hand that may rest; 0 where it does
  whole = ""; // the state whose sweep over all w, and so whose window, is there
  filling = 0;
  unguided = ""; // the state whose walk at w = 0 is known
  walked = NaN; // the w of the walk that is shown

  /**
   * @param {any} stage
   * @param {any} engine see cfg_core/engine
   * @param {Host} host
   */
  constructor(stage, engine, host) {
    this.stage = stage;
    this.engine = engine;
    this.host = host;
    this.bar = new Bar(this);
  }

  // ---- what is set, and what it amounts to -----------------------------------------------------------------------
  /** The classes as they are. @returns {Mixture} */
  classes() {
    const {separation, spread, a = 1, b = 1, c = 1} = this.settings;
    return this.mixture ?? geometry.threeGaussians(separation, spread, [a, b, c]);
  }

  /** All settings but those of the geometry, as text. */
  key(settings = this.settings) {
    return JSON.stringify(Object.entries(settings).filter(([name]) => !GEOMETRY.includes(name)).sort());
  }

  /** What the engine computes here for the present combination, and its tables; null where only the server can. */
  able() {
    const known = this.known.get(this.key());
    return known?.tables ? {...COMPUTES[known.compute], tables: {...known.tables, half: this.half, mixture: this.classes()}, value: known.value} : null;
  }

  /** Whether the samples' way can be shown. */
  get walks() { return Boolean(this.able()?.cloud); }

  /** This is set now, by a hand, a link or a lesson; what is none of the toy's settings is passed over. */
  changed(given) {
    const before = this.settings;
    if (!before) return; // nothing is drawn yet
    const settings = Object.fromEntries(Object.entries(given).filter(([name]) => name in before));
    this.settings = {...before, ...settings};
    if (settings.mixture !== undefined && settings.mixture !== before.mixture) {
      this.mixture = settings.mixture ? geometry.read(settings.mixture) : null;
    } else if (this.mixture) {
      for (const name of SHAPE) if (this.settings[name] !== before[name]) this.mixture = asWritten(this.slid(name, this.settings[name]));
    }
    this.answer();
  }

  /** The mixture when a slider of its shape is moved. @param {string} name @param {number} x */
  slid(name, x) {
    if (name === "separation") return geometry.withSeparation(this.mixture, x);
    if (name === "spread") return geometry.withSpread(this.mixture, x);
    return geometry.withClassWeight(this.mixture, "abc".indexOf(name), x);
  }

  /** What the controls should say of the classes, each on its own grid. @returns {Settings} */
  said() {
    if (!this.mixture) return Object.fromEntries(GEOMETRY.filter((n) => n in this.settings).map((n) => [n, this.settings[n]]));
    const {separation, spread, weights: [a, b, c]} = geometry.summary(this.mixture), out = {separation, spread, a, b, c};
    for (const name of SHAPE) {
      if (!(name in this.settings)) delete out[name];
      else {
        const {low, high, step} = this.controls[name], at = Math.min(high, Math.max(low, out[name]));
        out[name] = Number((low + step * Math.round((at - low) / step)).toFixed(6));
      }
    }
    return {...out, mixture: geometry.written(this.mixture)};
  }

  /** Let the controls say what the classes are. */
  follow() {
    const said = this.said();
    if (Object.entries(said).some(([name, value]) => this.settings[name] !== value)) this.set(said);
  }

  /** Give the controls values. */
  set(values) {
    Object.assign(this.settings, values);
    this.host.set(values);
  }

  /** What an answer is of, as text. */
  state() { return this.key() + JSON.stringify(this.classes()) + (this.half ?? ""); }

  // ---- answers -----------------------------------------------------------------------------------------------------
  /** The picture for what is set now: from the engine where it has tables, else from the server. */
  answer() {
    const key = this.key(), state = this.state();
    this.show();
    this.rest();
    if (state === this.answered) return;
    this.answered = state;
    const able = this.able();
    if (!able) return this.stage.words.classList.add("stale"); // until the server has answered
    if (key !== this.drawn) {
      this.drawn = key;
      this.stage.load(able.value);
    }
    this.compute(able);
  }

  /** Begin what the engine has to do: what is seen at the present w (and lam), the rest in a moment. */
  compute(able) {
    const {ask, late, tables} = able, state = this.state();
    this.asked = "";
    const {w, lam} = this.stage.coords, took = this.taking(tables);
    for (const name of late?.arrays ?? []) this.stage.sweep.arrays[name]?.data.fill(NaN); // those of the classes before
    const done = (sweep, whole) => {
      if (whole) this.stage.loads += 1;
      took(sweep, whole);
      if (!whole || state !== this.state()) return;
      this.whole = state;
      if (!this.resting) this.later(able);
    };
    const now = this.stage.sweep.arrays.extent?.data[1]; // half the window: one w alone would choose a smaller one
    ask(this.engine, {...tables, now}, {w, lam}, true, done);
    clearTimeout(this.filling);
    this.filling = window.setTimeout(() => ask(this.engine, tables, {w, lam}, false, done), FILL);
    if (this.time < 1) this.walk();
  }

  /** What puts the engine's sweeps for these tables on the stage: each of them, part or whole, with the same arrays. */
  taking({mixture}) {
    const separation = single(geometry.summary(mixture).separation);
    return (sweep, whole) => {
      sweep.arrays.separation = separation;
      this.stage.renew(sweep, whole);
    };
  }

  /** The server's values of w are far apart: those between them, once, where nothing was asked meanwhile. */
  refine() {
    const able = this.able(), state = this.state();
    this.engine.begin();
    if (!able?.finer || this.answered !== state) return;
    const took = this.taking(able.tables);
    able.ask(this.engine, able.tables, this.stage.coords, false, (sweep, whole) => {
      if (this.answered === state) took(sweep, whole);
    });
  }

  /** What is computed when the hand rests. */
  later({late, tables}) {
    const {arrays} = this.stage.sweep;
    if (!late || this.whole !== this.state() || !Number.isNaN(arrays[late.sign]?.data[0])) return;
    this.stage.root.dataset.late = late.arrays.join(" ");
    const state = this.state();
    late.ask(this.engine, {...tables, half: arrays.extent.data[1]}, (sweep) => {
      if (this.state() !== state) return; // the classes have moved on: theirs is still to come
      delete this.stage.root.dataset.late;
      this.stage.renew(sweep);
    });
  }

  /** When nothing has moved for a moment: the controls follow, the server is asked where it must be. */
  rest() {
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => {
      this.resting = 0;
      this.follow();
      const able = this.able();
      if (able) return this.later(able);
      const now = JSON.stringify(this.settings);
      if (now === this.asked) return;
      this.asked = now;
      this.host.ask();
    }, this.able() ? REST : SOON);
  }

  /** The server's value for a stage. True where it is not to be drawn: the engine draws what is wanted instead. */
  take(given) {
    const {settings, controls, ...sent} = given.toy, {patch} = given;
    this.controls = controls;
    if (!this.settings) {
      this.settings = {...settings};
      this.mixture = settings.mixture ? geometry.read(settings.mixture) : null;
    }
    if (patch !== undefined) for (const name of sent.moves) this.settings[name] = settings[name]; // by a click
    const key = this.keep(settings, {...sent, value: patch === undefined ? given : this.known.get(this.drawn)?.value});
    if (key !== this.key()) return Boolean(this.able()); // it was asked before what is shown now
    this.drawn = key;
    const other = patch !== undefined && patch !== this.stage.scene.key; // than the scene that is shown
    const late = other || GEOMETRY.some((name) => settings[name] !== this.settings[name]);
    if (late) this.answered = this.asked = "";
    else {
      this.answered = this.whole = this.state(); // it is of all w
      this.asked = JSON.stringify(this.settings);
    }
    queueMicrotask(() => this.arrived(late));
    return patch !== undefined && late && Boolean(sent.tables);
  }

  /** Keep what was sent for these settings; returns their key. */
  keep(settings, {tables, ...sent}) {
    const key = this.key(settings);
    this.known.delete(key);
    this.known.set(key, {...sent, tables: tables && COMPUTES[sent.compute].decoded(tables)});
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    return key;
  }

  /** A value is on the stage; `late`: the classes have moved since it was asked for. */
  arrived(late) {
    const {scene} = this.stage, panel = this.stage.panels.find((p) => p.spec.id === scene?.grabs);
    if (!panel) return void this.bar.hide();
    if (!this.handles?.there || this.handles.panel !== panel) this.handles = new Handles(panel, (edit) => this.edit(edit));
    this.bar.show();
    this.show();
    if (late) this.answer();
    this.unguided = "";
    if (this.time < 1) this.walk();
    if (!late && this.able()) soon(() => this.refine());
  }

  // ---- the hand ----------------------------------------------------------------------------------------------------
  /** Put the handles where the classes are. */
  show() {
    if (!this.handles?.there) return;
    const {means, covs, weights, labels} = this.classes();
    this.handles.show(labels.map((c, k) => {
      const at = geometry.ellipse(covs[k]), [x, y] = means[k], n = (z) => number(z, 3);
      const words = `Component ${k + 1}, class ${LETTERS[c]}: mean (${n(x)}, ${n(y)}), standard deviations ${n(at.a)} and ${n(at.b)}, weight ${n(weights[k])}.`;
      return {x, y, ...at, label: LETTERS[c], weight: weights[k], words: `${words} ${HELP}`};
    }));
  }

  /** @param {import("../stage/handles.js").Edit} edit */
  edit(edit) {
    if (edit.kind === "take") {
      this.taken = this.classes();
      this.last = this.taken.labels[edit.index];
      this.half = this.stage.sweep.arrays.extent?.data[1];
      return;
    }
    if (edit.kind === "leave") {
      this.half = undefined; // the window may follow now
      if (this.mixture) this.mixture = asWritten(this.mixture);
      this.answer();
      return void this.say(edit.index);
    }
    const before = edit.kind === "add" ? this.classes() : this.taken, after = edited(before, edit);
    if (after === before) return;
    this.mixture = edit.kind === "add" ? asWritten(after) : after;
    this.answer();
    if (edit.kind === "add") this.handles.focus(after.labels.length - 1);
    if (edit.kind === "remove") this.handles.focus(Math.max(0, edit.index - 1));
  }

  /** One more component, away from the others. */
  add() {
    const at = this.stage.sweep.arrays.extent?.data[1] ?? 4, n = this.classes().labels.length;
    this.edit({kind: "add", index: -1, at: [0.12 * at * (n - 3), -0.1 * at * (n % 2)]});
    this.say(this.classes().labels.length - 1);
  }

  /** Back to what the page began with. */
  reset() {
    this.mixture = null;
    const first = Object.fromEntries(GEOMETRY.filter((n) => n in this.settings).map((n) => [n, this.controls[n].default]));
    this.set(first);
    this.answer();
    this.stage.live.textContent = "The three classes are as they were at first.";
  }

  /** Tell who listens where an item is now. */
  say(index) {
    const words = this.handles?.items[index]?.words ?? "";
    this.stage.live.textContent = words.replace(HELP, "").trim();
  }

  // ---- from noise to data ------------------------------------------------------------------------------------------
  /** Show the samples at this time of their walk, 0 noise .. 1 data. */
  at(time) {
    this.time = time;
    this.stage.coords.time = time;
    if (time < 1 && (!this.stage.sweep.arrays.cloud || this.unguided !== this.state())) this.walk(); else this.stage.paintSoon();
  }

  /** Compute the walk of the samples at the present w; that at w = 0 first, where the classes are others. */
  walk() {
    const able = this.able(), state = this.state();
    if (!able?.cloud) return;
    if (state === this.unguided) {
      this.walked = this.stage.coords.w;
      return able.cloud(this.engine, able.tables, this.walked, (sweep) => this.stage.renew(sweep));
    }
    able.cloud(this.engine, able.tables, 0, ({axes, arrays}) => {
      this.unguided = state;
      this.stage.sweep.renew({axes, arrays: {cloud_0: arrays.cloud}});
      setTimeout(() => this.walk());
    });
  }

  /** The stage has painted: the handles stand where its panel is now. */
  painted() {
    this.handles?.place();
    if (this.time < 1 && this.walked !== this.stage.coords.w) this.walk();
  }
}

/** @param {() => void} work when the page has nothing else to do */
const soon = (work) => (window.requestIdleCallback ?? setTimeout)(work);

/** What a link can say of a mixture: its numbers with as many digits. */
const asWritten = (mixture) => geometry.read(geometry.written(mixture));

/**
 * The mixture after an edit of what was taken; the same one where nothing may change.
 * @param {Mixture} mixture @param {import("../stage/handles.js").Edit} edit
 */
const edited = (mixture, {kind, index: k, at, from, to, whole, by, angle}) => {
  const cov = mixture.covs[k];
  switch (kind) {
    case "move": return geometry.moved(mixture, k, at);
    case "rim": return geometry.reshaped(mixture, k, geometry.rimDragged(cov, from, to, whole));
    case "size": return geometry.reshaped(mixture, k, geometry.scaled(cov, by));
    case "stretch": return geometry.reshaped(mixture, k, geometry.stretched(cov, by));
    case "turn": return geometry.reshaped(mixture, k, geometry.turned(cov, angle));
    case "weight": return geometry.weighed(mixture, k, mixture.weights[k] * by);
    case "remove": return geometry.without(mixture, k);
    case "add": return geometry.added(mixture, geometry.likeliest(mixture, at), at);
    default: return mixture;
  }
};
