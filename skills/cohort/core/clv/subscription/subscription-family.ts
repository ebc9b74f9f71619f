/**
 * What a subscription family is: a population model of how many renewals a customer makes when leaving is observed. A family
 * states the chance to renew; survival, lifetimes, values and draws follow from it.
 */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { ParameterSpec } from '../family.ts';
import type { PatternLimit } from '../parameter-pattern.ts';

/** When the value of a customer is taken. */
export interface ValuationOptions {
  /** Periods counted, whole ≥ 0, or Infinity (the default) when the rate is > 0. */
  readonly horizon?: number | undefined;
  /** Continuous discount rate per period, ≥ 0: ln(1 + d) for a rate d per period. */
  readonly ratePerPeriod: number;
}

export interface ResidualOptions extends ValuationOptions {
  /**
   * `before-renewal` (default, the paper's): the next renewal is due now and its payment is not discounted.
   * `after-renewal`: the customer has just paid and the next payment is a period away.
   */
  readonly timing?: 'before-renewal' | 'after-renewal' | undefined;
}

export interface SubscriptionFamily<P> {
  readonly id: string;
  /** As the papers write it: `sBG`. */
  readonly title: string;
  /** In the order of gradients and covariances. */
  readonly parameters: readonly (ParameterSpec & { readonly name: keyof P & string })[];
  readonly limits: readonly PatternLimit[];
  /** Parameters where a fit begins; all > 0. */
  readonly start: readonly number[];
  /** Parameters of the degenerate populations in which nobody leaves, and everybody at the first renewal. */
  readonly nobodyLeaves: readonly number[];
  readonly allLeave: readonly number[];

  /**
   * Log of the chance to make renewal t, given that all before were made.
   * @param t whole ≥ 1
   * @param gradient when given, receives the derivatives in the parameters, in order
   */
  readonly logRetention: (parameters: P, t: number, gradient?: Float64Array) => number;
  /** Log of the share of a cohort that makes at least t renewals. @param t ≥ 0 */
  readonly logSurvival: (parameters: P, t: number) => number;
  /** Share of a cohort that makes at least t renewals, in [0, 1]. @param t whole ≥ 0 */
  readonly survival: (parameters: P, t: number) => number;
  /** Chance to make renewal t given that all before were made, in [0, 1]. @param t whole ≥ 1 */
  readonly retention: (parameters: P, t: number) => number;
  /** Share of a cohort that leaves at renewal t, in [0, 1]. @param t whole ≥ 1 */
  readonly churnProbability: (parameters: P, t: number) => number;
  /** Log of that share. */
  readonly logChurnProbability: (parameters: P, t: number) => number;
  /**
   * Expected discounted lifetime (DEL) of a new customer in periods: Σ S(t)·e^(−rate·t) from t = 0.
   * @throws {CohortiumError} NUMERIC_DOMAIN when the horizon is not whole, or infinite without a rate
   */
  readonly expectedLifetime: (parameters: P, options: ValuationOptions) => number;
  /**
   * Expected discounted residual lifetime (DERL) in periods of a customer who has made `renewals` renewals.
   * @param renewals whole ≥ 0
   * @throws {CohortiumError} NUMERIC_DOMAIN when renewals or the horizon is not whole, or the horizon infinite without a rate
   */
  readonly residualLifetime: (parameters: P, renewals: number, options: ResidualOptions) => number;
  /** Expected renewals among the next `horizon` of a customer who has made `renewals`. @throws as residualLifetime */
  readonly expectedTenure: (parameters: P, renewals: number, horizon: number) => number;
  /**
   * Renewals among the next `horizon` that such a customer makes, drawn exactly.
   * @throws {CohortiumError} NUMERIC_DOMAIN when renewals or horizon is not whole
   */
  readonly drawRenewals: (parameters: P, renewals: number, horizon: number, rng: Rng) => number;
  /** A new customer watched for `periods` renewals: a row of the data. @throws as drawRenewals */
  readonly simulate: (parameters: P, periods: number, rng: Rng) => { readonly period: number; readonly isChurned: boolean };
}
