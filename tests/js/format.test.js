import assert from "node:assert/strict";
import {test} from "node:test";

import {FORMATS, number, percent, plain} from "../../demo/stage/format.js";

test("a number has a true minus, no −0, and no more digits than it needs", () => {
  assert.equal(number(-1.5), "−1.5");
  assert.equal(number(3), "3");
  assert.equal(number(0.1 + 0.2), "0.3");
  assert.equal(number(-0), "0");
  assert.equal(FORMATS["2f"](-0.001), "0.00");
  assert.equal(FORMATS["3g"](1234.5), "1230");
  assert.equal(FORMATS["3f"](2), "2.000");
  assert.equal(FORMATS["1%"](0.12345), "12.3 %");
  assert.equal(percent(0.994), "99 %");
});

test("what is no number is a dash in every format", () => {
  for (const show of Object.values(FORMATS)) for (const x of [NaN, Infinity, -Infinity]) assert.equal(show(x), "–");
});

test("in code a minus is a minus", () => {
  assert.equal(plain(-0.1), "-0.1");
  assert.equal(plain(3.0000001), "3");
});
