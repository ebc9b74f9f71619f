/** Observations of time to an event: what is asked of them, checked once and said in one way. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { FeatureColumns } from '../method.ts';
import { checkFeatures } from '../quality/check-features.ts';

/**
 * One row per customer, or several over periods that follow each other. The columns, which may be none, are covariates as they
 * were known when the row came under observation.
 */
export interface SurvivalRows extends FeatureColumns {
  /** Days at which a row came under observation, below its stop: it is at risk after start, up to and with stop. From the beginning if left out. */
  readonly start?: Float64Array;
  /** Days from the customer's beginning to the event or to the end of observation, ≥ 0. */
  readonly stop: Float64Array;
  /** 1 where the event happened at stop, 0 where observation ended without it. */
  readonly event: ArrayLike<number>;
  /** Position in `strata` of each row: groups with baseline hazards of their own. */
  readonly stratum?: Int32Array;
  readonly strata?: readonly string[];
}

/** Features of customers and, where the fit had strata, those. */
export type SurvivalCovariates = FeatureColumns & Pick<SurvivalRows, 'stratum' | 'strata'>;

/**
 * @returns the number of rows
 * @throws {CohortiumError} NUMERIC_DOMAIN for no rows, columns of unequal length, times that are not finite or negative, a start
 *   that is not below its stop, events other than 0 and 1, and strata without a name
 */
export function checkSurvivalRows(data: SurvivalRows): number {
  const { start, stop, event } = data;
  const rows = stop.length;
  if (rows === 0) fail('no rows; survival needs at least one with its days and whether the event happened');
  if (data.names.length > 0 || data.columns.length > 0) {
    const found = checkFeatures(data);
    if (found !== rows) fail(`the columns have ${found} rows, stop has ${rows}; give them in step`);
  }
  if (event.length !== rows || (start && start.length !== rows)) {
    fail(`stop has ${rows} rows, event ${event.length}, start ${start?.length ?? 'none'}; give columns of equal length`);
  }
  for (let row = 0; row < rows; row++) {
    const end = stop[row] ?? Number.NaN;
    const happened = event[row];
    if (!(end >= 0 && end <= 1e9)) fail(`stop is ${end} in row ${row}; give days from 0 to 1e9`);
    if (happened !== 0 && happened !== 1) {
      fail(`event is ${String(happened)} in row ${row}; give 1 where it happened at stop, 0 where observation ended without it`);
    }
    if (!start) continue;
    const begin = start[row] ?? Number.NaN;
    if (!(begin >= -1e9 && begin < end))
      fail(`start is ${begin} and stop ${end} in row ${row}; a row is observed from a start below its stop`);
  }
  checkStrata(data, rows);
  return rows;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when a row's stratum has no name, or names are repeated */
export function checkStrata({ stratum, strata }: SurvivalCovariates, rows: number): void {
  if (!stratum && !strata) return;
  if (stratum?.length !== rows || !strata) {
    fail(
      `${stratum?.length ?? 'no'} strata for ${rows} rows, ${strata?.length ?? 'no'} names; give stratum and strata together, one per row`,
    );
  }
  const repeated = strata.find((name, index) => strata.indexOf(name) !== index);
  if (repeated !== undefined) fail(`the stratum '${repeated}' stands twice; give each a name of its own`);
  for (let row = 0; row < rows; row++) {
    const own = stratum[row] ?? -1;
    if (own < 0 || own >= strata.length) fail(`stratum is ${own} in row ${row}; there are ${strata.length} names, from 0`);
  }
}

/** Strata in the order of their names, so that the caller's numbers are of no account; a single unnamed one without any. */
export function strataOf({ stratum, strata, stop }: SurvivalRows): {
  readonly strata: readonly string[];
  readonly stratumOf: Int32Array | undefined;
} {
  if (!stratum || !strata) return { strata: [''], stratumOf: undefined };
  const present = new Uint8Array(strata.length);
  for (const own of stratum) present[own] = 1;
  const ranked = [...strata.keys()]
    .filter((own) => present[own] === 1)
    .sort((one, other) => ((strata[one] ?? '') < (strata[other] ?? '') ? -1 : 1));
  const numberOf = new Int32Array(strata.length).fill(-1);
  for (const [number, own] of ranked.entries()) numberOf[own] = number;
  const stratumOf = new Int32Array(stop.length);
  for (let row = 0; row < stratumOf.length; row++) stratumOf[row] = numberOf[stratum[row] ?? 0] ?? 0;
  return { strata: ranked.map((own) => strata[own] ?? ''), stratumOf };
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
