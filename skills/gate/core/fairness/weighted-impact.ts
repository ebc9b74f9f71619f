/**
 * Selection rates of groups that are known by probability only: every customer counts for each group by the probability of belonging to
 * it, and nobody is put into one. The interval takes account of one customer counting for both. For weights of 0 and 1 it is Katz's.
 */
import { exp, normalCdf, normalQuantile, sumOf } from '../../../sdk/numeric/index.ts';
import { type RatioInterval, scoreInterval } from './impact-ratio.ts';
import { rateOf, type Selection, selectionOf, type TestResult } from './selection.ts';

export interface WeightedImpact {
  readonly group: Selection;
  readonly reference: Selection;
  readonly ratio: number | null;
  /** By linearisation; null where a rate is 0 or a group has no weight. */
  readonly log: RatioInterval | null;
  /** Of counts that would tell as much as these weights do. */
  readonly score: RatioInterval | null;
  /** Difference in rates over its standard error. */
  readonly test: TestResult | null;
  /** How many customers known for certain the weights are worth. */
  readonly effective: { readonly group: number; readonly reference: number };
}

/**
 * @param selected 1 for selected, 0 for not
 * @param own probability of the group, one each, in [0, 1]; 0 where nothing is known
 * @param other probability of the reference
 * @param level in (0, 1)
 * @throws {CohortiumError} NUMERIC_DOMAIN for a weight that is negative or no number
 * @see Woodruff (1971), "A simple method for approximating the variance of a complicated estimate"; Kish (1965) for effective sizes
 */
export function weightedImpact(
  selected: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  level: number,
): WeightedImpact {
  const [group, reference] = [selectionOf(selected, own), selectionOf(selected, other)];
  const effective = { group: effectiveSize(own), reference: effectiveSize(other) };
  const [rate, against] = [rateOf(group), rateOf(reference)];
  const nothing = { group, reference, effective, ratio: null, log: null, score: null, test: null };
  if (rate === null || against === null) return nothing;
  const ratio = against > 0 ? rate / against : null;
  /** Sum of squares of what each customer adds to the two rates, each by a factor. */
  const variance = (byOwn: number, byOther: number): number =>
    sumOf(selected.length, (row) => {
      const chosen = selected[row] === 0 ? 0 : 1;
      const part =
        (byOwn * (own[row] ?? 0) * (chosen - rate)) / group.total - (byOther * (other[row] ?? 0) * (chosen - against)) / reference.total;
      return part * part;
    });
  const z = normalQuantile((1 + level) / 2);
  const spread = Math.sqrt(variance(1, 1));
  const statistic = spread > 0 ? (rate - against) / spread : null;
  const factor = ratio !== null && ratio > 0 ? exp(z * Math.sqrt(variance(1 / rate, 1 / against))) : null;
  const equivalent = (share: number, size: number): Selection => ({ selected: share * size, total: size });
  return {
    group,
    reference,
    effective,
    ratio,
    log: ratio === null || factor === null ? null : { low: ratio / factor, high: ratio * factor },
    score: scoreInterval(equivalent(rate, effective.group), equivalent(against, effective.reference), level),
    test: statistic === null ? null : { statistic, p: Math.min(1, 2 * normalCdf(-Math.abs(statistic))) },
  };
}

/** Kish's effective sample size: (Σw)² / Σw²; the count for weights of 0 and 1. */
export function effectiveSize(weights: ArrayLike<number>): number {
  const total = sumOf(weights.length, (row) => weights[row] ?? 0);
  const squares = sumOf(weights.length, (row) => (weights[row] ?? 0) * (weights[row] ?? 0));
  return squares > 0 ? (total * total) / squares : 0;
}
