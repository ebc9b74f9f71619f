/** What the doors can ask of how often cohorts are recalibrated; types only. */
import type { Cadence } from '../../../skills/recalibrate/core/cadence/index.ts';

export type { Cadence } from '../../../skills/recalibrate/core/cadence/index.ts';

/** What came of what a run predicted for one cohort, and what followed from it. */
export interface CadenceFeedback {
  readonly kind: 'feedback';
  readonly cohort: string;
  readonly run: string;
  /** Day of the prediction, and the last day of its window; ISO dates. */
  readonly asOf: string;
  readonly until: string;
  readonly customers: number;
  /** Net spend in the window. */
  readonly predictedMinor: number;
  readonly outcomeMinor: number;
  /** 0 to 1, by the larger of the two. */
  readonly error: number;
  /** Mean Poisson deviance of expected purchase days per customer, by timing model. */
  readonly losses: Readonly<Record<string, number>>;
  readonly decision: 'shorten' | 'lengthen' | 'keep';
  readonly before: Cadence;
  readonly cadence: Cadence;
  readonly reason: string;
  /** ISO instant. */
  readonly at: string;
}

/** A cadence that a person chose. */
export interface CadenceChoice {
  readonly kind: 'set';
  readonly cohort: string;
  readonly before: Cadence;
  readonly cadence: Cadence;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export type CadenceEntry = CadenceFeedback | CadenceChoice;

export interface CohortCadence {
  readonly cohort: string;
  readonly cadence: Cadence;
  /** Of the newest matured window; null before the first. */
  readonly error: number | null;
  /** Matured windows. */
  readonly windows: number;
  /** As-of date of the newest run that recalibrated; null before the first. */
  readonly lastRun: string | null;
  /** First day on which it is due; null before the first run, when it is due at once. */
  readonly due: string | null;
}

export interface LearnReport {
  /** Runs whose windows had matured. */
  readonly runs: readonly string[];
  readonly entries: readonly CadenceFeedback[];
}

export interface CadenceDoor {
  /** By cohort. */
  list(): Promise<readonly CohortCadence[]>;
  /** Newest first. */
  history(cohort: string | undefined, limit: number): Promise<readonly CadenceEntry[]>;
  /** A person's choice, inside the bounds; the rule goes on from it. */
  set(cohort: string, cadence: string, by: string, note: string): Promise<CadenceChoice>;
  /** Writes down what came of earlier runs whose windows had ended by a day, and what follows. Once per run. */
  learn(asOf: string): Promise<LearnReport>;
  /** Cohorts that are due on a day. Null where nothing was ever run, and everything is. */
  due(asOf: string): Promise<readonly string[] | null>;
}
