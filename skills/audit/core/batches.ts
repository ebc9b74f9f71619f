/** Which rows share a leaf: up to 256 neighbours of one kind. A leaf of one kind has one class, one schema and one time. */

/** Customers per leaf at most; a power of two, so that paths within a batch are short. */
export const batchSize = 256;

/**
 * Batch number of each row.
 * @param rows of one kind, in the order of the accounts
 * @param first number of the first batch
 */
export function batchNumbers(rows: number, first: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => first + Math.floor(row / batchSize));
}

/** How many batches that makes. */
export function batchesOf(rows: number): number {
  return Math.ceil(rows / batchSize);
}

/**
 * Parts that accounts are composed in: memory is bounded by the size of one, and a run of any size has at most 200.
 * @returns ranges of accounts, `to` not included; one empty range where there are no accounts
 */
export function partsOf(accounts: number): readonly { readonly from: number; readonly to: number }[] {
  const step = Math.max(leastPart, Math.ceil(accounts / mostParts / batchSize) * batchSize);
  return Array.from({ length: Math.max(1, Math.ceil(accounts / step)) }, (_, part) => ({
    from: part * step,
    to: Math.min(accounts, (part + 1) * step),
  }));
}

const leastPart = 16_384;
const mostParts = 200;

/** First row of an ascending column with at least that value. */
export function lowerBound(values: Int32Array, least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
