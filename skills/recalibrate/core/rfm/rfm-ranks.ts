/**
 * Recency, frequency and money of customers, ranked in their cohort and across all cohorts: a customer may be the best of a weak
 * cohort, and both ranks say something. Equal values share their rank. Refuses no rows, values that are not finite, and negative
 * days or purchases.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { midRankShares, quantileScores } from '../../../sdk/numeric/index.ts';
import { rowsByCohort } from '../rows-by-cohort.ts';

/** One row per customer. */
export interface RfmColumns {
  /** Days from the last purchase to the as-of day, ≥ 0. */
  readonly daysSinceLast: Float64Array;
  /** Purchase days, ≥ 0. */
  readonly purchases: Float64Array;
  /** Net spend in minor units; below 0 where more was returned. */
  readonly spendMinor: Float64Array;
  /** Cohort of each customer. */
  readonly cohort: readonly string[];
}

/** Higher is better: more recent, more often, more money. */
export interface Ranks {
  /** 1 to 5 in the cohort; a heap of equals shares the fifth of its middle, so that fifths may be left out. */
  readonly quintile: Int32Array;
  /** 0 to 100 in the cohort: share below, half of the equals counted. 50 for a cohort of one. */
  readonly percentile: Float64Array;
  /** 0 to 100 among the customers of all cohorts. */
  readonly crossCohortPercentile: Float64Array;
}

export interface RfmRanks {
  readonly recency: Ranks;
  readonly frequency: Ranks;
  readonly monetary: Ranks;
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, values that are not finite, negative days or purchases
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 */
export function rfmRanks({ daysSinceLast, purchases, spendMinor, cohort }: RfmColumns): RfmRanks {
  check({ daysSinceLast, purchases, spendMinor }, cohort);
  const groups = rowsByCohort(cohort).map(([, rows]) => rows);
  return {
    // Long ago is worse: the days are turned round before anything is ranked.
    recency: ranksOf(
      daysSinceLast.map((days) => -days),
      groups,
    ),
    frequency: ranksOf(purchases, groups),
    monetary: ranksOf(spendMinor, groups),
  };
}

function ranksOf(values: Float64Array, groups: readonly (readonly number[])[]): Ranks {
  const quintile = new Int32Array(values.length);
  const percentile = new Float64Array(values.length);
  for (const rows of groups) {
    const own = Float64Array.from(rows, (row) => values[row] ?? 0);
    const fifths = quantileScores(own, 5);
    const shares = midRankShares(own);
    rows.forEach((row, place) => {
      quintile[row] = fifths[place] ?? 0;
      percentile[row] = 100 * (shares[place] ?? 0);
    });
  }
  return { quintile, percentile, crossCohortPercentile: midRankShares(values).map((share) => 100 * share) };
}

function check(columns: Readonly<Record<string, Float64Array>>, cohort: readonly string[]): void {
  if (cohort.length === 0) throw new CohortiumError('CALIBRATION_TOO_FEW', 'no customers; ranks need at least one');
  for (const [name, column] of Object.entries(columns)) {
    if (column.length !== cohort.length)
      fail(`'${name}' has ${column.length} rows, 'cohort' has ${cohort.length}; give columns of one length`);
    const isSigned = name === 'spendMinor';
    const wrong = column.findIndex((value) => !Number.isFinite(value) || (value < 0 && !isSigned));
    if (wrong >= 0) fail(`'${name}' has ${column[wrong]} in row ${wrong}; give ${isSigned ? 'a finite number' : 'a number of 0 or more'}`);
  }
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
