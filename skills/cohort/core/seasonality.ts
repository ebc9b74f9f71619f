/**
 * Seasonality cohorts: customers who buy in one quarter of the year more than chance would put there. A customer with few
 * purchases, or of less than a year, is not guessed at. Absolute: a customer of a shop that sells most in the fourth quarter is in
 * `q4` when they do too.
 */
import { dayNumber, exp, isoDate, lgamma, log, log1p } from '../../sdk/numeric/index.ts';

export const seasons = ['q1', 'q2', 'q3', 'q4', 'all-year', 'too-few'] as const;
export type Season = (typeof seasons)[number];

/** When customers bought, in columns. */
export interface PurchaseDays {
  /** Row of each purchase in the columns over customers; a day counts once however many rows it has. */
  readonly account: ArrayLike<number>;
  /** day_no of each purchase, ascending within a customer. */
  readonly day: ArrayLike<number>;
  /** day_no of each customer's first purchase. */
  readonly firstDay: ArrayLike<number>;
}

/** Repeat purchase days that a season is read from at least. */
const leastRepeats = 4;
const daysOfYear = 365;
/** Chance that a customer without any season is put into one. */
const significance = 0.05;

/**
 * Season of every customer. The days after the first purchase are tried against the days that the customer could have bought on:
 * with n repeat days, x of them in a quarter that has the share s of those days, the chance of x or more is a binomial tail, times
 * four for the four quarters that were looked at. Below 5 % the customer is in the quarter with the smallest chance.
 * @param asOfDay last day that counts
 * @returns one season per customer
 */
export function seasonsOf({ account, day, firstDay }: PurchaseDays, asOfDay: number): Season[] {
  const customers = firstDay.length;
  const repeats = new Int32Array(customers * 4);
  const lastSeen = new Int32Array(customers);
  for (let row = 0; row < account.length; row++) {
    const customer = account[row] ?? 0;
    const when = day[row] ?? 0;
    const first = firstDay[customer] ?? 0;
    if (when <= first || when > asOfDay || when === lastSeen[customer]) continue;
    lastSeen[customer] = when;
    const place = customer * 4 + quarterOf(when) - 1;
    repeats[place] = (repeats[place] ?? 0) + 1;
  }
  return Array.from({ length: customers }, (_, customer) =>
    seasonOf(repeats.subarray(customer * 4, customer * 4 + 4), (firstDay[customer] ?? 0) + 1, asOfDay),
  );
}

function seasonOf(counts: Int32Array, from: number, to: number): Season {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total < leastRepeats || to - from + 1 < daysOfYear) return 'too-few';
  let best = 0;
  let least = 1;
  for (let quarter = 1; quarter <= 4; quarter++) {
    const chance = binomialTail(counts[quarter - 1] ?? 0, total, daysOfQuarter(quarter, from, to) / (to - from + 1));
    if (chance < least) [best, least] = [quarter, chance];
  }
  return 4 * least < significance ? (seasons[best - 1] ?? 'all-year') : 'all-year';
}

/** P(X ≥ x) for X ~ Binomial(n, p), 0 < p < 1; summed from the largest term on. */
function binomialTail(x: number, n: number, p: number): number {
  if (x <= n * p) return 1;
  let term = exp(lgamma(n + 1) - lgamma(x + 1) - lgamma(n - x + 1) + x * log(p) + (n - x) * log1p(-p));
  let tail = 0;
  for (let count = x; count <= n; count++) {
    tail += term;
    term *= ((n - count) / (count + 1)) * (p / (1 - p));
  }
  return tail;
}

/** Quarter of the year, 1 to 4. */
function quarterOf(dayNo: number): number {
  return Math.floor((Number(isoDate(dayNo).slice(5, 7)) - 1) / 3) + 1;
}

/** Days of a quarter of any year between two days, both included. */
function daysOfQuarter(quarter: number, from: number, to: number): number {
  let days = 0;
  const lastYear = Number(isoDate(to).slice(0, 4));
  for (let year = Number(isoDate(from).slice(0, 4)); year <= lastYear; year++) {
    const start = dayNumber(year, quarter * 3 - 2, 1) ?? 0;
    const end = quarter === 4 ? dayNumber(year + 1, 1, 1) : dayNumber(year, quarter * 3 + 1, 1);
    days += Math.max(0, Math.min(to + 1, end ?? to + 1) - Math.max(from, start));
  }
  return days;
}
