/**
 * Replaces the values of columns by their ranks among the distinct values. Times in days, weeks or months and counts are
 * whole multiples of a unit, so a table finds their ranks; any other values go through a hash table of typed arrays.
 */

export interface RankedValues {
  /** Distinct values of all columns, ascending. */
  readonly values: Float64Array;
  /** Per column, where each row's value is among them. */
  readonly ranks: readonly Uint32Array[];
}

/** Distinct values of one column, and where each row's value is among them; NaN comes last. */
export function rankValues(column: ArrayLike<number>): { readonly values: Float64Array; readonly ranks: Uint32Array } {
  const { values, ranks } = rankTogether([column]);
  return { values, ranks: ranks[0] ?? new Uint32Array(0) };
}

/** Ranks of several columns among the distinct values of all of them. */
export function rankTogether(columns: readonly ArrayLike<number>[]): RankedValues {
  const arrays = columns.map(toDoubles);
  const rows = arrays.reduce((total, { length }) => total + length, 0);
  // A table longer than this costs more than the hash does.
  const limit = Math.min(4 * rows + 1000, 1_073_741_824);
  for (const parts of partsOfUnit) {
    if (!arrays.every((array) => startsWithMultiples(array, parts, limit))) continue;
    const ranked = rankMultiples(arrays, parts, limit);
    if (ranked) return ranked;
  }
  return rankByHash(arrays);
}

/** A plain or a typed array as doubles; loops over one kind of array are several times faster than over any kind. */
export function toDoubles(column: ArrayLike<number>): Float64Array {
  return column instanceof Float64Array ? column : new Float64Array(column);
}

/**
 * How many steps a unit may have: itself, days in weeks, hours in days, cents, hours in weeks, days in a twelfth of a year,
 * in years, minutes in days.
 */
const partsOfUnit = [1, 7, 24, 100, 168, 30.4375, 365.25, 365, 1440];

/** The unit that a column seems to have, as its parts per one: the first values tell. */
export function unitOf(column: Float64Array, limit: number): number | undefined {
  return partsOfUnit.find((parts) => startsWithMultiples(column, parts, limit));
}

/** Whether the first values are whole multiples; spares a pass over columns that are something else. */
function startsWithMultiples(values: Float64Array, parts: number, limit: number): boolean {
  for (let row = 0; row < values.length && row < 32; row++) {
    const value = values[row] ?? 0;
    const multiple = Math.floor(value * parts + 0.5);
    if (!(multiple / parts === value && multiple >= 0 && multiple <= limit)) return false;
  }
  return true;
}

/** Ranks by a table of multiples of 1 / parts; undefined when a value is none, is negative, or is beyond the limit. */
function rankMultiples(columns: readonly Float64Array[], parts: number, limit: number): RankedValues | undefined {
  const ranks = columns.map(({ length }) => new Uint32Array(length));
  // As long as any multiple may be; what is never touched takes no memory.
  const seen = new Uint8Array(limit + 1);
  let most = -1;
  for (const [at, column] of columns.entries()) {
    const largest = readMultiples(column, parts, limit, ranks[at] ?? new Uint32Array(0), seen);
    if (largest === undefined) return undefined;
    most = Math.max(most, largest);
  }
  let size = 0;
  for (let multiple = 0; multiple <= most; multiple++) size += seen[multiple] ?? 0;
  const values = new Float64Array(size);
  const rankOf = new Uint32Array(most + 1);
  let rank = 0;
  for (let multiple = 0; multiple <= most; multiple++) {
    if (seen[multiple] === 0) continue;
    values[rank] = multiple / parts;
    rankOf[multiple] = rank++;
  }
  // Multiples and ranks are the same where none is missing.
  if (size <= most) for (const multiples of ranks) replaceByTable(multiples, rankOf);
  return { values, ranks };
}

/** Writes the multiples, marks those seen and returns the largest, −1 for no rows; undefined when a value is no multiple. */
function readMultiples(values: Float64Array, parts: number, limit: number, multiples: Uint32Array, seen: Uint8Array): number | undefined {
  let most = -1;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    const multiple = Math.floor(value * parts + 0.5);
    // The quotient is rounded once, as the caller's own was, so equality is exact.
    if (!(multiple / parts === value && multiple >= 0 && multiple <= limit)) return undefined;
    if (multiple > most) most = multiple;
    multiples[row] = multiple;
    seen[multiple] = 1;
  }
  return most;
}

function replaceByTable(multiples: Uint32Array, table: Uint32Array): void {
  for (let row = 0; row < multiples.length; row++) multiples[row] = table[multiples[row] ?? 0] ?? 0;
}

/** Ranks of any values: open addressing on the bits of the double. */
function rankByHash(columns: readonly Float64Array[]): RankedValues {
  const table = new DoubleTable();
  const ranks = columns.map((column) => table.addAll(column));
  const values = table.values().sort();
  const rankOf = new Uint32Array(values.length);
  const indexes = table.addAll(values);
  for (let rank = 0; rank < values.length; rank++) rankOf[indexes[rank] ?? 0] = rank;
  for (const indexesOfRows of ranks) replaceByTable(indexesOfRows, rankOf);
  return { values, ranks };
}

/** Numbers doubles in the order in which they come. */
class DoubleTable {
  #capacity = 1024;
  #size = 0;
  #slots = new Int32Array(this.#capacity).fill(-1);
  #values = new Float64Array(this.#capacity);

  values(): Float64Array {
    return this.#values.slice(0, this.#size);
  }

  addAll(column: Float64Array): Uint32Array {
    const indexes = new Uint32Array(column.length);
    for (let from = 0; from < column.length; from += blockLength) {
      const block = Math.min(blockLength, column.length - from);
      while (2 * (this.#size + block) > this.#capacity) this.#grow();
      this.#addBlock(column.subarray(from, from + block), indexes.subarray(from, from + block));
    }
    return indexes;
  }

  #addBlock(column: Float64Array, indexes: Uint32Array): void {
    const words = new Int32Array(column.buffer, column.byteOffset, 2 * column.length);
    const slots = this.#slots;
    const values = this.#values;
    const mask = this.#capacity - 1;
    let size = this.#size;
    for (let row = 0; row < column.length; row++) {
      // Negative zero is zero, and no number is like another.
      const value = (column[row] ?? 0) + 0;
      const isPlain = Math.abs(value) > 0;
      let slot = (isPlain ? mix(words[2 * row] ?? 0, words[2 * row + 1] ?? 0) : 0) & mask;
      let index = slots[slot] ?? -1;
      while (index >= 0 && (isPlain ? values[index] !== value : !Object.is(values[index], value))) {
        slot = (slot + 1) & mask;
        index = slots[slot] ?? -1;
      }
      if (index < 0) {
        index = size++;
        slots[slot] = index;
        values[index] = value;
      }
      indexes[row] = index;
    }
    this.#size = size;
  }

  #grow(): void {
    this.#capacity *= 2;
    const values = new Float64Array(this.#capacity);
    const kept = this.values();
    values.set(kept);
    this.#values = values;
    const words = new Int32Array(kept.buffer);
    const slots = new Int32Array(this.#capacity).fill(-1);
    const mask = this.#capacity - 1;
    for (let index = 0; index < kept.length; index++) {
      const value = kept[index] ?? 0;
      let slot = (Math.abs(value) > 0 ? mix(words[2 * index] ?? 0, words[2 * index + 1] ?? 0) : 0) & mask;
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    this.#slots = slots;
  }
}

const blockLength = 4096;

/** Spreads the two halves of a double over 32 bits; the low bits of the product alone would depend on few of them. */
function mix(low: number, high: number): number {
  const product = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return product ^ (product >>> 15);
}
