// The page's side of the engine: a worker made of text, so that it runs from a file and inside another page's script.

/**
 * @param {string} script the worker, joined into one script
 * @returns {Engine}
 */
export const start = (script) => new Engine(script);

export class Engine {
  count = 0;
  /** @type {Map<number, {kind: string, took: Function, failed: Function}>} */
  open = new Map();

  constructor(script) {
    this.url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
    this.worker = new Worker(this.url);
    this.worker.onmessage = ({data}) => this.answer(data);
    this.worker.onerror = (event) => {
      for (const {failed} of this.open.values()) failed(event.message || "the engine does not start");
    };
  }

  /**
   * Asks for a sweep; an older request of the same kind is dropped. `now` is the present w (or lam): what belongs to it
   * comes first, with whole = false; `brief`: that alone, where there is such.
   * @param {string} kind @param {object} ask see engine.js
   * @param {(sweep: import("./engine.js").Sweep, whole: boolean) => void} took
   * @param {{now?: number, brief?: boolean, failed?: (problem: string) => void}} [more]
   */
  ask(kind, ask, took, {now, brief = false, failed = console.error} = {}) {
    for (const [id, request] of this.open) if (request.kind === kind) this.open.delete(id);
    const id = (this.count += 1);
    this.open.set(id, {kind, took, failed});
    this.worker.postMessage({id, kind, ask, now, brief});
  }

  answer({id, sweep, whole, problem}) {
    const request = this.open.get(id);
    if (!request) return; // a newer one has been asked for
    if (whole || problem) this.open.delete(id);
    if (problem) request.failed(problem); else request.took(sweep, whole);
  }

  close() {
    this.worker.terminate();
    URL.revokeObjectURL(this.url);
    this.open.clear();
  }
}
