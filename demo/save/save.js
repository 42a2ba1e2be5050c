// Save what is shown: a picture at twice its size, the same as SVG, its numbers as CSV. Each says where it is from.
import * as state from "../frame/state.js";
import {el} from "../stage/dom.js";
import {plain} from "../stage/format.js";
import {SvgContext} from "./svg.js";
import {csv} from "./table.js";

/**
 * What can be saved: `title` says what is inside, `coords` where its sliders stand; `draw` on a context of that size, or `image`.
 * @typedef {{title: string, coords: Record<string, number>, rows: () => any[], width?: number, height?: number,
 *   draw?: (ctx: any) => void, image?: (format: string) => Promise<string>}} Saved
 */

const SCALE = 2;
const PAD = 12, FOOT = 11; // pixels round a picture, and of its smallest words
const FONT = "system-ui, sans-serif";
const ruler = () => document.createElement("canvas").getContext("2d");

/** One line: what it is, the settings (w, the seed, those that were changed), the version, the address that shows it again. @param {Saved} saved */
export const provenance = ({title}) => {
  const {view, values} = state.here(), name = state.specs().find((one) => one.name === view)?.title;
  const first = name ? state.defaults(view) : {}, told = ["w", "lam", "seed"];
  const set = Object.fromEntries(Object.entries(values).filter(([key, value]) => told.includes(key) || value !== first[key]));
  return [name ? `${name}: ${title}` : title, Object.entries(set).map(([key, value]) => `${key}=${value}`).join(", "),
    `Classifier-Free Guidance Explorer ${state.version()}`, state.address({view, values: set}).href].filter(Boolean).join("; ");
};

/** A file's name says what is inside. @param {Saved} saved @param {string} kind */
export const fileName = ({title, coords}, kind) => {
  const {view} = state.here(), at = Object.entries(coords).map(([name, x]) => `${name}-${plain(x)}`);
  const words = [view, title, ...at].join("-").toLowerCase().normalize("NFKD").replace(/[^a-z0-9.−-]+/g, "-").replace(/−/g, "-");
  return `${words.replace(/-{2,}/g, "-").replace(/^-|-$|\.$/g, "").slice(0, 110)}.${kind}`;
};

/** Lines of a text no wider than this. @param {(text: string) => number} measure */
const wrapped = (text, width, measure) => {
  const lines = [""];
  for (const word of text.split(/(?<=[\s,;&?])/)) {
    const line = lines[lines.length - 1];
    if (line && measure(line + word) > width) lines.push(word); else lines[lines.length - 1] = line + word;
  }
  return lines;
};

/** The picture on paper with its provenance below: its size, and what draws it. @param {Saved} saved @param {string} paper @param {string} ink */
const sheet = (saved, paper, ink) => {
  const pen = ruler(), font = `${FOOT}px ${FONT}`;
  pen.font = font;
  const lines = wrapped(provenance(saved), saved.width, (text) => pen.measureText(text).width);
  const width = saved.width + 2 * PAD, height = saved.height + 3 * PAD + lines.length * (FOOT + 4);
  const draw = (ctx) => {
    ctx.fillStyle = paper;
    ctx.fillRect(0, 0, width, height);
    ctx.save();
    ctx.translate(PAD, PAD);
    saved.draw(ctx);
    ctx.restore();
    ctx.font = font;
    ctx.fillStyle = ink;
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    lines.forEach((line, i) => ctx.fillText(line, PAD, saved.height + 2 * PAD + i * (FOOT + 4)));
  };
  return {width, height, draw};
};

/** @returns {[string, string]} the page's paper and ink */
const colors = () => {
  const css = getComputedStyle(document.body);
  return [css.getPropertyValue("--body-background-fill").trim() || "#ffffff", css.getPropertyValue("--body-text-color").trim() || "#000000"];
};

/** @type {Record<string, (saved: Saved) => Promise<string>>} each kind of file, as an address */
const KINDS = {
  png: async (saved) => {
    if (saved.image) return saved.image("png");
    const {width, height, draw} = sheet(saved, ...colors()), canvas = Object.assign(document.createElement("canvas"), {width: SCALE * width, height: SCALE * height});
    const ctx = canvas.getContext("2d");
    ctx.scale(SCALE, SCALE);
    draw(ctx);
    return canvas.toDataURL("image/png");
  },
  svg: async (saved) => {
    if (saved.image) return saved.image("svg");
    const pen = ruler(), {width, height, draw} = sheet(saved, ...colors());
    const ctx = new SvgContext(width, height, (text, font) => { pen.font = font; return pen.measureText(text).width; });
    draw(ctx);
    return URL.createObjectURL(new Blob([ctx.toString()], {type: "image/svg+xml"}));
  },
  csv: async (saved) => URL.createObjectURL(new Blob([csv(saved.rows(), provenance(saved))], {type: "text/csv"})),
};

/** A small button that opens the three ways to save what `source` says. @param {() => Saved | null} source */
export const saveButton = (source) => {
  const box = el("details", "save"), list = el("div");
  const sign = el("summary", "", "⤓");
  sign.setAttribute("aria-label", "Save this picture or its numbers");
  sign.title = "Save";
  list.append(...Object.keys(KINDS).map((kind) => {
    const button = el("button", "", kind.toUpperCase());
    button.type = "button";
    button.addEventListener("click", async () => {
      const saved = source(), link = el("a");
      box.open = false;
      if (!saved) return;
      link.href = await KINDS[kind](saved);
      link.download = fileName(saved, kind);
      link.click();
      if (link.href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
    return button;
  }));
  box.append(sign, list);
  box.addEventListener("focusout", (event) => { if (!(event.relatedTarget instanceof Node && box.contains(event.relatedTarget))) box.open = false; });
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") box.open = false; });
  return box;
};
