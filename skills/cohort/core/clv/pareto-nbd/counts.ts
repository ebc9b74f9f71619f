/** Pareto/NBD: probabilities of purchase counts, of new customers and given a history, by sums of positive terms. */
import { exp, expm1, gaussLegendre, log, log1p } from '../../../../sdk/numeric/index.ts';
import type { ActiveState, History } from '../family.ts';
import { logLikelihood, logProbabilityAlive } from './likelihood.ts';
import type { ParetoNbdParameters } from './parameters.ts';

/**
 * Probability that a new customer makes exactly n repeat purchases up to age t: the negative binomial of those who stay, and
 * that of the age at which the others leave.
 * @param n integer ≥ 0
 * @returns accurate to 1e-10 relative; 0 where n is no count
 * @see Fader & Hardie (2020), "Deriving an expression for P(X(t) = x) under the Pareto/NBD model" (note 012)
 */
export function countProbability({ r, alpha, s, beta }: ParetoNbdParameters, n: number, t: number): number {
  if (!(n >= 0 && Number.isInteger(n))) return 0;
  if (!(t > 0)) return n === 0 ? 1 : 0;
  if (n === 0) return exp(Math.min(0, logLikelihood({ r, alpha, s, beta }, { x: 0, tx: 0, T: t })));
  const ways = logWays(r, n);
  const stays = exp(logCount(ways, r, alpha, n, t) - s * log1p(t / beta));
  return s === 0 ? stays : Math.min(1, stays + leavesBefore(ways, { r, alpha, s, beta }, n, log(t)));
}

/**
 * Probability of exactly n purchases in the next t, given the history. A customer who is active now is like a new one with
 * r + x, α + T and β + T.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 * @see Fader & Hardie (2014), "Deriving the conditional PMF of the Pareto/NBD model" (note 028), eq. 16
 */
export function futureCountProbability(parameters: ParetoNbdParameters, history: History, n: number, t: number): number {
  const { r, alpha, s, beta } = parameters;
  const { x, T } = history;
  const logAlive = logProbabilityAlive(parameters, history);
  const active = exp(logAlive) * countProbability({ r: r + x, alpha: alpha + T, s, beta: beta + T }, n, t);
  return n === 0 ? Math.min(1, active - expm1(logAlive)) : active;
}

/** Probability of at least one purchase in the next t by a customer who is active now. */
export function purchaseProbability({ r, alpha, s, beta }: ParetoNbdParameters, { x, T }: ActiveState, t: number): number {
  return 1 - countProbability({ r: r + x, alpha: alpha + T, s, beta: beta + T }, 0, t);
}

/** log of Γ(r+n)/(Γ(r)·n!), by products: the difference of log-gammas has no digits left for a large r. */
function logWays(r: number, n: number): number {
  let total = 0;
  let product = 1;
  for (let j = 0; j < n; j++) {
    product *= (r + j) / (j + 1);
    if (product > 1e-200 && product < 1e200) continue;
    total += log(product);
    product = 1;
  }
  return total + log(product);
}

/** Log-probability of n purchases in an active time u, over the purchase rates. */
function logCount(ways: number, r: number, alpha: number, n: number, u: number): number {
  return ways - n * log1p(alpha / u) - r * log1p(u / alpha);
}

const { nodes, weights } = gaussLegendre(12);

/**
 * Probability of leaving before e^end with n purchases made. On the scale of the logarithm of the age at leaving the integrand
 * is log-concave, so it is integrated from its mode outward until nothing is added.
 */
function leavesBefore(ways: number, { r, alpha, s, beta }: ParetoNbdParameters, n: number, end: number): number {
  const logTerm = (y: number): number => {
    const u = exp(y);
    return logCount(ways, r, alpha, n, u) + y - log(beta + u) - s * log1p(u / beta);
  };
  const slope = (y: number): number => {
    const u = exp(y);
    return n + 1 - ((s + 1) * u) / (beta + u) - ((n + r) * u) / (alpha + u);
  };
  const mode = modeOf(slope, end);
  const peak = logTerm(mode);
  let total = 0;
  for (const side of [-1, 1]) {
    let y = mode;
    const room = side === 1 ? end - mode : Number.POSITIVE_INFINITY;
    let gone = 0;
    while (gone < room) {
      let length = Math.min(room - gone, 2);
      while (length * Math.max(Math.abs(slope(y)), Math.abs(slope(y + side * length))) > 10) length /= 2;
      let panel = 0;
      for (let node = 0; node < nodes.length; node++) {
        panel += (weights[node] ?? 0) * exp(logTerm(y + (side * length * (1 + (nodes[node] ?? 0))) / 2) - peak);
      }
      total += (panel * length) / 2;
      gone += length;
      y = mode + side * gone;
      if (panel * length <= 1e-17 * total) break;
    }
  }
  return s * exp(peak) * total;
}

/** Where a falling slope passes zero, or the end when it does not before. A rough place is enough. */
function modeOf(slope: (y: number) => number, end: number): number {
  if (slope(end) >= 0) return end;
  let [below, above, step] = [end - 1, end, 1];
  while (slope(below) < 0) {
    step *= 2;
    [below, above] = [below - step, below];
  }
  for (let turn = 0; turn < 40; turn++) {
    const middle = (below + above) / 2;
    if (slope(middle) < 0) above = middle;
    else below = middle;
  }
  return (below + above) / 2;
}
