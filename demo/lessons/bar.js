// A lesson's column, which stands beside the picture of any view; the list of lessons; the teacher's page. The words are data:
// *.toml. What was answered is kept on this device alone.
import * as state from "../frame/state.js";
import {el} from "../stage/dom.js";
import * as sheet from "./sheet.js";

/** @typedef {{control: string, relation: string, value: any}} Check */
/** @typedef {{text: string, view: string, state: Record<string, any>, question: string, choices: string[], right: number, answer: string, act: string, check: Check[], then: string}} Step */
/** @typedef {{name: string, title: string, minutes: number, about: string, learnt: string, steps: Step[]}} Lesson */
/** @typedef {{questions: {ask: string, say: string}[], plans: {title: string, parts: {minutes: number, what: string, lesson?: string}[]}[]}} Teacher */

/** @type {Lesson[]} */ let lessons = [];
/** @type {Teacher} */ let teaching;
/** @type {HTMLElement} */ let bar;
/** @type {Lesson | null} */ let lesson = null;
let at = 0; // the step, from 0
let phase = "ask"; // then "act", then "done"

const RELATIONS = {">=": (a, b) => a >= b, "<=": (a, b) => a <= b, "=": (a, b) => a === b};
const step = () => lesson.steps[at];
/** Whether all that the step asks for was done. @param {Check[]} checks */
const holds = (checks) => checks.every(({control, relation, value}) => {
  const now = state.here().values[control];
  return RELATIONS[relation](typeof value === "number" ? Number(now) : now, value);
});

/** @param {string} words @param {() => void} press @param {string} [className] */
const button = (words, press, className = "") => {
  const made = el("button", className, words);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
};

/** The address that opens a lesson at a step, counted from 1. */
const address = (name, n) => {
  const url = state.address({view: "", values: {}}, {lesson: name, step: n});
  url.searchParams.delete("tab");
  return url;
};

/** The column stands in the view that is open; on a narrow screen it is a sheet, and the page leaves as much room below. */
export const place = () => {
  if (!lesson) return;
  const home = document.querySelector(`#view-${state.here().view} .work`) ?? document.body;
  if (bar.parentElement !== home) home.append(bar);
};
const room = () => {
  const root = document.documentElement, sheet = !bar.hidden && getComputedStyle(bar).position === "fixed";
  root.style.setProperty("--lesson", `${sheet ? bar.offsetHeight : 0}px`);
  window.dispatchEvent(new Event("resize")); // stages fit themselves to the window
};

// ---- what was done, in this browser ---------------------------------------------------------------------------------
const STORE = "cfg-lessons"; // {lesson: {step: the choice that was answered}}, steps and choices from 0

/** @returns {Record<string, Record<string, number>>} */
const kept = () => {
  try { return JSON.parse(localStorage.getItem(STORE) ?? "{}"); } catch { return {}; }
};
const keep = (choice) => {
  const all = kept();
  all[lesson.name] = {...all[lesson.name], [at]: choice};
  try { localStorage.setItem(STORE, JSON.stringify(all)); } catch { /* no storage: nothing is kept */ }
};
const forget = () => {
  try { localStorage.removeItem(STORE); } catch { /* there is nothing */ }
};
/** In how many steps of a lesson the question was answered, and in how many rightly. @param {Lesson} one */
const score = ({name, steps}, answers = kept()[name] ?? {}) => ({
  done: steps.filter((_, i) => i in answers).length, right: steps.filter((one, i) => answers[i] + 1 === one.right).length,
});

// ---- what a step asks to be touched is pointed at until that is done ----------------------------------------------------
const point = () => {
  for (const node of document.querySelectorAll(".lesson-points")) node.classList.remove("lesson-points");
  if (!lesson || phase !== "act") return;
  const spec = state.specs().find(({name}) => name === step().view);
  for (const {control} of step().check) {
    const node = document.getElementById(spec.settings.find(({key}) => key === control).id);
    const seen = node?.closest(".side") && !document.documentElement.classList.contains("drawer");
    (seen ? document.querySelector(`#view-${spec.name} .open-side button`) : node)?.classList.add("lesson-points");
  }
};

// ---- a step: question, act, what happened -------------------------------------------------------------------------
const show = () => {
  const {text, question, choices} = step(), n = lesson.steps.length;
  const head = el("p", "lesson-head");
  const dots = el("span", "lesson-dots");
  dots.setAttribute("aria-hidden", "true");
  dots.append(...lesson.steps.map((_, i) => el("i", i <= at ? "on" : "")));
  head.append(el("b", "", lesson.title), el("span", "", `step ${at + 1} of ${n}`), dots,
    button("‹ Back", () => open(lesson.name, at), "lesson-back"), button("Skip ›", next, "lesson-skip"), button("Close ×", close));
  const left = el("div", "lesson-text"), right = el("div", "lesson-ask"), answers = el("div", "lesson-choices");
  left.append(el("p", "", text));
  const said = el("div", "lesson-said");
  said.setAttribute("aria-live", "polite");
  answers.append(...choices.map((choice, i) => button(choice, () => answer(i, answers, said))));
  right.append(el("p", "lesson-question", question), answers, said);
  bar.replaceChildren(head, left, right);
  /** @type {HTMLButtonElement} */ (bar.querySelector(".lesson-back")).disabled = at === 0;
};

const answer = (i, answers, said) => {
  if (phase !== "ask") return;
  const {right, answer: why, act, check} = step(), good = i + 1 === right;
  [...answers.children].forEach((one, k) => {
    one.disabled = true;
    one.classList.toggle("right", k + 1 === right);
    one.classList.toggle("wrong", k === i && !good);
  });
  said.append(el("p", "", `${good ? "Yes." : "Not quite."} ${why}`));
  phase = "act";
  bar.dataset.phase = phase;
  keep(i);
  point();
  if (check.length) {
    const task = el("p", "lesson-act", `${act} `);
    task.append(button("Show me", perform));
    said.append(task);
  }
  if (holds(check)) return done(said);
  follow(said);
};

/** What is new in the column is in sight. @param {Element} said */
const follow = (said) => {
  room();
  said.lastElementChild.scrollIntoView({block: "nearest"});
};

/** Do what the step asks for. */
export const perform = () => {
  const {view, values} = state.here();
  return state.go(view, {...values, ...Object.fromEntries(step().check.map(({control, value}) => [control, value]))});
};

const done = (said = bar.querySelector(".lesson-said")) => {
  phase = "done";
  bar.dataset.phase = phase;
  point();
  const last = at + 1 === lesson.steps.length;
  const on = button(last ? "End of the lesson" : "Next ›", next, "lesson-next");
  said.querySelector(".lesson-act")?.remove();
  const line = el("p", "", step().then ? `${step().then} ` : "");
  line.append(on);
  said.append(line);
  follow(said);
};

const changed = ({view}) => {
  if (lesson && phase === "act" && view === step().view && holds(step().check)) done();
};

const next = () => (at + 1 < lesson.steps.length ? open(lesson.name, at + 2) : finish());

/** Open a lesson at a step, counted from 1; the page is set as by a link. */
export const open = async (name, n = 1) => {
  const found = lessons.find((one) => one.name === name);
  if (!found) return choose();
  for (const dialog of document.querySelectorAll("dialog[open]")) /** @type {HTMLDialogElement} */ (dialog).close();
  lesson = found;
  at = Math.min(lesson.steps.length, Math.max(1, Math.round(n) || 1)) - 1;
  bar.dataset.phase = phase = "set";
  history.replaceState(null, "", address(name, at + 1));
  bar.hidden = false;
  bar.dataset.lesson = name;
  bar.dataset.step = String(at + 1);
  show();
  place();
  point();
  room();
  await state.go(step().view, step().state);
  place();
  room();
  document.documentElement.classList.remove("arriving");
  phase = "ask";
  bar.dataset.phase = phase;
  window.scrollTo({top: 0});
  /** @type {HTMLElement} */ (bar.querySelector(".lesson-choices button"))?.focus({preventScroll: true});
};

export const close = () => {
  lesson = null;
  bar.hidden = true;
  point();
  room();
  history.replaceState(null, "", state.address());
};

// ---- the list of lessons, and the teacher's page --------------------------------------------------------------------
/** @param {string} className @param {string} title */
const dialog = (className, title) => {
  const made = el("dialog", `lessons ${className}`);
  made.setAttribute("aria-label", title);
  const head = el("div", "lessons-head");
  head.append(el("h2", "", title), button("Close ×", () => made.close()));
  made.append(head);
  document.body.append(made);
  made.addEventListener("close", () => made.remove());
  return made;
};

/** Show the list of lessons. */
export const choose = () => {
  if (lesson) close();
  const made = dialog("lessons-list", "Lessons");
  const list = el("ol");
  list.append(...lessons.map(({name, title, minutes, about}) => {
    const item = el("li"), words = button(title, () => open(name)), one = lessons.find((each) => each.name === name);
    const {done, right} = score(one), n = one.steps.length;
    const paper = button("On paper", () => { made.close(); void sheet.print(one); }, "lesson-paper");
    item.append(words, el("span", "", `${minutes} min · ${about} `), paper);
    if (done) item.append(el("span", "lesson-score", done === n ? ` ✓ ${right} of ${n} right` : ` ${done} of ${n} steps`));
    return item;
  }));
  made.append(list, button("For teachers: plans, questions, links", teacher));
  if (Object.keys(kept()).length) made.append(button("Forget what I answered (kept in this browser alone)", () => { forget(); made.close(); choose(); }));
  made.showModal();
};

/** The end of a lesson: what was learnt, and the next one. */
const finish = () => {
  const {title, learnt} = lesson, {right} = score(lesson), n = lesson.steps.length, after = lessons[lessons.indexOf(lesson) + 1];
  close();
  const made = dialog("lessons-end", title);
  made.append(el("p", "", learnt), el("p", "lesson-score", `${right} of ${n} questions right.`));
  if (after) made.append(button(`Next: ${after.title} (${after.minutes} min)`, () => open(after.name)));
  made.append(button("All lessons", () => { made.close(); choose(); }));
  made.showModal();
};

/** Show the teacher's page. */
export const teacher = () => {
  for (const one of document.querySelectorAll("dialog[open]")) /** @type {HTMLDialogElement} */ (one).close();
  const made = dialog("teacher", "For teachers");
  const part = (title, ...nodes) => made.append(el("h3", "", title), ...nodes);
  for (const {title, parts} of teaching.plans) {
    const list = el("ol");
    let minute = 0;
    list.append(...parts.map(({minutes, what, lesson: name}) => {
      const item = el("li", "", `${minute}–${minute += minutes} min: ${what} `);
      if (name) item.append(link(name, 1, lessons.find((one) => one.name === name).title));
      return item;
    }));
    part(title, list);
  }
  const asked = el("dl");
  for (const {ask, say} of teaching.questions) asked.append(el("dt", "", ask), el("dd", "", say));
  part("What students ask", asked);
  part("The lessons, step by step: links for slides", ...lessons.map(({name, title, minutes, steps}) => {
    const line = el("p", "teacher-steps");
    line.append(el("b", "", `${title} (${minutes} min): `), ...steps.map((_, i) => link(name, i + 1, String(i + 1))));
    return line;
  }));
  made.showModal();
};

/** A link to a step, which may be copied from its menu; a press opens it here. */
const link = (name, n, words) => {
  const a = el("a", "", words);
  a.href = address(name, n).href;
  a.title = lessons.find((one) => one.name === name).steps[n - 1].question;
  a.addEventListener("click", (event) => {
    event.preventDefault();
    open(name, n);
  });
  return a;
};

/** The page has its lessons; one that the address names is opened. @param {{lessons: Lesson[], teacher: Teacher}} given */
export const begin = (given) => {
  lessons = given.lessons;
  teaching = given.teacher;
  bar = el("aside", "lesson-bar");
  bar.hidden = true;
  bar.setAttribute("aria-label", "Lesson");
  bar.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.body.append(bar);
  new ResizeObserver(room).observe(bar);
  state.watch(changed);
  state.watch(place);
  new MutationObserver(point).observe(document.documentElement, {attributes: true, attributeFilter: ["class"]}); // the drawer opens
  const asked = new URLSearchParams(window.location.search);
  if (asked.has("teacher")) teacher();
  return asked.has("lesson") ? open(asked.get("lesson"), Number(asked.get("step") ?? 1)) : Promise.resolve();
};
