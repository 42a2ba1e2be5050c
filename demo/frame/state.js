// The one owner of what the page shows: the view that is open and the values of every view's settings, by the names that
// links use. Controls, links, lessons, keys, the toy and exports read it and set it here; the controls are its mirror.
import {BOUNDS} from "../../cfg_core/engine/facts.js";
import * as geometry from "../../cfg_core/engine/geometry.js";

/** @typedef {{name: string, key: string, counts: Record<string, any[]>[], default: any, kind: string, label: string, id: string, called: string, choices: any[], grid: boolean, marks: [number, string][], low?: number, high?: number, step?: number}} Setting */
/** @typedef {{id: string, live: Record<string, string>, uses: string[] | null, moves: string[], parts: string[]}} Drawing */
/** @typedef {{name: string, title: string, chapter: string, main: string, settings: Setting[], drawings: Drawing[], fixed: Record<string, any>}} ViewSpec */
/** @typedef {{view: string, values: Record<string, any>, by: string}} State */

const KEPT = ["__theme", "present", "hide", "embed"]; // of an address: how it is shown, whatever is shown

/** @type {Map<string, ViewSpec>} */ const views = new Map();
/** @type {Map<string, Record<string, any>>} */ const values = new Map();
/** @type {Map<string, any>} what each control said last, by its id */ const said = new Map();
/** @type {Map<string, any[]>} what each control was told and has not said yet, by its id */ const told = new Map();
/** @type {Map<string, any>} what each control is still to be told, by its id */ const unsent = new Map();
/** @type {Set<(state: State) => void>} */ const watchers = new Set();
/** @type {(() => void)[]} */ const waiting = [];
/** @type {(() => void) | null} asks the controls to take what is unsent */ let send = null;
/** @type {(view: string) => void} */ let show = () => {};
let open = "";
let current = ""; // the version of the app
let sending = false;
let going = 0;

/** The views in their order. */
export const specs = () => [...views.values()];

/** What is shown now. */
export const here = () => ({view: open, values: {...values.get(open)}});

/** The first values of a view's settings. @param {string} view */
export const defaults = (view) => Object.fromEntries(views.get(view).settings.map((s) => [s.key, s.default]));

/** The values of a view's settings. @param {string} view */
export const valuesOf = (view) => values.get(view) ?? {};

const say = (by) => { for (const watcher of watchers) watcher({...here(), by}); };

/** Call `watcher` whenever a setting of the open view changes, or the view; returns a function that ends it. */
export const watch = (watcher) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

/** The version of the app. */
export const version = () => current;

/** The page knows its views, and how one is opened. @param {ViewSpec[]} given @param {(view: string) => void} [opener] */
export const begin = (given, version = "", opener = () => {}) => {
  current = version;
  show = opener;
  for (const view of given) {
    views.set(view.name, view);
    values.set(view.name, {...defaults(view.name), ...values.get(view.name)});
  }
};

/**
 * Set settings of a view. `by`: "control" where its control says so, "slider" where it is about to, else who did it:
 * then the control is told.
 * @param {string} view @param {Record<string, any>} patch
 */
export const set = (view, patch, by = "") => {
  const now = values.get(view);
  let news = false;
  for (const {key, id, default: first} of views.get(view)?.settings ?? []) {
    if (!(key in patch) || now[key] === patch[key]) continue;
    now[key] = patch[key];
    news = true;
    if (by === "control") continue;
    const pending = told.get(id) ?? [], last = pending.length ? pending[pending.length - 1] : said.get(id) ?? first;
    if (last !== patch[key]) told.set(id, [...pending, patch[key]]);
    if (by !== "slider") unsent.set(id, patch[key]);
  }
  if (unsent.size) sendSoon();
  if (news && view === open) say(by);
};

const sendSoon = () => {
  if (sending || !send) return;
  sending = true;
  queueMicrotask(send);
};

/** The controls can be told. @param {() => void} given has them take `unsentOf` each; calls `sent` when they have it */
export const mirror = (given) => {
  send = given;
  if (unsent.size) sendSoon();
};

/** What each control is to be told: {id: value}. */
export const take = () => {
  const out = Object.fromEntries(unsent);
  unsent.clear();
  return out;
};

/** What all controls are to be told, in the order of the views and their settings, as updates for Gradio. */
export const updates = () => {
  const news = take();
  return specs().flatMap(({settings}) =>
    settings.map(({id}) => ({__type__: "update", ...(id in news ? {value: news[id]} : {})})));
};

/** The controls have what they were told. */
export const sent = () => {
  sending = false;
  if (unsent.size) return sendSoon();
  for (const done of waiting.splice(0)) done();
};

/** Resolves when the controls say what is set. */
export const settled = () => (sending || unsent.size ? new Promise((done) => { waiting.push(() => done(true)); }) : Promise.resolve(true));

/**
 * The controls of a view say this, in the order of its settings. What one said before is no news, and what it was told
 * comes back from it once: neither is a hand's.
 */
export const tell = (view, given) => {
  const patch = {};
  views.get(view)?.settings.forEach(({key, id, default: first}, i) => {
    const value = given[i] ?? first, pending = told.get(id) ?? []; // null: an empty text
    if (value === (said.has(id) ? said.get(id) : first)) return;
    said.set(id, value);
    const echo = pending.indexOf(value);
    told.set(id, echo < 0 ? [] : pending.slice(echo + 1));
    if (echo < 0) patch[key] = value;
  });
  set(view, patch, "control");
};

// A slider under the hand: what it says is known before its control tells of it.
window.addEventListener("input", ({target}) => {
  if (!(target instanceof HTMLInputElement) || target.type !== "range") return;
  const found = views.get(open)?.settings.find(({id}) => target.closest(`#${id}`));
  if (found) set(open, {[found.key]: Number(target.value)}, "slider");
}, true);

/** This view is open. */
export const opened = (view) => {
  open = view;
  say("view");
};

// ---- links ------------------------------------------------------------------------------------------------------
/** The value that a link's text means, on the slider's grid; null where it means none. @param {Setting} setting @param {string} text */
export const read = ({kind, low, high, step, choices, grid}, text) => {
  if (kind === "switch") return {true: true, false: false}[text] ?? null;
  if (kind === "text") return text === "" || (text.length <= high && geometry.fits(text)) ? text : null;
  if (kind === "choice") return choices.includes(text) ? text : null;
  const number = text.trim() === "" ? NaN : Number(text);
  if (choices.length) return choices.map(Number).includes(number) ? number : null;
  const there = grid ? Number((low + step * Math.round((number - low) / step)).toFixed(9)) : number;
  return there >= low && there <= high && (kind === "number" || Number.isInteger(there)) ? there : null;
};

/** What a setting may be, in words. @param {Setting} setting */
const bounds = ({kind, low, high, called, choices}) => {
  if (choices.length || kind === "switch") return `${called} must be one of ${(choices.length ? choices : [true, false]).join(", ")}`;
  if (kind === "text") return `${called} must describe ${BOUNDS.classes} to ${BOUNDS.components} components of ${BOUNDS.classes} classes`;
  return `${called} must be a ${kind === "whole" ? "whole number" : "number"} in [${low}, ${high}]`;
};

/** What an address says: its view, the settings that it names, and what is wrong with those that stay as they are. */
export const linked = (search = window.location.search) => {
  const at = new URLSearchParams(search), view = at.get("tab") ?? "", given = {}, wrong = [];
  for (const setting of views.get(view)?.settings ?? []) {
    if (!at.has(setting.key)) continue;
    const value = read(setting, at.get(setting.key));
    if (value === null) wrong.push(bounds(setting)); else given[setting.key] = value;
  }
  return {view: views.has(view) ? view : "", values: given, wrong};
};

/** The query of a view with these values. */
const query = (view, given, more = {}) => {
  const at = new URLSearchParams({tab: view, ...given}), now = new URLSearchParams(window.location.search);
  for (const name of KEPT) if (now.has(name)) at.set(name, now.get(name));
  for (const [name, value] of Object.entries(more)) at.set(name, value);
  return `?${at}`;
};

/** The address of what is shown now, or of another view and values. */
export const address = ({view, values: given} = here(), more = {}) =>
  new URL(window.location.href.split(/[?#]/)[0] + query(view, given, more));

/** The same under the address that the app is known by, "" where none was set: a picture outlives the host of its page. */
export const publicAddress = (shown = here(), more = {}) => {
  const base = document.documentElement.dataset.publicly ?? "";
  return base && base + query(shown.view, shown.values, more);
};

/** Whether `go` is under way: what opens meanwhile was not opened by hand. */
export const isGoing = () => going > 0;

/** Open a view with these values, all others being its first ones; resolves when it is open and the controls say so. */
export const go = async (view, given = {}) => {
  going += 1;
  set(view, {...defaults(view), ...given}, "link");
  await settled();
  if (open !== view) await new Promise((done) => {
    const end = watch((now) => {
      if (now.view !== view) return;
      end();
      done(true);
    });
    show(view);
  });
  going -= 1;
  return true;
};
