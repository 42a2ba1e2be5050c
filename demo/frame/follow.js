// Pictures and controls follow what is set: live settings paint, what a picture is computed from asks for it once when it is
// seen, and what does not count is dimmed.
import * as stage from "../stage/stage.js";
import * as state from "./state.js";

const SOON = 30; // ms: what is set together is asked for once
/** @type {Map<string, string[]>} for what each stage has asked last: the whole, and its part */ const asked = new Map();
/** @type {Map<string, number>} */ const timers = new Map();
/** @type {(id: string, event: string) => void} */ let send = stage.trigger;

/** Whether a setting matters beside these values of the others. @param {{counts: Record<string, any[]>[]}} setting @param {Record<string, any>} values */
const counts = ({counts: any}, values) =>
  !any.length || any.some((every) => Object.entries(every).every(([key, allowed]) => allowed.includes(values[key])));

/** Who is asked, where it is not the server. @param {(id: string, event: string) => void} given */
export const asks = (given) => { send = given; };

/** Ask for a stage's value ("ask") or for the part that what moves alone changes ("move"), when the controls say what is set. */
export const ask = (id, event = "ask") => {
  stage.waits(id, true);
  clearTimeout(timers.get(id + event));
  timers.set(id + event, window.setTimeout(() => void state.settled().then(() => send(id, event)), SOON));
};

const specOf = (view) => state.specs().find(({name}) => name === view);

/** Controls that do not count beside the others are disabled. */
const dim = (view) => {
  const {settings, fixed} = specOf(view), values = {...fixed, ...state.valuesOf(view)};
  for (const setting of settings) {
    if (!setting.counts.length) continue;
    for (const input of document.querySelectorAll(`#${setting.id} :is(input, select)`)) /** @type {HTMLInputElement} */ (input).disabled = !counts(setting, values);
  }
};

/** A view's pictures and controls are those of its values. @param {string} view */
export const follow = (view) => {
  const {settings, drawings} = specOf(view), values = state.valuesOf(view);
  dim(view);
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

// A refusal is a message, and nothing more comes. A page's controls come a moment after it.
const came = (changes) => {
  const {view} = state.here(), control = "input, select";
  for (const {target, addedNodes} of changes) {
    const box = target instanceof Element ? target : target.parentElement, work = box?.closest(".message")?.closest(".work");
    for (const one of work?.querySelectorAll(".stage.waits") ?? []) stage.waits(one.closest("[id$=-stage]").id, false);
    const fresh = (node) => node instanceof Element && (node.matches(control) || node.querySelector(control));
    if (box?.closest(`#view-${view}`) && [...addedNodes].some(fresh)) dim(view);
  }
};
new MutationObserver(came).observe(document.documentElement, {subtree: true, childList: true, characterData: true});

stage.arrive((id) => {
  const {view} = state.here();
  if (specOf(view)?.drawings.some((one) => one.id === id)) follow(view);
});
