/**
 * Totals of account values by location, channel, brand and location × channel, from the same shares that the cells have,
 * so that every axis adds up to the sum over the accounts.
 */
import { sum, sumOf } from '../../sdk/numeric/index.ts';

export interface GrainSource {
  /** The grid: one entry per combination, base shares that sum to one. */
  readonly prior: {
    readonly location: readonly string[];
    readonly channel: readonly string[];
    readonly brand: readonly string[];
    readonly share: ArrayLike<number>;
  };
  /** Visited cells. */
  readonly cells: {
    readonly account: ArrayLike<number>;
    readonly location: readonly string[];
    readonly channel: readonly string[];
    readonly brand: readonly string[];
    /** Of the account's value. */
    readonly share: ArrayLike<number>;
  };
  /** Per account: a cell that it never visited has this times the base share. */
  readonly elsewhere: ArrayLike<number>;
}

export interface AxisTotal {
  readonly axis: string;
  readonly value: string;
  readonly totalMinor: number;
}

type Labels = GrainSource['prior'] | GrainSource['cells'];

const labelOf: Readonly<Record<string, (labels: Labels, row: number) => string>> = {
  location: (labels, row) => labels.location[row] ?? '',
  channel: (labels, row) => labels.channel[row] ?? '',
  brand: (labels, row) => labels.brand[row] ?? '',
  'location-channel': (labels, row) => `${labels.location[row] ?? ''}|${labels.channel[row] ?? ''}`,
};

/**
 * @param valueMinor value of each account
 * @returns totals per axis and value, in the order of the axes and then of the grid
 */
export function grainTotals(source: GrainSource, valueMinor: ArrayLike<number>): AxisTotal[] {
  const { cells, prior, elsewhere } = source;
  const baseShare = new Map(Array.from(prior.share, (share, row) => [placeOf(prior, row), share]));
  const spread = sumOf(valueMinor.length, (account) => (valueMinor[account] ?? 0) * (elsewhere[account] ?? 0));
  return Object.entries(labelOf).flatMap(([axis, label]) => {
    const parts = new Map<string, number[]>();
    const add = (value: string, part: number): void => {
      const known = parts.get(value);
      if (known) known.push(part);
      else parts.set(value, [part]);
    };
    for (let row = 0; row < prior.share.length; row++) add(label(prior, row), spread * (prior.share[row] ?? 0));
    for (let row = 0; row < cells.account.length; row++) {
      const account = cells.account[row] ?? 0;
      // What the account spends here beyond the part that everybody spends elsewhere.
      const beyond = (cells.share[row] ?? 0) - (elsewhere[account] ?? 0) * (baseShare.get(placeOf(cells, row)) ?? 0);
      add(label(cells, row), (valueMinor[account] ?? 0) * beyond);
    }
    return [...parts].map(([value, list]) => ({ axis, value, totalMinor: sum(list) }));
  });
}

function placeOf({ location, channel, brand }: Labels, row: number): string {
  // Names have no control characters.
  return `${location[row]}\n${channel[row]}\n${brand[row]}`;
}
