// The SVG that is saved has the marks that are drawn, where they are drawn.
import assert from "node:assert/strict";
import {test} from "node:test";
import {SvgContext} from "../../demo/save/svg.js";
import {csv, rowsOf} from "../../demo/save/table.js";

/** @type {() => any} */
const context = () => new SvgContext(200, 100, (text) => 6 * text.length);

test("paths keep their places, also moved; restore ends a clip and a colour", () => {
  const ctx = context();
  ctx.fillStyle = "#ff0000";
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, 50, 50);
  ctx.clip();
  ctx.translate(10, 20);
  ctx.fillStyle = "#0000ff";
  ctx.beginPath();
  ctx.moveTo(1, 2);
  ctx.lineTo(3, 4);
  ctx.closePath();
  ctx.fill();
  ctx.restore();
  ctx.fillRect(0, 0, 5, 6);
  const [clip, inside, after] = ctx.out;
  assert.match(clip, /<clipPath id="clip1"><path d="M0 0h50v50h-50Z"\/>/);
  assert.match(inside, /d="M11 22L13 24Z" fill="#0000ff" clip-path="url\(#clip1\)"/);
  assert.match(after, /d="M0 0h5v6h-5Z" fill="#ff0000"\/>/);
});

test("a circle is closed and of its radius; words are safe and turned about their place", () => {
  const ctx = context();
  ctx.beginPath();
  ctx.arc(50, 40, 7, 0, 6.2832);
  ctx.strokeStyle = "#123456";
  ctx.setLineDash([4, 2]);
  ctx.stroke();
  assert.match(ctx.out[0], /M57 40A7 7 0 1 1 43 40A7 7 0 1 1 57 40Z.*stroke="#123456".*stroke-dasharray="4 2"/);
  ctx.font = "600 14px system-ui, sans-serif";
  ctx.rotate(-Math.PI / 2);
  ctx.fillText('a < b & "c"', 5, 6);
  assert.match(ctx.out[1], /transform="rotate\(-90 5 6\)".*font-weight="600".*a &#60; b &#38; &#34;c&#34;/);
});

test("a table has a row for each place, its class, and only the columns that are there", () => {
  const sweep = {labels: {class: ["A", "B"]}, ref: () => ({data: new Float32Array([0.5, 1, 2, 3, 4, 5, 6, NaN]), shape: [2, 2, 2]})};
  // @ts-ignore: only what a row needs
  const rows = rowsOf(sweep, [{type: "points", name: "samples, guided", xy: "x"}], {});
  assert.deepEqual(rows.map(({of, x}) => [of, x]), [["A", 0.5], ["A", 2], ["B", 4], ["B", 6]]);
  assert.equal(csv(rows, "where from"), '# where from\nlayer,of,x,y\n"samples, guided",A,0.5,1\n"samples, guided",A,2,3\n"samples, guided",B,4,5\n"samples, guided",B,6,\n');
});
