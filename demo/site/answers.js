// What a server answers in the app, answered here: a stage's value for any settings, from shipped tables and the engine.
import * as geometry from "../../cfg_core/engine/geometry.js";
import {numbers} from "../../cfg_core/engine/wire.js";
import {COMPUTES, single} from "../toy/computes.js";
import {engine} from "../toy/engine.js";
import {Book, ruleKey, sceneOf} from "./book.js";

/** @type {Map<string, Promise<any>>} files that were asked for */ const files = new Map();
/** @type {Map<string, (given: any) => void>} */ const waiting = new Map();

/** A file beside the page says what it holds. */
export const take = (name, given) => waiting.get(name)?.(given);

/** What a file holds. A script and not a fetch: it works from a folder on disk too. @param {string} name */
const file = (name) => {
  if (!files.has(name)) files.set(name, new Promise((resolve, reject) => {
    waiting.set(name, resolve);
    const script = document.createElement("script");
    script.src = `data/${name}.js`;
    script.onerror = () => { files.delete(name); reject(new Error(`${script.src} is missing.`)); };
    document.head.append(script);
  }));
  return files.get(name);
};

const LATEST = 8; // the lam between whose negative and which a particle can be dropped
const books = new Map();
const bookOf = (name, given) => {
  if (!books.has(name)) books.set(name, new Book(given.book));
  return books.get(name);
};

/** The name of what a rule with its numbers has in the tables: a number that they do not hold is named. */
const guidance = (book, s, params) => {
  const key = ruleKey(s.rule, (params[s.rule] ?? []).map((name) => s[name]));
  if (!book.rules[key]) throw new Error("These numbers of the rule do not go together; the interval's lower end must be below its upper one.");
  return key;
};

/** The noises of a walk. */
async function noiseFor(walk, s, given) {
  const steps = {}, most = Math.max(...walk.noise);
  if (most) {
    const sent = await file(`noise-${s.seed}`);
    for (let i = 1; i <= most; i++) steps[i] = numbers(sent[i - 1], Float32Array);
  }
  return {points: given.points, start: numbers(given.start[s.seed]), steps};
}

const ANSWERS = {
  async gaussians(s, params) {
    const given = await file("gaussians"), book = bookOf("gaussians", given);
    if (s.view !== "Turn w") return {compute: "figure", tables: given.figure, scenes: given.scenes[s.view], scene: ""};
    const rule = guidance(book, s, params), name = `${s.sampler}|${s.steps}|`;
    const walk = book.walk(book.walks[name + s.v] ? name + s.v : `${name}0`, rule);
    const tables = {walk, noise: await noiseFor(walk, s, given), points: given.points};
    if (s.actual) tables.ode = odeOf(given.odes[rule]);
    return {compute: "gaussians", tables, scenes: given.scenes[s.actual ? `${s.view}, exact` : s.view], scene: `${name}${rule}`};
  },
  async field(s, params) {
    const given = await file("field"), book = bookOf("field", given), rule = guidance(book, s, params);
    const at = Math.min(LATEST, Math.max(-LATEST, Math.round(10 * s.at) / 10)) || 0; // as the slider stops
    const {z1, z2, arrows, letter} = s, walk = book.walk(String(at), rule);
    const tables = {strength: book.strength(rule), c: "ABC".indexOf(letter), arrows, walk, ws: given.ws, z1, z2};
    return {compute: "field", tables, scenes: given.scenes[""], scene: `${letter}|${arrows}|${rule}`};
  },
};

/** The steps of the exact density, in rows. */
const odeOf = ({theta, a, b, ...rest}) => {
  const rows = (column, steps) => Array.from({length: steps}, (_, i) => {
    const size = column.length / steps;
    return Array.from(column.subarray(i * size, (i + 1) * size));
  });
  const ends = numbers(theta), steps = ends.length / 2;
  return {...rest, theta: rows(ends, steps), a: rows(numbers(a), steps), b: rows(numbers(b), steps)};
};

/** The classes that settings mean. @param {any} s */
const mixtureOf = ({mixture, separation, spread, a = 1, b = 1, c = 1}) =>
  mixture ? geometry.read(mixture) : geometry.threeGaussians(separation, spread, [a, b, c]);

/** All arrays that a scene names, from the engine's answers, which may come in parts. */
const computed = (compute, tables, mixture, coords, names) => new Promise((resolve, reject) => {
  const out = {axes: {}, arrays: {}, labels: {}};
  out.arrays.separation = single(geometry.summary(mixture).separation);
  const late = setTimeout(() => reject(new Error("The engine does not answer.")), 20_000);
  COMPUTES[compute].ask(engine, {...tables, mixture}, coords, false, (sweep, whole) => {
    if (!whole) return;
    for (const part of ["axes", "arrays", "labels"]) Object.assign(out[part], sweep[part]);
    if (names.some((name) => !out.arrays[name])) return;
    clearTimeout(late);
    resolve(out);
  });
});

/** Room for the exact density, which the toy fills when the hand rests. */
const roomFor = (sweep, {extent}) => {
  sweep.axes["w:coarse"] = [0, 1];
  sweep.arrays.log_actual = {data: new Float32Array(2 * 3 * 4).fill(NaN), dims: ["w:coarse", "class", "y", "x"], shape: [2, 3, 2, 2]};
  sweep.arrays.actual_extent = extent;
  sweep.arrays.actual_off = {data: new Float32Array(2).fill(NaN), dims: ["w:coarse"], shape: [2]};
};

/**
 * The stage's value for these settings. Rejects, saying why, where it cannot be computed here.
 * @param {any} spec the view @param {Record<string, any>} s @param {Record<string, string[]>} params each rule's numbers
 */
export const answer = async (spec, s, params) => {
  const {compute, tables, scenes, scene} = await ANSWERS[spec.name](s, params), mixture = mixtureOf(s);
  const exact = ["log_actual", "actual_extent", "actual_off"], names = scenes.arrays.filter((name) => !exact.includes(name));
  const sweep = await computed(compute, tables, mixture, {w: s.w, lam: s.lam}, names);
  if (scenes.arrays.includes(exact[0])) roomFor(sweep, sweep.arrays);
  const settings = Object.fromEntries(Object.entries(s).filter(([name]) => !Object.values(spec.live).includes(name)));
  return {sweep, scene: sceneOf(scenes, scene), toy: {settings, moves: spec.moves, controls: spec.controls, compute, tables}};
};
