// What demo/site/book.py packed, put together again: the table of a walk under a rule, as cfg_core.tables writes it.
import {numbers} from "../../cfg_core/engine/wire.js";

/** Runs [how often, value], or all numbers in base64. @param {string | number[][]} packed */
const unrolled = (packed) =>
  typeof packed === "string" ? numbers(packed) : Float64Array.from(packed.flatMap(([n, value]) => Array(n).fill(value)));

/** A rule and its numbers, as book.py names them. @param {string} rule @param {number[]} given */
export const ruleKey = (rule, given) => [rule, ...given.map(Number)].join("|");

export class Book {
  constructor({lam, alpha, sigma, rules, walks, at}) {
    this.levels = {lam: numbers(lam), alpha: numbers(alpha), sigma: numbers(sigma)};
    this.rules = rules;
    this.walks = walks;
    this.at = at;
  }

  /** Columns of noise levels, with the rule's strength there. @param {string} rule @param {number[]} at */
  strength(rule, at = this.at) {
    const {a, b} = this.rules[rule], columns = {...this.levels, a: unrolled(a), b: unrolled(b)};
    return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, at.map((i) => column[i])]));
  }

  /** A walk under a rule. @param {string} name @param {string} rule */
  walk(name, rule) {
    const {at, yields, on_z, on_x, on_noise, noise} = this.walks[name], rows = at.length, every = numbers(on_x), back = every.length / rows;
    return {
      ...this.strength(rule, at),
      yields: [...yields].map(Number),
      on_z: Array.from(numbers(on_z)),
      on_x: at.map((_, row) => Array.from(every.subarray(row * back, (row + 1) * back))),
      on_noise: on_noise ? Array.from(numbers(on_noise)) : Array(rows).fill(0),
      noise: noise ?? Array(rows).fill(0),
    };
  }
}

/** A scene of book.py's `varied`. */
export function sceneOf({base, places, values, at}, name) {
  const scene = structuredClone(base);
  places.forEach((place, i) => {
    const last = place.length - 1, inside = place.slice(0, last).reduce((node, step) => node[step], scene);
    inside[place[last]] = structuredClone(values[i][at[name][i]]);
  });
  return scene;
}
