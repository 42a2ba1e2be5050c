// The first moments: w swings once, so that the first thing seen is what the page is about; three hints, once in a life.
import {el, slider} from "../stage/dom.js";
import {turn} from "./keys.js";
import * as state from "./state.js";

const SWING = 1700; // ms
const TOUCHES = ["pointerdown", "keydown", "wheel", "touchstart"];
const STORE = "cfg-hints"; // the hints that were done, in localStorage

/** Whether nobody said what to show. */
const plain = () => !/[?&](tab|lesson|teacher|present|hide|embed)=/.test(window.location.search);

/** Turn w from 0 to where it stands, once; a touch ends it, and puts w there. */
export const swing = () => {
  const input = slider("gaussians-w");
  if (!input || !plain() || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const end = Number(input.value), began = performance.now();
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    for (const touch of TOUCHES) window.removeEventListener(touch, finish, true);
    turn(input, end);
  };
  for (const touch of TOUCHES) window.addEventListener(touch, finish, {capture: true, passive: true});
  const tick = (now) => {
    if (over) return;
    const t = Math.min(1, Math.max(0, (now - began) / SWING));
    if (t >= 1) return finish();
    turn(input, end * t * t * (3 - 2 * t)); // slow at both ends
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
};

/** Each hint: the words, what they point at, and what does them away. */
const HINTS = [
  {name: "w", words: "Drag this: everything follows.", at: "#gaussians-w", done: (s) => Math.abs(s.values.w - 3) > 0.5},
  {name: "trade", words: "This dot is where you stand: up is surer, left is less varied.", at: "#gaussians-stage .stage-beside .stage-panel:last-child .stage-title", over: "#gaussians-stage .stage-beside .stage-panel:last-child"},
  {name: "figure", words: "The paper's own figure is here.", at: "#gaussians-view", done: (s) => s.values.view !== "Turn w"},
];

const seen = () => {
  try { return JSON.parse(localStorage.getItem(STORE) ?? "[]"); } catch { return []; }
};
const remember = (name) => {
  try { localStorage.setItem(STORE, JSON.stringify([...new Set([...seen(), name])])); } catch { /* no storage: they come again */ }
};

/** Show the next hint that was never done, on the first view alone. */
export const hint = () => {
  const next = HINTS.find(({name}) => !seen().includes(name)), target = next && document.querySelector(next.at);
  if (!next || !target || !plain() || document.querySelector(".hint")) return;
  const box = el("div", "hint", next.words), shut = el("button", "", "×");
  box.setAttribute("role", "note");
  shut.type = "button";
  shut.setAttribute("aria-label", "Close this hint");
  box.append(shut);
  const place = () => {
    const r = target.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(r.left + r.width / 3, window.innerWidth - 300)) + window.scrollX}px`;
    box.style.top = `${r.bottom + 8 + window.scrollY}px`;
    box.hidden = !r.width;
  };
  const away = () => {
    remember(next.name);
    box.remove();
    off();
    window.removeEventListener("resize", place);
    setTimeout(hint, 900);
  };
  const off = state.watch((s) => {
    if (s.view !== "gaussians") box.hidden = true; else place();
    if (next.done?.(s)) away();
  });
  if (next.over) document.querySelector(next.over)?.addEventListener("pointermove", away, {once: true});
  shut.addEventListener("click", away);
  window.addEventListener("resize", place);
  document.body.append(box);
  place();
};
