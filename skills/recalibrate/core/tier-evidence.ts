/** What is known about one account, as the tier rule asks for it: sample, width, age, drift and calibration. */
import type { Judgement, Statement } from './judgement.ts';
import type { DriftState, TierEvidence } from './tiers/index.ts';

export interface AccountFacts {
  /** Purchase days so far. */
  readonly baskets: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Day of the score, as a day number. */
  readonly asOfDay: number;
  readonly drift: DriftState;
}

/** What a calibration says of the evidence behind it. */
export interface Evidence {
  readonly isCalibrated: boolean;
  readonly fittedAtDay: number;
  readonly cohorts: Readonly<Record<string, Pick<Statement, 'n'>>>;
  /** |predicted − actual| / actual spend per cohort, out of fold. */
  readonly cohortError: Readonly<Record<string, number>>;
  readonly after: Pick<Judgement, 'measures'>;
}

export function accountEvidence(known: Evidence, cohort: string, account: AccountFacts): TierEvidence {
  const { baskets, value, low, high, asOfDay, drift } = account;
  return {
    isCalibrated: known.isCalibrated,
    cohortSupport: Object.hasOwn(known.cohorts, cohort) ? (known.cohorts[cohort]?.n ?? 0) : 0,
    cohortError: Object.hasOwn(known.cohortError, cohort) ? (known.cohortError[cohort] ?? 1) : 1,
    calibrationError: known.after.measures.eceDebiased.high,
    baskets,
    relativeWidth: value > 0 ? (high - low) / value : Number.POSITIVE_INFINITY,
    evidenceAgeDays: asOfDay - known.fittedAtDay,
    drift,
  };
}
