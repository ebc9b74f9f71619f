/**
 * Normal-Normal: a customer's amounts are normal around a mean of their own, the means normal between customers. The expected
 * spend is the customer's mean shrunk to the population's, the less the more purchases it is taken over. Draws may be negative.
 * @see Schmittlein & Peterson (1994), "Customer Base Analysis: An Industrial Purchase Process Application", Marketing Science
 *   13(1)
 */
import { log, type Rng, sumOf } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import { free } from '../parameter-pattern.ts';
import type { SpendFamily } from './spend-family.ts';
import type { SpendRows } from './spend-rows.ts';

/** All in money. */
export interface NormalNormalParameters {
  /** Population mean, > 0. */
  readonly mu: number;
  /** Standard deviation of one customer's amounts, ≥ 0; 0 where a customer always pays the same. */
  readonly sigmaWithin: number;
  /** Standard deviation of the customers' means, ≥ 0; 0 where all customers spend alike. */
  readonly sigmaBetween: number;
}

const logTwoPi = log(2 * Math.PI);

/** @param withinSumOfSquares with it the density of the x amounts, without it that of their mean */
function logLikelihood(
  { mu, sigmaWithin, sigmaBetween }: NormalNormalParameters,
  x: number,
  m: number,
  withinSumOfSquares?: number,
): number {
  const within = sigmaWithin * sigmaWithin;
  const variance = sigmaBetween * sigmaBetween + within / x;
  const ofMean = -(logTwoPi + log(variance) + ((m - mu) / variance) * (m - mu)) / 2;
  if (withinSumOfSquares === undefined) return ofMean;
  return ofMean - ((x - 1) * (logTwoPi + log(within)) + log(x) + withinSumOfSquares / within) / 2;
}

/** The mean weighted by the share of variance that lies between customers. @see Schmittlein & Peterson (1994) */
function expectedMeanSpend({ mu, sigmaWithin, sigmaBetween }: NormalNormalParameters, x: number, m: number): number {
  const known = x * sigmaBetween * sigmaBetween;
  const unknown = sigmaWithin * sigmaWithin;
  return x > 0 && known > 0 ? mu + (m - mu) * (known / (known + unknown)) : mu;
}

function drawAmounts(parameters: NormalNormalParameters, x: number, spent: number, rng: Rng): () => number {
  const { sigmaWithin, sigmaBetween } = parameters;
  const count = spent > 0 ? x : 0;
  const unknown = sigmaWithin * sigmaWithin;
  const share = count > 0 ? unknown / (unknown + count * sigmaBetween * sigmaBetween || 1) : 1;
  const own = expectedMeanSpend(parameters, count, count > 0 ? spent / count : 0) + sigmaBetween * Math.sqrt(share) * rng.normal();
  return () => own + sigmaWithin * rng.normal();
}

/** Negative log-likelihood in (mu, sigmaWithin, sigmaBetween); in the limit sigmaWithin = 0 that of the means alone. */
function objective({ grouped, customers, within }: SpendRows): NegativeLogLikelihood {
  const {
    columns: [x = new Float64Array(0), m = new Float64Array(0)],
    weights,
  } = grouped;
  return ([mu = 1, sigmaWithin = 1, sigmaBetween = 1], gradient) => {
    const one = sigmaWithin * sigmaWithin;
    const between = sigmaBetween * sigmaBetween;
    let [dMu, dOne, dBetween] = [0, 0, 0];
    let total =
      sumOf(x.length, (row) => {
        const [count, weight] = [x[row] ?? 1, weights[row] ?? 0];
        const variance = between + one / count;
        const off = (m[row] ?? 0) - mu;
        const square = (off / variance) * off;
        const slope = (weight * (1 - square)) / variance;
        dMu -= (weight * off) / variance;
        dBetween += slope;
        dOne += slope / count;
        return (weight * (log(variance) + square)) / 2;
      }) +
      (customers * logTwoPi) / 2;
    gradient.set([dMu, dOne * sigmaWithin, dBetween * sigmaBetween]);
    if (within && one > 0) {
      total += (within.degrees * (logTwoPi + log(one)) + within.logCounts + within.sumOfSquares / one) / 2;
      gradient[1] = (gradient[1] ?? 0) + (within.degrees - within.sumOfSquares / one) / sigmaWithin;
    }
    return total;
  };
}

/** Then the density of the amounts has no upper bound, and the likelihood is that of the means alone. */
function hasNoSpreadWithin({ within }: SpendRows): boolean {
  return within !== null && within.degrees > 0 && within.sumOfSquares <= 1e-18 * within.degrees;
}

export const normalNormal: SpendFamily<NormalNormalParameters> = {
  id: 'normal-normal',
  title: 'Normal-Normal',
  parameters: [
    { name: 'mu', unit: 'money', says: 'population mean' },
    { name: 'sigmaWithin', unit: 'money', says: "standard deviation of one customer's amounts" },
    { name: 'sigmaBetween', unit: 'money', says: "standard deviation of the customers' means" },
  ],
  start: ({ variance, within }) => {
    const half = Math.max(1e-3, Math.sqrt(variance / 2));
    const known = within && within.degrees > 0 ? Math.sqrt(within.sumOfSquares / within.degrees) : half;
    return [1, Math.max(1e-6, known), half];
  },
  objective,
  limits: () => [
    {
      id: 'alike',
      title: 'sigmaBetween → 0: all customers spend alike',
      pattern: [free(0), free(1), { fixed: 0 }],
      start: ([mu = 1, sigmaWithin = 1, sigmaBetween = 1]) => [mu, Math.max(sigmaWithin, sigmaBetween)],
    },
    {
      id: 'constant',
      title: 'sigmaWithin → 0: a customer always pays the same',
      pattern: [free(0), { fixed: 0 }, free(1)],
      start: ([mu = 1, sigmaWithin = 1, sigmaBetween = 1]) => [mu, Math.max(sigmaWithin, sigmaBetween)],
    },
  ],
  forcedLimit: (rows) => (hasNoSpreadWithin(rows) ? 'constant' : null),
  isVagueAllowed: false,
  identical: [1, 0, 0],
  densities: (rows) => rows.customers + (hasNoSpreadWithin(rows) ? 0 : (rows.within?.degrees ?? 0)),
  logLikelihood,
  expectedMeanSpend,
  drawAmounts,
};
