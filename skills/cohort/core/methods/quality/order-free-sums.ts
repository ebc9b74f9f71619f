/**
 * Sums that are the same bits in whatever order the rows come: each value is cut into three parts on fixed grids, coarse enough
 * that every partial sum of a part is exact.
 */

/** Relative distance of neighbouring doubles, 2⁻⁵². */
const gridStep = Number.EPSILON;

/**
 * Sum of values per group.
 * @param values finite; fewer than 2³⁰
 * @param group group of each value, 0 … groups − 1, negative for none; without it all are in group 0
 * @returns one sum per group, with an error below 2⁻⁶⁰ of the largest value times the number of values
 * @see Demmel & Nguyen (2013), "Fast reproducible floating-point summation", algorithm 6 with the largest value known beforehand
 */
export function orderFreeSums(values: Float64Array, groups = 1, group?: Int32Array): Float64Array {
  const count = values.length;
  let most = 0;
  for (let row = 0; row < count; row++) {
    const size = Math.abs(values[row] ?? 0);
    if (size > most) most = size;
  }
  const high = new Float64Array(groups);
  const middle = new Float64Array(groups);
  const low = new Float64Array(groups);
  if (most === 0) return high;
  // v + M − M rounds v to the grid of M; with M above 2·count·most, sums of such multiples stay below 2⁵³ steps.
  const span = powerOfTwoAbove(2 * count);
  const first = 1.5 * powerOfTwoAbove(most) * span;
  const second = first * span * gridStep;
  const third = second * span * gridStep;
  for (let row = 0; row < count; row++) {
    const into = group === undefined ? 0 : (group[row] ?? -1);
    if (into < 0) continue;
    const value = values[row] ?? 0;
    const a = value + first - first;
    const b = value - a + second - second;
    const c = value - a - b + third - third;
    high[into] = (high[into] ?? 0) + a;
    middle[into] = (middle[into] ?? 0) + b;
    low[into] = (low[into] ?? 0) + c;
  }
  for (let into = 0; into < groups; into++) high[into] = (high[into] ?? 0) + ((middle[into] ?? 0) + (low[into] ?? 0));
  return high;
}

function powerOfTwoAbove(value: number): number {
  let power = 1;
  while (power <= value) power *= 2;
  while (power / 2 > value) power /= 2;
  return power;
}
