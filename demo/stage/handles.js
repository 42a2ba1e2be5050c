// Handles over a panel's picture: ellipses that a hand, a wheel or keys move. They know no maths: what is grabbed is
// told as an edit, and whoever listens says by `show` where everything stands now.

/**
 * What may be grabbed: a place, an ellipse round it (half axes, angle), its colour and mark, and what is said of it.
 * @typedef {{x: number, y: number, a: number, b: number, angle: number, label: string, weight: number, words: string}} Item
 */
/**
 * What a hand does to item `index`. rim: from and to are ways from the middle; by: a factor; angle: of a turn.
 * @typedef {{kind: "take" | "leave" | "move" | "rim" | "weight" | "size" | "stretch" | "turn" | "add" | "remove", index: number,
 *   at?: number[], from?: number[], to?: number[], whole?: boolean, by?: number, angle?: number}} Edit
 */

const SVG = "http://www.w3.org/2000/svg";
const svg = (tag, className, attributes = {}) => {
  const node = document.createElementNS(SVG, tag);
  if (className) node.setAttribute("class", className);
  set(node, attributes);
  return node;
};
const set = (node, attributes) => { for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value)); };

const KNOB = {x: 17, y: -17, travel: 60}; // of the weight's knob: where from the middle, pixels for a factor e
const NOTCH = 1.1; // weight for one notch of the wheel
const MOVES = ["pointerrawupdate", "pointermove"]; // the first comes up to a picture sooner, where there is such
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};
const STEP = 60; // steps of the arrow keys across the panel
const TURN = Math.PI / 24;
/** What a key does to an item. @type {Record<string, Partial<Edit>>} */
const KEYS = {
  "+": {kind: "weight", by: NOTCH}, "=": {kind: "weight", by: NOTCH}, "-": {kind: "weight", by: 1 / NOTCH},
  "]": {kind: "size", by: 1.05}, "[": {kind: "size", by: 1 / 1.05},
  "}": {kind: "turn", angle: TURN}, "{": {kind: "turn", angle: -TURN},
  ".": {kind: "stretch", by: 1.05}, ",": {kind: "stretch", by: 1 / 1.05},
  Delete: {kind: "remove"}, Backspace: {kind: "remove"},
};
/** The same with Shift and an arrow. @type {Record<string, Partial<Edit>>} */
const SHIFTED = {ArrowUp: KEYS["]"], ArrowDown: KEYS["["], ArrowLeft: KEYS["}"], ArrowRight: KEYS["{"]};

/** How the keys are told to who cannot see the hint. */
export const HELP = "Arrow keys move it, plus and minus weigh it, brackets size it, Shift with brackets turns it, "
  + "comma and full stop stretch it, Delete removes it.";

export class Handles {
  /** @type {Item[]} */ items = [];
  /** @type {SVGGElement[]} */ groups = [];

  /**
   * @param {import("./types.js").Drawn} panel
   * @param {(edit: Edit) => void} tell
   */
  constructor(panel, tell) {
    this.panel = panel;
    this.tell = tell;
    this.root = /** @type {SVGSVGElement} */ (svg("svg", "grab", {role: "group", "aria-label": "Classes to move"}));
    panel.canvas.after(this.root);
    let finger = false; // a double tap is how people zoom: the bar has a button that adds
    panel.canvas.addEventListener("pointerdown", ({pointerType}) => { finger = pointerType === "touch"; });
    panel.canvas.addEventListener("dblclick", (event) => {
      if (finger) return;
      const at = this.at(event), {x, y} = panel.view;
      if (at[0] < x[0] || at[0] > x[1] || at[1] < y[0] || at[1] > y[1]) return;
      this.tell({kind: "add", index: -1, at});
    });
  }

  /** Whether they are still over a panel that is on the page. */
  get there() { return this.panel.figure.isConnected; }

  /** These may be grabbed.  @param {Item[]} items */
  show(items) {
    this.items = items;
    while (this.groups.length > items.length) this.groups.pop().remove();
    while (this.groups.length < items.length) this.groups.push(this.group(this.groups.length));
    this.place();
  }

  /** Take the focus to one of them, as the keys do. */
  focus(index) { this.groups[Math.min(index, this.groups.length - 1)]?.focus({preventScroll: true}); }

  /** Put them where the panel has their places. */
  place() {
    const {view, canvas} = this.panel;
    if (!view) return;
    const style = this.root.style, {box} = view;
    const at = {left: canvas.offsetLeft, top: canvas.offsetTop, width: canvas.clientWidth, height: canvas.clientHeight};
    for (const [name, value] of Object.entries(at)) style.setProperty(name, `${value}px`);
    style.clipPath = `inset(${box.y - 14}px ${at.width - box.x - box.w - 14}px ${at.height - box.y - box.h - 14}px ${box.x - 14}px)`;
    this.items.forEach((item, i) => {
      const group = this.groups[i], [halo, rim, , grip, letter, stem, knob] = group.children;
      const x = view.px(item.x), y = view.py(item.y), rx = Math.max(4, item.a * view.kx), ry = Math.max(4, item.b * view.ky);
      set(group, {transform: `translate(${x} ${y})`, "data-label": item.label, "aria-label": item.words});
      const turn = `rotate(${(-item.angle * 180) / Math.PI})`; // y points up in the panel, down on the screen
      for (const node of [halo, rim]) set(node, {rx, ry, transform: turn});
      const size = Math.max(4.5, Math.min(9, 6 * item.weight ** 0.25)); // the heavier the larger
      set(grip, {r: size});
      letter.textContent = item.label;
      set(stem, {x2: KNOB.x, y2: KNOB.y});
      set(knob, {cx: KNOB.x, cy: KNOB.y});
    });
  }

  /** Where a pointer is, in the panel's coordinates. */
  at(event) {
    const {view, canvas} = this.panel, {left, top} = canvas.getBoundingClientRect();
    return [view.x[0] + (event.clientX - left - view.box.x) / view.kx, view.y[1] - (event.clientY - top - view.box.y) / view.ky];
  }

  /** @param {number} index @returns {SVGGElement} */
  group(index) {
    const group = /** @type {SVGGElement} */ (svg("g", "grab-one", {tabindex: 0, role: "button", "aria-roledescription": "handle"}));
    const halo = svg("ellipse", "grab-halo"), rim = svg("ellipse", "grab-rim");
    const pad = svg("circle", "grab-pad", {r: 13}), grip = svg("circle", "grab-grip"), letter = svg("text", "grab-letter", {dy: "0.35em"});
    const stem = svg("line", "grab-stem"), knob = svg("circle", "grab-knob", {r: 5});
    group.append(halo, rim, pad, grip, letter, stem, knob);
    this.root.append(group);
    this.drags(group, halo, (item, from) => {
      const start = [from[0] - item.x, from[1] - item.y];
      return (to, event) => ({kind: "rim", from: start, to: [to[0] - item.x, to[1] - item.y], whole: event.shiftKey});
    });
    this.drags(group, pad, (item, from) => (to) => ({kind: "move", at: [item.x + to[0] - from[0], item.y + to[1] - from[1]]}));
    this.drags(group, knob, (item, from, {clientY}) => (to, event) =>
      ({kind: "weight", by: Math.exp((clientY - event.clientY) / KNOB.travel)}));
    group.addEventListener("touchstart", (event) => event.preventDefault(), {passive: false}); // what is held does not scroll
    group.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.once(index, {kind: "weight", by: NOTCH ** (-event.deltaY / 100)});
    }, {passive: false});
    group.addEventListener("keydown", (event) => this.key(index, event));
    return group;
  }

  /**
   * While `node` is held, what `begin` returns makes an edit of each place; edits are of the item as it was taken.
   * @param {SVGGElement} group @param {Element} node
   * @param {(item: Item, from: number[], event: PointerEvent) => (to: number[], event: PointerEvent) => Partial<Edit>} begin
   */
  drags(group, node, begin) {
    node.addEventListener("pointerdown", (/** @type {PointerEvent} */ down) => {
      if (down.button !== 0) return;
      down.preventDefault(); // no text is selected
      const index = this.groups.indexOf(group), edit = begin(this.items[index], this.at(down), down);
      node.setPointerCapture(down.pointerId);
      group.focus({preventScroll: true});
      group.classList.add("held");
      this.tell({kind: "take", index});
      const move = (event) => this.tell(/** @type {Edit} */ ({index, ...edit(this.at(event), event)}));
      const stop = () => {
        for (const kind of MOVES) node.removeEventListener(kind, move);
        node.removeEventListener("lostpointercapture", stop);
        group.classList.remove("held");
        this.tell({kind: "leave", index});
      };
      for (const kind of MOVES) node.addEventListener(kind, move);
      node.addEventListener("lostpointercapture", stop);
    });
  }

  /** An edit that is whole by itself. */
  once(index, edit) {
    this.tell({kind: "take", index});
    this.tell({index, ...edit});
    this.tell({kind: "leave", index});
  }

  key(index, event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const {view} = this.panel, item = this.items[index], arrow = ARROWS[event.key], step = (view.x[1] - view.x[0]) / STEP;
    const edit = event.shiftKey && arrow ? SHIFTED[event.key]
      : arrow ? {kind: "move", at: [item.x + step * arrow[0], item.y + step * arrow[1]]} : KEYS[event.key];
    if (!edit) return;
    event.preventDefault(); // the page does not scroll, and its own keys do nothing
    this.once(index, edit);
  }
}
