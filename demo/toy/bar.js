// The line over a toy's picture: the samples' way from noise to data, what a hand can do, and a way back.
import {el} from "../stage/dom.js";

const SECONDS = 6;
const FINGER = window.matchMedia("(pointer: coarse)").matches; // it has no wheel, and its double tap zooms
const HINT = `Drag a class or its rim · ${FINGER ? "knob: weight · +: one more" : "wheel: weight · double click: one more"}`;
const LONG = "Drag a dot to move a class, its ring to stretch and turn it (Shift: as it is), turn the wheel over it for its "
  + "weight; double click adds a component, Delete removes it. With Tab and the arrow keys too.";

export class Bar {
  frame = 0;

  /** @param {import("./toy.js").Toy} toy */
  constructor(toy) {
    this.toy = toy;
    this.root = el("div", "toy-bar");
    this.play = el("button", "toy-play", "▶ Noise to data");
    this.clock = el("input", "toy-clock");
    Object.assign(this.clock, {type: "range", min: "0", max: "1", step: "0.005", value: "1"});
    this.clock.setAttribute("aria-label", "From noise to data: how far the samples have come");
    this.hint = el("span", "toy-hint", HINT);
    this.hint.title = LONG;
    this.plus = el("button", "toy-plus", "+");
    this.plus.setAttribute("aria-label", "Add a component");
    this.plus.title = "Add a component";
    this.reset = el("button", "", "Reset");
    this.reset.title = "The three classes as they were at first";
    for (const button of [this.play, this.plus, this.reset]) button.type = "button";
    this.root.append(this.play, this.clock, this.hint, this.plus, this.reset);
    this.play.addEventListener("click", () => (this.frame ? this.stop() : this.start()));
    this.clock.addEventListener("input", () => { this.stop(); toy.at(Number(this.clock.value)); });
    this.plus.addEventListener("click", () => toy.add());
    this.reset.addEventListener("click", () => toy.reset());
  }

  /** On the stage; the walk only where its samples' walk can be computed here. */
  show() {
    const {tools} = this.toy.stage;
    if (this.root.parentElement !== tools) tools.append(this.root);
    const walks = Boolean(this.toy.walks);
    this.play.hidden = this.clock.hidden = !walks;
    this.root.hidden = false;
    if (!walks && this.toy.time < 1) this.end();
  }

  hide() {
    this.end();
    this.root.hidden = true;
  }

  /** Walk all samples from noise to data. */
  start() {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 400 : 0; // ms between pictures
    let time = Number(this.clock.value) >= 1 ? 0 : Number(this.clock.value), last = performance.now();
    this.play.textContent = "❚❚ Pause";
    this.toy.at(time);
    const tick = (now) => {
      if (!this.frame) return;
      if (now - last >= still) {
        time = Math.min(1, time + (now - last) / (1000 * SECONDS));
        last = now;
        this.set(time);
        if (time >= 1) return this.stop();
      }
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.play.textContent = "▶ Noise to data";
  }

  set(time) {
    this.clock.value = String(time);
    this.toy.at(time);
  }

  /** At the data, and standing. */
  end() {
    this.stop();
    if (this.toy.time < 1) this.set(1);
  }
}
