// Pictures cut from a sprite sheet: a tile at each place of a grid, rows from the top, with words below the tiles or a
// name above each row where there are any.

import {number} from "./format.js";

const GAP = 1; // pixels of a picture between two
/** @type {Map<string, HTMLImageElement>} sheets by address */
const sheets = new Map();
/** @type {Map<string, HTMLImageElement>} and those that are to replace them */
const coming = new Map();
/** @type {WeakMap<object, HTMLCanvasElement>} what a layer draws, pixel by pixel */
const drawn = new WeakMap();

/** A layer's sheet. One that is sent with its scene replaces the one before it of the same name as soon as it can be drawn. */
const sheet = ({sheet: address, file}, then) => {
  const key = address.startsWith("data:") ? file : address, shown = sheets.get(key);
  if (shown?.src === address) return shown;
  const fresh = coming.get(key)?.src === address ? coming.get(key) : Object.assign(new Image(), {src: address});
  if (fresh.complete || !shown) sheets.set(key, fresh);
  coming.set(key, fresh);
  if (!fresh.complete) fresh.addEventListener("load", then, {once: true});
  return sheets.get(key);
};

/** Whether some of what is drawn has not come yet. */
export const waits = () => [...coming.values()].some((image) => !image.complete);

/** The place that is marked, −1 where none is. */
const markOf = (sweep, layer, coords) => (layer.mark ? Math.round(sweep.ref(layer.mark, coords).data[0]) : -1);

/** The marked picture of these layers: bytes of red, green and blue in base64, and its name; null before there is one. */
export const marked = (sweep, layers, coords) => {
  for (const layer of layers) {
    const place = markOf(sweep, layer, coords), image = sheets.get(layer.sheet.startsWith("data:") ? layer.file : layer.sheet), {tile: size, columns} = layer;
    if (place < 0 || !image?.naturalWidth) continue;
    const canvas = Object.assign(document.createElement("canvas"), {width: size, height: size}), pen = canvas.getContext("2d");
    const tile = Math.round(sweep.ref(layer.tiles, coords).data[place]);
    pen.drawImage(image, (tile % columns) * size, Math.floor(tile / columns) * size, size, size, 0, 0, size, size);
    const bytes = pen.getImageData(0, 0, size, size).data.filter((_, i) => i % 4 < 3);
    return {pixels: btoa(String.fromCharCode(...bytes)), name: layer.names[place]};
  }
  return null;
};

/** Images of the same noises in two rows: at w = 0 and at the present w, faded from one measured w to the next. */
export const twins = (view, layer, coords) => {
  const {ctx} = view, image = sheet(layer, view.again), {ws, tile} = layer, {kx, ky} = view;
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
  const {ctx} = view, image = sheet(layer, view.again), {tile: size, columns} = layer;
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
  const high = (layer.tall ?? 1) * rows, up = layer.up ?? 0, mark = markOf(view.sweep, layer, coords);
  ctx.drawImage(canvas, view.px(0), view.py(high + up), layer.across * view.kx, high * view.ky);
  if (mark >= 0) {
    const {x, y} = all[mark];
    ctx.strokeStyle = view.color("turn");
    ctx.lineWidth = 3;
    ctx.strokeRect(view.px(x) + 1.5, view.py(y + up - (layer.rows ? layer.tall - 1 : 0)) + 1.5, view.kx - 3, view.ky - 3);
  }
  const missing = layer.none && all.every(({tile}) => tile < 0);
  if (!layer.words && !layer.rows && !missing) return;
  ctx.font = view.font;
  ctx.fillStyle = view.color("ink");
  ctx.textAlign = layer.rows ? "left" : "center";
  ctx.textBaseline = layer.rows ? "bottom" : "top";
  layer.rows?.forEach((name, r) => ctx.fillText(name, view.px(0), view.py((rows - 1 - r) * layer.tall + 1 + up) - 2));
  if (missing) ctx.fillText(layer.none, view.px(layer.across / 2), view.py(high) + 24);
  else if (layer.words) all.forEach(({tile, x, y}, i) => { if (tile >= 0) ctx.fillText(layer.words[i] ?? "", view.px(x + 0.5), view.py(y - 1 + up) + 1); });
};
