// A mixture goes along from view to view: the menu below Three Gaussians and Score field, and the way back.
import * as state from "./state.js";

let target = ""; // the view that the mixture is taken to

/** Take the mixture of the view that is open to another: the server writes it as text. @param {string} view */
export const take = (view) => {
  target = view;
  /** @type {HTMLElement} */ (document.querySelector(`#${state.here().view}-take`)).click();
};

/** The text is there: open the view with it, as a link would. @param {string} text */
export const taken = (text) => {
  if (target) state.go(target, {...state.valuesOf(target), mix: text}).then(() => window.scrollTo({top: 0}));
  target = "";
};

/** Back to the three Gaussians, all other settings as they are. */
export const figure = () => state.go(state.here().view, {...state.here().values, mix: ""});
