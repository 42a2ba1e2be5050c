// The static page: the frame, the stage and the toy of the app, with what Gradio and a server do there done here.
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

const one = (spec, name) => spec.settings.find((setting) => setting.name === name);

/** All settings of a view by name, those without a control as well. */
const settings = (spec) =>
  ({...spec.fixed, ...Object.fromEntries(spec.settings.map((setting) => [setting.name, controls.said(setting)]))});

/** The names of what a picture is computed from. */
const asks = (spec) => Object.keys(settings(spec)).filter((name) => !Object.values(spec.live).includes(name));

/** The controls of a view changed: the frame, the stage and the toy are told. */
function changed(spec) {
  const values = settings(spec);
  for (const setting of spec.settings) controls.enable(setting, controls.counts(setting, values));
  frame.tell(spec.name, spec.settings.map((setting) => values[setting.name]));
  stage.set(spec.stage, Object.fromEntries(Object.entries(spec.live).map(([coord, name]) => [coord, values[name]])));
  toy.changed(spec.stage, asks(spec), asks(spec).map((name) => values[name]));
}

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

const set = (spec, values) => {
  for (const [name, value] of Object.entries(values)) if (one(spec, name)) controls.tell(one(spec, name), value);
  changed(spec);
};

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

/** What a link, a lesson or Back wants: the settings that it names, then its view. */
function restore() {
  const wanted = new URLSearchParams(state.search()), spec = given.views.find((view) => view.name === wanted.get("tab"));
  if (!spec) return frame.arrived();
  const values = spec.settings.filter(({key}) => wanted.has(key))
    .map((setting) => [setting.name, controls.read(setting, wanted.get(setting.key))]).filter(([, value]) => value !== null);
  set(spec, Object.fromEntries(values));
  select(spec.name);
  frame.arrived();
}

/** A click in a picture puts the particle there. */
const drop = (spec, at) => {
  const values = Object.entries(spec.drops).map(([name, said]) => [name, Number(Number(at[said]).toFixed(said === "lam" ? 1 : 3))]);
  set(spec, Object.fromEntries(values));
  ask(spec);
};

function begin() {
  const shade = matchMedia("(prefers-color-scheme: dark)"), theme = new URLSearchParams(window.location.search).get("__theme");
  const dark = () => document.body.classList.toggle("dark", theme ? theme === "dark" : shade.matches);
  if (!theme) shade.addEventListener("change", dark);
  dark();
  for (const spec of given.views) {
    stage.mount(spec.stage, document.getElementById(spec.stage), (_, at) => drop(spec, at), () => {}, {});
    for (const setting of spec.settings) controls.listen(setting, () => changed(spec));
    document.getElementById(`${spec.stage}-ask`).addEventListener("click", () => ask(spec));
    document.getElementById(`${spec.stage}-tell`).addEventListener("click", () => {
      const names = spec.settings.map(({name}) => name), now = names.map((name) => settings(spec)[name]);
      set(spec, Object.fromEntries(toy.values(spec.stage, names, now).map((value, i) => [names[i], value])));
    });
  }
  for (const tab of document.querySelectorAll("#tabs [role=tab]"))
    if (tab instanceof HTMLElement) tab.addEventListener("click", () => select(tab.dataset.tabId));
  document.querySelector("#link").addEventListener("click", restore);
}

window.cfg = {stage, frame, lessons, state, toy, site: {take}};
begin();
state.begin(given.views);
if (/[?&]tab=/.test(window.location.search)) restore();
if (!document.querySelector("#tabs [aria-selected=true]")) select(given.views[0].name);
frame.begin(given.views);
for (const spec of given.views) changed(spec);
lessons.begin(given.lessons);
