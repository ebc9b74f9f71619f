/** Pareto/NBD: likelihood of one history with its gradient, and the probability that the customer is active. */
import { exp, log, log1p, softplus } from '../../../../sdk/numeric/index.ts';
import type { ActiveState, History } from '../family.ts';
import { checkHistory } from '../histories.ts';
import { integrateDropOut, makeDropOut } from './drop-out-integral.ts';
import type { ParetoNbdParameters } from './parameters.ts';

/** Logarithm of the largest derivative in s that is told; only at s = 0 can there be more. */
export const largestSlope = 700;

/**
 * Log-likelihood of one history.
 * @param gradient when given, receives the derivatives in r, alpha, s, beta
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 * @see Fader & Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions" (note 009), the likelihood with its A0 left as an integral
 */
export function logLikelihood({ r, alpha, s, beta }: ParetoNbdParameters, { x, tx, T }: History, gradient?: Float64Array): number {
  checkHistory(x, tx, T);
  const left = makeDropOut();
  integrateDropOut(r + x, alpha, s, beta, tx, T, left);
  const odds = log(s) + left.logOddsPerShape;
  const ageByAlpha = log1p(T / alpha);
  const ageByBeta = log1p(T / beta);
  let total = -r * ageByAlpha - s * ageByBeta;
  let madeByR = 0;
  for (let j = 0; j < x; j++) {
    total += log((r + j) / (alpha + T));
    madeByR += 1 / (r + j);
  }
  const gain = odds === Number.NEGATIVE_INFINITY ? 0 : softplus(odds);
  if (gradient) {
    const alphaShare = T / (alpha + T);
    const betaShare = T / (beta + T);
    // The probability of having left, and the same over s, which has a value at s = 0 too, though it may be too large for a double.
    const hasLeft = exp(odds - gain);
    const perShape = exp(Math.min(left.logOddsPerShape - gain, largestSlope));
    gradient[0] = madeByR - ageByAlpha + hasLeft * left.alphaGap;
    gradient[1] = (-x * (alpha / (alpha + T)) + r * alphaShare + hasLeft * (r + x) * (left.alphaShare - alphaShare)) / alpha;
    gradient[2] = -ageByBeta + hasLeft * left.betaGap + perShape;
    gradient[3] = (s * betaShare + hasLeft * (s * (left.betaShare - betaShare) - (1 - left.betaShare))) / beta;
  }
  return total + gain;
}

/**
 * Log of the probability that the customer is active `later` after the end of the observation.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 * @see Fader & Hardie (2014), "Additional results for the Pareto/NBD model" (note 015), eq. 18
 */
export function logProbabilityAlive(parameters: ParetoNbdParameters, { x, tx, T }: History, later = 0): number {
  const { r, alpha, s, beta } = parameters;
  checkHistory(x, tx, T);
  if (s === 0) return 0;
  const left = makeDropOut();
  integrateDropOut(r + x, alpha, s, beta, tx, T, left);
  const odds = log(s) + left.logOddsPerShape;
  return (odds === Number.NEGATIVE_INFINITY ? 0 : -softplus(odds)) + logStays(parameters, { x, T }, later);
}

/** Log of the probability that a customer who is active now is so after `later`. */
export function logStays({ s, beta }: ParetoNbdParameters, { T }: ActiveState, later: number): number {
  return s === 0 ? 0 : -s * log1p(later / (beta + T));
}
