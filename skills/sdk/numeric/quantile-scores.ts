/** Ranks of values among others, with ties kept together. */

/**
 * Scores 1..quantiles of values, low to high.
 *
 * score = 1 + floor(quantiles · (below + equal / 2) / n), where `below` counts smaller values and `equal` the ties,
 * itself included. Reversing the values reverses the scores unless a mid-rank falls on an edge.
 * @param values finite numbers
 * @param quantiles number of classes, integer ≥ 1; 5 for quintiles
 */
export function quantileScores(values: ArrayLike<number>, quantiles: number): Int32Array {
  const count = values.length;
  const scores = new Int32Array(count);
  // Twice the rank is a whole number, so that no edge is missed by a rounding.
  doubleMidRanks(values).forEach((doubled, row) => {
    scores[row] = Math.min(quantiles, 1 + Math.floor((quantiles * doubled) / (2 * count)));
  });
  return scores;
}

/**
 * Share of the values below each value, half of its equals (itself included) counted: in (0, 1), 0.5 on average.
 * @param values finite numbers
 */
export function midRankShares(values: ArrayLike<number>): Float64Array {
  return doubleMidRanks(values).map((doubled) => doubled / (2 * values.length));
}

function doubleMidRanks(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return Float64Array.from(values, (value) => {
    const below = placeOf(sorted, value, false);
    return below + placeOf(sorted, value, true);
  });
}

/** How many of the ascending values are less than a value, or not more. */
function placeOf(sorted: Float64Array, value: number, orEqual: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = sorted[middle] ?? 0;
    if (other < value || (orEqual && other === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
