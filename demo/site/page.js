// The static page: sliders and choices move the stages; numbers come from files beside this one, when they are chosen.
import {number} from "../stage/format.js";
import * as stage from "../stage/stage.js";

/** @type {() => NodeListOf<HTMLButtonElement>} */
const tabs = () => document.querySelectorAll("nav button");
/** @type {(tab: string) => HTMLSelectElement} */
const chooser = (tab) => document.querySelector(`select[data-of=${tab}]`);
const wanted = {}; // tab -> name of the view it shows, or will show when its file is here
const values = new Map(); // name -> the stage's value
const dark = matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.body.classList.toggle("dark", dark.matches);
dark.addEventListener("change", shade);
shade();

const take = (name, value) => {
  values.set(name, value);
  for (const [tab, chosen] of Object.entries(wanted)) if (chosen === name) stage.load(`${tab}-stage`, value);
};

function choose(tab, name) {
  wanted[tab] = name;
  if (values.has(name)) return void stage.load(`${tab}-stage`, values.get(name));
  const script = document.createElement("script");
  script.src = `views/${encodeURIComponent(name)}.js`;
  script.onerror = () => { document.querySelector(`#${tab} .message`).textContent = `${script.src} is missing.`; };
  document.head.append(script);
}

function open(tab) {
  for (const button of tabs()) {
    const mine = button.dataset.tab === tab;
    button.setAttribute("aria-selected", String(mine));
    document.getElementById(button.dataset.tab).hidden = !mine;
  }
  if (!wanted[tab]) choose(tab, chooser(tab).value);
}

for (const tab of ["gaussians", "field"]) {
  stage.mount(`${tab}-stage`, document.getElementById(`${tab}-stage`), () => {}, () => {}, {});
  for (const coord of ["w", "lam"]) {
    const box = document.getElementById(`${tab}-${coord}`);
    if (!box) continue;
    const input = box.querySelector("input"), words = box.querySelector("output");
    const move = () => {
      const x = Number(input.value), show = (n) => number(Math.round(10 * n) / 10);
      words.textContent = coord === "w" ? `${show(x)} (scale ${show(1 + x)})` : show(x);
      stage.set(`${tab}-stage`, {[coord]: x});
    };
    for (const event of ["input", "change"]) input.addEventListener(event, move);
    move();
  }
  chooser(tab).addEventListener("change", () => choose(tab, chooser(tab).value));
}
for (const button of tabs()) button.addEventListener("click", () => open(button.dataset.tab));
window.cfg = {stage, site: {take}};
open("gaussians");
