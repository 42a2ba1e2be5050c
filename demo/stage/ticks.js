// Where an axis has its lines.

/**
 * Round values from a to b, about one every 60 pixels: steps of 1, 2 or 5 times a power of ten.
 * @param {number[]} range [a, b]
 * @param {number} pixels
 * @returns {number[]}
 */
export const ticks = ([a, b], pixels) => {
  const rough = (b - a) / Math.max(2, Math.min(8, pixels / 60)), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= 0.75 * rough);
  const out = [];
  for (let i = Math.ceil(a / step - 1e-9); i * step <= b + 1e-9 * step; i++) out.push(i * step + 0);
  return out;
};
