/** Cuts columns into bins of about as many rows each. A value that many rows share has a bin of its own. */

/**
 * Upper edge of each bin but the last, ascending; a value on an edge is below it.
 * @param column NaN is missing
 * @param rows rows to bin by
 * @param most bins, 2 … 255
 */
export function edgesOfColumn(column: Float64Array, rows: Uint32Array, most: number): Float64Array {
  const present = new Float64Array(rows.length);
  let found = 0;
  for (let index = 0; index < rows.length; index++) {
    const value = (column[rows[index] ?? 0] ?? Number.NaN) + 0; // −0 sorts apart from 0
    if (Number.isNaN(value)) continue;
    present[found] = value;
    found += 1;
  }
  return edgesOf(present.subarray(0, found).sort(), most);
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

/**
 * Bin of each row and column; missing values have the number after the last bin.
 * @param codes where they go: `index · columns + column` belongs to row `rows[index]`
 */
export function codeColumns(columns: readonly Float64Array[], rows: Uint32Array, edges: readonly Float64Array[], codes: Uint8Array): void {
  for (const [at, column] of columns.entries()) codeColumn(column, rows, edges[at] ?? new Float64Array(), codes, columns.length, at);
}

function codeColumn(column: Float64Array, rows: Uint32Array, edges: Float64Array, codes: Uint8Array, width: number, at: number): void {
  const missing = edges.length + 1;
  // 256 places, those after the edges never below anything, so that eight halvings need no bounds.
  const padded = new Float64Array(256).fill(Number.POSITIVE_INFINITY);
  padded.set(edges);
  for (let index = 0; index < rows.length; index++) {
    const value = column[rows[index] ?? 0] ?? Number.NaN;
    let bin = 0;
    for (let step = 128; step > 0; step >>= 1) bin += value > (padded[bin + step - 1] ?? 0) ? step : 0;
    codes[index * width + at] = Number.isNaN(value) ? missing : bin;
  }
}
