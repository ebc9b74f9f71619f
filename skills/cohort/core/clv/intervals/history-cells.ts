/** Customers with one history and one group, counted: what a forecast of many customers goes through. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { History } from '../family.ts';
import { groupRows } from '../group-rows.ts';
import { checkHistory, type HistoryColumns } from '../histories.ts';

/** Cells in ascending order of count, recency, age and group, as the rows of HistoryStatistics are. */
export interface HistoryCells {
  /** Number of groups. */
  readonly groups: number;
  /** Number of distinct histories. */
  readonly distinct: number;
  /** Cells of one history share the object. */
  readonly history: readonly History[];
  /** Which distinct history a cell has. */
  readonly distinctOf: Uint32Array;
  readonly group: Uint32Array;
  readonly weight: Float64Array;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, or a group no integer ≥ 0 */
export function groupHistories(data: HistoryColumns, groups?: ArrayLike<number>): HistoryCells {
  const rows = data.x.length;
  if (groups && groups.length !== rows) {
    throw new CohortiumError('NUMERIC_DOMAIN', `every row needs its group; found ${groups.length} groups for ${rows} rows`);
  }
  let most = 0;
  for (let row = 0; row < rows; row++) {
    checkHistory(data.x[row] ?? Number.NaN, data.tx[row] ?? Number.NaN, data.T[row] ?? Number.NaN);
    const group = groups?.[row] ?? 0;
    if (!(Number.isInteger(group) && group >= 0 && group < 10_000_000)) {
      throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: a group is an integer from 0; found ${group}`);
    }
    most = Math.max(most, group);
  }
  const { columns, weights } = groupRows([data.x, data.tx, data.T, groups ?? new Uint8Array(rows)], data.weight);
  const [x, tx, T, group] = columns as [Float64Array, Float64Array, Float64Array, Float64Array]; // four columns went in
  const history: History[] = [];
  const distinctOf = new Uint32Array(x.length);
  let distinct = 0;
  let last: History | undefined;
  for (let cell = 0; cell < x.length; cell++) {
    const next: History = { x: x[cell] ?? 0, tx: tx[cell] ?? 0, T: T[cell] ?? 0 };
    if (!last || last.x !== next.x || last.tx !== next.tx || last.T !== next.T) {
      last = next;
      distinct += 1;
    }
    history.push(last);
    distinctOf[cell] = distinct - 1;
  }
  return { groups: most + 1, distinct, history, distinctOf, group: Uint32Array.from(group), weight: weights };
}
