/**
 * Likelihood and gradient of many histories at once. Terms that depend on the count alone, or on the age alone, are summed
 * once per count and per age; only the chance of having left needs a term per distinct history with a repeat purchase.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, log, log1p, sum, sumOf } from '../../../sdk/numeric/index.ts';
import { groupRows, rankValues } from './group-rows.ts';

/** Purchase histories in columns; tx and T in one time unit. */
export interface HistoryColumns {
  /** Repeat purchases, integers ≥ 0. */
  readonly x: ArrayLike<number>;
  /** Age at the last purchase, 0 ≤ tx ≤ T; 0 when x = 0. */
  readonly tx: ArrayLike<number>;
  /** Age of the customer. */
  readonly T: ArrayLike<number>;
}

/** All that the likelihood needs to know of the histories. */
export interface HistoryStatistics {
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
  /** Distinct histories with a repeat purchase; recency and age are indexes of times. */
  readonly repeaters: {
    readonly count: Uint32Array;
    readonly recency: Uint32Array;
    readonly age: Uint32Array;
    readonly weight: Float64Array;
  };
}

/** Value and gradient of the negative log-likelihood as functions of natural parameters. */
export type NegativeLogLikelihood = (parameters: readonly number[], gradient: Float64Array) => number;

/** More repeat purchases than anybody makes; the tables over counts are this long at most. */
const mostRepeats = 1_000_000;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN naming the first row that is no purchase history
 */
export function summarizeHistories(data: HistoryColumns): HistoryStatistics {
  checkHistories(data);
  const customers = data.x.length;
  const grouped = groupRows([data.x, data.tx, data.T]);
  const [x, tx, T] = grouped.columns as [Float64Array, Float64Array, Float64Array]; // three columns went in
  const { weights } = grouped;
  const both = new Float64Array(2 * x.length);
  both.set(tx);
  both.set(T, x.length);
  const { values: times, ranks } = rankValues(both);

  const customersByCount = new Float64Array((x.at(-1) ?? 0) + 1);
  const customersByAge = new Float64Array(times.length);
  const repeatsByAge = new Float64Array(times.length);
  for (let row = 0; row < x.length; row++) {
    const count = x[row] ?? 0;
    const age = ranks[x.length + row] ?? 0;
    const weight = weights[row] ?? 0;
    customersByCount[count] = (customersByCount[count] ?? 0) + weight;
    customersByAge[age] = (customersByAge[age] ?? 0) + weight;
    repeatsByAge[age] = (repeatsByAge[age] ?? 0) + weight * count;
  }
  // Rows are sorted by count, so those without a repeat purchase come first.
  let first = 0;
  while (first < x.length && x[first] === 0) first += 1;
  return {
    customers,
    repeats: sum(repeatsByAge),
    meanAge: sumOf(times.length, (index) => (times[index] ?? 0) * (customersByAge[index] ?? 0)) / customers,
    customersByCount,
    times,
    customersByAge,
    repeatsByAge,
    repeaters: {
      count: Uint32Array.from(x.subarray(first)),
      recency: ranks.slice(first, x.length),
      age: ranks.slice(x.length + first),
      weight: weights.slice(first),
    },
  };
}

function checkHistories({ x, tx, T }: HistoryColumns): void {
  if (tx.length !== x.length || T.length !== x.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found x ${x.length}, tx ${tx.length}, T ${T.length}`);
  }
  for (let row = 0; row < x.length; row++) {
    const count = x[row] ?? Number.NaN;
    const recency = tx[row] ?? Number.NaN;
    const age = T[row] ?? Number.NaN;
    if (Number.isInteger(count) && count >= 0 && count <= mostRepeats && recency >= 0 && recency <= age && Number.isFinite(age)) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `row ${row}: a history needs an integer x from 0 to ${mostRepeats} and 0 ≤ tx ≤ T; found x=${count}, tx=${recency}, T=${age}`,
    );
  }
}

/** Negative log-likelihood of BG/NBD in (r, alpha, a, b). @see Fader, Hardie & Lee (2005), eq. 6 */
export function bgNbdObjective(statistics: HistoryStatistics): NegativeLogLikelihood {
  const { count, recency, age, weight } = statistics.repeaters;
  const { customersByCount } = statistics;
  const ofNbd = new Float64Array(2);
  return ([r = 1, alpha = 1, a = 1, b = 1], gradient) => {
    const tables = timeTables(statistics.times, alpha);
    const withoutLeaving = nbdTerms(statistics, tables, r, alpha, ofNbd);
    const most = customersByCount.length - 1;
    const stayed = prefixSums(most, (j) => log1p(a / (b + j)));
    const stayedByA = prefixSums(most, (j) => 1 / (a + b + j));
    const stayedByB = prefixSums(most, (j) => a / ((b + j) * (a + b + j)));
    const logA = log(a);
    const oddsByCount = Float64Array.from({ length: most + 1 }, (_, x) => (x === 0 ? 0 : logA - log(b + x - 1)));
    const { logs, inverses } = tables;
    let [total, lost, dr, dAlpha, da, db] = [0, 0, 0, 0, 0, 0];
    for (let row = 0; row < count.length; row++) {
      const x = count[row] ?? 0;
      const from = recency[row] ?? 0;
      const to = age[row] ?? 0;
      const w = weight[row] ?? 0;
      const R = r + x;
      const gain = (logs[to] ?? 0) - (logs[from] ?? 0);
      const odds = (oddsByCount[x] ?? 0) + R * gain;
      // Softplus and its slope from one exponential.
      const small = exp(odds > 0 ? -odds : odds);
      const left = (w * (odds > 0 ? 1 : small)) / (1 + small);
      const value = w * (odds > 0 ? odds + log1p(small) : log1p(small));
      const next = total + value;
      lost += total >= value ? total - next + value : value - next + total;
      total = next;
      dr += left * gain;
      dAlpha += left * R * ((inverses[to] ?? 0) - (inverses[from] ?? 0));
      da += left;
      db += left / (b + x - 1);
    }
    const overCounts = (table: Float64Array): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * (table[x] ?? 0));
    gradient[0] = (ofNbd[0] ?? 0) - dr;
    gradient[1] = (ofNbd[1] ?? 0) - dAlpha;
    gradient[2] = overCounts(stayedByA) - da / a;
    gradient[3] = db - overCounts(stayedByB);
    return withoutLeaving + overCounts(stayed) - (total + lost);
  };
}

/** Negative log-likelihood of NBD, where nobody leaves, in (r, alpha). */
export function nbdObjective(statistics: HistoryStatistics): NegativeLogLikelihood {
  return ([r = 1, alpha = 1], gradient) => nbdTerms(statistics, timeTables(statistics.times, alpha), r, alpha, gradient);
}

function nbdTerms(statistics: HistoryStatistics, { logs, inverses }: TimeTables, r: number, alpha: number, gradient: Float64Array): number {
  const { customersByCount, times, customersByAge, repeatsByAge, repeats } = statistics;
  const most = customersByCount.length - 1;
  const made = prefixSums(most, (j) => log(r + j));
  const madeByR = prefixSums(most, (j) => 1 / (r + j));
  const overCounts = (table: Float64Array): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * (table[x] ?? 0));
  const overAges = (term: (age: number) => number): number => sumOf(times.length, term);
  gradient[0] = overAges((age) => (customersByAge[age] ?? 0) * (logs[age] ?? 0)) - overCounts(madeByR);
  // r/α − r/(α+T) as one fraction: the difference has no digits left when α is large.
  gradient[1] = overAges(
    (age) => ((repeatsByAge[age] ?? 0) - ((customersByAge[age] ?? 0) * r * (times[age] ?? 0)) / alpha) * (inverses[age] ?? 0),
  );
  return (
    overAges((age) => ((customersByAge[age] ?? 0) * r + (repeatsByAge[age] ?? 0)) * (logs[age] ?? 0)) +
    repeats * log(alpha) -
    overCounts(made)
  );
}

interface TimeTables {
  /** log((α + t)/α) of every time; differences keep their digits at any α. */
  readonly logs: Float64Array;
  /** 1/(α + t) of every time. */
  readonly inverses: Float64Array;
}

function timeTables(times: Float64Array, alpha: number): TimeTables {
  return { logs: times.map((time) => log1p(time / alpha)), inverses: times.map((time) => 1 / (alpha + time)) };
}

/** Sums over j < n of a term, for n = 0 … count. */
function prefixSums(count: number, term: (j: number) => number): Float64Array {
  const table = new Float64Array(count + 1);
  for (let j = 0; j < count; j++) table[j + 1] = (table[j] ?? 0) + term(j);
  return table;
}
