/**
 * What a timing family is: a population model of when customers buy and when they stop, as pure functions of its parameters
 * and one customer's history. Fitting, prediction, intervals, comparison and stacking know families through this alone.
 * Times share one unit of the caller's choice; parameters with a time unit scale with it.
 */
import type { Rng } from '../../../sdk/numeric/index.ts';
import type { HistoryStatistics } from './histories.ts';

/** One customer's purchases, as far as the models need to know them. */
export interface History {
  /** Repeat purchases, integer ≥ 0: the first purchase is age zero and is not counted. */
  readonly x: number;
  /** Age at the last purchase, 0 ≤ tx ≤ T; 0 when x = 0. */
  readonly tx: number;
  /** Age of the customer at the end of the observation, ≥ 0. */
  readonly T: number;
  /** Sum of the logarithms of the times between purchases, first to last; families with a timing shape use it. */
  readonly logGaps?: number | undefined;
}

export interface ParameterSpec {
  readonly name: string;
  /** `time` for one that scales with the time unit. */
  readonly unit: 'time' | 'one';
  /** A limit of the family has it at zero; all others are > 0. */
  readonly isZeroAllowed?: true;
  readonly says: string;
}

/** Value and gradient of the negative log-likelihood in the natural parameters, in the order of the family's parameters. */
export type NegativeLogLikelihood = (parameters: readonly number[], gradient: Float64Array) => number;

/** A nested model at the edge of a family's parameter space, with fewer free parameters. */
export interface Limit {
  readonly id: string;
  /** In the papers' parameters and in words: `a/(a+b) → 0: nobody leaves (NBD)`. */
  readonly title: string;
  /** Number of free parameters, fewer than the family's. */
  readonly free: number;
  /** Negative log-likelihood in the free parameters, all > 0. */
  readonly objective: (statistics: HistoryStatistics) => NegativeLogLikelihood;
  /** Where a fit of the limit may begin, given the parameters that the full fit ended on. */
  readonly start: (full: readonly number[]) => readonly number[];
  /** Full parameters that stand for the limit in every formula of the family. */
  readonly embed: (free: readonly number[]) => readonly number[];
}

/** Histories in columns of one length. */
export interface HistoryBatch {
  readonly x: Float64Array;
  readonly tx: Float64Array;
  readonly T: Float64Array;
}

/** What is known of a customer who is active now. */
export type ActiveState = Pick<History, 'x' | 'T'>;

/**
 * What follows for a customer who is known to be active. Where that depends on count and age alone, and not on recency, every
 * prediction is the probability of being active times one of these; a batch then has few of them to compute.
 */
export interface WhenActive<P> {
  /** Probabilities of being active now, of many histories at once; present where that is faster than one after the other. */
  readonly probabilities?: (parameters: P, histories: HistoryBatch) => Float64Array;
  /** Expected purchases in the next t. */
  readonly expectation: (parameters: P, state: ActiveState, t: number) => number;
  /** The same, each discounted to today. */
  readonly discountedExpectation: (parameters: P, state: ActiveState, horizon: number, ratePerTime: number) => number;
  /** Log of the probability of being active still `later`. */
  readonly logStays: (parameters: P, state: ActiveState, later: number) => number;
  /** Probability of at least one purchase in the next t. */
  readonly purchaseProbability: (parameters: P, state: ActiveState, t: number) => number;
}

/** `P` has one number per parameter, named as in the papers. */
export interface TimingFamily<P> {
  readonly id: string;
  /** As the papers write it: `BG/NBD`. */
  readonly title: string;
  /** In the order of gradients and covariances. */
  readonly parameters: readonly (ParameterSpec & { readonly name: keyof P & string })[];
  /** Limits that a maximum may run to. */
  readonly limits: readonly Limit[];
  /** Where a fit begins; all > 0, also where all histories are of age 0. */
  readonly start: (statistics: HistoryStatistics) => readonly number[];
  /** Likelihood of many histories at once. */
  readonly objective: (statistics: HistoryStatistics) => NegativeLogLikelihood;

  /**
   * Log-likelihood of one history.
   * @param gradient when given, receives the derivatives in the natural parameters, in order
   * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
   */
  readonly logLikelihood: (parameters: P, history: History, gradient?: Float64Array) => number;
  /**
   * Log of the probability that the customer is active `later` after the end of the observation.
   * @param later ≥ 0, default 0: now
   * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
   */
  readonly logProbabilityAlive: (parameters: P, history: History, later?: number) => number;
  /** Expected purchases in the next t, given the history. @throws {CohortiumError} NUMERIC_DOMAIN when the history is none */
  readonly conditionalExpectation: (parameters: P, history: History, t: number) => number;
  /** Present where recency matters for being active only. */
  readonly whenActive?: WhenActive<P>;
  /** Expected repeat purchases of a new customer up to age t. */
  readonly expectedPurchases: (parameters: P, t: number) => number;
  /** Probability that a new customer makes exactly n repeat purchases up to age t. */
  readonly countProbability: (parameters: P, n: number, t: number) => number;
  /** Probability of exactly n purchases in the next t, given the history. @throws {CohortiumError} NUMERIC_DOMAIN */
  readonly futureCountProbability: (parameters: P, history: History, n: number, t: number) => number;
  /**
   * Expected purchases in the next `horizon`, each discounted to today.
   * @param horizon ≥ 0; Infinity when ratePerTime > 0 (DERT)
   * @param ratePerTime continuous discount rate per time unit, ≥ 0: ln(1 + d)/52 for an annual rate d in weeks
   */
  readonly discountedExpectation: (parameters: P, history: History, horizon: number, ratePerTime: number) => number;
  /** Number of purchases in the next `horizon`, drawn exactly. */
  readonly drawPurchases: (parameters: P, history: History, horizon: number, rng: Rng) => number;
  /** Times of the purchases in the next `horizon`, ascending, counted from now, drawn exactly. */
  readonly drawPurchaseTimes: (parameters: P, history: History, horizon: number, rng: Rng) => number[];
  /** Ages at the repeat purchases of a new customer up to age T, ascending, drawn from the model. */
  readonly simulate: (parameters: P, T: number, rng: Rng) => number[];
}
