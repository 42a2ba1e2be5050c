// The static page's controls: what they say, and what they are told.
import {read} from "../frame/state.js";

/** @typedef {import("../frame/state.js").Setting} Setting */

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
