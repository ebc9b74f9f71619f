/**
 * Repeat purchases that a whole customer base should have made by a day: the unconditional expectation at each customer's
 * age, summed over first-purchase days. The base of the tracking plot and of the seasonal clock.
 */
import { readyModels, type TimingMix } from './timing-mix.ts';

const daysPerWeek = 7;

/**
 * Running expectation of repeat purchases.
 * @param mix models, time in weeks of the clock
 * @param shares of the models in everybody's expectation
 * @param firstDays day number of each customer's first purchase
 * @param readings clock time in days at the end of each day, from the day number `start` on; see seasonal-clock.ts
 * @param start at most the smallest of firstDays
 * @returns function of a day number within the readings: expected repeat purchases up to the end of that day; customers
 * of later days are left out
 */
export function cumulativeExpectation(
  mix: Pick<TimingMix, 'models'>,
  shares: readonly number[],
  firstDays: ArrayLike<number>,
  readings: Float64Array,
  start: number,
): (day: number) => number {
  const newcomers = new Map<number, number>();
  for (let row = 0; row < firstDays.length; row++) {
    const day = firstDays[row] ?? 0;
    newcomers.set(day, (newcomers.get(day) ?? 0) + 1);
  }
  const days = [...newcomers].sort(([a], [b]) => a - b);
  const readingAt = (day: number): number => (day < start ? 0 : (readings[Math.min(day - start, readings.length - 1)] ?? 0));
  // Smooth in age: one table by whole days of the clock and straight lines between them.
  const longest = Math.ceil(readings.at(-1) ?? 0);
  const models = readyModels(mix);
  const expectedAt = (age: number): number =>
    models.reduce((total, { family, params }, index) => total + (shares[index] ?? 0) * family.expectedPurchases(params, age), 0);
  const table = Float64Array.from({ length: longest + 2 }, (_, age) => (age === 0 ? 0 : expectedAt(age / daysPerWeek)));
  return (until) => {
    let total = 0;
    const now = readingAt(until);
    for (const [day, count] of days) {
      if (day >= until) break;
      const age = now - readingAt(day);
      const whole = Math.floor(age);
      const below = table[whole] ?? 0;
      total += count * (below + (age - whole) * ((table[whole + 1] ?? below) - below));
    }
    return total;
  };
}
