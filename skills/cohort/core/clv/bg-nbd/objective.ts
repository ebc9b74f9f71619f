/**
 * Likelihood and gradient of many histories at once. Terms that depend on the count alone, or on the age alone, are summed
 * once per count and per age; only the chance of having left needs a term per distinct history.
 */
import { log1p, sumOf } from '../../../../sdk/numeric/index.ts';
import { fastExp, fastLog, log1pOfFraction } from '../../../../sdk/numeric/kernels/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import { makeTimeTables, nbdTerms, prefixSums, type TimeTables, timeTables } from '../nbd/objective.ts';
import type { FirstChance } from './parameters.ts';

/** Negative log-likelihood in (r, alpha, a, b), all > 0. @see Fader, Hardie & Lee (2005), eq. 6 */
export function bgNbdObjective(m: FirstChance): (statistics: HistoryStatistics) => NegativeLogLikelihood {
  return (statistics) => {
    const { customersByCount } = statistics;
    const first = m === 0 ? statistics.firstRepeater : 0;
    const most = customersByCount.length - 1;
    const ofNbd = new Float64Array(2);
    const left = makeLeaving();
    const times = makeTimeTables(statistics.times);
    const counts = makeCountTables(most);
    return ([r = 1, alpha = 1, a = 1, b = 1], gradient) => {
      timeTables(statistics.times, alpha, times);
      const withoutLeaving = nbdTerms(statistics, times, r, alpha, ofNbd);
      const stayed = prefixSums(most + m, (j) => log1p(a / (b + j)));
      const stayedByA = prefixSums(most + m, (j) => 1 / (a + b + j));
      const stayedByB = prefixSums(most + m, (j) => a / ((b + j) * (a + b + j)));
      const overCounts = (table: Float64Array): number => sumOf(most + 1, (x) => (customersByCount[x] ?? 0) * (table[x + m] ?? 0));
      sumLeaving(statistics.rows, first, times, fillCountTables(counts, m, r, a, b), left);
      gradient[0] = (ofNbd[0] ?? 0) - left.byGain;
      gradient[1] = (ofNbd[1] ?? 0) - left.byAlpha;
      gradient[2] = overCounts(stayedByA) - left.odds / a;
      gradient[3] = left.byChances - overCounts(stayedByB);
      return withoutLeaving + overCounts(stayed) - left.value;
    };
  };
}

/** What depends on the number of purchases x alone. */
interface CountTables {
  /** r + x. */
  readonly shapes: Float64Array;
  /** log-odds of leaving at the last chance, log a − log(b + x − 1 + m). */
  readonly odds: Float64Array;
  /** 1/(b + x − 1 + m). */
  readonly chances: Float64Array;
}

function makeCountTables(most: number): CountTables {
  return { shapes: new Float64Array(most + 1), odds: new Float64Array(most + 1), chances: new Float64Array(most + 1) };
}

function fillCountTables(tables: CountTables, m: FirstChance, r: number, a: number, b: number): CountTables {
  const logA = fastLog(a);
  for (let x = 0; x < tables.shapes.length; x++) {
    tables.shapes[x] = r + x;
    // Without a chance to leave there are no odds; such rows are passed over.
    if (x + m === 0) continue;
    const stays = b + (x - 1 + m);
    tables.odds[x] = logA - fastLog(stays);
    tables.chances[x] = 1 / stays;
  }
  return tables;
}

/** Sums over all rows of the log-probability of either having left or not, and of its derivatives. */
interface Leaving {
  value: number;
  /** In the log-odds. */
  odds: number;
  /** In r, by the gain log((α+T)/(α+tx)). */
  byGain: number;
  byAlpha: number;
  /** In b, with the sign turned. */
  byChances: number;
}

function makeLeaving(): Leaving {
  return { value: 0, odds: 0, byGain: 0, byAlpha: 0, byChances: 0 };
}

/** Rows that are summed plainly before the sum goes into a compensated one: the rounding of so few is far below one part in 1e14. */
const stretch = 256;

function sumLeaving(rows: HistoryStatistics['rows'], first: number, times: TimeTables, counts: CountTables, into: Leaving): void {
  into.value = 0;
  into.odds = 0;
  into.byGain = 0;
  into.byAlpha = 0;
  into.byChances = 0;
  let lost = 0;
  for (let from = first; from < rows.count.length; from += stretch) {
    const before = into.value;
    const part = addLeaving(rows, from, Math.min(from + stretch, rows.count.length), times, counts, into);
    // All parts are positive.
    into.value = before + part;
    lost += before >= part ? before - into.value + part : part - into.value + before;
  }
  into.value += lost;
}

/**
 * The only loop over distinct histories, so every operation in it counts: one exponential per row, and a logarithm for rows
 * that stand for several customers. The others are multiplied, no factor above 2, and share one logarithm.
 */
function addLeaving(
  { count, recency, age, weight }: HistoryStatistics['rows'],
  start: number,
  end: number,
  { logs, inverses }: TimeTables,
  { shapes, odds: oddsOf, chances }: CountTables,
  into: Leaving,
): number {
  let total = 0;
  let product = 1;
  let left = 0;
  let byGain = 0;
  let byAlpha = 0;
  let byChances = 0;
  for (let row = start; row < end; row++) {
    const x = count[row] ?? 0;
    const from = recency[row] ?? 0;
    const to = age[row] ?? 0;
    const w = weight[row] ?? 0;
    const shape = shapes[x] ?? 0;
    const gain = (logs[to] ?? 0) - (logs[from] ?? 0);
    const odds = (oddsOf[x] ?? 0) + shape * gain;
    // Softplus and its slope from one exponential.
    const small = fastExp(odds > 0 ? -odds : odds);
    const both = 1 + small;
    const share = (w * (odds > 0 ? 1 : small)) / both;
    if (odds > 0) total += w * odds;
    if (w === 1) product *= both;
    else total += w * log1pOfFraction(small);
    left += share;
    byGain += share * gain;
    byAlpha += share * shape * ((inverses[to] ?? 0) - (inverses[from] ?? 0));
    byChances += share * (chances[x] ?? 0);
  }
  into.odds += left;
  into.byGain += byGain;
  into.byAlpha += byAlpha;
  into.byChances += byChances;
  return total + fastLog(product);
}
