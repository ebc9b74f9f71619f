/**
 * What an active customer does in a horizon, for the mixed renewal process behind Erlang-k timing: phases end as a negative
 * binomial number N of events, and the customer, who is in phase j, reaches M = ⌊(N + j)/k⌋ purchases if he or she stays. Means
 * over M are finite sums of positive terms; where they would be long, an integral over the chance of leaving takes their place.
 */
import { log } from '../../../../sdk/numeric/index.ts';
import type { ActiveCustomer } from './likelihood.ts';
import { negativeBinomialTail, negativeBinomialTerms, phaseEventSpread, smallest } from './negative-binomial.ts';
import { expectationByQuadrature, survivalByQuadrature } from './renewals-by-quadrature.ts';

/** Longer sums than this are left to the integral, which then is the faster of the two. */
const longestSum = 3000;

/** Expected purchases in the next t of a customer who is active now. */
export function activeExpectation(customer: ActiveCustomer, t: number): number {
  const w = t / customer.A;
  if (!(w > 0)) return 0;
  if (phaseEventSpread(customer.R, w) > longestSum && customer.a > 0) return expectationByQuadrature(customer, w);
  // Purchases made before leaving, given that M would be made: Σ_{m ≤ M} P(still active after m − 1 of them).
  let [stays, made] = [1, 0];
  return meanOverRenewals(customer, w, (M) => {
    if (M > 0) {
      made += stays;
      stays *= (customer.B + M - 1) / (customer.a + customer.B + M - 1);
    }
    return made;
  });
}

/** Log of the probability that a customer who is active now still is after t. */
export function activeSurvival(customer: ActiveCustomer, t: number): number {
  const w = t / customer.A;
  if (!(w > 0) || customer.a === 0) return 0;
  let stays = 1;
  const chance =
    phaseEventSpread(customer.R, w) > longestSum
      ? survivalByQuadrature(customer, w)
      : meanOverRenewals(customer, w, (M) => {
          if (M > 0) stays *= (customer.B + M - 1) / (customer.a + customer.B + M - 1);
          return stays;
        });
  // A chance below the smallest double counts as that.
  return log(Math.min(1, Math.max(chance, Number.MIN_VALUE)));
}

/** Probability that a customer who is active now makes exactly n purchases in the next t. */
export function activeCountProbability({ R, A, phases, a, B }: ActiveCustomer, n: number, t: number): number {
  const w = t / A;
  if (!(w > 0)) return n === 0 ? 1 : 0;
  const k = phases.length;
  // Reaching m purchases takes m·k − j phases more.
  const reaches = (m: number, j: number): number => (m * k - j <= 0 ? 1 : negativeBinomialTail(m * k - j, R + j, w));
  let [exactly, more] = [0, 0];
  phases.forEach((chance, j) => {
    if (chance === 0) return;
    const first = Math.max(0, n * k - j);
    const terms = negativeBinomialTerms(first, (n + 1) * k - j, R + j, w);
    exactly += chance * terms.reduce((sum, term) => sum + term, 0);
    if (n > 0 && a > 0) more += chance * reaches(n + 1, j);
  });
  if (n === 0) return Math.min(1, exactly);
  let stays = 1;
  for (let j = 0; j < n - 1; j++) stays *= (B + j) / (a + B + j);
  return Math.min(1, stays * (exactly + (a / (a + B + n - 1)) * more));
}

/** Mean of f(M); f is called once for M = 0, 1, 2, … in this order. */
function meanOverRenewals({ R, phases }: ActiveCustomer, w: number, f: (M: number) => number): number {
  const k = phases.length;
  const values: number[] = [];
  const at = (M: number): number => {
    while (values.length <= M) values.push(f(values.length));
    return values[M] ?? 0;
  };
  let mean = 0;
  for (let j = 0; j < k; j++) {
    const chance = phases[j] ?? 0;
    if (chance === 0) continue;
    mean += chance * meanOfEvents(R + j, w, (i) => at(Math.floor((i + j) / k)));
  }
  return mean;
}

/** Mean of g ≥ 0 over a negative binomial number of shape R and mean R·w, from its mode to both sides. */
function meanOfEvents(R: number, w: number, g: (events: number) => number): number {
  const z = w / (1 + w);
  const mode = R > 1 ? Math.floor((R - 1) * w) : 0;
  let [mass, total] = [0, 0];
  let term = 1;
  for (let i = mode; ; i++) {
    const value = term * g(i);
    mass += term;
    total += value;
    // The rest is a geometric sum at most. While nothing has been counted the term that will may be tiny: a short horizon.
    const ratio = ((R + i) * z) / (i + 1);
    if (term < smallest || (ratio < 1 && total > 0 && value < 1e-17 * (1 - ratio) * total && term < 1e-17 * (1 - ratio) * mass)) break;
    term *= ratio;
  }
  term = 1;
  for (let i = mode; i > 0; i--) {
    term *= i / ((R + i - 1) * z);
    const value = term * g(i - 1);
    mass += term;
    total += value;
    if (term < 1e-20 * mass && value < 1e-20 * total) break;
  }
  return total / mass;
}
