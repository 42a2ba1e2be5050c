// A lesson on paper (A4): each question with the picture that its step sets and room to write, then the key.
import * as state from "../frame/state.js";
import * as stage from "../stage/stage.js";
import {el} from "../stage/dom.js";

/** The pictures of a step as they are drawn now, side by side. @param {import("./bar.js").Step} step */
const pictures = async ({view, state: given}) => {
  await state.go(view, given);
  const drawings = state.specs().find(({name}) => name === view).drawings, {part} = state.here().values;
  const ids = drawings.filter(({parts}) => !parts.length || parts.includes(part)).map(({id}) => id);
  await Promise.all(ids.map(stage.still));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const row = el("div", "sheet-pictures");
  for (const canvas of document.querySelectorAll(`#view-${view} .stage-panels canvas`)) {
    if (!(canvas instanceof HTMLCanvasElement) || !canvas.clientWidth) continue;
    const image = el("img");
    image.src = canvas.toDataURL();
    image.alt = canvas.getAttribute("aria-label") ?? "";
    row.append(image);
  }
  return row;
};

/** Make the sheet of a lesson, print it, and leave the page as it was. @param {import("./bar.js").Lesson} lesson */
export const print = async ({title, about, steps}) => {
  const before = state.here(), dark = document.body.classList.contains("dark"), sheet = el("section", "sheet"), key = el("ol", "sheet-key");
  document.body.classList.remove("dark"); // on paper
  sheet.append(el("h1", "", title), el("p", "", about), el("p", "sheet-name", "Name:"));
  for (const [i, step] of steps.entries()) {
    const part = el("article"), choices = el("ul");
    choices.append(...step.choices.map((choice) => el("li", "", choice)));
    part.append(el("h2", "", `${i + 1}. ${step.question}`), await pictures(step), el("p", "", step.text), choices, el("p", "sheet-lines", "Because"));
    sheet.append(part);
    key.append(el("li", "", `${step.choices[step.right - 1]}. ${step.answer}${step.act ? ` ${step.act} ${step.then}` : ""}`));
  }
  sheet.append(el("h2", "sheet-answers", "Key"), key);
  document.body.append(sheet);
  await state.go(before.view, before.values);
  document.body.classList.toggle("dark", dark);
  document.documentElement.classList.add("printing");
  window.print();
  document.documentElement.classList.remove("printing");
  sheet.remove();
};
