// A panel of the stage as something to save: its title and legend stand above it, as on the page.
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
  const {spec, canvas} = panel, width = canvas.clientWidth, tall = canvas.clientHeight;
  if (!stage.sweep || !width) return null;
  const shown = spec.layers.filter((layer) => stage.isShown(spec, layer));
  const named = shown.filter((layer, i) => layer.name && shown.findIndex((other) => other.name === layer.name) === i);
  const pen = panel.ctx, title = panel.words.textContent || spec.id, font = `12px ${stage.family}`;
  pen.save();
  pen.font = font;
  const entries = named.map((/** @type {any} */ layer) => ({name: layer.name, color: stage.color(layer.color || (layer.rgb || !layer.z ? "A" : "density"))}));
  const legend = placed(entries, width, (text) => pen.measureText(text).width);
  pen.restore();
  const head = TITLE + (legend.length ? LINE * (1 + legend[legend.length - 1].row) : 0);
  const draw = (ctx) => {
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    ctx.font = `600 14px ${stage.family}`;
    ctx.fillStyle = stage.color("ink");
    ctx.fillText(spec.source ? `${title} (${spec.source})` : title, 0, 0);
    ctx.font = font;
    for (const {name, color, x, row} of legend) {
      ctx.fillStyle = color;
      ctx.fillRect(x, TITLE + row * LINE + 2, 11, 11);
      ctx.fillStyle = stage.color("ink");
      ctx.fillText(name, x + 16, TITLE + row * LINE);
    }
    ctx.translate(0, head);
    stage.draw(panel, stage.view(panel, width, tall, ctx));
  };
  const rows = () => rowsOf(stage.sweep, shown, stage.coords);
  return {title, coords: {...stage.coords}, rows, width, height: head + tall, draw};
};
