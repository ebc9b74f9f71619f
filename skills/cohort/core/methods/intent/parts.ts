/** Checks the rows of an intent and parts them: those to learn from, and the later ones to calibrate and judge by. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { canonicalOrder } from '../quality/canonical-order.ts';
import { checkFeatures } from '../quality/check-features.ts';
import type { IntentRows } from './model.ts';

/** Below these nothing is fitted; from a hundred of either outcome on figures can be trusted. */
export const leastOutcomes = { fitted: 20, later: 10, trusted: 100 };

export interface Parts {
  /** Row numbers, in an order that the values alone decide. */
  readonly fitted: Uint32Array;
  readonly later: Uint32Array;
  /** Rows without and with the action. */
  readonly counts: { readonly fitted: readonly [number, number]; readonly calibrated: readonly [number, number] };
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when rows are not usable or too few of either outcome, with how many there are */
export function partRows(data: IntentRows): Parts {
  const rows = checkFeatures(data);
  const outcome = zeroOnes('outcome', data.outcome, rows, '1 where the action followed, 0 where not');
  const given = data.isLater && zeroOnes('isLater', data.isLater, rows, '1 for the later part, 0 for the earlier');
  const fitted: number[] = [];
  const later: number[] = [];
  const counts = { fitted: [0, 0] as [number, number], calibrated: [0, 0] as [number, number] };
  const seen = [0, 0];
  for (const row of canonicalOrder([...data.columns, outcome, ...(given ? [given] : [])])) {
    const own = outcome[row] === 1 ? 1 : 0;
    const isLater = given ? given[row] === 1 : (seen[own] ?? 0) % 4 === 3;
    seen[own] = (seen[own] ?? 0) + 1;
    (isLater ? later : fitted).push(row);
    (isLater ? counts.calibrated : counts.fitted)[own] += 1;
  }
  const isEnough = Math.min(...counts.fitted) >= leastOutcomes.fitted && Math.min(...counts.calibrated) >= leastOutcomes.later;
  if (!isEnough) {
    fail(
      `the action followed in ${counts.fitted[1]} rows to fit and ${counts.calibrated[1]} to calibrate, and did not in ${counts.fitted[0]} and ` +
        `${counts.calibrated[0]}; at least ${leastOutcomes.fitted} and ${leastOutcomes.later} of either are needed, better ${leastOutcomes.trusted}: ` +
        'take a longer horizon, a more frequent action or more customers',
    );
  }
  return { fitted: Uint32Array.from(fitted), later: Uint32Array.from(later), counts };
}

function zeroOnes(name: string, values: ArrayLike<number>, rows: number, meaning: string): Float64Array {
  if (values.length !== rows) fail(`${name} has ${values.length} rows, the columns have ${rows}; give one per row`);
  const checked = Float64Array.from(values);
  const row = checked.findIndex((value) => value !== 0 && value !== 1);
  if (row >= 0) fail(`${name} is ${checked[row]} in row ${row}; give ${meaning}`);
  return checked;
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
