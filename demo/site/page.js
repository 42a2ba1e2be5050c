// The static page: the frame, the stage and the toy of the app, with what Gradio and a server do there done here.
import {asks} from "../frame/follow.js";
import * as frame from "../frame/frame.js";
import * as state from "../frame/state.js";
import * as lessons from "../lessons/bar.js";
import * as stage from "../stage/stage.js";
import * as toy from "../toy/page.js";
import {answer, take} from "./answers.js";
import * as controls from "./controls.js";

/** @type {{views: any[], lessons: any, params: Record<string, string[]>}} */
const given = JSON.parse(document.querySelector("#given").textContent);
const asked = new Map(); // view -> the number of its last question

/** All settings of a view by name, those without a control as well. */
const settings = (spec) =>
  ({...spec.fixed, ...Object.fromEntries(spec.settings.map(({name, key}) => [name, state.valuesOf(spec.name)[key]]))});

/** Compute a view anew; of several questions the last one is drawn. */
async function ask(spec) {
  const message = document.querySelector(`#view-${spec.name} .message`), n = (asked.get(spec.name) ?? 0) + 1;
  asked.set(spec.name, n);
  try {
    const value = await answer(spec, settings(spec), given.params);
    if (asked.get(spec.name) !== n) return;
    message.textContent = "";
    stage.load(spec.stage, value);
    toy.get(spec.stage)?.rest();
  } catch (problem) {
    if (asked.get(spec.name) === n) message.textContent = `⚠ ${problem.message}`;
  }
}

/** Open a view. */
function select(name) {
  for (const tab of document.querySelectorAll("#tabs [role=tab]")) {
    const mine = tab instanceof HTMLElement && tab.dataset.tabId === name;
    document.querySelector(`#view-${tab instanceof HTMLElement ? tab.dataset.tabId : ""}`).toggleAttribute("hidden", !mine);
    tab.setAttribute("aria-selected", String(mine));
  }
  const spec = given.views.find((view) => view.name === name);
  if (!asked.has(name)) ask(spec); else window.dispatchEvent(new Event("resize"));
}

/** The controls take what they are told. */
function tell() {
  const news = state.take();
  for (const {settings} of given.views)
    for (const setting of settings) if (setting.id in news) controls.tell(setting, news[setting.id]);
  state.sent();
}

/** A click in a picture puts the particle there. */
const drop = (spec, at) => {
  const placed = ([name, said]) => [name, Number(Number(at[said]).toFixed(said === "lam" ? 1 : 3))];
  const put = Object.fromEntries(Object.entries(spec.drops).map(placed));
  state.set(spec.name, Object.fromEntries(spec.settings.filter(({name}) => name in put).map(({name, key}) => [key, put[name]])), "drop");
  ask(spec);
};

function begin() {
  const shade = matchMedia("(prefers-color-scheme: dark)"), theme = new URLSearchParams(window.location.search).get("__theme");
  const dark = () => document.body.classList.toggle("dark", theme ? theme === "dark" : shade.matches);
  if (!theme) shade.addEventListener("change", dark);
  dark();
  for (const spec of given.views) {
    stage.mount(spec.stage, document.getElementById(spec.stage), (_, at) => drop(spec, at), () => {}, {});
    for (const setting of spec.settings)
      controls.listen(setting, () => state.tell(spec.name, spec.settings.map(controls.said)));
  }
  asks((id) => ask(given.views.find((spec) => spec.stage === id)));
  state.mirror(tell);
  for (const tab of document.querySelectorAll("#tabs [role=tab]"))
    if (tab instanceof HTMLElement) tab.addEventListener("click", () => select(tab.dataset.tabId));
}

window.cfg = {stage, frame, lessons, state, toy, site: {take}};
state.begin(given.views);
begin();
if (!state.linked().view) select(given.views[0].name);
frame.begin(given.views);
lessons.begin(given.lessons);
