// e^x for x <= 0, where x is a share's logarithm: takes a fifth off a walk's time, exact to two units of the last place.
// x = (64 q + r) ln 2 / 64 + d with |d| <= ln 2 / 128: a power of 2, a table, and a short series in d.
export const LEAST = -60; // below it 0: beside another component's, e^-60 of anything in view is nothing

const PARTS = 64, STEP = Math.LN2 / PARTS, HIGH = 0.010830424493178725, LOW = 2.030704202170295e-10; // STEP = HIGH + LOW
const ROOTS = Float64Array.from({length: PARTS}, (_, r) => 2 ** (r / PARTS));
const POWERS = Float64Array.from({length: 90}, (_, q) => 2 ** -q);

export function exp(x) {
  if (!(x >= LEAST)) return x < LEAST ? 0 : NaN;
  const n = Math.floor(x / STEP + 0.5), d = x - n * HIGH - n * LOW;
  const series = 1 + d * (1 + d * (1 / 2 + d * (1 / 6 + d * (1 / 24 + d * (1 / 120)))));
  return POWERS[-(n >> 6)] * ROOTS[n & (PARTS - 1)] * series;
}
