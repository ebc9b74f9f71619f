/**
 * Co-purchase links: who bought the same things. The raw projection of baskets on customers has quadratically many links and is
 * ruled by what everybody buys, so common items are left out and every customer keeps only the strongest links.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type LinkColumns, orderOfIds } from './links.ts';

/** What each customer bought, in compressed rows. */
export interface Baskets {
  /** One per customer (a row), all different. */
  readonly ids: readonly string[];
  /** Ascending from 0; items of row r are at `offsets[r]` … `offsets[r + 1] − 1`. */
  readonly offsets: Int32Array;
  /** Numbers of items, ≥ 0; an item that is repeated in a row counts once. */
  readonly items: Int32Array;
}

export interface LinkLimits {
  /** Items with more buyers say nothing of who is alike, and are left out; ≥ 2, 200 by default. */
  readonly maxBuyers?: number;
  /** Most links of a customer; ≥ 1, 20 by default. */
  readonly maxLinks?: number;
}

export interface BasketLinks extends LinkColumns {
  /** Items that were left out because too many bought them. */
  readonly commonItems: number;
}

/**
 * Links customers by the items that they share. An item with d buyers gives 1 / (d − 1) to each pair of them, so that every buyer
 * has one unit of it to spend on the others. Links are taken from the strongest down while both ends have room; of equal links,
 * those of the smaller ids.
 * @returns links with from < to in the order of the ids
 * @throws {CohortiumError} NUMERIC_DOMAIN when rows, items or limits are out of their range
 * @see Newman (2001), "Scientific collaboration networks II", eq. 2
 */
export function linkBaskets(baskets: Baskets, { maxBuyers = 200, maxLinks = 20 }: LinkLimits = {}): BasketLinks {
  check(baskets, maxBuyers, maxLinks);
  const order = orderOfIds(baskets.ids);
  const rows = order.length;
  const { offsets, items } = distinctItems(baskets, order);
  const buyers = invert(rows, offsets, items);

  const candidates: { readonly a: number; readonly b: number; readonly weight: number }[] = [];
  const shared = new Float64Array(rows);
  const near: number[] = [];
  for (let a = 0; a < rows; a++) {
    near.length = 0;
    for (let at = offsets[a] ?? 0; at < (offsets[a + 1] ?? 0); at++) {
      const item = items[at] ?? 0;
      const first = buyers.offsets[item] ?? 0;
      const last = buyers.offsets[item + 1] ?? 0;
      if (last - first > maxBuyers) continue;
      for (let place = first; place < last; place++) {
        const b = buyers.rows[place] ?? 0;
        if (b === a) continue;
        if (shared[b] === 0) near.push(b);
        shared[b] = (shared[b] ?? 0) + 1 / (last - first - 1);
      }
    }
    // The strongest of either end are candidates; each pair is listed by the end that comes first, or by the one that keeps it.
    near.sort((x, y) => (shared[y] ?? 0) - (shared[x] ?? 0) || x - y);
    for (const b of near.slice(0, maxLinks)) candidates.push({ a: Math.min(a, b), b: Math.max(a, b), weight: shared[b] ?? 0 });
    for (const b of near) shared[b] = 0;
  }
  candidates.sort((x, y) => y.weight - x.weight || x.a - y.a || x.b - y.b);

  const degree = new Int32Array(rows);
  const kept: { readonly a: number; readonly b: number; readonly weight: number }[] = [];
  let before = { a: -1, b: -1 };
  for (const link of candidates) {
    const { a, b } = link;
    if (a === before.a && b === before.b) continue;
    before = link;
    if ((degree[a] ?? 0) >= maxLinks || (degree[b] ?? 0) >= maxLinks) continue;
    degree[a] = (degree[a] ?? 0) + 1;
    degree[b] = (degree[b] ?? 0) + 1;
    kept.push(link);
  }
  kept.sort((x, y) => x.a - y.a || x.b - y.b);
  let commonItems = 0;
  for (let item = 0; item + 1 < buyers.offsets.length; item++) {
    if ((buyers.offsets[item + 1] ?? 0) - (buyers.offsets[item] ?? 0) > maxBuyers) commonItems += 1;
  }
  return {
    ids: baskets.ids,
    from: Int32Array.from(kept, ({ a }) => order[a] ?? 0),
    to: Int32Array.from(kept, ({ b }) => order[b] ?? 0),
    weight: Float64Array.from(kept, ({ weight }) => weight),
    commonItems,
  };
}

/** Rows in the order given, items ascending and once each. */
function distinctItems(baskets: Baskets, order: Int32Array): { readonly offsets: Int32Array; readonly items: Int32Array } {
  const offsets = new Int32Array(order.length + 1);
  const items = new Int32Array(baskets.items.length);
  let kept = 0;
  for (const [rank, row] of order.entries()) {
    const sorted = baskets.items.slice(baskets.offsets[row], baskets.offsets[row + 1]).sort();
    for (let at = 0; at < sorted.length; at++) if (at === 0 || sorted[at] !== sorted[at - 1]) items[kept++] = sorted[at] ?? 0;
    offsets[rank + 1] = kept;
  }
  return { offsets, items: items.subarray(0, kept) };
}

/** Rows of each item, ascending. */
function invert(rows: number, offsets: Int32Array, items: Int32Array): { readonly offsets: Int32Array; readonly rows: Int32Array } {
  let most = -1;
  for (const item of items) if (item > most) most = item;
  const starts = new Int32Array(most + 2);
  for (const item of items) starts[item + 1] = (starts[item + 1] ?? 0) + 1;
  for (let item = 0; item <= most; item++) starts[item + 1] = (starts[item + 1] ?? 0) + (starts[item] ?? 0);
  const next = starts.slice();
  const buyers = new Int32Array(items.length);
  for (let row = 0; row < rows; row++) {
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) {
      const item = items[at] ?? 0;
      const place = next[item] ?? 0;
      next[item] = place + 1;
      buyers[place] = row;
    }
  }
  return { offsets: starts, rows: buyers };
}

function check({ ids, offsets, items }: Baskets, maxBuyers: number, maxLinks: number): void {
  if (!(Number.isInteger(maxBuyers) && maxBuyers >= 2 && Number.isInteger(maxLinks) && maxLinks >= 1)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `limits of links must be whole numbers, maxBuyers ≥ 2 and maxLinks ≥ 1; found ${maxBuyers} and ${maxLinks}`,
    );
  }
  let isRight = offsets.length === ids.length + 1 && offsets[0] === 0 && offsets[ids.length] === items.length;
  for (let row = 0; row < ids.length && isRight; row++) isRight = (offsets[row] ?? 0) <= (offsets[row + 1] ?? 0);
  if (!isRight) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `offsets of baskets must ascend from 0 to the ${items.length} items, one more than the ${ids.length} rows; found ${offsets.length} of them`,
    );
  }
  const wrong = items.findIndex((item) => item < 0);
  if (wrong >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `items are numbers ≥ 0; found ${items[wrong]} at ${wrong}`);
}
