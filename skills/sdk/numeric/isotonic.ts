/** Isotonic regression: the never falling sequence with the least squared distance to values. */

/** A run of neighbouring values that share one level. */
export interface IsotonicBlock {
  /** First position, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** Weighted mean of the run. */
  readonly level: number;
}

/**
 * Pools neighbours that are out of order until none is.
 * @param values in the order along which levels must not fall
 * @param weights > 0, one per value
 * @returns runs with strictly rising levels
 * @see Ayer et al. (1955); Barlow et al. (1972), "Statistical Inference under Order Restrictions"
 */
export function isotonicBlocks(values: ArrayLike<number>, weights: ArrayLike<number>): IsotonicBlock[] {
  const total: number[] = [];
  const weight: number[] = [];
  const from: number[] = [];
  for (let at = 0; at < values.length; at++) {
    let mass = weights[at] ?? 0;
    let sum = (values[at] ?? 0) * mass;
    let start = at;
    for (let last = total.length - 1; last >= 0 && (total[last] ?? 0) * mass >= sum * (weight[last] ?? 0); last--) {
      sum += total.pop() ?? 0;
      mass += weight.pop() ?? 0;
      start = from.pop() ?? 0;
    }
    total.push(sum);
    weight.push(mass);
    from.push(start);
  }
  return total.map((sum, block) => ({
    from: from[block] ?? 0,
    to: from[block + 1] ?? values.length,
    weight: weight[block] ?? 0,
    level: sum / (weight[block] ?? 1),
  }));
}
