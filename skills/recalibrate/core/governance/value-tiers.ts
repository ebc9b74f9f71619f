/** Customers ranked by predicted value and cut into Top-1 %, Top-5 % and so on. Refuses cut points that are not ascending shares. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { compareText } from '../../../sdk/numeric/index.ts';

export interface ValueTier {
  /** `Top-5 %`, or `Rest`. */
  readonly name: string;
  /** Per cent of all customers down to which the tier reaches; 100 for the rest. */
  readonly upToPercent: number;
  readonly customers: number;
  /** Least and largest value in the tier; null where nobody is in it. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface TieredValues {
  /** Rows by rank: highest value first, equal values by id. */
  readonly order: Uint32Array;
  /** Rank of each row, from 1, all different. */
  readonly rank: Uint32Array;
  /** Index into `tiers` of each row. */
  readonly tier: Uint8Array;
  readonly tiers: readonly ValueTier[];
}

/**
 * A tier holds the first ⌈n · p / 100⌉ customers that no higher tier holds; a tie at the cut goes to the lower id.
 * @param value one per id, finite
 * @param cutPercents ascending, each in (0, 100)
 * @throws {CohortiumError} NUMERIC_DOMAIN
 */
export function tierValues(id: readonly string[], value: Float64Array, cutPercents: readonly number[]): TieredValues {
  const isAscending = cutPercents.every((cut, at) => cut > (cutPercents[at - 1] ?? 0) && cut < 100);
  if (!isAscending || cutPercents.length > 100) {
    throw new CohortiumError('NUMERIC_DOMAIN', `cut points of tiers ascend between 0 and 100; found ${cutPercents.join(', ')}`);
  }
  const wrong = value.findIndex((own) => !Number.isFinite(own));
  if (wrong >= 0 || id.length !== value.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a finite value per customer is needed; found ${value[wrong] ?? `${value.length} for ${id.length}`}`,
    );
  }
  const order = Uint32Array.from(value.keys()).sort((a, b) => (value[b] ?? 0) - (value[a] ?? 0) || compareText(id[a] ?? '', id[b] ?? ''));
  const ends = [...cutPercents, 100].map((cut) => Math.max(0, Math.min(order.length, Math.ceil((order.length * cut) / 100 - 1e-9))));
  const rank = new Uint32Array(order.length);
  const tier = new Uint8Array(order.length);
  for (let place = 0, own = 0; place < order.length; place++) {
    while (place >= (ends[own] ?? order.length)) own += 1;
    rank[order[place] ?? 0] = place + 1;
    tier[order[place] ?? 0] = own;
  }
  const tiers = [...cutPercents, 100].map((cut, at): ValueTier => {
    const [from, end] = [at === 0 ? 0 : (ends[at - 1] ?? 0), ends[at] ?? 0];
    const at100 = at === cutPercents.length;
    return {
      name: at100 ? 'Rest' : `Top-${cut} %`,
      upToPercent: cut,
      customers: end - from,
      low: end > from ? (value[order[end - 1] ?? 0] ?? null) : null,
      high: end > from ? (value[order[from] ?? 0] ?? null) : null,
    };
  });
  return { order, rank, tier, tiers };
}
