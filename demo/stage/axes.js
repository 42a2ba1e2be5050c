// The grid of a panel, the numbers on it and the names of its axes.
import {number} from "./format.js";
import {ticks} from "./ticks.js";

const NAME = 20; // pixels of the numbers' room that the name of a plane's axis takes at its end

/** Whether an axis has a name as short as its numbers, among which it stands. @param {{label: string}} axis */
export const isShort = ({label}) => label.length < 4;
/** Whether a panel is a plane with such names. @param {import("./types.js").Panel} spec */
export const isPlane = (spec) => spec.aspect === "equal" && isShort(spec.x);

/**
 * @param {import("./layers.js").View} view @param {import("./types.js").Panel} spec
 * @param {any} style the stage: its font, in pixels, its family and its colours
 */
export const drawAxes = (view, spec, style) => {
  const {ctx, box} = view, plane = isPlane(spec), right = box.x + box.w, bottom = box.y + box.h;
  /** @param {CanvasTextAlign} align @param {CanvasTextBaseline} baseline */
  const write = (words, x, y, align, baseline = "top") => {
    ctx.textAlign = align;
    ctx.textBaseline = baseline;
    ctx.fillText(words, x, y);
  };
  ctx.font = `${style.font}px ${style.family}`;
  ctx.lineWidth = 1;
  ctx.strokeStyle = style.color("grid");
  ctx.fillStyle = style.color("muted");
  ctx.beginPath();
  for (const t of ticks(view.x, box.w)) {
    const x = Math.round(view.px(t)) + 0.5;
    ctx.moveTo(x, box.y);
    ctx.lineTo(x, bottom);
    if (!spec.x.label || !isShort(spec.x) || x < right - NAME) write(number(t), x, bottom + 5, "center");
  }
  for (const t of ticks(view.y, box.h)) {
    const y = Math.round(view.py(t)) + 0.5;
    ctx.moveTo(box.x, y);
    ctx.lineTo(right, y);
    if (!plane || !spec.y.label || y > box.y + NAME) write(number(t), box.x - 5, y, "right", "middle");
  }
  ctx.stroke();
  ctx.font = view.font;
  if (isShort(spec.x)) write(spec.x.label, right, bottom + 4, "right");
  else write(spec.x.label, box.x + box.w / 2, bottom + 21 + (style.font - 12), "center");
  if (plane) write(spec.y.label, box.x - 5, box.y, "right");
  else write(spec.y.label, 2, 2, "left");
};
