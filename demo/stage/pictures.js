// Pictures cut from a sprite sheet: a tile at each place of a grid, rows from the top, with words below the tiles or a
// name above each row where there are any.

import {number} from "./format.js";

const GAP = 1; // pixels of a picture between two
/** @type {Map<string, HTMLImageElement>} sheets by address */
const sheets = new Map();
/** @type {WeakMap<object, HTMLCanvasElement>} what a layer draws, pixel by pixel */
const drawn = new WeakMap();

/** @param {string} address @param {() => void} then */
const sheet = (address, then) => {
  let image = sheets.get(address);
  if (!image) {
    image = new Image();
    image.src = address;
    sheets.set(address, image);
  }
  if (!image.complete) image.addEventListener("load", then, {once: true});
  return image;
};

/** Images of the same noises in two rows: at w = 0 and at the present w, faded from one measured w to the next. */
export const twins = (view, layer, coords) => {
  const {ctx} = view, image = sheet(layer.sheet, view.again), {ws, tile} = layer, {kx, ky} = view;
  if (!image.naturalWidth) return; // it comes, or was not shipped
  const next = Math.max(1, ws.findIndex((w) => w >= coords.w)), last = ws.length - 1;
  const at = coords.w >= ws[last] ? last : Math.max(0, next - 1 + (coords.w - ws[next - 1]) / (ws[next] - ws[next - 1]));
  ctx.imageSmoothingEnabled = false;
  [ws.indexOf(0), at].forEach((place, row) => {
    for (const [column, alpha] of [[Math.floor(place), 1], [Math.ceil(place), place % 1]]) {
      ctx.globalAlpha = alpha;
      for (let i = 0; alpha && i < image.naturalHeight / tile; i++)
        ctx.drawImage(image, column * tile, i * tile, tile, tile, view.px(i) + 1, view.py(2 - row) + 1, kx - 2, ky - 2);
    }
  });
  ctx.globalAlpha = 1;
  ctx.font = view.font;
  ctx.textBaseline = "bottom";
  for (const [row, w] of [0, coords.w].entries()) {
    const words = `w = ${number(w, 3)}`, x = view.px(0) + 1, y = view.py(1 - row) - 1;
    ctx.fillStyle = view.color("paper");
    ctx.fillRect(x, y - 18, ctx.measureText(words).width + 10, 18);
    ctx.fillStyle = view.color(row ? "turn" : "ink");
    ctx.fillText(words, x + 5, y - 2);
  }
};

/** The places [{tile, x, y, size}] in the units of the panel: a tile is 1 wide. Where there is none, a tile is −1. */
export const places = (layer, tiles) => {
  const rows = Math.ceil(tiles.length / layer.across), tall = layer.tall ?? 1;
  return Array.from(tiles, (tile, i) => ({
    tile: tile >= 0 ? Math.round(tile) : -1, x: i % layer.across, y: (rows - Math.floor(i / layer.across)) * tall,
  }));
};

/** A layer on its panel; `view.again` paints once a sheet that was not there yet is. */
export const pictures = (view, layer, coords) => {
  const {ctx} = view, image = sheet(layer.sheet, view.again), {tile: size, columns} = layer;
  if (image.complete && !image.naturalWidth) throw new Error(`the pictures of ${layer.file} are missing or damaged`);
  const given = view.sweep.ref(layer.tiles, coords).data, all = places(layer, given);
  const canvas = drawn.get(layer) ?? document.createElement("canvas"), rows = Math.ceil(all.length / layer.across);
  drawn.set(layer, canvas);
  const pitch = size + GAP, each = Math.round((layer.tall ?? 1) * pitch), head = layer.rows ? each - pitch : 0;
  Object.assign(canvas, {width: layer.across * pitch, height: rows * each}); // empties it
  const pen = canvas.getContext("2d");
  if (image.complete) all.forEach(({tile}, i) => {
    if (tile < 0) return;
    const x = (i % layer.across) * pitch, y = Math.floor(i / layer.across) * each + head;
    pen.drawImage(image, (tile % columns) * size, Math.floor(tile / columns) * size, size, size, x, y, size, size);
  });
  ctx.imageSmoothingEnabled = false;
  const high = (layer.tall ?? 1) * rows;
  ctx.drawImage(canvas, view.px(0), view.py(high), layer.across * view.kx, high * view.ky);
  const missing = layer.none && all.every(({tile}) => tile < 0);
  if (!layer.words && !layer.rows && !missing) return;
  ctx.font = view.font;
  ctx.fillStyle = view.color("ink");
  ctx.textAlign = layer.rows ? "left" : "center";
  ctx.textBaseline = layer.rows ? "bottom" : "top";
  layer.rows?.forEach((name, r) => ctx.fillText(name, view.px(0), view.py((rows - 1 - r) * layer.tall + 1) - 2));
  if (missing) ctx.fillText(layer.none, view.px(layer.across / 2), view.py(high) + 24);
  else if (layer.words) all.forEach(({tile, x, y}, i) => { if (tile >= 0) ctx.fillText(layer.words[i] ?? "", view.px(x + 0.5), view.py(y - 1) + 1); });
};
