/**
 * Likelihood and gradient of NBD for many histories at once. Its terms depend on the count alone or on the age alone, so they
 * are computed once per count and once per age.
 */
import { log, sumOf } from '../../../../sdk/numeric/index.ts';
import { fastLog, fastLog1p } from '../../../../sdk/numeric/kernels/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';

/** Negative log-likelihood of NBD, where nobody leaves, in (r, alpha). @see Ehrenberg (1959), "The pattern of consumer purchases" */
export function nbdObjective(statistics: HistoryStatistics): NegativeLogLikelihood {
  const tables = makeTimeTables(statistics.times);
  return ([r = 1, alpha = 1], gradient) => nbdTerms(statistics, timeTables(statistics.times, alpha, tables), r, alpha, gradient);
}

/** Value, with the gradient in r and alpha written to the first two places. */
export function nbdTerms(
  statistics: HistoryStatistics,
  { logs, inverses }: TimeTables,
  r: number,
  alpha: number,
  gradient: Float64Array,
): number {
  const { customersByCount, repeats } = statistics;
  const most = customersByCount.length - 1;
  const made = prefixSums(most, (j) => fastLog(r + j));
  const madeByR = prefixSums(most, (j) => 1 / (r + j));
  const overCounts = (table: Float64Array): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * (table[x] ?? 0));
  const { byCustomers, byRepeats, slope } = sumOverAges(statistics, { logs, inverses }, r / alpha);
  gradient[0] = byCustomers - overCounts(madeByR);
  gradient[1] = slope;
  return r * byCustomers + byRepeats + repeats * log(alpha) - overCounts(made);
}

interface AgeSums {
  /** log((α + T)/α) of every customer. */
  readonly byCustomers: number;
  /** The same of every repeat purchase. */
  readonly byRepeats: number;
  /** Derivative in alpha. */
  readonly slope: number;
}

/** Three compensated sums in one loop; what an addition loses is found by Knuth's two-sum, which has no branch. */
function sumOverAges({ times, customersByAge, repeatsByAge }: HistoryStatistics, { logs, inverses }: TimeTables, rate: number): AgeSums {
  let [byCustomers, lostCustomers, byRepeats, lostRepeats, slope, lostSlope] = [0, 0, 0, 0, 0, 0];
  for (let age = 0; age < times.length; age++) {
    const customers = customersByAge[age] ?? 0;
    const repeats = repeatsByAge[age] ?? 0;
    const log = logs[age] ?? 0;
    let value = customers * log;
    let next = byCustomers + value;
    let seen = next - byCustomers;
    lostCustomers += byCustomers - (next - seen) + (value - seen);
    byCustomers = next;
    value = repeats * log;
    next = byRepeats + value;
    seen = next - byRepeats;
    lostRepeats += byRepeats - (next - seen) + (value - seen);
    byRepeats = next;
    // r/α − r/(α+T) as one fraction: the difference has no digits left when α is large.
    value = (repeats - customers * rate * (times[age] ?? 0)) * (inverses[age] ?? 0);
    next = slope + value;
    seen = next - slope;
    lostSlope += slope - (next - seen) + (value - seen);
    slope = next;
  }
  return { byCustomers: byCustomers + lostCustomers, byRepeats: byRepeats + lostRepeats, slope: slope + lostSlope };
}

export interface TimeTables {
  /** log((α + t)/α) of every time; differences keep their digits at any α. */
  readonly logs: Float64Array;
  /** 1/(α + t) of every time. */
  readonly inverses: Float64Array;
}

/** @param into overwritten and returned; a search that evaluates thousands of times should not allocate as often */
export function timeTables(times: Float64Array, alpha: number, into: TimeTables = makeTimeTables(times)): TimeTables {
  const { logs, inverses } = into;
  for (let at = 0; at < times.length; at++) {
    const time = times[at] ?? 0;
    logs[at] = fastLog1p(time / alpha);
    inverses[at] = 1 / (alpha + time);
  }
  return into;
}

export function makeTimeTables({ length }: Float64Array): TimeTables {
  return { logs: new Float64Array(length), inverses: new Float64Array(length) };
}

/** Sums over j < n of a term, for n = 0 … count. */
export function prefixSums(count: number, term: (j: number) => number): Float64Array {
  const table = new Float64Array(count + 1);
  for (let j = 0; j < count; j++) table[j + 1] = (table[j] ?? 0) + term(j);
  return table;
}
