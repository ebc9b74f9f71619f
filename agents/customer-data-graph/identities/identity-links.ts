/** Pairs of identities that events carry together, each once, with how often and since when, in the order in which they join. */
import type { CarriedColumns } from './carried-columns.ts';
import { rowOrder } from './row-order.ts';

export interface PairColumns {
  /** Identity numbers, left < right. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
  readonly events: Int32Array;
}

/**
 * Pairs in the order in which they join: those of the better kinds first, so that what gives way to a contradiction is the link of
 * the lowest kind; among equals the older one first, then by number.
 * @param rank by identity, 0 for the best kind
 * @param isWanted by row of `carried`
 */
export function pairsOf(carried: CarriedColumns, rank: Uint8Array, isWanted: (row: number) => boolean): PairColumns {
  const wanted: number[] = [];
  for (let row = 0; row < carried.events.length; row++) if (isWanted(row)) wanted.push(row);
  let total = 0;
  for (const row of wanted) total += pairCount(carried, row);
  const pairs = emptyPairs(total);
  let at = 0;
  for (const row of wanted) {
    for (let one = 0; one < carried.identities.length; one++) {
      const left = carried.identities[one]?.[row] ?? 0;
      if (left === 0) continue;
      for (let other = one + 1; other < carried.identities.length; other++) {
        const right = carried.identities[other]?.[row] ?? 0;
        if (right === 0) continue;
        pairs.left[at] = Math.min(left, right);
        pairs.right[at] = Math.max(left, right);
        pairs.firstMs[at] = carried.firstMs[row] ?? 0;
        pairs.lastMs[at] = carried.lastMs[row] ?? 0;
        pairs.events[at] = carried.events[row] ?? 0;
        at += 1;
      }
    }
  }
  return inJoiningOrder(merged(pairs), rank);
}

function pairCount({ identities }: CarriedColumns, row: number): number {
  let present = 0;
  for (const column of identities) if (column[row] !== 0) present += 1;
  return (present * (present - 1)) / 2;
}

function emptyPairs(rows: number): PairColumns {
  return {
    left: new Int32Array(rows),
    right: new Int32Array(rows),
    firstMs: new Float64Array(rows),
    lastMs: new Float64Array(rows),
    events: new Int32Array(rows),
  };
}

/** Equal pairs as one. */
function merged(pairs: PairColumns): PairColumns {
  const order = rowOrder(pairs.left.length, [pairs.left, pairs.right]);
  const found = emptyPairs(pairs.left.length);
  let count = 0;
  for (const row of order) {
    const [left, right] = [pairs.left[row] ?? 0, pairs.right[row] ?? 0];
    const [firstMs, lastMs, events] = [pairs.firstMs[row] ?? 0, pairs.lastMs[row] ?? 0, pairs.events[row] ?? 0];
    const last = count - 1;
    if (count > 0 && found.left[last] === left && found.right[last] === right) {
      found.firstMs[last] = Math.min(found.firstMs[last] ?? 0, firstMs);
      found.lastMs[last] = Math.max(found.lastMs[last] ?? 0, lastMs);
      found.events[last] = (found.events[last] ?? 0) + events;
    } else {
      found.left[count] = left;
      found.right[count] = right;
      found.firstMs[count] = firstMs;
      found.lastMs[count] = lastMs;
      found.events[count] = events;
      count += 1;
    }
  }
  return {
    left: found.left.slice(0, count),
    right: found.right.slice(0, count),
    firstMs: found.firstMs.slice(0, count),
    lastMs: found.lastMs.slice(0, count),
    events: found.events.slice(0, count),
  };
}

function inJoiningOrder(pairs: PairColumns, rank: Uint8Array): PairColumns {
  const worse = Uint8Array.from(pairs.left, (left, row) => Math.max(rank[left] ?? 0, rank[pairs.right[row] ?? 0] ?? 0));
  const better = Uint8Array.from(pairs.left, (left, row) => Math.min(rank[left] ?? 0, rank[pairs.right[row] ?? 0] ?? 0));
  const order = rowOrder(pairs.left.length, [worse, better, pairs.firstMs, pairs.left, pairs.right]);
  return {
    left: order.map((row) => pairs.left[row] ?? 0),
    right: order.map((row) => pairs.right[row] ?? 0),
    firstMs: Float64Array.from(order, (row) => pairs.firstMs[row] ?? 0),
    lastMs: Float64Array.from(order, (row) => pairs.lastMs[row] ?? 0),
    events: order.map((row) => pairs.events[row] ?? 0),
  };
}
