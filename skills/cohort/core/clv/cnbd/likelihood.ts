/**
 * Likelihood of one history under Erlang-k timing, and what is known of a customer who is active now: which of the k phases is
 * under way, and with it the rate. Ratios of gamma functions are finite sums, so nothing overflows. a = 0: nobody leaves.
 */
import { lgamma, log, log1p, sigmoid, softplus } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { checkHistory } from '../histories.ts';
import type { CnbdParameters, Shape } from './parameters.ts';

/** A customer who is active now. */
export interface ActiveCustomer {
  /** The phase rate is Gamma(R + j, A) while phase j is under way. */
  readonly R: number;
  readonly A: number;
  /** Probability of each phase, j = 0 … k − 1 completed since the last purchase; they sum to one. */
  readonly phases: Float64Array;
  /** The chance of leaving is Beta(a, B); a = 0: none. */
  readonly a: number;
  readonly B: number;
}

/** A customer who is active right after the first purchase. */
export function activeAtBirth({ r, alpha, a, b }: CnbdParameters, { k, m }: Shape): ActiveCustomer {
  const phases = new Float64Array(k);
  phases[0] = 1;
  return { R: r, A: alpha, phases, a, B: b + m };
}

/** The same customer at the end of a history, given that he or she is still active. */
export function activeAfter({ r, alpha, a, b }: CnbdParameters, { x, tx, T }: History, { k, m }: Shape): ActiveCustomer {
  const terms = phaseTerms(r + k * x, (T - tx) / (alpha + T), k);
  const total = terms.reduce((sum, term) => sum + term, 0);
  return { R: r + k * x, A: alpha + T, phases: terms.map((term) => term / total), a, B: b + x + m };
}

/** Relative probabilities of the phase under way; 1 for the first. */
function phaseTerms(R: number, share: number, k: number): Float64Array {
  const terms = new Float64Array(k);
  let term = 1;
  for (let j = 0; j < k; j++) {
    terms[j] = term;
    term *= ((R + j) * share) / (j + 1);
  }
  return terms;
}

/** Log-odds that the customer has left, and the log of the sum over phases. */
function oddsAndPhases(
  { r, alpha, a, b }: CnbdParameters,
  { x, tx, T }: History,
  { k, m }: Shape,
): { readonly odds: number; readonly logPhases: number } {
  checkHistory(x, tx, T);
  const R = r + k * x;
  const logPhases = k === 1 ? 0 : log(phaseTerms(R, (T - tx) / (alpha + T), k).reduce((sum, term) => sum + term, 0));
  if (x + m === 0 || a === 0) return { odds: Number.NEGATIVE_INFINITY, logPhases };
  return { odds: log(a) - log(b + (x - 1 + m)) + R * log1p((T - tx) / (alpha + tx)) - logPhases, logPhases };
}

/** Log of P(alive) now. */
export function logActiveNow(parameters: CnbdParameters, history: History, shape: Shape): number {
  const { odds } = oddsAndPhases(parameters, history, shape);
  return odds === Number.NEGATIVE_INFINITY ? 0 : -softplus(odds);
}

/** Without logGaps the term (k − 1)·logGaps is left out: it does not depend on the parameters, but comparisons over k need it. */
export function logLikelihood(parameters: CnbdParameters, history: History, shape: Shape, gradient?: Float64Array): number {
  const { r, alpha, a, b } = parameters;
  const { x, T, logGaps } = history;
  const { k, m } = shape;
  const { odds, logPhases } = oddsAndPhases(parameters, history, shape);
  let total = logPhases - r * log1p(T / alpha) - k * x * log(alpha + T) - x * lgamma(k);
  if (k > 1 && x > 0) total += (k - 1) * (logGaps ?? 0);
  for (let j = 0; j < k * x; j++) total += log(r + j);
  if (a > 0) for (let j = 0; j < x + m; j++) total -= log1p(a / (b + j));
  if (odds !== Number.NEGATIVE_INFINITY) total += softplus(odds);
  if (gradient) writeGradient(parameters, history, shape, odds, gradient);
  return total;
}

function writeGradient({ r, alpha, a, b }: CnbdParameters, { x, tx, T }: History, { k, m }: Shape, odds: number, out: Float64Array): void {
  const left = odds === Number.NEGATIVE_INFINITY ? 0 : sigmoid(odds);
  const R = r + k * x;
  let [phases, byR, byAlpha, harmonic] = [0, 0, 0, 0];
  phaseTerms(R, (T - tx) / (alpha + T), k).forEach((term, j) => {
    phases += term;
    byR += term * harmonic;
    byAlpha += term * j;
    harmonic += 1 / (R + j);
  });
  let dr = -log1p(T / alpha) + left * log1p((T - tx) / (alpha + tx)) + ((1 - left) * byR) / phases;
  for (let j = 0; j < k * x; j++) dr += 1 / (r + j);
  const dAlpha =
    (r * T) / alpha / (alpha + T) -
    (k * x) / (alpha + T) -
    (left * R * (T - tx)) / ((alpha + T) * (alpha + tx)) -
    ((1 - left) * byAlpha) / phases / (alpha + T);
  let [da, db] = [0, 0];
  for (let j = 0; j < x + m; j++) {
    da -= 1 / (a + b + j);
    db += a / ((b + j) * (a + b + j));
  }
  if (left > 0) {
    da += left / a;
    db -= left / (b + (x - 1 + m));
  }
  out.set([dr, dAlpha, da, db]);
}
