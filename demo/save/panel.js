// A panel of the stage as something to save: its title and legend stand above it, as on the page.
import {number} from "../stage/format.js";
import {rowsOf} from "./table.js";

const LINE = 20, TITLE = 24, GAP = 14; // pixels: of a row of the legend, of the title, between two entries

/** The legend's entries in rows no wider than this: [{name, color, x, row}]. */
const placed = (entries, width, measure) => {
  let x = 0, row = 0;
  return entries.map(({name, color}) => {
    const wide = 16 + measure(name) + GAP;
    if (x && x + wide > width) [x, row] = [0, row + 1];
    const at = {name, color, x, row};
    x += wide;
    return at;
  });
};

/**
 * @param {any} stage
 * @param {import("../stage/types.js").Drawn} panel
 * @returns {import("./save.js").Saved | null} null where there is nothing to save yet
 */
export const panelSaved = (stage, panel) => {
  const {spec} = panel;
  if (!stage.sweep) return null;
  const shown = spec.layers.filter((layer) => stage.isShown(spec, layer)), classes = stage.sweep.labels.class ?? [];
  const named = shown.filter((layer, i) => layer.name && shown.findIndex((other) => other.name === layer.name) === i);
  const title = panel.words.textContent || spec.id, {w} = stage.coords, {w: ws} = stage.sweep.axes;
  const grouped = (/** @type {any} */ layer) => layer.rgb || layer.group || (layer.type === "points" && !layer.color);
  const entries = [
    ...named.map((/** @type {any} */ layer) => ({name: layer.name, color: stage.color(grouped(layer) ? "muted" : layer.color || (layer.z ? "density" : "A"))})),
    ...(shown.some(grouped) ? classes.map((name) => ({name, color: stage.color(name)})) : []), // A, B and C
  ];
  const draw = (ctx, width, height, at = w) => {
    const font = `12px ${stage.family}`, before = stage.coords, ink = stage.color("ink");
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    ctx.font = `600 14px ${stage.family}`;
    ctx.fillStyle = ink;
    const words = [title, spec.source && `(${spec.source})`, at !== undefined && !/w = /.test(title) && `· w = ${number(at)} (scale ${number(1 + at)})`];
    ctx.fillText(words.filter(Boolean).join(" "), 0, 0);
    ctx.font = font;
    const legend = placed(entries, width, (text) => ctx.measureText(text).width), head = TITLE + (legend.length ? LINE * (1 + legend[legend.length - 1].row) : 0);
    for (const {name, color, x, row} of legend) {
      ctx.fillStyle = color;
      ctx.fillRect(x, TITLE + row * LINE + 2, 11, 11);
      ctx.fillStyle = ink;
      ctx.fillText(name, x + 16, TITLE + row * LINE);
    }
    ctx.translate(0, head);
    stage.coords = {...before, w: at};
    try { stage.draw(panel, stage.view(panel, width, height - head, ctx)); } finally { stage.coords = before; }
  };
  const rows = () => rowsOf(stage.sweep, shown, stage.coords);
  const swings = ws?.length > 1 ? [Math.max(0, ws[0]), Math.min(8, ws[ws.length - 1])] : null;
  return {title, coords: {...stage.coords}, rows, swings, draw};
};
