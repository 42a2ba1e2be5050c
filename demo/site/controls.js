// The static page's controls: what they say, what they are told, and what a link may tell them.
import {BOUNDS, LONGEST} from "../../cfg_core/engine/facts.js";
import * as geometry from "../../cfg_core/engine/geometry.js";

/** @typedef {import("../frame/state.js").Setting & {name: string, choices: string[], counts: Record<string, any[]>[]}} Setting */

const inputs = (setting) => [...document.querySelectorAll(`#${setting.id} :is(input, select)`)].map((node) => /** @type {HTMLInputElement} */ (node));

/** What the control of a setting says. @param {Setting} setting */
export const said = (setting) => {
  const [first, ...more] = inputs(setting);
  if (first.type === "radio") return [first, ...more].find((one) => one.checked).value;
  if (first.type === "checkbox") return first.checked;
  return setting.kind === "number" || setting.kind === "whole" ? Number(first.value) : first.value;
};

/** Let the control of a setting say this; it tells no one. @param {Setting} setting */
export const tell = (setting, value) => {
  for (const input of inputs(setting)) {
    if (input.type === "radio") {
      input.checked = input.value === value;
      input.closest("label").classList.toggle("selected", input.checked);
    } else if (input.type === "checkbox") input.checked = Boolean(value);
    else Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), "value").set.call(input, String(value));
  }
};

/** Call `changed` when a hand changes the control. @param {Setting} setting @param {() => void} changed */
export const listen = (setting, changed) => {
  for (const input of inputs(setting)) {
    for (const event of input.type === "range" ? ["input", "change"] : ["change"]) input.addEventListener(event, () => {
      const value = input.type === "number" ? read(setting, input.value) ?? Number(inputs(setting)[1].value) : said(setting);
      if (input.type === "range" || input.type === "radio" || input.type === "number") tell(setting, input.type === "range" ? Number(input.value) : value);
      changed();
    });
  }
};

/** The value that a link's text means, on the slider's grid; null where it means none here. @param {Setting} setting @param {string} text */
export const read = (setting, text) => {
  const {kind, low, high, step, choices} = setting;
  if (kind === "switch") return {true: true, false: false}[text] ?? null;
  if (kind === "text") return text === "" || fits(text) ? text : null;
  if (kind === "choice") return choices.includes(text) ? text : null;
  const number = text.trim() === "" ? NaN : Number(text);
  if (choices.length) return choices.map(Number).includes(number) ? number : null;
  const there = Number((low + step * Math.round((number - low) / step)).toFixed(9));
  return there >= low && there <= high ? there : null;
};

/** Whether a text is a mixture that the engine takes. @param {string} text */
const fits = (text) => {
  const {mean, sd, weight, components, classes} = BOUNDS, within = (x, /** @type {number[]} */ [low, high]) => x >= low && x <= high;
  const mixture = text.length <= LONGEST ? geometry.read(text) : null;
  return Boolean(mixture) && mixture.labels.length <= components && new Set(mixture.labels).size === classes
    && mixture.means.flat().every((x) => Math.abs(x) <= mean) && mixture.weights.every((x) => within(x, weight))
    && mixture.covs.every((cov) => {
      const {a, b} = geometry.ellipse(cov), hair = 1e-3; // what four decimals may change
      return cov[0] * cov[2] > cov[1] ** 2 && within(a, [sd[0] - hair, sd[1] + hair]) && within(b, [sd[0] - hair, sd[1] + hair]);
    });
};

/** Whether a setting matters beside these values of the others. @param {Setting} setting @param {Record<string, any>} values */
export const counts = ({counts: any}, values) =>
  !any.length || any.some((every) => Object.entries(every).every(([name, allowed]) => allowed.includes(values[name])));

/** Dim a control, or not. @param {Setting} setting @param {boolean} on */
export const enable = (setting, on) => { for (const input of inputs(setting)) input.disabled = !on; };
