// What each view of the toy asks of the engine, and which arrays of its scene the answers are. No maths.
import {DENSITY_W} from "../../cfg_core/engine/facts.js";
import {noiseFrom} from "../../cfg_core/engine/wire.js";

/** From, to, step: the values of w that are computed, closer where curves bend. */
const PARTS = [[-1, -0.5, 1 / 32], [-0.5, 0.5, 1 / 16], [0.5, 4, 1 / 8], [4, 10, 1 / 2]];
/** @param {number[]} along */
const range = ([from, to, step]) => Array.from({length: Math.round((to - from) / step)}, (_, i) => from + i * step);
/** The values of w of a whole sweep. */
export const WS = [...PARTS.flatMap(range), 10];

const ONE = {brief: true}; // while one is computed, the next waits

/** An array of one number. */
export const single = (x) => ({data: Float64Array.of(x), dims: [], shape: []});

/** The engine's sweep with what else the scene names: its window as an array. */
const shaped = (sweep, name = "extent") => {
  if (sweep.extent) sweep.arrays[name] = {data: Float64Array.from(sweep.extent), dims: ["edge"], shape: [4]};
  return sweep;
};

const gaussians = {
  finer: true, // than what the server sends
  ask(engine, {mixture, walk, noise, half, now: least}, {w}, brief, done) {
    engine.ask("gaussians", {mixture, walk, noise, half, ws: WS, ...(brief ? {least} : {})}, (sweep, whole) => {
      if (whole) sweep.arrays.outside_most = single(Math.max(...sweep.arrays.outside.data));
      done(shaped(sweep), whole);
    }, brief ? {now: w, brief} : {});
  },
  cloud(engine, {mixture, walk, noise}, w, done) {
    engine.ask("cloud", {mixture, walk, noise, w}, done, ONE);
  },
  /** Tables as they were sent, decoded. */
  decoded: ({noise, ...tables}) => ({...tables, noise: noiseFrom(noise)}),
  /** What costs more, and follows when the hand rests. */
  late: {
    arrays: ["log_actual", "actual_off"],
    sign: "actual_off", // no number until it is computed; log_actual may have none where it is not drawn
    ask(engine, {mixture, ode, half}, done) {
      engine.ask("actual", {mixture, ode, ws: DENSITY_W, half}, (sweep) => done(shaped(sweep, "actual_extent")));
    },
  },
};

const field = {
  ask(engine, {mixture, strength, walk, ws, c, arrows, z1, z2, half}, {lam}, brief, done) {
    engine.ask("field", {mixture, strength, c, arrows, half}, (sweep, whole) => done(shaped(sweep), whole), brief ? {now: lam, brief} : {});
    engine.ask("particle", {mixture, strength, walk, ws, c, arrows, z1, z2, half}, (sweep) => done(sweep, true), ONE);
  },
  decoded: (tables) => tables,
};

/** The paper's figure. */
const figure = {
  ask(engine, {mixture, ws}, coords, brief, done) {
    engine.ask("figure", {mixture, ws}, (sweep) => done(shaped(sweep), true), ONE);
  },
  decoded: (tables) => tables,
};

export const COMPUTES = {gaussians, field, figure};
