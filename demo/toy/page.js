// The toy on the app's page: one for each stage whose values say how to compute them here.
import * as stage from "../stage/stage.js";
import {engine} from "./engine.js";
import {SHAPE, Toy} from "./toy.js";

/** @type {Map<string, Toy>} */ const toys = new Map();
/** @type {Map<string, Record<string, any>>} what the controls are to be told */ const told = new Map();
/** @type {Map<string, Record<string, any>>} what they said last, of a stage that has no value yet, too */ const said = new Map();

const press = (id) => /** @type {HTMLElement | null} */ (document.querySelector(`#${id}`))?.click();

/** @param {any} drawn the stage */
const toyOf = (drawn) => {
  const {id} = drawn, known = toys.get(id);
  if (known?.stage === drawn) return known;
  const toy = new Toy(drawn, engine, {
    set: (values) => { told.set(id, values); press(`${id}-tell`); },
    ask: () => press(`${id}-ask`),
  });
  toys.set(id, toy);
  if (said.has(id)) queueMicrotask(() => toy.changed(said.get(id))); // its first value was asked for before that
  return toy;
};

stage.follow({
  load: (drawn, given) => (given.toy ? toyOf(drawn).take(given) : false),
  paint: (drawn) => toys.get(drawn.id)?.painted(),
});

window.addEventListener("input", ({target}) => {
  if (!(target instanceof HTMLInputElement) || target.type !== "range") return;
  for (const [id, toy] of toys) {
    const name = SHAPE.find((one) => target.closest(`#${id.replace(/-stage$/, "")}-${one}`));
    if (name) toy.slides(name, Number(target.value));
  }
}, true);

/** The controls of these settings have these values: called when any of them changes. */
export const changed = (id, names, values) => {
  said.set(id, Object.fromEntries(names.map((name, i) => [name, values[i]])));
  toys.get(id)?.changed(said.get(id));
};

/** The values for the controls of these settings, in their order, as the toy last said; those it has not are kept. */
export const values = (id, names, now) => names.map((name, i) => told.get(id)?.[name] ?? now[i]);

export const get = (id) => toys.get(id);
