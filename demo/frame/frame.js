// The frame of the page: chapters, links, theme, Back and Forward. What is shown is in state.js.
import {el, sayOn, slider} from "../stage/dom.js";
import {number} from "../stage/format.js";
import * as stage from "../stage/stage.js";
import * as lessons from "../lessons/bar.js";
import * as arrive from "./arrive.js";
import * as away from "./away.js";
import * as carry from "./carry.js";
import {follow as draw} from "./follow.js";
import * as keys from "./keys.js";
import * as numbers from "./numbers.js";
import * as state from "./state.js";
import * as touch from "./touch.js";

/** @type {(selector: string) => HTMLElement[]} */
const all = (selector) => [...document.querySelectorAll(selector)].map((node) => /** @type {HTMLElement} */ (node));
/** @type {(name: string) => HTMLElement | null} Gradio's own tab, which is hidden */
const tab = (name) => document.querySelector(`#tabs button[role=tab][data-tab-id="${name}"]`);
const last = {}; // the view of each chapter that was open last

/** Open a view as it stands. */
export const open = (name) => tab(name)?.click();

/** The buttons say which view is open. */
const mark = (name) => {
  const {chapter} = state.specs().find((view) => view.name === name);
  last[chapter] = name;
  for (const box of all(".views")) box.hidden = box.dataset.chapter !== chapter;
  for (const button of all(".chapter-names button")) button.setAttribute("aria-pressed", String(button.dataset.chapter === chapter));
  for (const button of all(".views button")) {
    const here = button.dataset.open === name;
    if (here) button.setAttribute("aria-current", "page"); else button.removeAttribute("aria-current");
    const row = here && /** @type {HTMLElement | null} */ (button.closest(".chapters"));
    if (row) row.scrollLeft = button.offsetLeft - row.offsetLeft - 60;
  }
  const title = all(`.views [data-open="${name}"]`)[0]?.textContent ?? "";
  document.title = `${title} · Classifier-free guidance`;
};

/** The address follows the view that is opened by hand, without the settings of another; Back returns to the last. */
const follow = (name) => {
  const first = state.specs()[0].name, now = new URLSearchParams(window.location.search).get("tab") ?? first;
  if (name !== now && state.here().view && !state.isGoing()) history.pushState(null, "", state.address({view: name, values: {}}));
};

const copy = (button) => {
  const url = state.address(state.here(), stage.looks());
  history.replaceState(null, "", url);
  (navigator.clipboard?.writeText(url.href) ?? Promise.reject()).then(
    () => sayOn(button, "Copied"), () => sayOn(button, "See the address bar"));
};

/** Large type and nothing but the picture, or back. The address says so, and keeps it. */
const present = () => {
  const url = new URL(window.location.href), on = !url.searchParams.has("present");
  if (on) url.searchParams.set("present", "1"); else url.searchParams.delete("present");
  history.replaceState(null, "", url);
  shown();
};

/** What the address says of how to show the page: present=1, embed=1, hide=settings,links. */
const shown = () => {
  const asked = new URLSearchParams(window.location.search), root = document.documentElement;
  root.classList.toggle("present", asked.has("present") && asked.get("present") !== "0");
  root.classList.toggle("embed", asked.has("embed") && asked.get("embed") !== "0");
  root.dataset.hide = (asked.get("hide") ?? "").split(",").filter((name) => /^[a-z]+$/.test(name)).join(" ");
  window.dispatchEvent(new Event("resize")); // stages fit themselves to the room
};
shown();

/** On paper: the pictures at a size of their own, painted before the page is laid out. */
const paper = (on) => {
  document.documentElement.classList.toggle("paper", on);
  stage.repaint();
};
window.addEventListener("beforeprint", () => paper(true));
window.addEventListener("afterprint", () => paper(false));

const theme = () => {
  const dark = document.body.classList.toggle("dark"), url = new URL(window.location.href);
  url.searchParams.set("__theme", dark ? "dark" : "light");
  history.replaceState(null, "", url);
};

/** The drawer of the view's settings, over the page; where it is closed the keyboard passes it by. */
const settings = () => {
  const open = document.documentElement.classList.toggle("drawer");
  for (const button of all("[data-do=settings]")) button.setAttribute("aria-expanded", String(open));
};

/** What the buttons of the header do. @type {Record<string, (button: HTMLElement) => void>} */
export const actions = {
  copy,
  theme,
  present,
  settings,
  links: () => document.querySelector(".top-links").classList.toggle("open"),
  lessons: () => lessons.choose(),
  figure: () => void carry.figure(),
  about: () => /** @type {HTMLDialogElement} */ (document.querySelector("dialog.about")).showModal(),
};

const ARRIVING = "arriving"; // who comes by a link sees no other view first

/** What a link says is in place. */
export const arrived = () => document.documentElement.classList.remove(ARRIVING);

if (/[?&](tab|lesson)=/.test(window.location.search)) {
  document.documentElement.classList.add(ARRIVING);
  setTimeout(arrived, 8000); // whatever the server does
}

/** Names of values under the sliders with the picture, and the scale that they are; a press goes there. Whether all sliders are there. */
const marked = (view) => {
  const named = (state.specs().find(({name}) => name === view)?.settings ?? []).filter(({marks}) => marks?.length);
  for (const {id, marks, low, high} of named) {
    const input = slider(id), box = input?.parentElement;
    if (!box?.closest(".drive") || box.querySelector(".marks")) continue;
    const row = el("div", "marks");
    row.append(...marks.map(([value, words]) => {
      const mark = el("button"), at = (value - low) / (high - low);
      mark.type = "button";
      mark.append(el("b", "", words || number(value)), el("small", "", `${value === high ? "scale " : ""}${number(1 + value)}`));
      mark.setAttribute("aria-label", `w = ${number(value)}, scale ${number(1 + value)}${words && `: ${words}`}`);
      mark.style.left = `calc(11px + ${at} * (100% - 22px))`;
      mark.dataset.end = at === 0 ? "low" : at === 1 ? "high" : "";
      mark.addEventListener("click", () => keys.turn(input, value));
      return mark;
    }));
    box.append(row);
  }
  return named.every(({id}) => slider(id));
};

/** The view's page shows the part that is chosen, and whether the mixture is one's own: called when it changes, and when the page is made, at its first opening. */
export const mounted = (view) => {
  const {part, mix} = state.valuesOf(view), page = document.querySelector(`#view-${view}`);
  if (!(page instanceof HTMLElement)) return;
  if (part && page.dataset.part !== part) page.dataset.part = part;
  if (!marked(view) && !page.dataset.unmarked) { // its sliders come a moment after it
    page.dataset.unmarked = "true";
    new MutationObserver((_, watching) => { if (marked(view)) watching.disconnect(); }).observe(page, {childList: true, subtree: true});
  }
  if (mix !== undefined) page.dataset.mix = mix ? "own" : "";
  if (state.here().view === view) draw(view);
  lessons.place();
};

/** What the address says is shown; what it says wrongly is named. */
const restore = async () => {
  const {view, values, wrong} = state.linked();
  if (wrong.length) {
    const note = el("p", "refused", `⚠ Not all of this link could be read: ${wrong.join("; ")}.`);
    note.setAttribute("role", "alert");
    document.querySelector(".chapters").append(note);
    state.watch(({by}) => { if (!["view", "link"].includes(by)) note.remove(); });
  }
  if (view) await state.go(view, values);
  if (!new URLSearchParams(window.location.search).has("lesson")) arrived();
};

/** The views are on the page. @param {import("./state.js").ViewSpec[]} views @param {string} [version] of the app */
export const begin = (views, version) => {
  state.begin(views, version, open);
  state.watch(({view}) => mounted(view));
  for (const {name} of views) marked(name);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-open], [data-do], [data-take]");
    if (!(button instanceof HTMLElement)) return;
    if (button.dataset.take) return carry.take(button.dataset.take);
    if (button.dataset.do) return void actions[button.dataset.do]?.(button);
    const name = button.dataset.chapter ? last[button.dataset.chapter] ?? button.dataset.open : button.dataset.open;
    open(name);
    if (button.closest(".next")) window.scrollTo({top: 0});
  });
  keys.begin(open, present);
  numbers.listen();
  touch.listen();
  if (window.location.protocol.startsWith("http")) away.listen();
  let moving = false; // a view is opened by Back, not by hand
  const selected = () => {
    const name = all("#tabs button[role=tab][aria-selected=true][data-tab-id]")[0]?.dataset.tabId;
    if (!name || name === state.here().view) return;
    if (!moving) follow(name);
    moving = false;
    mark(name);
    state.opened(name);
  };
  new MutationObserver(selected).observe(document.querySelector("#tabs"), {subtree: true, attributes: true, attributeFilter: ["aria-selected"]});
  selected();
  restore();
  arrive.swing();
  setTimeout(arrive.hint, 2500);
  window.addEventListener("popstate", () => {
    const name = new URLSearchParams(window.location.search).get("tab") ?? views[0].name;
    moving = name !== state.here().view;
    open(name);
  });
};
