/** Compensated sums in a fixed order, so that a total does not depend on how it was split or on the machine. */

/**
 * Sum with the error term carried along; the error does not grow with the number of terms.
 * @see Neumaier (1974), "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen"
 */
export function sumOf(count: number, term: (index: number) => number): number {
  let total = 0;
  let lost = 0;
  for (let index = 0; index < count; index++) {
    const value = term(index);
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // An infinite total makes the error term NaN.
  return Number.isFinite(total) ? total + lost : total;
}

/** Compensated sum of values in their order. */
export function sum(values: ArrayLike<number>): number {
  return sumOf(values.length, (index) => values[index] ?? 0);
}
