/**
 * Gamma-Gamma: a customer's purchases vary around a mean of their own, and the means vary between customers. Assumes that
 * mean spend does not depend on how often a customer buys.
 * @see Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value"
 */
import { betaln, log, log1p, type Rng } from '../../../../sdk/numeric/index.ts';
import { free, infinite } from '../parameter-pattern.ts';
import { alikeObjective, constantObjective, gammaGammaObjective } from './gamma-gamma-likelihood.ts';
import type { SpendFamily } from './spend-family.ts';

export interface GammaGammaParameters {
  /** Shape of one purchase, > 0. */
  readonly p: number;
  /** Shape of the spread between customers, > 0; the population mean exists only above 1. */
  readonly q: number;
  /** Scale, > 0, in money. */
  readonly v: number;
}

/**
 * Log-likelihood of a customer's mean spend.
 * @param x purchases that the mean is taken over, ≥ 1
 * @param m mean spend per purchase, > 0
 * @see Fader & Hardie (2013), eq. 1a
 */
export function spendLogLikelihood({ p, q, v }: GammaGammaParameters, x: number, m: number): number {
  const spent = x * m;
  return -betaln(p * x, q) - p * x * log1p(v / spent) - q * log1p(spent / v) - log(m);
}

/**
 * Expected mean spend per purchase of a customer.
 * @param x purchases observed, ≥ 0; 0 gives the population mean
 * @param m their mean spend
 * @returns Infinity where the mean does not exist (px + q ≤ 1)
 * @see Fader & Hardie (2013), eq. 5
 */
export function expectedMeanSpend({ p, q, v }: GammaGammaParameters, x: number, m: number): number {
  const denominator = p * x + q - 1;
  return denominator > 0 ? (p * (v + x * m)) / denominator : Number.POSITIVE_INFINITY;
}

/**
 * Amounts of single purchases in one future of a customer: the customer's own scale first, then each purchase.
 * @param spent total of x observed purchases; ≤ 0 counts as no observation
 */
function drawAmounts({ p, q, v }: GammaGammaParameters, x: number, spent: number, rng: Rng): () => number {
  const isKnown = x > 0 && spent > 0;
  const rate = rng.gamma(q + (isKnown ? p * x : 0)) / (v + (isKnown ? spent : 0));
  return () => rng.gamma(p) / rate;
}

export const gammaGamma: SpendFamily<GammaGammaParameters> = {
  id: 'gamma-gamma',
  title: 'Gamma-Gamma',
  parameters: [
    { name: 'p', unit: 'one', says: 'shape of one purchase' },
    { name: 'q', unit: 'one', says: 'shape of the spread between customers' },
    { name: 'v', unit: 'money', says: 'scale' },
  ],
  start: () => [4, 4, 0.75],
  objective: ({ grouped }) => gammaGammaObjective(grouped),
  limits: ({ grouped }) => [
    {
      id: 'alike',
      title: 'q → ∞: all customers spend alike',
      // In (p, rate), the rate of the gamma distribution of one purchase: v/q → 1/rate.
      pattern: [free(0), { fixed: infinite }, { at: 1, times: infinite, isInverse: true }],
      objective: alikeObjective(grouped),
      start: () => [1, 1],
    },
    {
      id: 'constant',
      title: 'p → ∞: a customer always pays the same',
      // In (q, scale) of the inverse gamma distribution of the means: p·v → scale.
      pattern: [{ fixed: infinite }, free(0), { at: 1, times: 1 / infinite }],
      objective: constantObjective(grouped),
      start: () => [1, 1],
    },
  ],
  forcedLimit: () => null,
  // Between the limits the expected spend moves slowly with q and v, and half a shrinkage is better than all or none.
  isVagueAllowed: true,
  identical: [infinite, infinite, 1],
  densities: ({ customers }) => customers,
  logLikelihood: spendLogLikelihood,
  expectedMeanSpend,
  drawAmounts,
};
