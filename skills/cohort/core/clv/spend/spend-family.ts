/**
 * What a spend family is: a population model of what customers pay per purchase, as pure functions of its parameters and of
 * one customer's purchases. It knows nothing of when customers buy, and assumes that spend does not depend on it.
 */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { PatternLimit } from '../parameter-pattern.ts';
import type { SpendRows } from './spend-rows.ts';

export interface SpendFamily<P> {
  readonly id: string;
  readonly title: string;
  /** In the order of gradients and covariances; `money` for one that scales with the currency. */
  readonly parameters: readonly { readonly name: keyof P & string; readonly unit: 'money' | 'one'; readonly says: string }[];
  /** Where a fit begins, in units of the average mean; all > 0. */
  readonly start: (rows: SpendRows) => readonly number[];
  readonly objective: (rows: SpendRows) => NegativeLogLikelihood;
  readonly limits: (rows: SpendRows) => readonly PatternLimit[];
  /** Id of the limit that data without any spread within customers leave; null for all others. */
  readonly forcedLimit: (rows: SpendRows) => string | null;
  /** Whether a maximum inside stands although the data hardly speak of a parameter. */
  readonly isVagueAllowed: boolean;
  /** Parameters of the population in which everybody always pays one unit. */
  readonly identical: readonly number[];
  /** Money values that the density of the rows is of: it scales with the unit that often. */
  readonly densities: (rows: SpendRows) => number;

  /**
   * Log-likelihood of what a customer spent, in money.
   * @param x purchases that the mean is taken over, ≥ 1
   * @param m mean spend per purchase, > 0
   * @param withinSumOfSquares where given and used, the density is that of the x amounts, otherwise that of their mean
   */
  readonly logLikelihood: (parameters: P, x: number, m: number, withinSumOfSquares?: number) => number;
  /**
   * Expected spend per purchase of a customer.
   * @param x purchases observed, ≥ 0; 0 gives the population mean
   * @returns Infinity where the population mean does not exist
   */
  readonly expectedMeanSpend: (parameters: P, x: number, m: number) => number;
  /**
   * Amounts of single purchases in one future of a customer: what belongs to the customer is drawn once, then each purchase.
   * @param spent total of x observed purchases; ≤ 0 counts as no observation
   */
  readonly drawAmounts: (parameters: P, x: number, spent: number, rng: Rng) => () => number;
}
