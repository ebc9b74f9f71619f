/** What is known about one account, as the tier rule asks for it: sample, width, age, drift and calibration. */
import type { Calibration } from './calibration.ts';
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

type Known = Pick<Calibration, 'isCalibrated' | 'cohorts' | 'cohortError' | 'fittedAtDay'> & {
  readonly after: Pick<Calibration['after'], 'measures'>;
};

export function accountEvidence(known: Known, cohort: string, account: AccountFacts): TierEvidence {
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
