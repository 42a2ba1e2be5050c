// The server does not answer: one line says what goes on without it, until it is back; then the page is what it was.
import {el} from "../stage/dom.js";
import * as stage from "../stage/stage.js";
import * as state from "./state.js";

const EVERY = 2000; // ms between two looks whether it is back
const WORDS = "The server does not answer. What is drawn stays and follows w, and the first two views go on whole. The rest comes back by itself.";
const AWAY = new Set([502, 503, 504]); // what a proxy says in its place

/** Look at every answer of the server. */
export const listen = () => {
  const ask = window.fetch, here = window.location.href.split(/[?#]/)[0], root = document.documentElement;
  const back = async () => {
    const there = await ask(here, {method: "HEAD", cache: "no-store"}).then(({ok}) => ok, () => false);
    if (!there) return void setTimeout(back, EVERY);
    window.location.reload();
  };
  const kept = () => { // in the address, since Gradio reloads too; that of a lesson says all
    if (!new URLSearchParams(window.location.search).has("lesson")) history.replaceState(null, "", state.address(state.here(), stage.looks()));
  };
  const gone = () => {
    if (root.classList.contains("away")) return;
    root.classList.add("away"); // Gradio's own messages are about the line, too: none is shown
    const line = el("p", "away-line", WORDS);
    line.setAttribute("role", "status");
    document.body.append(line);
    kept();
    state.watch(kept);
    setTimeout(back, EVERY);
  };
  window.fetch = async (...given) => {
    const asked = given[0] instanceof Request ? given[0].url : String(given[0]);
    try {
      const answer = await ask(...given);
      if (AWAY.has(answer.status)) gone();
      return answer;
    } catch (problem) {
      if (problem.name !== "AbortError" && asked.includes("gradio_api")) gone();
      throw problem;
    }
  };
};
