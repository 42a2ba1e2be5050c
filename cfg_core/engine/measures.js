// What is read off the samples: how certain, how many of their class, how much of the spread is kept, how far out.

/** Means over the samples [n, xy] of one class: p(c|x), share classified as c (ties shared), root mean variance. */
export function readOut(mixture, levels, c, x, n) {
  const {classes} = mixture, row = new Float64Array(classes);
  let prob = 0, own = 0, mx = 0, my = 0, square = 0;
  for (let i = 0; i < 2 * n; i += 2) {
    mx += x[i] / n;
    my += x[i + 1] / n;
    if (Number.isNaN(x[i])) continue; // it diverged: of no class
    mixture.terms(levels.numbers, 0, x[i], x[i + 1]);
    mixture.logPosterior(levels.numbers, 0, 1, row);
    let top = 0, ties = 0;
    for (let j = 0; j < classes; j++) top = Math.max(top, (row[j] = Math.exp(row[j])));
    for (let j = 0; j < classes; j++) if (row[j] >= top * (1 - 1e-9)) ties += 1;
    prob += row[c] / n;
    if (row[c] >= top * (1 - 1e-9)) own += 1 / ties / n;
  }
  for (let i = 0; i < 2 * n; i += 2) square += (x[i] - mx) ** 2 + (x[i + 1] - my) ** 2;
  return {prob, own, spread: Math.sqrt(square / (2 * (n - 1)))};
}

/** The q-quantile of |x|, by straight lines between the order statistics; what diverged counts as 0. */
export function quantile(x, q) {
  const sorted = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) sorted[i] = Number.isNaN(x[i]) ? 0 : Math.abs(x[i]);
  sorted.sort();
  const place = q * (sorted.length - 1), i = Math.floor(place), next = sorted[Math.min(i + 1, sorted.length - 1)];
  return sorted[i] + (place - i) * (next - sorted[i]);
}

/** Half the side of the view: the classes out to three deviations and, up to four times that, nearly all samples. */
export function halfRange(base, farthest) {
  const half = Number.isFinite(farthest) ? Math.min(4 * base, Math.max(base, 1.03 * farthest)) : base;
  return Math.ceil(2 * half - 1e-9) / 2;
}

/** Share of the points [n, xy] that lie outside [-half, half]², or nowhere. */
export function outside(x, half) {
  let inside = 0;
  for (let i = 0; i < x.length; i += 2) if (Math.abs(x[i]) <= half && Math.abs(x[i + 1]) <= half) inside += 1;
  return 1 - inside / (x.length / 2);
}
