// A drawing context that writes an SVG: what the stage's layers and axes draw, and no more.

/** @type {(n: number) => string} */
const short = (n) => String(Math.round(n * 100) / 100);
/** @type {(text: string) => string} */
const safe = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const ANCHORS = {left: "start", center: "middle", right: "end"};
const DOWN = {top: 0.8, middle: 0.35, alphabetic: 0}; // of its size: how far below that line a text's own base lies
const FIRST = {
  fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, font: "12px sans-serif", textAlign: "left",
  textBaseline: "alphabetic", lineJoin: "miter", lineCap: "butt", dash: /** @type {number[]} */ ([]), x: 0, y: 0, turn: 0, clipped: "",
};

/** A part of an image as a PNG's address. */
const part = (image, x, y, w, h) => {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, {width: w, height: h});
  canvas.getContext("2d").drawImage(image, x, y, w, h, 0, 0, w, h);
  return canvas.toDataURL();
};

/** As much of CanvasRenderingContext2D as is drawn with here; `measure` gives a text's width in a font. */
export class SvgContext {
  /** @type {string[]} */ out = [];
  /** @type {(typeof FIRST)[]} */ kept = [];
  now = {...FIRST};
  path = "";
  clips = 0;
  imageSmoothingEnabled = true;

  /** @param {number} width @param {number} height @param {(text: string, font: string) => number} measure */
  constructor(width, height, measure) {
    this.size = [width, height];
    this.measure = measure;
    for (const name of Object.keys(FIRST))
      if (!(name in this)) Object.defineProperty(this, name, {get: () => this.now[name], set: (value) => { this.now[name] = value; }});
  }

  save() { this.kept.push({...this.now}); }
  restore() { this.now = this.kept.pop() ?? {...FIRST}; }
  translate(x, y) { [this.now.x, this.now.y] = [this.now.x + x, this.now.y + y]; } // before any turn
  rotate(angle) { this.now.turn += (angle * 180) / Math.PI; }
  setLineDash(dash) { this.now.dash = dash; }
  measureText(text) { return {width: this.measure(text, this.now.font)}; }

  // ---- paths ------------------------------------------------------------------------------------------------------
  at(x, y) { return `${short(x + this.now.x)} ${short(y + this.now.y)}`; }
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${this.at(x, y)}`; }
  lineTo(x, y) { this.path += `${this.path ? "L" : "M"}${this.at(x, y)}`; }
  closePath() { this.path += "Z"; }
  rect(x, y, w, h) { this.path += `M${this.at(x, y)}h${short(w)}v${short(h)}h${short(-w)}Z`; }
  /** A whole circle. */
  arc(x, y, r) {
    const half = `A${short(r)} ${short(r)} 0 1 1 `;
    this.path += `M${this.at(x + r, y)}${half}${this.at(x - r, y)}${half}${this.at(x + r, y)}Z`;
  }
  clip() {
    const id = `clip${++this.clips}`;
    this.out.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath>`);
    this.now.clipped = ` clip-path="url(#${id})"`;
  }
  fill() { if (this.path) this.out.push(`<path d="${this.path}" fill="${this.now.fillStyle}"${this.seen()}/>`); }
  stroke() { if (this.path) this.out.push(`<path d="${this.path}" fill="none"${this.line()}${this.seen()}/>`); }
  clearRect() {}
  fillRect(x, y, w, h) {
    const before = this.path;
    this.path = "";
    this.rect(x, y, w, h);
    this.fill();
    this.path = before;
  }

  line() {
    const {strokeStyle, lineWidth, lineJoin, lineCap, dash} = this.now;
    const dashed = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    return ` stroke="${strokeStyle}" stroke-width="${lineWidth}" stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"${dashed}`;
  }
  seen() { return `${this.now.globalAlpha < 1 ? ` opacity="${short(this.now.globalAlpha)}"` : ""}${this.now.clipped}`; }

  // ---- words and images ---------------------------------------------------------------------------------------------
  fillText(text, x, y) { this.text(text, x, y, ` fill="${this.now.fillStyle}"`); }
  strokeText(text, x, y) { this.text(text, x, y, ` fill="none"${this.line()}`); }
  text(text, x, y, paint) {
    const {font, textAlign, textBaseline, turn} = this.now, [, weight, size, family] = font.match(/^(\d+ )?([\d.]+px) (.*)$/);
    const down = DOWN[textBaseline] * Number.parseFloat(size), at = this.at(x, y).split(" "), turned = turn ? ` transform="rotate(${short(turn)} ${at.join(" ")})"` : "";
    this.out.push(`<text x="${at[0]}" y="${at[1]}" dy="${short(down)}"${turned} font-size="${size}"${weight ? ` font-weight="${weight.trim()}"` : ""} ` +
      `font-family="${safe(family)}" text-anchor="${ANCHORS[textAlign]}"${paint}${this.seen()}>${safe(text)}</text>`);
  }
  /** The whole canvas or image in a box, or a part of it: as a canvas's own. */
  drawImage(image, ...box) {
    const whole = box.length === 4, [x, y, w, h] = box.slice(-4), at = this.at(x, y).split(" ");
    const href = whole && image.toDataURL ? image.toDataURL() : part(image, ...(whole ? [0, 0, image.width, image.height] : box.slice(0, 4)));
    this.out.push(`<image href="${href}" x="${at[0]}" y="${at[1]}" width="${short(w)}" height="${short(h)}" preserveAspectRatio="none"` +
      `${this.imageSmoothingEnabled ? "" : ' style="image-rendering: pixelated"'}${this.seen()}/>`);
  }

  /** The file. */
  toString() {
    const [w, h] = this.size.map(short);
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">\n${this.out.join("\n")}\n</svg>\n`;
  }
}
