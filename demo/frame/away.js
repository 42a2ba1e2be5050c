// The server does not answer: one line says what goes on without it, until it is back; then the view is asked for again.
import {el} from "../stage/dom.js";
import * as state from "./state.js";

const EVERY = 2000; // ms between two looks whether it is back
const WORDS = "The server does not answer. What is drawn stays, and follows the sliders under the picture; the first two "
  + "views go on whole. The rest comes back by itself.";
const AWAY = new Set([502, 503, 504]); // what a proxy says in its place

/** Whether the open view waits for an answer. */
const waits = () => [...document.querySelectorAll(`#view-${state.here().view} .stage`)]
  .some((stage) => stage.clientWidth && (!Number(/** @type {HTMLElement} */ (stage).dataset.loads) || stage.querySelector(".stale")));

/** Look at every answer of the server. */
export const listen = () => {
  const ask = window.fetch, here = window.location.href.split(/[?#]/)[0];
  let line = /** @type {HTMLElement | null} */ (null);

  const back = async () => {
    const there = await ask(here, {method: "HEAD", cache: "no-store"}).then(({status}) => !AWAY.has(status), () => false);
    if (!there) return void setTimeout(back, EVERY);
    document.documentElement.classList.remove("away");
    line?.remove();
    line = null;
    if (waits()) window.location.replace(state.address()); // its answer is lost: as a link would show it
  };

  const gone = () => {
    if (line) return;
    document.documentElement.classList.add("away"); // Gradio's own messages are about the line, too: none is shown
    line = el("p", "away-line", WORDS);
    line.setAttribute("role", "status");
    document.body.append(line);
    setTimeout(back, EVERY);
  };

  window.fetch = async (...given) => {
    try {
      const answer = await ask(...given);
      if (AWAY.has(answer.status)) gone();
      return answer;
    } catch (problem) {
      const asked = given[0] instanceof Request ? given[0].url : String(given[0]);
      if (problem.name !== "AbortError" && asked.includes("gradio_api")) gone();
      throw problem;
    }
  };
};
