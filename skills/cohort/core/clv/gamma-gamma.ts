/**
 * Gamma-Gamma: a customer's purchases vary around a mean of their own, and the means vary between customers. Assumes that
 * mean spend does not depend on how often a customer buys.
 * @see Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value"
 */
import { betaln, log } from '../../../sdk/numeric/index.ts';

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
  return -betaln(p * x, q) + q * log(v) + p * x * log(x * m) - (p * x + q) * log(x * m + v) - log(m);
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
