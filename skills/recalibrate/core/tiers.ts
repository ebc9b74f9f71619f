/**
 * How far a value may be trusted, by a rule that a person can check: high, medium, low or none. The rule looks at the
 * account's own history, at the cohort's holdout and at the width of the interval; better evidence never lowers a tier.
 */

export const tierNames = ['high', 'medium', 'low', 'none'] as const;
export type Tier = (typeof tierNames)[number];

export interface Evidence {
  /** False when there were too few outcomes to calibrate at all. */
  readonly isCalibrated: boolean;
  /** Customers of the account's cohort in the holdout. */
  readonly cohortSupport: number;
  /** |predicted − actual| / actual spend of the cohort, each customer predicted by the folds without them. */
  readonly cohortError: number;
  /** Purchase days of the account so far. */
  readonly baskets: number;
  /** (high − low) / value; infinite for a value of zero. */
  readonly relativeWidth: number;
}

interface Demand {
  readonly tier: 'high' | 'medium';
  readonly cohortSupport: number;
  readonly cohortError: number;
  readonly baskets: number;
  readonly relativeWidth: number;
}

/** Fewer customers than this in the holdout of a cohort are no evidence. */
export const leastSupport = 20;

const demands: readonly Demand[] = [
  { tier: 'high', cohortSupport: 100, cohortError: 0.2, baskets: 6, relativeWidth: 2.5 },
  { tier: 'medium', cohortSupport: 50, cohortError: 0.4, baskets: 3, relativeWidth: 5 },
];

/** The rule in words, kept with every calibration. */
export const tierRule = [
  `none: too few holdout outcomes to calibrate, or fewer than ${leastSupport} customers of the cohort in the holdout`,
  ...demands.map(
    ({ tier, baskets, cohortSupport, cohortError, relativeWidth }) =>
      `${tier}: at least ${baskets} purchase days, at least ${cohortSupport} customers of the cohort in the holdout, ` +
      `cohort spend predicted within ${cohortError} of actual, interval no wider than ${relativeWidth} times the value`,
  ),
  'low: everything else',
] as const;

/** Tier of one account. */
export function tierOf(evidence: Evidence): Tier {
  if (!evidence.isCalibrated || evidence.cohortSupport < leastSupport) return 'none';
  const met = demands.find(
    (demand) =>
      evidence.baskets >= demand.baskets &&
      evidence.cohortSupport >= demand.cohortSupport &&
      evidence.cohortError <= demand.cohortError &&
      evidence.relativeWidth <= demand.relativeWidth,
  );
  return met?.tier ?? 'low';
}
