/**
 * Different sequences with how many customers have each, sorted by content. Everything after this is computed on them in their
 * order, so the order of the customers changes no bit, and customers who did the same are computed once.
 */
import type { EventSequences } from '../event-columns.ts';

export interface DistinctSequences {
  /** Number of different sequences that are not empty. */
  readonly count: number;
  /** A row that has each. */
  readonly example: Int32Array;
  /** Customers with each. */
  readonly weight: Float64Array;
  /** Sequence of each row; −1 for a customer without events. */
  readonly ofRow: Int32Array;
  /** Steps of each sequence in compressed rows: its start, its transitions, its end. */
  readonly offsets: Int32Array;
  /** `kind` for a start; `V + from × (V + 1) + to` for a transition, where `to` = V is the end. */
  readonly steps: Int32Array;
}

export function distinctSequences({ names, offsets, events }: EventSequences): DistinctSequences {
  const rows = offsets.length - 1;
  const kinds = names.length;
  const base = kinds + 1;
  let digits = 0;
  for (let range = base; range <= Number.MAX_SAFE_INTEGER; range *= base) digits += 1;
  const length = (row: number): number => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);

  // The first events as digits of a number decide nearly every comparison.
  const head = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const first = offsets[row] ?? 0;
    const own = length(row);
    let key = 0;
    for (let at = 0; at < digits; at++) key = key * base + (at < own ? (events[first + at] ?? 0) + 1 : 0);
    head[row] = key;
  }
  const compare = (a: number, b: number): number => {
    const byHead = (head[a] ?? 0) - (head[b] ?? 0);
    if (byHead !== 0) return byHead;
    const shorter = Math.min(length(a), length(b));
    for (let at = digits; at < shorter; at++) {
      const difference = (events[(offsets[a] ?? 0) + at] ?? 0) - (events[(offsets[b] ?? 0) + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return length(a) - length(b);
  };
  const order = Int32Array.from({ length: rows }, (_, row) => row).sort(compare);

  const ofRow = new Int32Array(rows).fill(-1);
  const example: number[] = [];
  const weight: number[] = [];
  const stepOffsets: number[] = [0];
  let total = 0;
  let before = -1;
  for (const row of order) {
    const own = length(row);
    if (own === 0) continue;
    if (before < 0 || compare(before, row) !== 0) {
      example.push(row);
      weight.push(0);
      total += own + 1;
      stepOffsets.push(total);
    }
    before = row;
    const last = weight.length - 1;
    weight[last] = (weight[last] ?? 0) + 1;
    ofRow[row] = last;
  }
  const steps = new Int32Array(total);
  let place = 0;
  for (const row of example) {
    const last = offsets[row + 1] ?? 0;
    let from = -1;
    for (let at = offsets[row] ?? 0; at < last; at++) {
      const kind = events[at] ?? 0;
      steps[place++] = from < 0 ? kind : kinds + from * base + kind;
      from = kind;
    }
    steps[place++] = kinds + from * base + kinds;
  }
  return {
    count: example.length,
    example: Int32Array.from(example),
    weight: Float64Array.from(weight),
    ofRow,
    offsets: Int32Array.from(stepOffsets),
    steps,
  };
}

/** How often each step occurs, counted by customers' weights. */
export function countSteps({ count, offsets, steps, weight }: DistinctSequences, kinds: number): Float64Array {
  const counts = new Float64Array(kinds + kinds * (kinds + 1));
  for (let sequence = 0; sequence < count; sequence++) {
    const own = weight[sequence] ?? 0;
    const last = offsets[sequence + 1] ?? 0;
    for (let at = offsets[sequence] ?? 0; at < last; at++) {
      const step = steps[at] ?? 0;
      counts[step] = (counts[step] ?? 0) + own;
    }
  }
  return counts;
}

/** Divides each start and each state's transitions by their sum, in place; a state that nobody left or ended in stays 0. */
export function normaliseRows(values: Float64Array, kinds: number): Float64Array {
  for (let first = 0; first < values.length;) {
    const until = first === 0 ? kinds : first + kinds + 1;
    let total = 0;
    for (let at = first; at < until; at++) total += values[at] ?? 0;
    if (total > 0) for (let at = first; at < until; at++) values[at] = (values[at] ?? 0) / total;
    first = until;
  }
  return values;
}
