/**
 * Impact within locations, channels or tenures, put together over them: a guard against a disparity that one big stratum hides or makes.
 * Strata where one group is missing say nothing and are left out, counted.
 */
import { chiSquareTail, exp, log, normalQuantile, sum, sumOf } from '../../../sdk/numeric/index.ts';
import { impactRatio, type RatioInterval } from './impact-ratio.ts';
import { checkSelections, type Selection, type TestResult } from './selection.ts';

export interface Stratum {
  readonly name: string;
  readonly group: Selection;
  readonly reference: Selection;
}

export interface StratifiedImpact {
  /** Mantel–Haenszel odds ratio; null where nothing can be said. */
  readonly oddsRatio: number | null;
  /** Mantel–Haenszel ratio of selection rates, and its interval. */
  readonly ratio: number | null;
  readonly interval: RatioInterval | null;
  /** Cochran–Mantel–Haenszel test that the odds ratio is 1 in every stratum; null where no stratum can tell. */
  readonly test: TestResult | null;
  /** The same with the continuity correction. */
  readonly corrected: TestResult | null;
  readonly strata: number;
  /** Without customers of one of the two groups. */
  readonly leftOut: number;
  /** Names of strata whose ratio lies on the other side of 1 than the pooled one, by name. */
  readonly reversed: readonly string[];
}

/**
 * @param strata in any order; weighted counts are taken, but then the test is not exact: see `isCounted`
 * @param level of the interval, in (0, 1)
 * @param isCounted false for weighted counts, which are not tested
 * @throws {CohortiumError} NUMERIC_DOMAIN for counts that are none
 * @see Mantel & Haenszel (1959); Greenland & Robins (1985), "Estimation of a common effect parameter from sparse follow-up data"
 */
export function stratifiedImpact(strata: readonly Stratum[], level: number, isCounted = true): StratifiedImpact {
  for (const { group, reference } of strata) checkSelections(group, reference);
  // A fixed order, so that sums do not depend on that of the rows.
  const used = strata
    .filter(({ group, reference }) => group.total > 0 && reference.total > 0)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const cells = used.map(({ group, reference }) => ({
    a: group.selected,
    b: Math.max(0, group.total - group.selected),
    c: reference.selected,
    d: Math.max(0, reference.total - reference.selected),
    n: group.total + reference.total,
  }));
  const total = (term: (cell: (typeof cells)[number]) => number): number => sum(cells.map(term));
  const [concordant, discordant] = [total(({ a, d, n }) => (a * d) / n), total(({ b, c, n }) => (b * c) / n)];
  const [own, other] = [total(({ a, c, d, n }) => (a * (c + d)) / n), total(({ a, b, c, n }) => (c * (a + b)) / n)];
  const ratio = other > 0 ? own / other : null;
  const away = total(({ a, b, c, n }) => a - ((a + b) * (a + c)) / n);
  const variance = total(({ a, b, c, d, n }) => (n > 1 ? ((a + b) * (c + d) * (a + c) * (b + d)) / (n * n * (n - 1)) : 0));
  const tested = (distance: number): TestResult | null => {
    if (!isCounted || !(variance > 0)) return null;
    const statistic = (distance * distance) / variance;
    return { statistic, p: chiSquareTail(statistic, 1) };
  };
  const spread = total(({ a, b, c, d, n }) => ((a + b) * (c + d) * (a + c) - a * c * n) / (n * n));
  return {
    oddsRatio: discordant > 0 ? concordant / discordant : null,
    ratio,
    interval: ratio === null ? null : intervalOf(ratio, Math.max(0, spread) / (own * other), level),
    test: tested(away),
    corrected: tested(Math.max(0, Math.abs(away) - 0.5)),
    strata: used.length,
    leftOut: strata.length - used.length,
    reversed: ratio === null || ratio === 1 ? [] : used.filter((stratum) => isOnOtherSide(stratum, ratio)).map(({ name }) => name),
  };
}

/** Strata of customers by their names; counts are weighted sums. */
export function strataOf(
  names: readonly string[],
  selected: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
): readonly Stratum[] {
  const rows = new Map<string, number[]>();
  names.forEach((name, row) => {
    const known = rows.get(name);
    if (known) known.push(row);
    else rows.set(name, [row]);
  });
  return [...rows].map(([name, members]) => {
    const selection = (weights: ArrayLike<number>): Selection => ({
      selected: sumOf(members.length, (at) => (selected[members[at] ?? 0] === 0 ? 0 : (weights[members[at] ?? 0] ?? 0))),
      total: sumOf(members.length, (at) => weights[members[at] ?? 0] ?? 0),
    });
    return { name, group: selection(own), reference: selection(other) };
  });
}

function intervalOf(ratio: number, variance: number, level: number): RatioInterval | null {
  if (!(ratio > 0) || !Number.isFinite(variance)) return null;
  const half = normalQuantile((1 + level) / 2) * Math.sqrt(variance);
  return { low: exp(log(ratio) - half), high: exp(log(ratio) + half) };
}

function isOnOtherSide({ group, reference }: Stratum, pooled: number): boolean {
  const own = impactRatio(group, reference) ?? (group.selected > 0 ? Number.POSITIVE_INFINITY : 1);
  return (own - 1) * (pooled - 1) < 0;
}
