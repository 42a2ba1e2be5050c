// Where pictures stand on their panel, and what a table says of them.
import assert from "node:assert/strict";
import test from "node:test";
import {rowsOf} from "../../demo/save/table.js";
import {places} from "../../demo/stage/pictures.js";

test("places go by rows from the top, words leaving room; no tile is -1", () => {
  const found = places({across: 2, tall: 1.25}, [4, NaN, -1, 7]);
  assert.deepEqual(found.map(({tile}) => tile), [4, -1, -1, 7]);
  assert.deepEqual(found.map(({x, y}) => [x, y]), [[0, 2.5], [1, 2.5], [0, 1.25], [1, 1.25]]);
});

test("a table names the pictures that are there by their numbers", () => {
  const arrays = {tiles: [9, 8, -1], numbers: [310, 77, -1]};
  const sweep = {ref: (name) => ({data: arrays[name]})};
  const layer = {type: "pictures", name: "", tiles: "tiles", numbers: "numbers"};
  assert.deepEqual(rowsOf(/** @type {any} */ (sweep), [layer], {}).map(({along, value}) => [along, value]), [[1, 310], [2, 77]]);
});
