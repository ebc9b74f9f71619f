/**
 * What is made of measured impact. Only evidence that the ratio is at least four fifths passes; evidence that it is below is a flag that
 * fails; everything between, and everything too small to tell, goes to a person. Not finding a disparity is never taken for there being none.
 */

export type FairnessOutcome = 'pass' | 'counsel' | 'fail';

export interface FairnessLimits {
  /** The four-fifths rule of thumb, 29 CFR 1607.4(D). */
  readonly fourFifths: number;
  /** A ratio below this that is significant goes to a person, although it is above four fifths. */
  readonly alert: number;
  /** Level of significance, after adjustment. */
  readonly alpha: number;
  /** Customers of a group and of its reference, effective ones for weights, below which nothing passes. */
  readonly leastCustomers: number;
}

export const defaultLimits: FairnessLimits = { fourFifths: 0.8, alert: 0.9, alpha: 0.05, leastCustomers: 30 };

export interface MeasuredImpact {
  readonly ratio: number | null;
  /** The score interval. */
  readonly low: number | null;
  readonly high: number | null;
  /** Adjusted for the family; null where it could not be tested. */
  readonly adjustedP: number | null;
  /** Of the smaller of group and reference. */
  readonly customers: number;
  /** Largest ratio that this many customers would show; null where not even 0 would be. */
  readonly detectable: number | null;
}

export interface ImpactVerdict {
  readonly outcome: FairnessOutcome;
  readonly reason:
    | 'robust-violation'
    | 'significant-violation'
    | 'no-confidence'
    | 'nobody-selected'
    | 'below-four-fifths'
    | 'significant-below-alert'
    | 'interval-reaches-four-fifths'
    | 'reference-disadvantaged'
    | 'no-disparity-shown';
}

/** Verdict on one group against its reference. */
export function judgeImpact({ ratio, low, high, adjustedP, customers, detectable }: MeasuredImpact, limits: FairnessLimits): ImpactVerdict {
  const isSignificant = adjustedP !== null && adjustedP <= limits.alpha;
  // A violation that shows in spite of few customers is one.
  if (ratio !== null && high !== null && high < limits.fourFifths) return { outcome: 'fail', reason: 'robust-violation' };
  if (ratio !== null && ratio < limits.fourFifths && isSignificant) return { outcome: 'fail', reason: 'significant-violation' };
  if (ratio === null || low === null) return { outcome: 'counsel', reason: customers > 0 ? 'nobody-selected' : 'no-confidence' };
  const isBlind = low < limits.fourFifths && (detectable === null || detectable < limits.fourFifths);
  if (customers < limits.leastCustomers || isBlind) return { outcome: 'counsel', reason: 'no-confidence' };
  if (ratio < limits.fourFifths) return { outcome: 'counsel', reason: 'below-four-fifths' };
  if (low < limits.fourFifths) return { outcome: 'counsel', reason: 'interval-reaches-four-fifths' };
  if (ratio < limits.alert && isSignificant) return { outcome: 'counsel', reason: 'significant-below-alert' };
  if (ratio > 1 / limits.fourFifths && isSignificant) return { outcome: 'counsel', reason: 'reference-disadvantaged' };
  return { outcome: 'pass', reason: 'no-disparity-shown' };
}

const severity: Readonly<Record<FairnessOutcome, number>> = { pass: 0, counsel: 1, fail: 2 };

/** The strictest of a family; counsel for an empty one, because nothing was shown. */
export function strictestOutcome(outcomes: readonly FairnessOutcome[]): FairnessOutcome {
  const [first, ...rest] = outcomes;
  if (first === undefined) return 'counsel';
  return rest.reduce((worst, next) => (severity[next] > severity[worst] ? next : worst), first);
}
