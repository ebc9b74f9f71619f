/**
 * Purchase histories in columns, checked and reduced to what likelihoods need: distinct histories with weights, and tables by
 * count and by age. Equal histories are computed once, however many customers share them.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';
import { groupRows } from './group-rows.ts';
import { rankTogether, toDoubles } from './rank-values.ts';

/** Purchase histories in columns of one length; tx and T in one time unit. */
export interface HistoryColumns {
  /** Repeat purchases, integers ≥ 0. */
  readonly x: ArrayLike<number>;
  /** Age at the last purchase, 0 ≤ tx ≤ T; 0 when x = 0. */
  readonly tx: ArrayLike<number>;
  /** Age of the customer. */
  readonly T: ArrayLike<number>;
  /** Sum of the logarithms of the times between purchases, first to last; families with a timing shape need it. */
  readonly logGaps?: ArrayLike<number> | undefined;
  /** How many customers a row stands for, > 0, fractions allowed; 1 where absent. */
  readonly weight?: ArrayLike<number> | undefined;
}

/** All that a likelihood needs to know of the histories. */
export interface HistoryStatistics {
  /** Sum of the weights. */
  readonly customers: number;
  readonly repeats: number;
  readonly meanAge: number;
  /** Customers by number of repeat purchases. */
  readonly customersByCount: Float64Array;
  /** Every age and recency that occurs, ascending. */
  readonly times: Float64Array;
  /** Customers of that age, by index of times. */
  readonly customersByAge: Float64Array;
  /** Repeat purchases of the customers of that age, by index of times. */
  readonly repeatsByAge: Float64Array;
  /** Distinct histories by ascending count, recency, age; recency and age are indexes of times. */
  readonly rows: {
    readonly count: Uint32Array;
    readonly recency: Uint32Array;
    readonly age: Uint32Array;
    readonly weight: Float64Array;
  };
  /** First row with a repeat purchase. */
  readonly firstRepeater: number;
  /** Sum of the logarithms of all times between purchases; NaN where the data have none. */
  readonly logGaps: number;
}

/** More repeat purchases than anybody makes; the tables over counts are this long at most. */
const mostRepeats = 1_000_000;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN naming the first row that is no purchase history
 */
export function summarizeHistories(data: HistoryColumns): HistoryStatistics {
  const x = toDoubles(data.x);
  const tx = toDoubles(data.tx);
  const T = toDoubles(data.T);
  checkShape(data);
  const grouped = groupRows([x, tx, T], data.weight);
  const [counts, recencies, ages] = grouped.columns as [Float64Array, Float64Array, Float64Array]; // three columns went in
  const { weights: weight } = grouped;
  // Distinct rows are fewer to look at, but a refusal names a row of the caller's.
  if (!areHistories(counts, recencies, ages)) refuseFirstFault({ x, tx, T });
  const count = new Uint32Array(counts);
  // Ages and recencies are mostly the same days, so one table of times serves both.
  const { values: times, ranks } = rankTogether([recencies, ages]);
  const [recency, age] = ranks as [Uint32Array, Uint32Array]; // two columns went in

  let firstRepeater = 0;
  while (firstRepeater < count.length && count[firstRepeater] === 0) firstRepeater += 1;
  return { ...tabulate(times, { count, recency, age, weight }), firstRepeater, logGaps: totalLogGaps(data) };
}

/** What the rows say together: the tables by count and by age, and the totals. */
export function tabulate(times: Float64Array, rows: HistoryStatistics['rows']): Omit<HistoryStatistics, 'firstRepeater' | 'logGaps'> {
  const { count, age, weight } = rows;
  const customersByCount = new Float64Array((count.at(-1) ?? 0) + 1);
  const customersByAge = new Float64Array(times.length);
  const repeatsByAge = new Float64Array(times.length);
  for (let row = 0; row < count.length; row++) {
    const repeats = count[row] ?? 0;
    const at = age[row] ?? 0;
    const some = weight[row] ?? 0;
    customersByCount[repeats] = (customersByCount[repeats] ?? 0) + some;
    customersByAge[at] = (customersByAge[at] ?? 0) + some;
    repeatsByAge[at] = (repeatsByAge[at] ?? 0) + some * repeats;
  }
  const customers = sum(weight);
  return {
    customers,
    repeats: sum(repeatsByAge),
    meanAge: sumOf(times.length, (index) => (times[index] ?? 0) * (customersByAge[index] ?? 0)) / customers,
    customersByCount,
    times,
    customersByAge,
    repeatsByAge,
    rows,
  };
}

function totalLogGaps({ x, logGaps, weight }: HistoryColumns): number {
  if (!logGaps) return Number.NaN;
  return sumOf(x.length, (row) => (weight?.[row] ?? 1) * (logGaps[row] ?? Number.NaN));
}

function checkShape({ x, tx, T, logGaps, weight }: HistoryColumns): void {
  for (const [name, column] of Object.entries({ tx, T, logGaps, weight })) {
    if (column && column.length !== x.length) {
      throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found x ${x.length}, ${name} ${column.length}`);
    }
  }
  if (!weight) return;
  for (let row = 0; row < weight.length; row++) {
    const customers = weight[row] ?? Number.NaN;
    if (customers > 0 && Number.isFinite(customers)) continue;
    throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: a weight is a positive number; found ${customers}`);
  }
}

function areHistories(x: Float64Array, tx: Float64Array, T: Float64Array): boolean {
  for (let row = 0; row < x.length; row++) {
    const count = x[row] ?? Number.NaN;
    if (!isHistory(count, tx[row] ?? Number.NaN, T[row] ?? Number.NaN) || Math.floor(count) !== count || count > mostRepeats) return false;
  }
  return true;
}

function refuseFirstFault({ x, tx, T }: HistoryColumns): void {
  for (let row = 0; row < x.length; row++) {
    const count = x[row] ?? Number.NaN;
    const recency = tx[row] ?? Number.NaN;
    const age = T[row] ?? Number.NaN;
    if (isHistory(count, recency, age) && Number.isInteger(count) && count <= mostRepeats) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `row ${row}: a history needs an integer x from 0 to ${mostRepeats}, 0 ≤ tx ≤ T and tx = 0 where x = 0; found x=${count}, tx=${recency}, T=${age}`,
    );
  }
}

/** Whether a count, a recency and an age can belong to one customer. */
function isHistory(x: number, tx: number, T: number): boolean {
  return x >= 0 && tx >= 0 && tx <= T && Number.isFinite(T) && (x > 0 || tx === 0);
}

/**
 * Check of one history, for the scalar functions of a family.
 * @throws {CohortiumError} NUMERIC_DOMAIN when not 0 ≤ tx ≤ T, x < 0, or tx > 0 without a repeat purchase
 */
export function checkHistory(x: number, tx: number, T: number): void {
  if (isHistory(x, tx, T)) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `a history needs x ≥ 0, 0 ≤ tx ≤ T and tx = 0 where x = 0; found x=${x}, tx=${tx}, T=${T}`);
}
