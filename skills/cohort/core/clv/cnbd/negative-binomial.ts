/** Negative binomial numbers of phase events: shape R > 0, mean R·w. Every sum runs over positive terms. */
import { exp, log, log1p } from '../../../../sdk/numeric/index.ts';

/** Below it doubles lose digits, and products may stay where they are for ever. */
export const smallest = 1e-305;

/** About how many terms carry all digits of a sum over the distribution. */
export function phaseEventSpread(R: number, w: number): number {
  return 20 * Math.sqrt(R * w * (1 + w)) + 40 * w + 50;
}

/** Probabilities of `from`, …, `to` − 1. */
export function negativeBinomialTerms(from: number, to: number, R: number, w: number): number[] {
  const z = w / (1 + w);
  const terms: number[] = [];
  let term = negativeBinomial(from, R, w);
  for (let i = from; i < to; i++) {
    terms.push(term);
    term *= ((R + i) * z) / (i + 1);
  }
  return terms;
}

/** Probability of n. Ratios of gamma functions as products: their logarithms would cancel for a large R. */
function negativeBinomial(n: number, R: number, w: number): number {
  if (n === 0) return exp(-R * log1p(w));
  const z = w / (1 + w);
  // The first factor R/1 is kept outside: it may be tiny.
  let product = 1;
  let logs = -R * log1p(w) + log(z);
  for (let j = 1; j < n; j++) {
    product *= ((R + j) / (j + 1)) * z;
    if (product > 1e200 || product < 1e-200) {
      logs += log(product);
      product = 1;
    }
  }
  return R * product * exp(logs);
}

/** Probability of n or more, n ≥ 1. */
export function negativeBinomialTail(n: number, R: number, w: number): number {
  const z = w / (1 + w);
  // One less the rest where that is not nearly one, or where the tail would take too many terms.
  if (n <= R * w || (n < 40 * w && w > 100)) {
    let term = negativeBinomial(n - 1, R, w);
    let below = term;
    for (let i = n - 1; i > 0 && term > smallest; i--) {
      term *= i / ((R + i - 1) * z);
      below += term;
      if (term < 1e-20 * below && i < R * w) break;
    }
    return Math.max(0, 1 - below);
  }
  let term = negativeBinomial(n, R, w);
  let total = term;
  for (let i = n; term > 1e-17 * total * (1 - z) && term > smallest; i++) {
    term *= ((R + i) * z) / (i + 1);
    total += term;
  }
  return total;
}
