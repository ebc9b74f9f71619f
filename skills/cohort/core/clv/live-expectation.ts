/**
 * The expectation of future purchases by integration over the leaving chance, for the arguments where the series converges
 * slowly or cancels. Every term is positive.
 */
import { exp, expm1, log, log1p } from '../../../sdk/numeric/index.ts';

const step = 0.04;

/**
 * E over p ~ Beta(a, B) of (1 − (1 + p·w)^−R) / p, by the trapezoid rule on logit p = m + sd·sinh(v); the same nodes
 * normalise the beta weight, so its constant is not needed.
 * @param R > 0
 * @param w horizon over the rate parameter, > 0
 */
export function liveExpectationByQuadrature(R: number, a: number, B: number, w: number): number {
  // Near p = 0 the weight p^(a−1) has no finite mode when a < 1; one integration by parts raises a by one.
  if (a >= 1) return betaMean(a, B, (p) => purchases(R, w, p));
  return betaMean(a + 1, B, (p, oneMinusP) => purchases(R, w, p) - (oneMinusP * purchasesSlope(R, w, p)) / (a + B));
}

function purchases(R: number, w: number, p: number): number {
  return p * w < 1e-280 ? R * w : -expm1(-R * log1p(p * w)) / p;
}

/** Derivative of purchases in p; negative. */
function purchasesSlope(R: number, w: number, p: number): number {
  const u = p * w;
  if ((R + 2) * u < 1e-3) {
    // Power series of the exact form below, which cancels here. What counts is R·u, not u: R may be huge.
    const c2 = (R * (R + 1)) / 2;
    const c3 = (c2 * (R + 2)) / 3;
    const c4 = (c3 * (R + 3)) / 4;
    const c5 = (c4 * (R + 4)) / 5;
    return w * w * (-c2 + u * (2 * c3 - u * (3 * c4 - 4 * c5 * u)));
  }
  const L = log1p(u);
  return (R * w * exp(-(R + 1) * L) + expm1(-R * L) / p) / p;
}

/** Nodes of the rule for v ≥ 0: sinh v and log cosh v. They reach so far that parameters down to 1e-8 lose no tail. */
const nodes = Array.from({ length: 600 }, (_, k) => {
  const up = exp(k * step);
  const down = exp(-k * step);
  return { sinh: (up - down) / 2, logCosh: log((up + down) / 2) };
});

/** Weights this far below the one at the mode, on the log scale, change no digit. */
const negligible = -60;

/** Mean of g under Beta(a, B), a ≥ 1; g also gets 1 − p, exact when p is near one. */
function betaMean(a: number, B: number, g: (p: number, oneMinusP: number) => number): number {
  const spread = Math.sqrt(1 / a + 1 / B);
  // So narrow a distribution is a point: the error is the square of its spread.
  if (spread < 1e-6) return g(a / (a + B), B / (a + B));
  const centre = log(a / B);
  const scale = Math.min(1, spread);
  const atMode = logDensity(a, B, centre);
  let mass = 0;
  let total = 0;
  for (const side of [1, -1]) {
    for (let k = side === 1 ? 0 : 1; k < nodes.length; k++) {
      const { sinh, logCosh } = nodes[k] ?? { sinh: 0, logCosh: 0 };
      const s = centre + side * scale * sinh;
      const weight = logDensity(a, B, s) - atMode + logCosh;
      if (weight < negligible) break;
      const e = exp(-Math.abs(s));
      const near = 1 / (1 + e);
      const far = e / (1 + e);
      const value = s >= 0 ? g(near, far) : g(far, near);
      if (!Number.isFinite(value)) continue;
      const share = exp(weight);
      mass += share;
      total += share * value;
    }
  }
  return total / mass;
}

/** Log density of logit p = s, up to a constant. */
function logDensity(a: number, B: number, s: number): number {
  const tail = log1p(exp(-Math.abs(s)));
  return s >= 0 ? -B * s - (a + B) * tail : a * s - (a + B) * tail;
}
