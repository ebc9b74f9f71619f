/**
 * Means under a beta distribution by the trapezoid rule on logit p = m + sd·sinh(v): the same nodes normalise the weight, so
 * its constant is not needed and nothing cancels.
 */
import { fastExp, fastLog, log1pOfFraction } from '../../../../sdk/numeric/kernels/index.ts';

const step = 0.04;

/** Nodes of the rule for v ≥ 0: sinh v and log cosh v. They reach so far that parameters down to 1e-8 lose no tail. */
const nodes = Array.from({ length: 600 }, (_, k) => {
  const up = fastExp(k * step);
  const down = fastExp(-k * step);
  return { sinh: (up - down) / 2, logCosh: fastLog((up + down) / 2) };
});

/** Weights this far below the one at the mode, on the log scale, change no digit. */
const negligible = -60;

/** Mean of g under Beta(a, B), a ≥ 1; g also gets 1 − p, exact when p is near one. */
export function betaMean(a: number, B: number, g: (p: number, oneMinusP: number) => number): number {
  const spread = Math.sqrt(1 / a + 1 / B);
  // So narrow a distribution is a point: the error is the square of its spread.
  if (spread < 1e-6) return g(a / (a + B), B / (a + B));
  const centre = fastLog(a / B);
  const scale = Math.min(1, spread);
  const atMode = logDensity(a, B, centre, fastExp(-Math.abs(centre)));
  let mass = 0;
  let total = 0;
  for (const side of [1, -1]) {
    for (let k = side === 1 ? 0 : 1; k < nodes.length; k++) {
      const { sinh, logCosh } = nodes[k] ?? { sinh: 0, logCosh: 0 };
      const s = centre + side * scale * sinh;
      const e = fastExp(-Math.abs(s));
      const weight = logDensity(a, B, s, e) - atMode + logCosh;
      if (weight < negligible) break;
      const near = 1 / (1 + e);
      const far = e / (1 + e);
      const value = s >= 0 ? g(near, far) : g(far, near);
      if (!Number.isFinite(value)) continue;
      const share = fastExp(weight);
      mass += share;
      total += share * value;
    }
  }
  return total / mass;
}

/** Log density of logit p = s, up to a constant. @param e e^−|s| */
function logDensity(a: number, B: number, s: number, e: number): number {
  const tail = log1pOfFraction(e);
  return s >= 0 ? -B * s - (a + B) * tail : a * s - (a + B) * tail;
}
