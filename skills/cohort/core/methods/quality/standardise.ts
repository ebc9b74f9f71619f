/** Features on one scale: mean 0 and standard deviation 1, so that days do not outweigh purchases by their unit. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { orderFreeSums } from './order-free-sums.ts';

/** Plain JSON; one entry per column. */
export interface Scale {
  readonly mean: readonly number[];
  /** Standard deviation with divisor n; 0 for a constant column. */
  readonly sd: readonly number[];
}

export interface Standardised {
  readonly scale: Scale;
  /** (value − mean) / sd; all 0 where the column is constant. */
  readonly columns: readonly Float64Array[];
}

/**
 * Mean and standard deviation of each column, the same bits for every order of rows.
 * @throws {CohortiumError} NUMERIC_DOMAIN for a column without rows
 */
export function scaleOf(columns: readonly Float64Array[]): Scale {
  const pairs = columns.map((column, index) => {
    const rows = column.length;
    if (rows === 0) throw new CohortiumError('NUMERIC_DOMAIN', `column ${index} has no rows; a mean needs at least one`);
    const mean = (orderFreeSums(column)[0] ?? 0) / rows;
    const squares = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const off = (column[row] ?? 0) - mean;
      squares[row] = off * off;
    }
    const sd = Math.sqrt((orderFreeSums(squares)[0] ?? 0) / rows);
    // A constant such as 0.1 may miss its own mean by a rounding; that is no spread.
    return { mean: mean + 0, sd: sd <= 1e-14 * Math.abs(mean) ? 0 : sd };
  });
  return { mean: pairs.map(({ mean }) => mean), sd: pairs.map(({ sd }) => sd) };
}

/** What a difference in one column is multiplied by, 0 for a constant column. */
export function inverseScale({ sd }: Scale): Float64Array {
  return Float64Array.from(sd, (value) => (value > 0 ? 1 / value : 0));
}

/**
 * Columns at mean 0 and standard deviation 1, constant ones at 0.
 * @param columns finite numbers, at least one row
 * @param scale of an earlier fit; by default that of these columns
 * @throws {CohortiumError} NUMERIC_DOMAIN for a column without rows
 */
export function standardise(columns: readonly Float64Array[], scale: Scale = scaleOf(columns)): Standardised {
  const inverse = inverseScale(scale);
  const scaled = columns.map((column, index) => {
    const mean = scale.mean[index] ?? 0;
    const factor = inverse[index] ?? 0;
    const out = new Float64Array(column.length);
    for (let row = 0; row < out.length; row++) out[row] = ((column[row] ?? 0) - mean) * factor;
    return out;
  });
  return { scale, columns: scaled };
}
