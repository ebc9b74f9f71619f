/**
 * Orders rows by columns of numbers without comparing pairs of them: a radix sort, least significant key first. Millions of rows
 * take a fraction of a second, and equal rows keep their order.
 */

/** A column of safe integers. */
export type NumberColumn = Int32Array | Float64Array | Uint8Array;

/**
 * @param rows how many
 * @param keys the most significant first
 * @returns the rows in ascending order of the keys
 */
export function rowOrder(rows: number, keys: readonly NumberColumn[]): Int32Array {
  let order = Int32Array.from({ length: rows }, (_, row) => row);
  let spare = new Int32Array(rows);
  const counts = new Int32Array(digitRange + 1);
  for (const key of keys.toReversed()) {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      const value = key[row] ?? 0;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    for (let unit = 1; unit <= most - least; unit *= digitRange) {
      counts.fill(0);
      for (let at = 0; at < rows; at++) {
        const digit = Math.floor(((key[at] ?? 0) - least) / unit) % digitRange;
        counts[digit + 1] = (counts[digit + 1] ?? 0) + 1;
      }
      for (let digit = 0; digit < digitRange; digit++) counts[digit + 1] = (counts[digit + 1] ?? 0) + (counts[digit] ?? 0);
      for (let at = 0; at < rows; at++) {
        const row = order[at] ?? 0;
        const digit = Math.floor(((key[row] ?? 0) - least) / unit) % digitRange;
        const place = counts[digit] ?? 0;
        spare[place] = row;
        counts[digit] = place + 1;
      }
      [order, spare] = [spare, order];
    }
  }
  return order;
}

const digitRange = 65_536;
