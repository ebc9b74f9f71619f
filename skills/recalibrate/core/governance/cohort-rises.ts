/**
 * In which cohorts errors have risen above a limit, with the number of cohorts looked at accounted for. Refuses a cohort without
 * rows. Rows of a cohort are drawn again; the baseline is taken as it is.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { quantileSorted, sumOf } from '../../../sdk/numeric/index.ts';
import { adjustPValues } from '../comparisons/index.ts';
import { bootstrapDraws } from '../measures/bootstrap.ts';

export interface CohortErrors {
  readonly name: string;
  /** Squared error of each row. */
  readonly squaredError: Float64Array;
  readonly baselineRmse: number;
}

export interface CohortRise {
  readonly name: string;
  readonly rows: number;
  readonly rmse: number;
  readonly baselineRmse: number;
  /** Relative rise with its bootstrap interval of 95 %. */
  readonly rise: number;
  readonly low: number;
  readonly high: number;
  /** That the rise is not above the limit, one-sided. */
  readonly p: number;
  /** By Benjamini–Hochberg over all cohorts given. */
  readonly adjusted: number;
  readonly isOver: boolean;
}

const draws = 400;
const level = 0.05;

/**
 * @param cohorts the whole family, in any order; those with a baseline of 0 are left out
 * @param limit relative rise, such as 0.20
 * @throws {CohortiumError} NUMERIC_DOMAIN for a cohort without rows
 * @see Benjamini & Hochberg (1995)
 */
export function cohortRises(cohorts: readonly CohortErrors[], limit: number, seed: string): readonly CohortRise[] {
  const judged = cohorts.filter(({ baselineRmse }) => baselineRmse > 0);
  const tests = judged.map(({ name, squaredError, baselineRmse }) => {
    const rows = squaredError.length;
    if (rows === 0) throw new CohortiumError('NUMERIC_DOMAIN', `cohort '${name}' has no rows to judge`);
    const ones = new Float64Array(rows).fill(1);
    const riseOf = (times: Float64Array): number =>
      Math.sqrt(sumOf(rows, (row) => (times[row] ?? 0) * (squaredError[row] ?? 0)) / rows) / baselineRmse - 1;
    const drawn = bootstrapDraws(ones, { draws, seed: `${seed} ${name}` }, riseOf);
    const rise = riseOf(ones);
    return {
      name,
      rows,
      rmse: (rise + 1) * baselineRmse,
      baselineRmse,
      rise,
      low: quantileSorted(drawn, 0.025),
      high: quantileSorted(drawn, 0.975),
      p: (1 + drawn.filter((one) => one <= limit).length) / (draws + 1),
    };
  });
  if (tests.length === 0) return [];
  const adjusted = adjustPValues(
    tests.map(({ p }) => p),
    'benjamini-hochberg',
  );
  return tests.map((test, at) => ({ ...test, adjusted: adjusted[at] ?? 1, isOver: (adjusted[at] ?? 1) <= level }));
}
