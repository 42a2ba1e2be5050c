// The engine's worker, begun when it is first asked. It is asked one thing of a kind at a time: what comes while it works
// waits, and only the newest of that.
import {start} from "../../cfg_core/engine/client.js";

/** @type {import("../../cfg_core/engine/client.js").Engine | null} */ let client = null;
/** @type {Set<string>} kinds whose first answer is not there yet */ const busy = new Set();
/** @type {Map<string, () => void>} */ const waiting = new Map();

const next = (kind) => {
  busy.delete(kind);
  const ask = waiting.get(kind);
  waiting.delete(kind);
  ask?.();
};

export const engine = {
  /**
   * @param {string} kind @param {object} given see cfg_core/engine/engine.js
   * @param {(sweep: import("../../cfg_core/engine/engine.js").Sweep, whole: boolean) => void} took
   * @param {number} [now] the present w (or lam), for which the answer comes first
   */
  ask(kind, given, took, now) {
    if (busy.has(kind)) return void waiting.set(kind, () => this.ask(kind, given, took, now));
    client ??= start(window.cfgEngine);
    busy.add(kind);
    let first = true;
    const answered = (sweep, whole) => {
      took(sweep, whole);
      if (first) next(kind);
      first = false;
    };
    const failed = (problem) => {
      console.error(problem);
      if (first) next(kind);
    };
    client.ask(kind, given, answered, {now, failed});
  },
};
