// The server does not answer: one line says what goes on without it, until it is back; then the page is what it was.
import {el} from "../stage/dom.js";
import * as stage from "../stage/stage.js";
import * as state from "./state.js";

const EVERY = 2000; // ms between two looks whether it is back
const STILL = 300; // ms without a change before the address says it: Safari takes 100 addresses in 30 s
const WORDS = "The server does not answer. What is drawn stays and follows w, and what this page computes itself goes on. The rest comes back by itself.";

/** Whether a proxy answers in its place; a full queue says 503 as well, in JSON, and is there. @param {Response} answer */
const isProxy = ({status, headers}) => [502, 503, 504].includes(status) && !headers.get("content-type")?.includes("json");

/** Look at every answer of the server. */
export const listen = () => {
  const ask = window.fetch, here = window.location.href.split(/[?#]/)[0], root = document.documentElement;
  const back = async () => {
    const there = await ask(here, {method: "HEAD", cache: "no-store"}).then(({ok}) => ok, () => false);
    if (!there) return void setTimeout(back, EVERY);
    kept();
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
    let later = 0;
    state.watch(() => {
      clearTimeout(later);
      later = window.setTimeout(kept, STILL);
    });
    setTimeout(back, EVERY);
  };
  window.fetch = async (...given) => {
    const asked = given[0] instanceof Request ? given[0].url : String(given[0]);
    try {
      const answer = await ask(...given);
      if (isProxy(answer)) gone();
      return answer;
    } catch (problem) {
      if (problem.name !== "AbortError" && asked.includes("gradio_api")) gone();
      throw problem;
    }
  };
};
