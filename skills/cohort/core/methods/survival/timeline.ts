/**
 * Times as ranks among the distinct ones, and what happened at each, counted. With whole days, as from day buckets, no time is
 * compared or sorted.
 */
import type { SurvivalRows } from './rows.ts';

export interface Timeline {
  /** Distinct days at which a row ends, ascending. */
  readonly times: Float64Array;
  /** Rank of each row's stop. */
  readonly stopRank: Uint32Array;
  /** First rank at which the row is at risk; absent where every row is from the first. */
  readonly enterRank?: Uint32Array;
}

/** Days beyond this are sorted rather than counted. */
const longestGrid = 1 << 22;

export function timelineOf({ start, stop }: Pick<SurvivalRows, 'start' | 'stop'>): Timeline {
  const grid = wholeDays(stop);
  const times = grid?.times ?? distinct(stop);
  const stopRank = new Uint32Array(stop.length);
  if (grid) for (let row = 0; row < stop.length; row++) stopRank[row] = grid.rankOf[stop[row] ?? 0] ?? 0;
  else for (let row = 0; row < stop.length; row++) stopRank[row] = countUpTo(times, stop[row] ?? 0) - 1;
  if (!start) return { times, stopRank };
  const enterRank = new Uint32Array(stop.length);
  for (let row = 0; row < stop.length; row++) enterRank[row] = countUpTo(times, start[row] ?? 0);
  return { times, stopRank, enterRank };
}

/** What happened at each rank, by group: entries at `group * ranks + rank`. */
export interface RankCounts {
  readonly ranks: number;
  readonly atRisk: Float64Array;
  readonly events: Float64Array;
}

/** @param group group of each row, 0 … groups − 1, negative for none; without it all are in group 0 */
export function countAtRanks(
  { times, stopRank, enterRank }: Timeline,
  event: ArrayLike<number>,
  groups = 1,
  group?: Int32Array,
): RankCounts {
  const ranks = times.length;
  const events = new Float64Array(groups * ranks);
  const leave = new Float64Array(groups * ranks);
  const enter = new Float64Array(groups * (ranks + 1));
  for (let row = 0; row < stopRank.length; row++) {
    const own = group ? (group[row] ?? -1) : 0;
    if (own < 0) continue;
    const at = own * ranks + (stopRank[row] ?? 0);
    leave[at] = (leave[at] ?? 0) + 1;
    events[at] = (events[at] ?? 0) + (event[row] ?? 0);
    const from = own * (ranks + 1) + (enterRank ? (enterRank[row] ?? 0) : 0);
    enter[from] = (enter[from] ?? 0) + 1;
  }
  const atRisk = leave;
  for (let own = 0; own < groups; own++) {
    let present = 0;
    for (let rank = 0; rank < ranks; rank++) {
      present += enter[own * (ranks + 1) + rank] ?? 0;
      const left = leave[own * ranks + rank] ?? 0;
      atRisk[own * ranks + rank] = present;
      present -= left;
    }
  }
  return { ranks, atRisk, events };
}

/** How many of ascending values are at most this one. */
export function countUpTo(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function wholeDays(stop: Float64Array): { readonly times: Float64Array; readonly rankOf: Uint32Array } | undefined {
  let most = 0;
  for (let row = 0; row < stop.length; row++) {
    const day = stop[row] ?? 0;
    if (day > longestGrid || day !== Math.floor(day)) return undefined;
    if (day > most) most = day;
  }
  const rankOf = new Uint32Array(most + 1);
  for (let row = 0; row < stop.length; row++) rankOf[stop[row] ?? 0] = 1;
  let ranks = 0;
  for (let day = 0; day <= most; day++) ranks += rankOf[day] ?? 0;
  const times = new Float64Array(ranks);
  for (let day = 0, rank = 0; day <= most; day++) {
    if (rankOf[day] !== 1) continue;
    times[rank] = day;
    rankOf[day] = rank;
    rank += 1;
  }
  return { times, rankOf };
}

function distinct(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  let count = 0;
  for (const value of sorted) {
    if (count > 0 && value === sorted[count - 1]) continue;
    sorted[count] = value;
    count += 1;
  }
  return sorted.slice(0, count);
}
