// What the page shows now: the view that is open and the values of its settings, by the names that links use.
// Links, lessons, keys and exports all read it here, and all set it by `go`, which is what a link does.

/** @typedef {{key: string, default: any, kind: string, label: string, id: string, values?: Record<string, string>, low?: number, high?: number, step?: number, marks?: [number, string][]}} Setting */
/** @typedef {{name: string, title: string, chapter: string, main: string, settings: Setting[]}} ViewSpec */
/** @typedef {{view: string, values: Record<string, any>}} State */

const KEPT = ["__theme", "present", "hide"]; // of an address: how it is shown, whatever is shown

/** @type {Map<string, ViewSpec>} */ const views = new Map();
/** @type {Map<string, Record<string, any>>} */ const values = new Map();
/** @type {Set<(state: State) => void>} */ const watchers = new Set();
let open = "";
let current = ""; // the version of the app
let asked = ""; // the query that `go` sends instead of the address

/** The views in their order. */
export const specs = () => [...views.values()];

/** What is shown now. */
export const here = () => ({view: open, values: {...values.get(open)}});

/** The first values of a view's settings. @param {string} view */
export const defaults = (view) => Object.fromEntries(views.get(view).settings.map((s) => [s.key, s.default]));

/** The values of a view's settings. @param {string} view */
export const valuesOf = (view) => values.get(view) ?? {};

const say = () => { for (const watcher of watchers) watcher(here()); };

/** Call `watcher` whenever a setting or the view changes; returns a function that ends it. */
export const watch = (watcher) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

/** The version of the app. */
export const version = () => current;

/** The page knows its views. @param {ViewSpec[]} given */
export const begin = (given, version = "") => {
  current = version;
  for (const view of given) {
    views.set(view.name, view);
    values.set(view.name, {...defaults(view.name), ...values.get(view.name)});
  }
};

/** The controls of a view have these values, in the order of its settings. */
export const tell = (view, given) => {
  const settings = views.get(view)?.settings ?? [];
  values.set(view, Object.fromEntries(settings.map(({key, default: first}, i) => [key, given[i] ?? first]))); // null: an empty text
  if (view === open) say();
};

/** This view is open. */
export const opened = (view) => {
  open = view;
  say();
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

/** What the server is asked to restore: the address's query, or what `go` wants. */
export const search = () => asked || window.location.search;

/** Whether `go` is under way: what opens meanwhile was not opened by hand. */
export const going = () => Boolean(asked);

const same = (a, b) => (typeof b === "number" ? Math.abs(Number(a) - b) < 1e-9 : String(a) === String(b));

/** Open a view with these values, all others being its first ones; resolves when the controls have them. */
export const go = async (view, given = {}) => {
  const wanted = {...defaults(view), ...given};
  const there = () => open === view && Object.entries(wanted).every(([key, value]) => same(values.get(view)[key], value));
  if (there()) return true;
  asked = query(view, wanted);
  /** @type {HTMLElement} */ (document.querySelector("#link")).click();
  for (let i = 0; i < 300 && !there(); i++) await new Promise((done) => setTimeout(done, 50));
  asked = "";
  return there();
};
