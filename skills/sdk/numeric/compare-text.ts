/** Orders of text that are the same on every machine, which localeCompare is not. */

/** By UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By the bytes of the UTF-8, which is by code point: as SQL engines order text. */
export function compareBytes(a: string, b: string): number {
  return isPlain.test(a) && isPlain.test(b) ? compareText(a, b) : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Below surrogates the order of code units is that of code points. */
const isPlain = /^[\0-\uD7FF]*$/;
