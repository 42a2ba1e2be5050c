// What is typed into a number's box: a comma is a decimal point, and a box that holds no number changes nothing.

/** @param {EventTarget} target @returns {HTMLInputElement | null} a number's box */
const boxOf = (target) => (target instanceof HTMLInputElement && target.type === "number" ? target : null);

/** Listen to all boxes of the page. */
export const listen = () => {
  window.addEventListener("focusin", ({target}) => {
    const box = boxOf(target);
    if (box) box.dataset.kept = box.value;
  });

  window.addEventListener("beforeinput", (event) => {
    if (!boxOf(event.target) || !event.data?.includes(",")) return;
    event.preventDefault();
    document.execCommand("insertText", false, event.data.replace(",", ".")); // the one way that keeps the caret
  }, true);

  window.addEventListener("input", (event) => {
    const box = boxOf(event.target);
    if (!box) return;
    if (box.value === "") event.stopImmediatePropagation(); // empty, or half typed: "-", "."
    else box.dataset.kept = box.value;
  }, true);

  for (const left of ["focusout", "change"]) window.addEventListener(left, (event) => {
    const box = boxOf(event.target);
    if (!box || box.value !== "" || !box.dataset.kept) return;
    box.value = box.dataset.kept;
    event.stopImmediatePropagation();
  }, true);
};
