// A finger: what begins on a slider and becomes a scroll of the page turns nothing.
import {turn} from "./keys.js";

/** Listen. */
export const listen = () => {
  let held = /** @type {{input: HTMLInputElement, value: number} | null} */ (null);
  window.addEventListener("pointerdown", ({pointerType, target}) => {
    const slider = pointerType === "touch" && target instanceof HTMLInputElement && target.type === "range";
    held = slider ? {input: target, value: Number(target.value)} : null;
  }, true);
  window.addEventListener("pointercancel", () => { // the page scrolls instead
    const was = held;
    held = null;
    if (was) requestAnimationFrame(() => turn(was.input, was.value));
  }, true);
};
