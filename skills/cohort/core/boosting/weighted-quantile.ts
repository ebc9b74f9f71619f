/** A quantile without sorting all values: the same whatever their order, because weights are whole numbers. */

/**
 * Least value such that the values up to it carry a share q of the weight; reorders both columns.
 * @param values at least one, finite
 * @param weights > 0, whole; their sum below 2⁵³
 * @param q in (0, 1)
 * @see Hoare (1961), "Algorithm 65: Find"; the inverse of the distribution function, type 1 of Hyndman & Fan (1996)
 */
export function weightedQuantile(values: Float64Array, weights: Int32Array, q: number): number {
  let total = 0;
  for (let at = 0; at < weights.length; at++) total += weights[at] ?? 0;
  const sought = q * total;
  let [from, to, before] = [0, values.length, 0];
  while (to - from > 1) {
    const pivot = middleOf(values[from] ?? 0, values[(from + to) >>> 1] ?? 0, values[to - 1] ?? 0);
    // Three parts: below the pivot, equal to it, above it.
    let [low, at, high, weightBelow, weightEqual] = [from, from, to, 0, 0];
    while (at < high) {
      const value = values[at] ?? 0;
      const weight = weights[at] ?? 0;
      if (value < pivot) {
        weightBelow += weight;
        swap(values, weights, low, at);
        low += 1;
        at += 1;
      } else if (value > pivot) {
        high -= 1;
        swap(values, weights, at, high);
      } else {
        weightEqual += weight;
        at += 1;
      }
    }
    if (low > from && before + weightBelow >= sought) to = low;
    else if (before + weightBelow + weightEqual >= sought || high === to) return pivot;
    else {
      before += weightBelow + weightEqual;
      from = high;
    }
  }
  return values[from] ?? Number.NaN;
}

function swap(values: Float64Array, weights: Int32Array, one: number, other: number): void {
  const value = values[one] ?? 0;
  values[one] = values[other] ?? 0;
  values[other] = value;
  const weight = weights[one] ?? 0;
  weights[one] = weights[other] ?? 0;
  weights[other] = weight;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
