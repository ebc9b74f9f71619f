/**
 * An order of rows that only their values decide, so that neither sums of floating-point numbers nor draws by chance depend on
 * the order in which rows were given. Rows are scattered as if by chance: any run of the order, or every n-th of it, is a fair
 * sample; identical rows stand together, so that every n-th takes its share of them.
 */

/** Digits of the keys while they are sorted; their counters fit the first cache. */
const digitBits = 11;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** Which half of a double has the exponent. */
const upper = new Uint32Array(Float64Array.of(1).buffer)[0] === 0 ? 1 : 0;

/**
 * Rows sorted by a hash of their values, then by the values themselves.
 * @param columns of one length; no NaN
 * @returns indices of rows
 */
export function canonicalOrder(columns: readonly (Float64Array | Int32Array)[], rows: number): Uint32Array {
  const keys = hashRows(columns, rows);
  const order = sortByKey(keys, rows);
  for (let from = 0; from < rows;) {
    const key = keys[order[from] ?? 0];
    let to = from + 1;
    while (to < rows && keys[order[to] ?? 0] === key) to += 1;
    if (to - from > 1) sortEqualKeys(columns, order.subarray(from, to));
    from = to;
  }
  return order;
}

/**
 * Every n-th of an order, from a place in the first n.
 * @param size how many at most
 * @param offset in [0, 1)
 */
export function everyNth(order: Uint32Array, size: number, offset: number): Uint32Array {
  if (order.length <= size) return order;
  return Uint32Array.from({ length: size }, (_, index) => order[Math.floor(((index + offset) * order.length) / size)] ?? 0);
}

/** @see Appleby (2011), MurmurHash3: its mixing of 32-bit words */
function hashRows(columns: readonly (Float64Array | Int32Array)[], rows: number): Uint32Array {
  const hashes = new Uint32Array(rows);
  columns.forEach((column, position) => {
    for (let row = 0; row < rows; row++) {
      number[0] = (column[row] ?? 0) + 0; // −0 becomes 0
      const hash = mix(mix((hashes[row] ?? 0) + position, words[upper] ?? 0), words[1 - upper] ?? 0);
      hashes[row] = hash;
    }
  });
  for (let row = 0; row < rows; row++) {
    let hash = hashes[row] ?? 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hashes[row] = hash ^ (hash >>> 16);
  }
  return hashes;
}

function mix(hash: number, word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function sortByKey(keys: Uint32Array, rows: number): Uint32Array {
  let from: Uint32Array = Uint32Array.from({ length: rows }, (_, row) => row);
  let to: Uint32Array = new Uint32Array(rows);
  for (let shift = 0; shift < 32; shift += digitBits) {
    const starts = new Uint32Array((1 << digitBits) + 1);
    const mask = (1 << digitBits) - 1;
    for (let row = 0; row < rows; row++) {
      const digit = ((keys[row] ?? 0) >>> shift) & mask;
      starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
    }
    for (let digit = 0; digit < mask; digit++) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
    for (let index = 0; index < rows; index++) {
      const row = from[index] ?? 0;
      const digit = ((keys[row] ?? 0) >>> shift) & mask;
      const place = starts[digit] ?? 0;
      to[place] = row;
      starts[digit] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

function sortEqualKeys(columns: readonly (Float64Array | Int32Array)[], order: Uint32Array): void {
  const compare = (one: number, other: number): number => {
    for (const column of columns) {
      const difference = (column[one] ?? 0) - (column[other] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const first = order[0] ?? 0;
  if (order.some((row) => compare(first, row) !== 0)) order.sort(compare);
}
