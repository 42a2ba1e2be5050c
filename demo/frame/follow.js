// Pictures and controls follow what is set: live settings paint, what a picture is computed from asks for it once when it is
// seen, and what does not count is dimmed.
import * as stage from "../stage/stage.js";
import * as state from "./state.js";

const SOON = 30; // ms: what is set together is asked for once
/** @type {Map<string, string[]>} for what each stage has asked last: the whole, and its part */ const asked = new Map();
/** @type {Map<string, number>} */ const timers = new Map();
/** @type {(id: string, event: string) => void} */ let send = stage.trigger;

/** Whether a setting matters beside these values of the others. @param {{counts: Record<string, any[]>[]}} setting @param {Record<string, any>} values */
export const counts = ({counts: any}, values) =>
  !any.length || any.some((every) => Object.entries(every).every(([key, allowed]) => allowed.includes(values[key])));

/** Who is asked, where it is not the server. @param {(id: string, event: string) => void} given */
export const asks = (given) => { send = given; };

/** Ask for a stage's value ("ask") or for the part that what moves alone changes ("move"), when the controls say what is set. */
export const ask = (id, event = "ask") => {
  clearTimeout(timers.get(id + event));
  timers.set(id + event, window.setTimeout(() => void state.settled().then(() => send(id, event)), SOON));
};

/** A view's pictures and controls are those of its values. @param {string} view @param {Record<string, any>} [given] */
export const follow = (view, given = state.valuesOf(view)) => {
  const {settings, drawings, fixed} = state.specs().find(({name}) => name === view), values = {...fixed, ...given};
  for (const setting of settings) {
    const off = setting.counts.length > 0 && !counts(setting, values);
    for (const input of document.querySelectorAll(`#${setting.id} :is(input, select)`)) /** @type {HTMLInputElement} */ (input).disabled = off;
  }
  for (const {id, live, uses, moves, parts} of drawings) {
    stage.set(id, Object.fromEntries(Object.entries(live).map(([coord, key]) => {
      const {low, high} = settings.find((one) => one.key === key); // what is typed may lie outside
      return [coord, Math.min(high, Math.max(low, Number(values[key])))];
    })));
    if (!stage.get(id) || (parts.length && !parts.includes(values.part))) continue;
    const now = [uses ?? [], moves].map((keys) => JSON.stringify(keys.map((key) => values[key]))), before = asked.get(id);
    asked.set(id, now);
    if (before ? now[0] !== before[0] : uses) ask(id); else if (before && now[1] !== before[1]) ask(id, "move");
  }
};

stage.arrive((id) => {
  const {view} = state.here();
  if (state.specs().find(({name}) => name === view)?.drawings.some((one) => one.id === id)) follow(view);
});
