// The toy on the app's page: one for each stage whose values say how to compute them here.
import {ask} from "../frame/follow.js";
import * as state from "../frame/state.js";
import * as stage from "../stage/stage.js";
import {engine} from "./engine.js";
import {Toy} from "./toy.js";

/** @type {Map<string, Toy>} */ const toys = new Map();
const viewOf = (id) => state.specs().find(({name}) => id === `${name}-stage`);

/** What is set of a toy's settings, by name. @param {string} id @param {Record<string, any>} [values] by key */
const settingsOf = (id, values = state.valuesOf(viewOf(id)?.name)) =>
  Object.fromEntries((viewOf(id)?.settings ?? []).map(({name, key}) => [name, values[key]]));

/** @param {any} drawn the stage */
const toyOf = (drawn) => {
  const {id} = drawn, known = toys.get(id);
  if (known?.stage === drawn) return known;
  const toy = new Toy(drawn, engine, {
    set: (values) => {
      const {name, settings} = viewOf(id), news = settings.filter((one) => one.name in values);
      state.set(name, Object.fromEntries(news.map((one) => [one.key, values[one.name]])), "toy");
    },
    ask: () => ask(id),
  });
  toys.set(id, toy);
  queueMicrotask(() => toy.changed(settingsOf(id))); // its first value was asked for before what is set now
  return toy;
};

stage.follow({
  load: (drawn, given) => (given.toy ? toyOf(drawn).take(given) : false),
  paint: (drawn) => toys.get(drawn.id)?.painted(),
});

state.watch(({view, values, by}) => {
  const id = `${view}-stage`;
  if (by !== "toy") toys.get(id)?.changed(settingsOf(id, values));
});

export const get = (id) => toys.get(id);
