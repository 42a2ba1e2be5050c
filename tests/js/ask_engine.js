// Jobs {kind, ask, repeat} from standard input, the engine's sweeps to standard output: see tests/engine.py.
import {readFileSync} from "node:fs";

import * as engine from "../../cfg_core/engine/engine.js";
import {noiseFrom} from "../../cfg_core/engine/wire.js";

const sent = ({data, shape, dims}) =>
  ({shape, dims, f8: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")});

function answer({kind, ask, repeat = 1}) {
  if (ask.noise) ask.noise = noiseFrom(ask.noise);
  let took = Infinity, sweep;
  for (let i = 0; i < repeat; i++) {
    const began = performance.now();
    sweep = engine.finished(engine[kind](ask));
    took = Math.min(took, performance.now() - began);
  }
  const arrays = Object.fromEntries(Object.entries(sweep.arrays).map(([name, array]) => [name, sent(array)]));
  return {...sweep, arrays, took};
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map((job) => {
  try {
    return answer(job);
  } catch (problem) {
    return {problem: problem.message};
  }
})));
