/** Bins of about equal weight over ascending tallies. Equal predictions are one tally, so a tie is never cut. */

/** Tallies from `from` up to but not including `to`. */
export interface TallyBin {
  readonly from: number;
  readonly to: number;
}

/** Sums of parts of rows come out a hair above or below what they are. */
const rounding = 1e-12;

/**
 * Each bin ends with the tally that reaches its share of the weight, so there may be fewer bins than asked for.
 * @param weight of each tally, > 0
 * @param bins ≥ 1
 */
export function massBins(weight: ArrayLike<number>, bins: number): TallyBin[] {
  const before = new Float64Array(weight.length + 1);
  for (let at = 0; at < weight.length; at++) before[at + 1] = (before[at] ?? 0) + (weight[at] ?? 0);
  const whole = before[weight.length] ?? 0;
  const isCounted = Array.from(weight).every(Number.isInteger);
  const found: TallyBin[] = [];
  let from = 0;
  for (let bin = 1; bin <= bins && from < weight.length; bin++) {
    // The weight that the bins up to this one should hold: whole rows where rows are counted, so that unit weights fall as they
    // would by counting; else less the rounding of the sums.
    const share = (bin * whole) / bins;
    const wanted = isCounted ? Math.floor(share) : share * (1 - rounding);
    let low = from + 1;
    let high = weight.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((before[middle] ?? 0) >= wanted) high = middle;
      else low = middle + 1;
    }
    const to = bin === bins ? weight.length : low;
    found.push({ from, to });
    from = to;
  }
  return found;
}
