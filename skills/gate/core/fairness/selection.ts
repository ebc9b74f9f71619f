/**
 * Who was selected, as counts of two groups, and the tests of whether their rates differ. Counts may be weighted sums, but the exact
 * test takes whole ones only. A measure that a table cannot give, because a group or an outcome is empty, is null and never NaN.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { chiSquareTail, normalCdf, sumOf } from '../../../sdk/numeric/index.ts';

/** Selected out of all of a group; 0 ≤ selected ≤ total. */
export interface Selection {
  readonly selected: number;
  readonly total: number;
}

export interface TestResult {
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Share of the selected, by weight.
 * @param selected 1 for selected, 0 for not
 * @param weights ≥ 0, one each; all 1 when absent
 * @returns null where the weights add up to nothing
 */
export function selectionRate(selected: ArrayLike<number>, weights?: ArrayLike<number>): number | null {
  return rateOf(selectionOf(selected, weights));
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for a weight that is negative or no number */
export function selectionOf(selected: ArrayLike<number>, weights?: ArrayLike<number>): Selection {
  const weight = (row: number): number => {
    const own = weights ? (weights[row] ?? 0) : 1;
    if (own >= 0 && Number.isFinite(own)) return own;
    throw new CohortiumError('NUMERIC_DOMAIN', `weight ${row} must be a finite number from 0; found ${own}`);
  };
  return {
    selected: sumOf(selected.length, (row) => (selected[row] === 0 ? 0 : weight(row))),
    total: sumOf(selected.length, weight),
  };
}

export function rateOf({ selected, total }: Selection): number | null {
  return total > 0 ? selected / total : null;
}

/**
 * Pooled z of the difference in rates, protected minus reference; beyond ±2 is the "two standard deviations" of American case law.
 * @returns null where a group is empty, or all or none of both were selected
 * @see Hazelwood School District v. United States, 433 U.S. 299 (1977), note 14
 */
export function twoProportionZ(group: Selection, reference: Selection): TestResult | null {
  checkSelections(group, reference);
  const total = group.total + reference.total;
  const pooled = total > 0 ? (group.selected + reference.selected) / total : 0;
  if (!(group.total > 0 && reference.total > 0 && pooled > 0 && pooled < 1)) return null;
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / group.total + 1 / reference.total));
  const statistic = (group.selected / group.total - reference.selected / reference.total) / spread;
  return { statistic, p: Math.min(1, 2 * normalCdf(-Math.abs(statistic))) };
}

/**
 * Chi-squared test of independence, one degree of freedom.
 * @param isCorrected with Yates's continuity correction
 * @returns null as {@link twoProportionZ}
 */
export function chiSquared(group: Selection, reference: Selection, isCorrected: boolean): TestResult | null {
  checkSelections(group, reference);
  const { a, b, c, d } = cellsOf(group, reference);
  const product = (a + b) * (c + d) * (a + c) * (b + d);
  if (!(product > 0)) return null;
  const total = a + b + c + d;
  const away = Math.max(0, Math.abs(a * d - b * c) - (isCorrected ? total / 2 : 0));
  const statistic = (total * away * away) / product;
  return { statistic, p: chiSquareTail(statistic, 1) };
}

/**
 * Fisher's exact test, two-sided: the probability of all tables with these margins that are not likelier than this one.
 * @returns p; 1 where the margins leave only one table
 * @throws {CohortiumError} NUMERIC_DOMAIN for counts that are not whole
 */
export function fisherExact(group: Selection, reference: Selection): number {
  checkSelections(group, reference);
  const { a, b, c, d } = cellsOf(group, reference);
  if (![a, b, c, d].every(Number.isSafeInteger))
    throw new CohortiumError('NUMERIC_DOMAIN', `Fisher's exact test needs whole counts; found ${[a, b, c, d].join(', ')}`);
  const [rows, columns, total] = [a + b, a + c, a + b + c + d];
  const least = Math.max(0, rows + columns - total);
  const most = Math.min(rows, columns);
  const mode = Math.min(most, Math.max(least, Math.floor(((rows + 1) * (columns + 1)) / (total + 2))));
  // Probabilities relative to the likeliest table, by their ratios: no factorial, and nothing overflows.
  const up = (k: number): number => ((columns - k) * (rows - k)) / ((k + 1) * (total - columns - rows + k + 1));
  const relative = (to: number): number => {
    let value = 1;
    for (let k = mode; k < to && value > 0; k++) value *= up(k);
    for (let k = mode; k > to && value > 0; k--) value /= up(k - 1);
    return value;
  };
  // Equally likely tables must count however their products were rounded.
  const limit = relative(a) * (1 + 1e-7);
  let whole = 0;
  let asExtreme = 0;
  const add = (value: number): void => {
    whole += value;
    if (value <= limit) asExtreme += value;
  };
  add(1);
  for (let k = mode, value = 1; k < most && value > 0; k++) add((value *= up(k)));
  for (let k = mode, value = 1; k > least && value > 0; k--) add((value /= up(k - 1)));
  return Math.min(1, asExtreme / whole);
}

/** Odds of being selected, protected over reference; null where either is not defined. */
export function oddsRatio(group: Selection, reference: Selection): number | null {
  checkSelections(group, reference);
  const { a, b, c, d } = cellsOf(group, reference);
  return b * c > 0 ? (a * d) / (b * c) : null;
}

/** How many more of the group would have been selected at the rate of the reference; negative where more were. Null without a reference. */
export function shortfall(group: Selection, reference: Selection): number | null {
  const rate = rateOf(reference);
  return rate === null ? null : rate * group.total - group.selected;
}

/** Smallest count that independence would lead to expect; below 5 the normal approximation is not to be trusted. */
export function smallestExpected(group: Selection, reference: Selection): number {
  const total = group.total + reference.total;
  if (!(total > 0)) return 0;
  const chosen = group.selected + reference.selected;
  return (Math.min(group.total, reference.total) * Math.min(chosen, total - chosen)) / total;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for counts that are negative, no numbers, or more selected than there are */
export function checkSelections(...selections: readonly Selection[]): void {
  for (const { selected, total } of selections) {
    // Weighted sums may differ in their last bits.
    if (selected >= 0 && Number.isFinite(total) && selected <= total * (1 + 1e-9)) continue;
    throw new CohortiumError('NUMERIC_DOMAIN', `0 ≤ selected ≤ total was expected; found ${selected} of ${total}`);
  }
}

/** The fourfold table: a, b of the group, c, d of the reference; first those selected. */
function cellsOf(group: Selection, reference: Selection) {
  return {
    a: group.selected,
    b: Math.max(0, group.total - group.selected),
    c: reference.selected,
    d: Math.max(0, reference.total - reference.selected),
  };
}
