// The keys of a teacher's hand: the slider, play, the views, full screen. Controls that use a key keep it.
import {el} from "../stage/dom.js";
import * as state from "./state.js";

/** What each key does, as the list says it. @type {[string, string][]} */
const LIST = [
  ["← →", "turn the slider under the picture (with Shift: ten steps)"],
  ["Space", "play, or stop"],
  ["1 … 9", "the views in their order"],
  ["f", "the picture full-screen, and back"],
  ["p", "present: large type, no settings"],
  ["?", "this list"],
];
const TYPED = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

/** The page of the view that is open, and its slider that counts. */
const page = () => document.querySelector(`#view-${state.here().view}`);
const main = () => {
  const shown = [...(page()?.querySelectorAll(".drive input[type=range]") ?? [])];
  return /** @type {HTMLInputElement | undefined} */ (shown.find((one) => one instanceof HTMLInputElement && one.clientWidth && !one.disabled));
};

/** Move a slider as a hand does. @param {HTMLInputElement} input @param {number} value */
export const turn = (input, value) => {
  const [low, high] = [Number(input.min), Number(input.max)];
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, Math.min(high, Math.max(low, value)));
  input.dispatchEvent(new Event("input", {bubbles: true}));
};

const step = (by) => {
  const input = main();
  if (input) turn(input, Number(input.value) + by * Number(input.step || 1));
};

let sweep = 0; // the timer of a walk of the slider, where a view has no player of its own
const stop = () => {
  clearInterval(sweep);
  sweep = 0;
};

/** Play the view: by its own player, or its slider from here to the end and from the start again. */
const play = () => {
  const button = [...(page()?.querySelectorAll(".stage-play") ?? [])].find((one) => one.clientWidth), input = main();
  if (button instanceof HTMLElement) return void button.click();
  if (sweep || !input) return stop();
  if (Number(input.value) >= Number(input.max)) turn(input, Number(input.min));
  const by = Math.max(Number(input.step || 1), (Number(input.max) - Number(input.min)) / 120);
  sweep = window.setInterval(() => {
    if (main() !== input || Number(input.value) >= Number(input.max)) return stop();
    turn(input, Number(input.value) + by);
  }, 60);
};

const fullscreen = () => {
  const shown = page()?.querySelector(".work"); // with what turns it
  if (document.fullscreenElement) document.exitFullscreen(); else shown?.requestFullscreen?.();
};

const list = () => {
  const dialog = el("dialog", "lessons keys"), table = el("dl"), close = el("button", "", "Close ×");
  dialog.setAttribute("aria-label", "Keys");
  for (const [key, what] of LIST) table.append(el("dt", "", key), el("dd", "", what));
  close.addEventListener("click", () => dialog.close());
  dialog.append(el("h2", "", "Keys"), table, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};

/** What a key does here; false where it is not one of ours. @param {(name: string) => void} open @param {() => void} present */
const pressed = (event, open, present) => {
  const views = state.specs();
  if (event.key === "ArrowRight") step(event.shiftKey ? 10 : 1);
  else if (event.key === "ArrowLeft") step(event.shiftKey ? -10 : -1);
  else if (event.key === " ") play();
  else if (/^[1-9]$/.test(event.key) && views[Number(event.key) - 1]) open(views[Number(event.key) - 1].name);
  else if (event.key === "f") fullscreen();
  else if (event.key === "p") present();
  else if (event.key === "?") list();
  else return false;
  return true;
};

/** Listen. */
export const begin = (open, present) => {
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || !(at instanceof Element)) return;
    const own = event.key === " " || event.key.startsWith("Arrow"); // what buttons, sliders and pictures use themselves
    if (at.closest(TYPED) || at.closest("dialog") || (own && at.closest("button, a, summary, input, canvas, [role=option]"))) return;
    if (pressed(event, open, present)) event.preventDefault();
  });
};

