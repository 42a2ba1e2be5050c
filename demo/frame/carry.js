// A mixture goes along from view to view: the menu below Three Gaussians and Score field, and the way back.
import * as geometry from "../../cfg_core/engine/geometry.js";
import * as state from "./state.js";

const SHAPE = ["separation", "spread", "a", "b", "c", "mix"];

/** The mixture of the view that is open, as text; none for the three Gaussians as they first are. */
export const text = () => {
  const {view, values} = state.here(), first = state.defaults(view), {separation, spread, a = 1, b = 1, c = 1, mix} = values;
  if (SHAPE.every((key) => values[key] === first[key])) return "";
  return mix || geometry.written(geometry.threeGaussians(separation, spread, [a, b, c]));
};

/** Take the mixture of the view that is open to another. @param {string} view */
export const take = async (view) => {
  await state.go(view, {...state.valuesOf(view), mix: text()});
  window.scrollTo({top: 0});
};

/** Back to the three Gaussians, all other settings as they are. */
export const figure = () => state.go(state.here().view, {...state.here().values, mix: ""});
