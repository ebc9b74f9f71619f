/**
 * Repeat purchases that a whole customer base should have made by a day: the unconditional expectation at each customer's
 * age, summed over first-purchase days. The base of the tracking plot and of the season index.
 */

/**
 * Running expectation of repeat purchases.
 * @param firstDay day number of each customer's first purchase
 * @param expectedByAge expected repeat purchases of a new customer at an age in days; index 0 is age 0
 * @returns function of a day number: expected repeat purchases up to the end of that day, customers of later days left out
 */
export function cumulativeExpectation(firstDay: ArrayLike<number>, expectedByAge: Float64Array): (day: number) => number {
  const newcomers = new Map<number, number>();
  for (let row = 0; row < firstDay.length; row++) {
    const day = firstDay[row] ?? 0;
    newcomers.set(day, (newcomers.get(day) ?? 0) + 1);
  }
  const days = [...newcomers].sort(([a], [b]) => a - b);
  return (until) => {
    let total = 0;
    for (const [day, count] of days) {
      if (day >= until) break;
      total += count * (expectedByAge[Math.min(until - day, expectedByAge.length - 1)] ?? 0);
    }
    return total;
  };
}
