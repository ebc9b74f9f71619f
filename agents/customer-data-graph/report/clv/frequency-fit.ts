/** How many customers bought again 0, 1, 2, … times, and how many a model expects to: the first look at whether it fits. */
import { formatCount, formatPercent } from '../format-number.ts';
import { groupedBars } from './grouped-bars.ts';

export interface FrequencyCounts {
  /** Customers by number of repeat purchases; the last one counts that many and more. */
  readonly actual: ArrayLike<number>;
  /** The same length. */
  readonly expected: ArrayLike<number>;
  readonly model: string;
}

/** @returns an SVG document */
export function frequencyFit({ actual, expected, model }: FrequencyCounts): string {
  const counts = Array.from(actual);
  const customers = counts.reduce((sum, count) => sum + count, 0);
  // Half the sum of all differences: the share of customers whom the model has in another bar.
  const moved = counts.reduce((sum, count, at) => sum + Math.abs(count - (expected[at] ?? 0)), 0) / 2;
  const summary =
    customers > 0
      ? `${model}, ${formatCount(customers)} customers; ${formatPercent(moved / customers)} are in another bar than expected.`
      : 'No customers.';
  return groupedBars({
    heading: 'Customers by number of repeat purchases',
    summary,
    axis: 'repeat purchases',
    measure: 'customers',
    groups: counts.map((count, at) => ({
      name: at === counts.length - 1 && at > 0 ? `${at}+` : String(at),
      actual: count,
      expected: expected[at] ?? 0,
    })),
  });
}
