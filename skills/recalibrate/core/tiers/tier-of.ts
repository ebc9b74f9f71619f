/** How far a value may be trusted: high, medium, low or none, by a rule that a person can check. */
import { driftStates, type DriftState, type Tier, type TierRule, tierRule } from './rule.ts';

/** Everything that the rule looks at. A number that is not known is NaN, and meets no demand. */
export interface TierEvidence {
  /** False when there were too few outcomes to calibrate at all. */
  readonly isCalibrated: boolean;
  /** Customers of the account's cohort in the holdout. */
  readonly cohortSupport: number;
  /** |predicted − actual| / actual spend of the cohort, each customer predicted by the folds without them. */
  readonly cohortError: number;
  /** Expected calibration error of the probabilities; the upper end of its interval where there is one. */
  readonly calibrationError: number;
  /** Purchase days of the account so far. */
  readonly baskets: number;
  /** (high − low) / value; infinite for a value of zero. */
  readonly relativeWidth: number;
  /** Days from the end of the newest matured window behind the calibration to the day of the score. */
  readonly evidenceAgeDays: number;
  readonly drift: DriftState;
}

/** Tier of one account; the first demand that is met in full decides. */
export function tierOf(evidence: TierEvidence, rule: TierRule = tierRule): Tier {
  if (!evidence.isCalibrated) return 'none';
  const numbers = ['cohortSupport', 'cohortError', 'calibrationError', 'baskets', 'relativeWidth', 'evidenceAgeDays'] as const;
  if (numbers.some((name) => Number.isNaN(evidence[name]))) return 'none';
  const met = rule.demands.find(
    ({ atLeast, atMost, drift }) =>
      evidence.baskets >= (atLeast.baskets ?? 0) &&
      evidence.cohortSupport >= (atLeast.cohortSupport ?? 0) &&
      isWithin(evidence.relativeWidth, atMost.relativeWidth) &&
      isWithin(evidence.evidenceAgeDays, atMost.evidenceAgeDays) &&
      isWithin(evidence.cohortError, atMost.cohortError) &&
      isWithin(evidence.calibrationError, atMost.calibrationError) &&
      driftStates.indexOf(evidence.drift) <= driftStates.indexOf(drift),
  );
  return met?.tier ?? 'none';
}

function isWithin(found: number, most: number | null): boolean {
  return most === null || found <= most;
}
