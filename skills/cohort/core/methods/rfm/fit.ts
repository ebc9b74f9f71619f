/** Fit of RFM: the classes of each dimension by quantile, and the cohorts that three scores make. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { rfmScores } from '../../rfm.ts';
import type { FeatureColumns } from '../method.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import { type CohortProfile, profileCohorts } from '../quality/profile.ts';
import { scaleOf } from '../quality/standardise.ts';
import { cellOf, cohortOfCells, type CohortsBy, namesOf } from './cells.ts';
import { describeDimension, type RfmDimension } from './dimension.ts';

export interface RfmConfig {
  /** Classes of each dimension, 2 … 10, default 5. */
  readonly quantiles?: number;
  /** Cohorts are the ten named segments (default), or every combination of scores, such as `r5f4m3`. */
  readonly cohorts?: CohortsBy;
  /** Column of days since the last purchase, ≥ 0; default `recency`. */
  readonly recency?: string;
  /** Column of purchases, ≥ 0; default `frequency`. */
  readonly frequency?: string;
  /** Column of what was spent; default `money`. */
  readonly money?: string;
}

export interface RfmCohortProfile extends CohortProfile {
  /** Segment in words, or scores. */
  readonly name: string;
}

/** Plain JSON. */
export interface RfmModel {
  readonly method: 'rfm';
  readonly quantiles: number;
  readonly cohorts: CohortsBy;
  /** Recency, frequency, money. */
  readonly dimensions: readonly [RfmDimension, RfmDimension, RfmDimension];
  readonly rows: number;
  /** Every cohort that scores can lead to, those without customers last. */
  readonly profile: readonly RfmCohortProfile[];
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for missing columns, negative days or purchases, or quantiles out of 2 … 10 */
export function fitRfm(config: RfmConfig, data: FeatureColumns): RfmModel {
  const { quantiles = 5, cohorts = 'segment', recency = 'recency', frequency = 'frequency', money = 'money' } = config;
  if (!(Number.isInteger(quantiles) && quantiles >= 2 && quantiles <= 10)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `${quantiles} quantiles; give a whole number from 2 to 10`);
  }
  const names = [recency, frequency, money];
  const [days, purchases, spent] = threeColumns(names, data);
  checkNotNegative(recency, days);
  checkNotNegative(frequency, purchases);
  const scores = rfmScores(days, purchases, spent, quantiles);
  const rows = days.length;

  const cohortNames = namesOf(cohorts, quantiles);
  const cells = cohortOfCells(cohorts, quantiles, cohortNames);
  const placed = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    placed[row] = cells[cellOf(scores.recency[row] ?? 1, scores.frequency[row] ?? 1, scores.money[row] ?? 1, quantiles)] ?? -1;
  }
  const three = { names, columns: [days, purchases, spent] };
  const profile = profileCohorts(three, placed, cohortNames.length, scaleOf(three.columns))
    .map((cohort) => ({ ...cohort, name: cohortNames[cohort.cohort] ?? '' }))
    .sort((one, other) => other.size - one.size || one.cohort - other.cohort)
    .map((cohort, index) => ({ ...cohort, cohort: index }));
  return {
    method: 'rfm',
    quantiles,
    cohorts,
    dimensions: [
      describeDimension(
        recency,
        -1,
        days.map((value) => -value),
        scores.recency,
      ),
      describeDimension(frequency, 1, purchases, scores.frequency),
      describeDimension(money, 1, spent, scores.money),
    ],
    rows,
    profile,
  };
}

/** Days, purchases and money of customers. @throws {CohortiumError} NUMERIC_DOMAIN when one is missing */
export function threeColumns(names: readonly string[], data: FeatureColumns): readonly [Float64Array, Float64Array, Float64Array] {
  const [days, purchases, spent] = columnsOfModel(names, data);
  // There are as many columns as names, and three of these.
  return [days ?? new Float64Array(), purchases ?? new Float64Array(), spent ?? new Float64Array()];
}

function checkNotNegative(name: string, column: Float64Array): void {
  const row = column.findIndex((value) => value < 0);
  if (row >= 0) {
    throw new CohortiumError('NUMERIC_DOMAIN', `column '${name}' has ${column[row]} in row ${row}; days and purchases are not negative`);
  }
}
