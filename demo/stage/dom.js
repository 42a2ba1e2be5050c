// Elements of the page.

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[K]}
 */
export const el = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

/**
 * The input of a slider: the one place that knows what a Gradio slider is made of.
 * @param {string} id
 * @returns {HTMLInputElement | null}
 */
export const slider = (id) => document.querySelector(`#${id} input[type=range]`);

/**
 * Say something on a button for a moment.
 * @param {Element} button
 * @param {string} text
 */
export const sayOn = (button, text) => {
  const words = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = words; }, 1800);
};
