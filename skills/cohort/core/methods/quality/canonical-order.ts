/**
 * An order of rows that depends on their values alone, so that whatever walks or samples rows in it finds the same ones however
 * the caller has sorted them. Rows come by a hash of their values, equal rows side by side; which of them comes first is
 * of no account.
 */

/**
 * @param columns of equal length, finite
 * @returns row numbers in canonical order
 */
export function canonicalOrder(columns: readonly Float64Array[]): Uint32Array {
  const hashes = hashRows(columns);
  const order = sortByKey(hashes);
  const rows = order.length;
  for (let from = 0; from < rows;) {
    let to = from + 1;
    const hash = hashes[order[from] ?? 0];
    while (to < rows && hashes[order[to] ?? 0] === hash) to += 1;
    if (to - from > 1 && !areAllEqual(columns, order, from, to)) {
      order.subarray(from, to).sort((row, other) => compareRows(columns, row, other));
    }
    from = to;
  }
  return order;
}

/**
 * Rows of a sample at even steps of the canonical order: one value's share of the sample is its share of the rows, up to one.
 * @param sample how many, at most all
 * @param offset in [0, 1), where the steps begin
 */
export function evenSample(order: Uint32Array, sample: number, offset: number): Uint32Array {
  if (sample >= order.length) return order;
  const step = order.length / sample;
  return Uint32Array.from({ length: sample }, (_, index) => order[Math.floor((index + offset) * step)] ?? 0);
}

/** These rows of each column. */
export function takeRows(columns: readonly Float64Array[], rows: Uint32Array): Float64Array[] {
  return columns.map((column) => {
    const taken = new Float64Array(rows.length);
    for (let index = 0; index < rows.length; index++) taken[index] = column[rows[index] ?? 0] ?? 0;
    return taken;
  });
}

function hashRows(columns: readonly Float64Array[]): Uint32Array {
  const rows = columns[0]?.length ?? 0;
  const hashes = new Uint32Array(rows);
  const value = new Float64Array(1);
  const words = new Int32Array(value.buffer);
  for (const column of columns) {
    for (let row = 0; row < rows; row++) {
      value[0] = (column[row] ?? 0) + 0; // −0 and 0 are one value
      const mixed = Math.imul((words[0] ?? 0) ^ Math.imul((words[1] ?? 0) ^ ((words[1] ?? 0) >>> 15), 0x2c1b3c6d), 0x9e3779b1);
      const hash = Math.imul((hashes[row] ?? 0) ^ mixed ^ (mixed >>> 16), 0x85ebca6b);
      hashes[row] = hash ^ (hash >>> 13);
    }
  }
  return hashes;
}

/** Row numbers by ascending key, 11 bits at a time. */
function sortByKey(keys: Uint32Array): Uint32Array {
  const rows = keys.length;
  let from = Uint32Array.from({ length: rows }, (_, row) => row);
  let to = new Uint32Array(rows);
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2049);
    for (let row = 0; row < rows; row++) {
      const digit = ((keys[row] ?? 0) >>> shift) & 2047;
      starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
    }
    for (let digit = 0; digit < 2048; digit++) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
    for (let index = 0; index < rows; index++) {
      const row = from[index] ?? 0;
      const digit = ((keys[row] ?? 0) >>> shift) & 2047;
      const place = starts[digit] ?? 0;
      to[place] = row;
      starts[digit] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

function areAllEqual(columns: readonly Float64Array[], order: Uint32Array, from: number, to: number): boolean {
  const first = order[from] ?? 0;
  for (let index = from + 1; index < to; index++) if (compareRows(columns, first, order[index] ?? 0) !== 0) return false;
  return true;
}

function compareRows(columns: readonly Float64Array[], row: number, other: number): number {
  for (const column of columns) {
    const difference = (column[row] ?? 0) - (column[other] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
