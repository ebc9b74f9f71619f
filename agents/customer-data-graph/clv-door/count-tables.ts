/** Customers by number of repeat purchases, and holdout purchases by bins, as they were and as a model expects them. */
import type { AnyTimingFamily, HistoryColumns, NamedParameters } from '../../../skills/cohort/core/clv/index.ts';
import type { ConditionalBin } from '../report/clv/index.ts';
import { formatFixed } from '../report/format-number.ts';

/** The last bar holds this many and more. */
const lastBar = 7;

export function observedCounts({ x, weight }: HistoryColumns): Float64Array {
  const counts = new Float64Array(lastBar + 1);
  for (let row = 0; row < x.length; row++) {
    const bar = Math.min(lastBar, x[row] ?? 0);
    counts[bar] = (counts[bar] ?? 0) + (weight?.[row] ?? 1);
  }
  return counts;
}

/** Each customer has had the time since their own first purchase. */
export function expectedCounts(family: AnyTimingFamily, params: NamedParameters, { x, T, weight }: HistoryColumns): Float64Array {
  const customersByAge = new Map<number, number>();
  for (let row = 0; row < x.length; row++) {
    const age = T[row] ?? 0;
    customersByAge.set(age, (customersByAge.get(age) ?? 0) + (weight?.[row] ?? 1));
  }
  const counts = new Float64Array(lastBar + 1);
  for (const [age, customers] of customersByAge) {
    let rest = 1;
    for (let bar = 0; bar < lastBar; bar++) {
      const probability = family.countProbability(params, bar, age);
      counts[bar] = (counts[bar] ?? 0) + customers * probability;
      rest -= probability;
    }
    counts[lastBar] = (counts[lastBar] ?? 0) + customers * Math.max(0, rest);
  }
  return counts;
}

export interface HoldoutBins {
  readonly byFrequency: readonly ConditionalBin[];
  readonly byRecency: readonly ConditionalBin[];
}

/** Recency is cut into this many parts. */
const recencyBins = 6;

export function conditionalBins(
  family: AnyTimingFamily,
  params: NamedParameters,
  { x, tx, T, weight }: HistoryColumns,
  holdout: { readonly x: ArrayLike<number>; readonly duration: number },
): HoldoutBins {
  const byFrequency = new BinSums();
  const byRecency = new BinSums();
  const latest = Array.from(tx).reduce((most, value) => Math.max(most, value), 0);
  const width = latest > recencyBins ? Math.ceil(latest / recencyBins) : latest / recencyBins;
  for (let row = 0; row < x.length; row++) {
    const history = { x: x[row] ?? 0, tx: tx[row] ?? 0, T: T[row] ?? 0 };
    const expected = family.conditionalExpectation(params, history, holdout.duration);
    const sample = [weight?.[row] ?? 1, holdout.x[row] ?? 0, expected] as const;
    byFrequency.add(Math.min(lastBar, history.x), ...sample);
    byRecency.add(history.x === 0 ? 0 : Math.max(1, Math.ceil(history.tx / width - 1e-9)), ...sample);
  }
  const short = (value: number): string => formatFixed(value, Number.isInteger(value) ? 0 : 1);
  return {
    byFrequency: byFrequency.bins((bin) => (bin === lastBar ? `${lastBar}+` : String(bin))),
    byRecency: byRecency.bins((bin) =>
      bin === 0 ? 'no repeat' : `${short((bin - 1) * width)}–${short(Math.min(bin * width, Math.ceil(latest)))}`,
    ),
  };
}

class BinSums {
  readonly #sums = new Map<number, { customers: number; actual: number; expected: number }>();

  add(bin: number, customers: number, actual: number, expected: number): void {
    const sums = this.#sums.get(bin) ?? { customers: 0, actual: 0, expected: 0 };
    this.#sums.set(bin, {
      customers: sums.customers + customers,
      actual: sums.actual + customers * actual,
      expected: sums.expected + customers * expected,
    });
  }

  bins(nameOf: (bin: number) => string): ConditionalBin[] {
    return [...this.#sums]
      .sort(([one], [other]) => one - other)
      .map(([bin, { customers, actual, expected }]) => ({
        name: nameOf(bin),
        customers,
        actual: actual / customers,
        expected: expected / customers,
      }));
  }
}
