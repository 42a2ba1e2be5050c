// The engine's worker, begun when it is first asked. It is asked one thing of a kind at a time: what comes while it works
// waits, and only the newest of that.
import {start} from "../../cfg_core/engine/client.js";

/** @type {import("../../cfg_core/engine/client.js").Engine | null} */ let client = null;
/** @type {Set<string>} kinds whose brief answer is not there yet */ const busy = new Set();
/** @type {Map<string, () => void>} */ const waiting = new Map();

const next = (kind) => {
  busy.delete(kind);
  const ask = waiting.get(kind);
  waiting.delete(kind);
  ask?.();
};

export const engine = {
  begin() { client ??= start(window.cfgEngine); },

  /**
   * @param {string} kind @param {object} given see cfg_core/engine/engine.js
   * @param {(sweep: import("../../cfg_core/engine/engine.js").Sweep, whole: boolean) => void} took
   * @param {{now?: number, brief?: boolean}} [more] the present w (or lam), for which the answer comes first, or alone
   */
  ask(kind, given, took, more = {}) {
    if (busy.has(kind)) return void waiting.set(kind, () => this.ask(kind, given, took, more));
    this.begin();
    if (!more.brief) return client.ask(kind, given, took, more); // a newer one ends it where it stands
    busy.add(kind);
    const answered = (sweep, whole) => {
      took(sweep, whole);
      next(kind);
    };
    const failed = (problem) => {
      console.error(problem);
      next(kind);
    };
    client.ask(kind, given, answered, {...more, failed});
  },
};
