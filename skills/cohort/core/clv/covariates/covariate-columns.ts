/** Covariates checked, put in the order of their names and standardised, so that coefficients and their prior have one size. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { sumOf } from '../../../../sdk/numeric/index.ts';

/** Columns by name, one number per customer. */
export type NamedColumns = Readonly<Record<string, ArrayLike<number>>>;

export interface CovariateColumns {
  /** Covariates of the purchase rate; a positive coefficient means more purchases. */
  readonly purchase?: NamedColumns | undefined;
  /** Covariates of leaving; a positive coefficient means sooner. */
  readonly dropout?: NamedColumns | undefined;
}

export interface StandardColumn {
  readonly actsOn: 'purchase' | 'dropout';
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
  /** (value − mean) / sd. */
  readonly values: Float64Array;
}

/**
 * Columns of purchases first, then of leaving, each by name, so that the order in which they are given does not matter.
 * @param weight customers per row; 1 where absent
 * @throws {CohortiumError} NUMERIC_DOMAIN when a column has another length, a value is no number, or all values are the same
 */
export function standardizeColumns(covariates: CovariateColumns, rows: number, weight: ArrayLike<number> | undefined): StandardColumn[] {
  const columns = (['purchase', 'dropout'] as const).flatMap((actsOn) =>
    Object.entries(covariates[actsOn] ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, values]) => standardize(actsOn, name, values, rows, weight)),
  );
  for (const { name, values } of columns) {
    const other = columns.find((column) => column.name === name && column.values.some((value, row) => value !== values[row]));
    if (other) throw new CohortiumError('NUMERIC_DOMAIN', `covariate '${name}' of purchases and of leaving differ; give them two names`);
  }
  return columns;
}

function standardize(
  actsOn: StandardColumn['actsOn'],
  name: string,
  values: ArrayLike<number>,
  rows: number,
  weight: ArrayLike<number> | undefined,
): StandardColumn {
  if (values.length !== rows) {
    throw new CohortiumError('NUMERIC_DOMAIN', `covariate '${name}' has ${values.length} values for ${rows} histories; give one per row`);
  }
  for (let row = 0; row < rows; row++) {
    if (Number.isFinite(values[row])) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `row ${row}: covariate '${name}' is ${values[row]}; fill what is missing, or leave the row out`,
    );
  }
  const weightOf = (row: number): number => weight?.[row] ?? 1;
  const total = sumOf(rows, weightOf);
  const mean = sumOf(rows, (row) => weightOf(row) * (values[row] ?? 0)) / total;
  const spread = (row: number): number => (values[row] ?? 0) - mean;
  const sd = Math.sqrt(sumOf(rows, (row) => weightOf(row) * spread(row) * spread(row)) / total);
  if (!(sd > 1e-12 * Math.max(1, Math.abs(mean)))) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `covariate '${name}' is ${values[0]} for everybody: it has no effect to estimate; leave it out`,
    );
  }
  return { actsOn, name, mean, sd, values: Float64Array.from(values, (value) => (value - mean) / sd) };
}
