import assert from "node:assert/strict";
import {test} from "node:test";

import {LEAST, exp} from "../../cfg_core/engine/exp.js";

test("e^x of shares is Math.exp to two units of the last place, 0 far below, and what is no number stays none", () => {
  for (let x = 0; x >= LEAST; x -= 0.00137) {
    const want = Math.exp(x);
    assert.ok(Math.abs(exp(x) - want) <= 2 * Number.EPSILON * want, `at ${x}`);
  }
  assert.equal(exp(0), 1);
  assert.equal(exp(LEAST - 1e-9), 0);
  assert.equal(exp(-Infinity), 0);
  assert.ok(Number.isNaN(exp(NaN)));
});
