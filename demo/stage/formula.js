// The formula is the legend: each of its terms has the colour of what it draws. Pointing at one shows its layer alone,
// pointing at a layer lights its term.
import {el} from "./dom.js";

export class Formula {
  /** @param {any} stage */
  constructor(stage) {
    this.stage = stage;
    this.root = el("div", "stage-formula");
    stage.root.append(this.root);
    stage.root.addEventListener("pointerover", (event) => this.light(event.target.closest?.(".stage-chip")?.dataset.layer ?? ""));
  }

  /** Lines in the language of captions; `draws` says which layer each colour's term is. @param {{lines: string[], draws: Record<string, string>} | undefined} given */
  show(given) {
    const key = JSON.stringify(given);
    if (key === this.key) return;
    this.key = key;
    this.pieces = [];
    this.root.replaceChildren(...(given?.lines ?? []).map((line) => this.stage.sentence(line, this.pieces)));
    for (const term of this.terms("color")) {
      const layer = given.draws[term.dataset.color];
      if (!layer) continue;
      term.dataset.layer = layer;
      term.addEventListener("pointerenter", () => this.alone(layer));
      term.addEventListener("pointerleave", () => this.alone(""));
    }
  }

  /** @param {string} named @returns {HTMLElement[]} */
  terms(named) { return [...this.root.querySelectorAll(`[data-${named}]`)].map((term) => /** @type {HTMLElement} */ (term)); }

  /** Show one layer alone, or all that are on again. */
  alone(layer) {
    this.stage.alone = layer;
    this.stage.paintSoon();
    this.light(layer);
  }

  light(layer) {
    for (const term of this.terms("layer")) term.classList.toggle("lit", term.dataset.layer === layer);
  }
}
