/** How far expected counts are from counts, in units of the Poisson likelihood; finite for every finite input. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, sumOf } from '../../../sdk/numeric/index.ts';

/** An expected count below this counts as this: nobody is certain not to buy. */
export const leastExpected = 1e-9;

/**
 * Mean unit deviance 2·[y·ln(y/μ) − (y − μ)], 0 where every expectation is right.
 * @param expected μ ≥ 0, floored at 1e-9
 * @param actual y ≥ 0
 * @param weight of each row, 1 where absent
 * @returns 0 without rows
 * @throws {CohortiumError} NUMERIC_DOMAIN when the columns differ in length or a number is negative or NaN
 * @see McCullagh & Nelder (1989), "Generalized Linear Models", section 2.3.1
 */
export function poissonDeviance(expected: ArrayLike<number>, actual: ArrayLike<number>, weight?: ArrayLike<number>): number {
  const rows = actual.length;
  if (expected.length !== rows || (weight && weight.length !== rows)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the columns need one length; found expected ${expected.length}, actual ${rows}, weight ${weight?.length ?? 'none'}`,
    );
  }
  for (let row = 0; row < rows; row++) {
    if ((expected[row] ?? 0) >= 0 && (actual[row] ?? 0) >= 0) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `row ${row}: counts are numbers ≥ 0; found expected ${expected[row]} and actual ${actual[row]}`,
    );
  }
  const total = sumOf(rows, (row) => weight?.[row] ?? 1);
  return total > 0 ? sumOf(rows, (row) => (weight?.[row] ?? 1) * unitDeviance(expected[row] ?? 0, actual[row] ?? 0)) / total : 0;
}

/** Deviance of one row, ≥ 0. */
export function unitDeviance(expected: number, y: number): number {
  const mu = Math.max(leastExpected, expected);
  return Math.max(0, 2 * ((y > 0 ? y * log(y / mu) : 0) - (y - mu)));
}
