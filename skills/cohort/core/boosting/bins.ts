/** Cuts columns into bins of about as many rows each. A value that many rows share has a bin of its own. */
import { sortValues } from './sort-values.ts';

export interface BinnedColumn {
  /** Upper edge of each bin but the last, ascending; a value on an edge is below it. */
  readonly edges: Float64Array;
  /** Bin of each row; missing values have the number after the last bin. */
  readonly codes: Uint8Array;
}

/**
 * @param column NaN is missing
 * @param rows rows to bin, to which the codes belong in this order
 * @param most bins, 2 … 255
 */
export function binColumn(column: Float64Array, rows: Uint32Array, most: number): BinnedColumn {
  const { values, places } = sortValues(column, rows);
  const edges = edgesOf(values, most);
  const codes = new Uint8Array(rows.length).fill(edges.length + 1);
  let bin = 0;
  for (let at = 0; at < values.length; at++) {
    while (bin < edges.length && (values[at] ?? 0) > (edges[bin] ?? 0)) bin += 1;
    codes[places[at] ?? 0] = bin;
  }
  return { edges, codes };
}

/** Greedy: each bin takes its share of the rows that are left, whole values only; edges lie halfway between values. */
function edgesOf(sorted: Float64Array, most: number): Float64Array {
  const edges: number[] = [];
  const count = sorted.length;
  let distinct = count === 0 ? 0 : 1;
  for (let at = 1; at < count && distinct <= most; at++) if (sorted[at] !== sorted[at - 1]) distinct += 1;
  const isEach = distinct <= most;
  let from = 0;
  while (from < count && edges.length < most - 1) {
    let to = isEach ? from + 1 : from + Math.max(1, Math.round((count - from) / (most - edges.length)));
    if (to >= count) break;
    const last = sorted[to - 1] ?? 0;
    if (sorted[to] === last) {
      const above = firstAbove(sorted, last, to);
      const below = firstAtLeast(sorted, last, from);
      // A value across the edge goes to the side that leaves the bin nearer to its share.
      to = below > from && to - below < above - to ? below : above;
    }
    if (to >= count) break;
    const low = sorted[to - 1] ?? 0;
    const high = sorted[to] ?? 0;
    const middle = low + (high - low) / 2;
    edges.push(middle < high ? middle : low);
    from = to;
  }
  return Float64Array.from(edges);
}

/** Place of the first value above that one, by bisection from `from`. */
function firstAbove(sorted: Float64Array, value: number, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function firstAtLeast(sorted: Float64Array, value: number, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Bins of further rows, by edges that are known. */
export function codesOf(column: Float64Array, rows: Uint32Array, edges: Float64Array): Uint8Array {
  return Uint8Array.from(rows, (row) => {
    const value = column[row] ?? Number.NaN;
    if (Number.isNaN(value)) return edges.length + 1;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value > (edges[middle] ?? 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}
