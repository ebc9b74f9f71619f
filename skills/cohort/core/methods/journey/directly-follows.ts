/** Which event comes directly after which, how often: the picture that a journey is drawn from. */
import type { EventSequences } from '../event-columns.ts';

export interface DirectlyFollows {
  /** Customers that begin with each kind of event. */
  readonly starts: readonly number[];
  /** Customers whose last event is of each kind. */
  readonly ends: readonly number[];
  /** Times that the column's kind comes directly after the row's, row-major, kinds × kinds. */
  readonly follows: readonly number[];
}

/** @param isCounted rows to count; all by default */
export function directlyFollows(
  { names, offsets, events }: EventSequences,
  isCounted: (row: number) => boolean = () => true,
): DirectlyFollows {
  const kinds = names.length;
  const starts = new Float64Array(kinds);
  const ends = new Float64Array(kinds);
  const follows = new Float64Array(kinds * kinds);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const first = offsets[row] ?? 0;
    const last = offsets[row + 1] ?? 0;
    if (first === last || !isCounted(row)) continue;
    let from = events[first] ?? 0;
    starts[from] = (starts[from] ?? 0) + 1;
    for (let at = first + 1; at < last; at++) {
      const to = events[at] ?? 0;
      follows[from * kinds + to] = (follows[from * kinds + to] ?? 0) + 1;
      from = to;
    }
    ends[from] = (ends[from] ?? 0) + 1;
  }
  return { starts: Array.from(starts), ends: Array.from(ends), follows: Array.from(follows) };
}
