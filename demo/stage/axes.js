// The grid of a panel, the numbers on it and the names of its axes.
import {number} from "./format.js";
import {ticks} from "./ticks.js";

/**
 * @param {import("./layers.js").View} view @param {import("./types.js").Panel} spec
 * @param {any} style the stage: its font, in pixels, its family and its colours
 */
export const drawAxes = (view, spec, style) => {
  const {ctx, box} = view, small = `${style.font}px ${style.family}`, more = style.font - 11;
  ctx.font = small;
  ctx.lineWidth = 1;
  ctx.strokeStyle = style.color("grid");
  ctx.fillStyle = style.color("muted");
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  ctx.beginPath();
  for (const t of ticks(view.x, box.w)) {
    const x = Math.round(view.px(t)) + 0.5;
    ctx.moveTo(x, box.y);
    ctx.lineTo(x, box.y + box.h);
    ctx.fillText(number(t), x, box.y + box.h + 5);
  }
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const t of ticks(view.y, box.h)) {
    const y = Math.round(view.py(t)) + 0.5;
    ctx.moveTo(box.x, y);
    ctx.lineTo(box.x + box.w, y);
    ctx.fillText(number(t), box.x - 5, y);
  }
  ctx.stroke();
  ctx.font = view.font;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  if (spec.x.label) ctx.fillText(spec.x.label, box.x + box.w / 2, box.y + box.h + 31 + 2 * more);
  if (spec.y.label) {
    ctx.save();
    ctx.translate(box.x - 34 - 1.4 * more, box.y + box.h / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText(spec.y.label, 0, 0);
    ctx.restore();
  }
};
