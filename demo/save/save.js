// Save what is shown, at the sizes that people need, as pictures, numbers, or w swinging. Each says where it is from.
import * as state from "../frame/state.js";
import {el} from "../stage/dom.js";
import {plain} from "../stage/format.js";
import {SvgContext} from "./svg.js";
import {csv} from "./table.js";

/**
 * What can be saved: `title` says what is inside, `coords` where its sliders stand; `draw(ctx, width, height, w)` on a
 * context of that size, at another w where one is given; `swings` from one w to another.
 * @typedef {{title: string, coords: Record<string, number>, rows: () => any[], swings: number[] | null,
 *   draw: (ctx: any, width: number, height: number, w?: number) => void}} Saved
 */

const MM = 96 / 25.4, PRINT = 300 / 96; // CSS pixels of a millimetre; dots of a printer's 300 to the inch for each
/** @type {Record<string, {width: number, height: number, scale: number}>} */
const SIZES = {
  slide: {width: 960, height: 540, scale: 2},
  column: {width: 85 * MM, height: 72 * MM, scale: PRINT},
  page: {width: 175 * MM, height: 110 * MM, scale: PRINT},
};
const PAD = 12, FOOT = 9; // pixels round a picture, and of its smallest words
const FONT = "system-ui, sans-serif";
const SWING = 4000, BITS = 3e6; // ms of a video, and bits of a second of it: 1.5 MB
const ruler = () => document.createElement("canvas").getContext("2d");

/** One line: what it is, the settings (w, the seed, those that were changed), the version, the public address that shows it again, if there is one. @param {Saved} saved */
export const provenance = ({title}) => {
  const {view, values} = state.here(), name = state.specs().find((one) => one.name === view)?.title;
  const first = name ? state.defaults(view) : {}, told = ["w", "lam", "seed"];
  const set = Object.fromEntries(Object.entries(values).filter(([key, value]) => told.includes(key) || value !== first[key]));
  const link = state.publicAddress({view, values: set});
  return [name ? `${name}: ${title}` : title, Object.entries(set).map(([key, value]) => `${key}=${value}`).join(", "),
    `Classifier-Free Guidance Explorer ${state.version()}`, link].filter(Boolean).join("; ");
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

/** The picture on paper with its provenance below, on a context. @param {Saved} saved @param {any} ctx @param {{width: number, height: number}} size @param {number} [w] */
const sheet = (saved, ctx, {width, height}, w) => {
  const [paper, ink] = colors(), inner = width - 2 * PAD;
  ctx.font = `${FOOT}px ${FONT}`;
  const lines = wrapped(provenance(saved), inner, (text) => ctx.measureText(text).width), tall = height - 3 * PAD - lines.length * (FOOT + 3);
  ctx.fillStyle = paper;
  ctx.fillRect(0, 0, width, height);
  ctx.save();
  ctx.translate(PAD, PAD);
  saved.draw(ctx, inner, tall, w);
  ctx.restore();
  ctx.font = `${FOOT}px ${FONT}`;
  ctx.fillStyle = ink;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  lines.forEach((line, i) => ctx.fillText(line, PAD, tall + 2 * PAD + i * (FOOT + 3)));
};

/** A canvas of a size, and its context in CSS pixels. @param {{width: number, height: number, scale: number}} size @returns {[HTMLCanvasElement, CanvasRenderingContext2D]} */
const board = ({width, height, scale}) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: Math.round(width * scale), height: Math.round(height * scale)});
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  return [canvas, ctx];
};

/** @returns {[string, string]} the page's paper and ink */
const colors = () => {
  const css = getComputedStyle(document.body);
  return [css.getPropertyValue("--body-background-fill").trim() || "#ffffff", css.getPropertyValue("--body-text-color").trim() || "#000000"];
};

/** w swings from 0 up and back in four seconds. @param {Saved} saved @returns {Promise<Blob>} */
const swing = (saved) => new Promise((done) => {
  const size = {...SIZES.slide, scale: 1}, [canvas, ctx] = board(size), [low, high] = saved.swings, parts = [];
  const film = new MediaRecorder(canvas.captureStream(25), {mimeType: "video/webm", videoBitsPerSecond: BITS}), began = performance.now();
  film.ondataavailable = ({data}) => parts.push(data);
  film.onstop = () => done(new Blob(parts, {type: "video/webm"}));
  const frame = () => {
    const t = (performance.now() - began) / SWING;
    sheet(saved, ctx, size, low + (high - low) * Math.sin(Math.PI * Math.min(1, t)) ** 2);
    if (t < 1) requestAnimationFrame(frame); else film.stop();
  };
  film.start();
  frame();
});

const png = (name) => async (saved) => {
  const [canvas, ctx] = board(SIZES[name]);
  sheet(saved, ctx, SIZES[name]);
  return canvas.toDataURL("image/png");
};
const svg = async (saved) => {
  const {width, height} = SIZES.page, pen = ruler(), ctx = new SvgContext(width, height, (text, font) => { pen.font = font; return pen.measureText(text).width; });
  sheet(saved, ctx, SIZES.page);
  return URL.createObjectURL(new Blob([ctx.toString()], {type: "image/svg+xml"}));
};

/** @type {Record<string, {what: string, kind: string, make: (saved: Saved) => Promise<string>}>} each file, as an address */
const FILES = {
  Slide: {what: "PNG, 1920 × 1080", kind: "png", make: png("slide")},
  Column: {what: "PNG, 85 mm wide at 300 dpi", kind: "png", make: png("column")},
  Page: {what: "PNG, 175 mm wide at 300 dpi", kind: "png", make: png("page")},
  SVG: {what: "the page's width, as lines", kind: "svg", make: svg},
  CSV: {what: "the numbers", kind: "csv", make: async (saved) => URL.createObjectURL(new Blob([csv(saved.rows(), provenance(saved))], {type: "text/csv"}))},
  Video: {what: "WebM: w swings for four seconds", kind: "webm", make: async (saved) => URL.createObjectURL(await swing(saved))},
};

/** A small button that opens the ways to save what `source` says. @param {() => Saved | null} source */
export const saveButton = (source) => {
  const box = el("details", "save"), list = el("div");
  const sign = el("summary", "", "⤓");
  sign.setAttribute("aria-label", "Save this picture or its numbers");
  sign.title = "Save";
  list.append(...Object.entries(FILES).map(([name, {what, kind, make}]) => {
    const button = el("button", "", name);
    button.type = "button";
    button.title = what;
    button.addEventListener("click", async () => {
      const saved = source(), link = el("a");
      box.open = false;
      if (!saved) return;
      link.href = await make(saved);
      link.download = fileName(saved, kind);
      link.click();
      if (link.href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
    return button;
  }));
  box.addEventListener("toggle", () => { // what cannot swing is not offered
    const film = list.querySelector("button:last-child");
    if (box.open && film instanceof HTMLElement) film.hidden = !source()?.swings || !window.MediaRecorder;
  });
  box.append(sign, list);
  box.addEventListener("focusout", (event) => { if (!(event.relatedTarget instanceof Node && box.contains(event.relatedTarget))) box.open = false; });
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") box.open = false; });
  return box;
};
