/** Sorts values with the rows that they belong to, digit by digit: several times faster than by comparisons. */

export interface SortedValues {
  /** Ascending, without NaN; 0 and −0 are one value. */
  readonly values: Float64Array;
  /** Place in `rows` of each value. */
  readonly places: Uint32Array;
}

/** From as many values on, the longer digits pay for their longer tables. */
const manyValues = 65_536;
/** Of whole numbers, what lies between them included. */
const longestTable = 262_144;

/** @param rows rows of the column to take, in any order */
export function sortValues(column: Float64Array, rows: Uint32Array): SortedValues {
  const values = new Float64Array(rows.length);
  const halves = new Int32Array(values.buffer);
  const key = new Uint32Array(rows.length);
  const places = new Uint32Array(rows.length);
  let count = 0;
  let isWhole = true;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < rows.length; place++) {
    const value = (column[rows[place] ?? 0] ?? Number.NaN) + 0;
    if (Number.isNaN(value)) continue;
    values[count] = value;
    const upper = halves[2 * count + 1] ?? 0;
    // The upper half of the bits, turned so that it rises with the value.
    key[count] = upper < 0 ? ~upper : upper ^ -2147483648;
    places[count] = place;
    count += 1;
    if (value !== Math.floor(value)) isWhole = false;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (count > 0 && isWhole && most - least < Math.min(longestTable, 4 * count)) {
    return sortWhole(values.subarray(0, count), places.subarray(0, count), least, most - least + 1);
  }
  const sorted = sortByKey(key.subarray(0, count), places.subarray(0, count));
  for (let at = 0; at < count; at++) values[at] = (column[rows[sorted.places[at] ?? 0] ?? 0] ?? 0) + 0;
  sortRuns(sorted.key, values, sorted.places);
  return { values: values.subarray(0, count), places: sorted.places };
}

/** Whole numbers that lie close together are counted, not compared. */
function sortWhole(values: Float64Array, places: Uint32Array, least: number, digits: number): SortedValues {
  const starts = new Uint32Array(digits + 1);
  for (let at = 0; at < values.length; at++) {
    const digit = (values[at] ?? 0) - least + 1;
    starts[digit] = (starts[digit] ?? 0) + 1;
  }
  for (let digit = 0; digit < digits; digit++) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
  const sorted = { values: new Float64Array(values.length), places: new Uint32Array(values.length) };
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    const to = starts[value - least] ?? 0;
    starts[value - least] = to + 1;
    sorted.values[to] = value;
    sorted.places[to] = places[at] ?? 0;
  }
  return sorted;
}

interface Keyed {
  readonly key: Uint32Array;
  readonly places: Uint32Array;
}

function sortByKey(key: Uint32Array, places: Uint32Array): Keyed {
  let from: Keyed = { key, places };
  let to: Keyed = { key: new Uint32Array(key.length), places: new Uint32Array(key.length) };
  const bits = key.length < manyValues ? 11 : 16;
  for (let shift = 0; shift < 32; shift += bits) {
    const starts = startsOf(from.key, shift, bits);
    if (!starts) continue;
    moveByDigit(from, to, shift, starts);
    [from, to] = [to, from];
  }
  return from;
}

function moveByDigit(from: Keyed, to: Keyed, shift: number, starts: Uint32Array): void {
  const { key, places } = from;
  const mask = starts.length - 1;
  for (let at = 0; at < key.length; at++) {
    const own = key[at] ?? 0;
    const digit = (own >>> shift) & mask;
    const place = starts[digit] ?? 0;
    starts[digit] = place + 1;
    to.key[place] = own;
    to.places[place] = places[at] ?? 0;
  }
}

/** Where the keys of each digit begin; undefined where all have the same one. */
function startsOf(key: Uint32Array, shift: number, bits: number): Uint32Array | undefined {
  const starts = new Uint32Array(1 << bits);
  const mask = starts.length - 1;
  for (let at = 0; at < key.length; at++) {
    const digit = ((key[at] ?? 0) >>> shift) & mask;
    starts[digit] = (starts[digit] ?? 0) + 1;
  }
  let total = 0;
  for (let digit = 0; digit < starts.length; digit++) {
    const own = starts[digit] ?? 0;
    if (own === key.length) return undefined;
    starts[digit] = total;
    total += own;
  }
  return starts;
}

/** Values that agree in their upper half are few, or equal: only runs of them that do not rise are sorted by comparison. */
function sortRuns(key: Uint32Array, values: Float64Array, places: Uint32Array): void {
  for (let from = 0; from < key.length;) {
    let to = from + 1;
    let isRising = true;
    for (; to < key.length && key[to] === key[from]; to++) if ((values[to] ?? 0) < (values[to - 1] ?? 0)) isRising = false;
    if (!isRising) {
      const [own, ownPlaces] = [values.slice(from, to), places.slice(from, to)];
      const order = Uint32Array.from(own.keys()).sort((one, other) => (own[one] ?? 0) - (own[other] ?? 0));
      for (let at = from; at < to; at++) {
        values[at] = own[order[at - from] ?? 0] ?? 0;
        places[at] = ownPlaces[order[at - from] ?? 0] ?? 0;
      }
    }
    from = to;
  }
}
