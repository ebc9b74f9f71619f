/** What survival cohorts are told and what they return. */
import type { ScoreBands } from '../bands/score-bands.ts';
import type { CohortProfile } from '../quality/profile.ts';
import type { CoxModel } from './cox.ts';
import type { SurvivalCurve, SurvivalDay } from './kaplan-meier.ts';
import type { LogRank, LogRankPair } from './log-rank.ts';
import type { Ties } from './risk-sets.ts';

export interface SurvivalConfig {
  /** `bands` of hazard by covariates, or the `strata` as they are given; by default bands where there are columns. */
  readonly cohorts?: 'bands' | 'strata';
  /** Bands of as many customers each, 2 … 20, default 3. */
  readonly bands?: number;
  /** Days within which the event is looked for, > 0; by default the median of stop. */
  readonly horizonDays?: number;
  readonly ties?: Ties;
  /** Of the intervals, in (0, 1), default 0.95. */
  readonly level?: number;
}

export interface SurvivalCohort extends CohortProfile {
  /** `low`, `medium`, `high`, or the name of the stratum. */
  readonly name: string;
  readonly events: number;
  /** Kaplan–Meier, at most a thousand days of it. */
  readonly curve: SurvivalCurve;
  /** Share without the event at the horizon, with its interval. */
  readonly atHorizon: { readonly survival: number; readonly low: number; readonly high: number };
  /** Day by which half have had the event; null where fewer have. */
  readonly median: SurvivalDay;
  /** Mean days without the event, up to the horizon. */
  readonly restrictedMean: { readonly days: number; readonly standardError: number };
}

/** Plain JSON. */
export interface SurvivalModel {
  readonly method: 'survival';
  readonly features: readonly string[];
  readonly rows: number;
  readonly events: number;
  readonly horizonDays: number;
  readonly level: number;
  /** Bands are of the probability of the event within the horizon; null where cohorts are strata. */
  readonly bands: ScoreBands | null;
  /** Names of the strata, by cohort; empty where cohorts are bands. */
  readonly strata: readonly string[];
  /** Null without columns. Its baseline is thinned to a thousand days. */
  readonly cox: CoxModel | null;
  /** Bands from low to high, strata by size. */
  readonly profile: readonly SurvivalCohort[];
  /** Between the cohorts. Bands were made to differ on these very rows, so of them it is no test. */
  readonly logRank: LogRank;
  readonly pairs: readonly LogRankPair[];
}
