/**
 * Sums of a discounted survival function over whole periods, to a horizon or to infinity. The first terms are added one by
 * one; where the sum goes on, the rest is an integral with its end corrections, so that small discount rates cost no more.
 */
import { exp, gaussLegendre } from '../../../../sdk/numeric/index.ts';

export interface Survival {
  /** S(j + 1) / S(j) for whole j ≥ 0. */
  readonly ratio: (j: number) => number;
  /** log S(t) for real t > 1000, a smooth function. */
  readonly logAt: (t: number) => number;
}

const direct = 4096;
const growth = 1.25;
const rule = gaussLegendre(16);

/** A tail of this share of the sum changes no digit. */
const negligible = 1e-17;

/**
 * Σ over j = 0 … horizon − 1 of S(j)·e^(−rate·j), S(0) = 1.
 * @param horizon whole number ≥ 0, or Infinity when rate > 0
 * @param rate per period, ≥ 0
 * @see Abramowitz & Stegun 25.4.1 and 23.1.30 for the midpoint form of the Euler-Maclaurin formula
 */
export function sumSurvival(survival: Survival, horizon: number, rate: number): number {
  const factor = exp(-rate);
  let total = 0;
  let term = 1;
  const last = Math.min(horizon, direct);
  for (let j = 0; j < last; j++) {
    total += term;
    const ratio = survival.ratio(j) * factor;
    term *= ratio;
    if (term === 0) return total;
    // Discounting alone shrinks what follows at least this fast.
    if (rate > 0 && term <= negligible * total * (1 - factor)) return total;
  }
  return horizon > direct ? total + tail(survival, direct, horizon, rate, total) : total;
}

function tail({ logAt }: Survival, from: number, to: number, rate: number, before: number): number {
  const f = (t: number): number => exp(logAt(t) - rate * t);
  const end = to - 0.5;
  let total = 0;
  for (let low = from - 0.5; low < end;) {
    const high = Math.min(low * growth, end);
    const half = (high - low) / 2;
    for (let k = 0; k < rule.nodes.length; k++) total += half * (rule.weights[k] ?? 0) * f(low + half * (1 + (rule.nodes[k] ?? 0)));
    low = high;
    if (f(high) * Math.min(rate > 0 ? 1 / rate : end, end - high) <= negligible * (before + total)) break;
  }
  // Slopes at the ends, over one period.
  const slope = (t: number): number => (Number.isFinite(t) ? f(t + 0.5) - f(t - 0.5) : 0);
  return total + (slope(from - 0.5) - slope(end)) / 24;
}
