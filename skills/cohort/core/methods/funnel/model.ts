/** How a funnel is declared and what it returns. */

export interface FunnelStep {
  /** Shown in tables; the first of its events by default. */
  readonly name?: string;
  /** Any of these events is this step. */
  readonly events: readonly string[];
  /** May be left out; not the first nor the last step, and not in any order with another. */
  readonly optional?: boolean;
  /** This step and the one before it may come in any order. Several in a row make one group of at most eight. */
  readonly anyOrder?: boolean;
}

export interface FunnelExclusion {
  readonly events: readonly string[];
  /** Step, from 1, that an attempt must have passed for the event to end it. */
  readonly after: number;
  /** Step, from 1, with which the attempt would have been past the danger. */
  readonly before: number;
}

export interface FunnelConfig {
  readonly steps: readonly FunnelStep[];
  /** Longest time from the first step of an attempt to any other of its steps, inclusive; > 0, in the unit of the times. */
  readonly window: number;
  /** `between` (the default): other events may come between the steps. `strict`: no other event of the customer may. */
  readonly order?: 'between' | 'strict';
  readonly exclusions?: readonly FunnelExclusion[];
  /**
   * `best` (the default): every first step begins an attempt; of attempts at the same point the one entered last goes on, since
   * it has the most time left. `first`: only the customer's first first step begins one, and repeats do not renew it.
   */
  readonly attempt?: 'best' | 'first';
  /** Of the intervals, in (0, 1); 0.95 by default. */
  readonly level?: number;
}

/** The furthest attempt of each customer: the first that got there. */
export interface FunnelTrace {
  /** Steps passed, 0 … steps; optional steps that were left out count as passed. */
  readonly reached: Int32Array;
  /** Time of its first step; NaN where there is none. */
  readonly entry: Float64Array;
  /** Time of each step, row-major with as many columns as steps; NaN where it was not done. */
  readonly times: Float64Array;
  /** 1 where an exclusion ended an attempt at the furthest point reached. */
  readonly excluded: Uint8Array;
}

/** A share with its Wilson score interval. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** One step of the conversion table. */
export interface FunnelRow {
  /** Name of the step; of steps in any order, how many of them. */
  readonly name: string;
  readonly isOptional: boolean;
  /** Customers that got here; of an optional step, those that did it. */
  readonly count: number;
  /** Customers whose furthest attempt has done the step that is declared at this place. */
  readonly did: number;
  /** Of those that got to the step before that is not optional, of all customers at the first step; null where there are none. */
  readonly ofBefore: Share | null;
  /** Of those that entered; null where there are none. */
  readonly ofEntered: Share | null;
  /** Time since the step done before, quartiles over customers; null at the first step and where nobody got. */
  readonly sinceBefore: { readonly p25: number; readonly median: number; readonly p75: number } | null;
}

/** Customers with the same furthest step. */
export interface FunnelCohort {
  /** `not entered`, `reached <step>` or `converted`. */
  readonly name: string;
  readonly size: number;
  /** Of all customers; 0 where there are none. */
  readonly share: number;
  /** Of these, customers whose furthest attempt was ended by an exclusion. */
  readonly excluded: number;
}

/** Plain JSON. */
export interface FunnelModel {
  readonly method: 'funnel';
  readonly config: Required<FunnelConfig>;
  readonly customers: number;
  readonly table: readonly FunnelRow[];
  /** By steps passed, from 0: the cohort's number is its step, not its rank by size. */
  readonly cohorts: readonly FunnelCohort[];
}
