// Numbers as they stand on the page: one way to write each kind.

/** A true minus, and no −0.0.  @param {string} s */
const minus = (s) => s.replace(/^-(?=[0.]+$)/, "").replace(/-/g, "−");

/** @param {(x: number) => string} write @returns {(x: number) => string} */
const finite = (write) => (x) => (Number.isFinite(x) ? write(x) : "–");

/** With so many significant digits, none more than it needs.  @param {number} x */
export const number = (x, digits = 6) => finite((y) => minus(String(Number(y.toPrecision(digits)))))(Number(x));

/** As a percentage.  @param {number} x */
export const percent = (x, decimals = 0) => finite((y) => `${(100 * y).toFixed(decimals)} %`)(x);

/** As code: no true minus.  @param {number} x */
export const plain = (x) => String(Number(x.toFixed(6)));

/** @param {number} decimals */
const fixed = (decimals) => finite((x) => minus(x.toFixed(decimals)));

/** What a caption may ask for; see demo/caption.py.  @type {Record<string, (x: number) => string>} */
export const FORMATS = {
  "0%": (x) => percent(x),
  "1%": (x) => percent(x, 1),
  "0f": fixed(0),
  "1f": fixed(1),
  "2f": fixed(2),
  "3f": fixed(3),
  "4f": fixed(4),
  "2g": (x) => number(x, 2),
  "3g": (x) => number(x, 3),
};
