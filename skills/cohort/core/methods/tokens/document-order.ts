/**
 * An order of documents that follows from their contents and a seed alone: shuffled, yet the same however the rows were
 * ordered. Equal documents stay beside each other, and it does not matter which comes first.
 */
import { sortKeys } from '../../clv/radix-sort.ts';

/** @param content whole numbers from `start[d]` to `start[d + 1]` for each document d */
export function orderByContent(start: Int32Array, content: Int32Array, seed: number): Uint32Array {
  const documents = start.length - 1;
  const first = new Uint32Array(documents);
  const second = new Uint32Array(documents);
  for (let document = 0; document < documents; document++) {
    let [a, b] = [seed ^ 0x811c9dc5, Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995];
    for (let at = start[document] ?? 0; at < (start[document + 1] ?? 0); at++) {
      const word = Math.imul((content[at] ?? 0) + 1, 0x9e3779b1);
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul(b ^ (word >>> 7) ^ (word << 25), 0xc2b2ae35);
      b ^= b >>> 13;
    }
    first[document] = (a ^ (a >>> 16)) >>> 11;
    second[document] = b ^ (b >>> 16);
  }
  const rows = Uint32Array.from(first, (_, document) => document);
  const sorted = sortKeys({ low: rows, high: first.slice() }, Number.MAX_SAFE_INTEGER);
  const order = sorted.low;
  const high = sorted.high ?? first;
  for (let from = 0; from < documents;) {
    let to = from + 1;
    while (to < documents && high[to] === high[from]) to += 1;
    if (to > from + 1) {
      order.subarray(from, to).sort((m, n) => (second[m] ?? 0) - (second[n] ?? 0) || compareContent(start, content, m, n));
    }
    from = to;
  }
  return order;
}

function compareContent(start: Int32Array, content: Int32Array, m: number, n: number): number {
  const [fromM, fromN] = [start[m] ?? 0, start[n] ?? 0];
  const [lengthM, lengthN] = [(start[m + 1] ?? 0) - fromM, (start[n + 1] ?? 0) - fromN];
  for (let at = 0; at < lengthM && at < lengthN; at++) {
    const difference = (content[fromM + at] ?? 0) - (content[fromN + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return lengthM - lengthN;
}
