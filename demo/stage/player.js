// Play, pause and step drive the slider, so that slider and picture stay together.
import {el, slider} from "./dom.js";

export class Player {
  frame = 0; // of the animation; 0 while it stands

  /** @param {HTMLElement} tools where its buttons are */
  constructor(tools) {
    this.tools = tools;
    this.button = el("button", "stage-play", "▶ Play");
    this.button.addEventListener("click", () => (this.frame ? this.pause() : this.run()));
  }

  /** @param {import("./types.js").Scene["play"]} play @param {Record<string, string>} sliders */
  show(play, sliders) {
    this.pause();
    this.tools.replaceChildren();
    if (!play) return;
    this.play = play;
    this.input = () => slider(sliders[play.coord]);
    const back = el("button", "", "◂ Step"), on = el("button", "", "Step ▸");
    back.addEventListener("click", () => this.step(-1));
    on.addEventListener("click", () => this.step(1));
    for (const b of [this.button, back, on]) b.type = "button";
    this.tools.append(this.button, back, on, el("span", "", play.label || ""));
  }

  /** @param {number} x */
  set(x) {
    const node = this.input();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(node, x);
    node.dispatchEvent(new Event("input", {bubbles: true}));
  }

  /** @param {1 | -1} way */
  step(way) {
    this.pause();
    const node = this.input(), x = Number(node?.value) + way * (this.play.step || 0.5);
    if (node) this.set(Math.min(Number(node.max), Math.max(Number(node.min), x)));
  }

  run() {
    const node = this.input();
    if (!node) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 500 : 0; // ms between pictures
    const from = Number(node.min), to = Number(node.max);
    if (Number(node.value) >= to - 1e-9) this.set(from);
    let last = performance.now(), x = Number(node.value);
    this.button.textContent = "❚❚ Pause";
    const tick = (now) => {
      if (!this.frame) return;
      if (now - last < still) return void (this.frame = requestAnimationFrame(tick));
      x += ((to - from) * (now - last)) / (1000 * (this.play.seconds || 8));
      last = now;
      this.set(Math.min(x, to));
      if (x >= to) return this.pause();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  pause() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.button.textContent = "▶ Play";
  }
}
