/** What journey clustering is told and what it returns. */
import type { DirectlyFollows } from './directly-follows.ts';
import type { TypicalPath } from './typical-paths.ts';

export interface JourneyConfig {
  /** Number of cohorts, or numbers to choose from by BIC; 1 … 6 by default. At most as many as there are different sequences. */
  readonly cohorts?: number | readonly number[];
  /** Starts of the search; 10 by default. */
  readonly restarts?: number;
  /** Events per state and cohort that speak for the transitions of all customers, > 0; 1 by default. */
  readonly smoothing?: number;
  /** Change of the log-likelihood per customer that ends the search; 1e-6 by default. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

export interface DropOff {
  /** Last event. */
  readonly event: string;
  /** Of the cohort's customers that end with it. */
  readonly share: number;
  /** That nothing follows it, in this cohort. */
  readonly probability: number;
}

export interface TypicalStep {
  readonly from: string;
  readonly to: string;
  /** That `to` comes directly after `from`, in this cohort and among all customers. */
  readonly probability: number;
  readonly overall: number;
}

export interface JourneyProfile {
  readonly size: number;
  /** Of customers with events. */
  readonly share: number;
  /** Most probable whole paths, up to three. */
  readonly paths: readonly TypicalPath[];
  /** Where its customers stop, most frequent first, up to three. */
  readonly dropOff: readonly DropOff[];
  /** Steps that tell it from the whole, most telling first, up to five. */
  readonly steps: readonly TypicalStep[];
  readonly follows: DirectlyFollows;
}

/** Plain JSON. */
export interface JourneyModel {
  readonly method: 'journey';
  readonly names: readonly string[];
  /** Customers with events. */
  readonly customers: number;
  readonly logLikelihood: number;
  readonly hasConverged: boolean;
  /** Each number of cohorts that was tried; the lowest BIC is used. */
  readonly tried: readonly {
    readonly cohorts: number;
    readonly logLikelihood: number;
    readonly parameters: number;
    readonly bic: number;
  }[];
  /** Share of each chain; they sum to 1. */
  readonly weight: readonly number[];
  /** By cohort: probabilities of the first event, then, for each event, of the next one and of the end (last). */
  readonly chains: readonly (readonly number[])[];
  readonly follows: DirectlyFollows;
  readonly cohorts: readonly JourneyProfile[];
}
