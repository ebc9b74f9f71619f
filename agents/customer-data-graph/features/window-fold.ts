/**
 * One window of behaviour from day buckets, customer by customer in one pass. Sums add up, distinct things are counted by the
 * last day that they were seen on, so the order of the buckets and how a day was cut into them change nothing.
 */
import type { Places, WindowSource } from './window-source.ts';

/** Where the sender did not say. Never a favourite place, and not counted among the distinct ones. */
const unsaid = 'unknown';

/** The columns of one window, one row per account; see WindowReply in the ports. Text columns are positions, −1 for none. */
export interface WindowColumns {
  /** Per signal type, in the order of the types. */
  readonly counts: readonly Int32Array[];
  readonly whole: Readonly<Record<(typeof wholeNames)[number], Int32Array>>;
  readonly money: Readonly<Record<(typeof moneyNames)[number], Float64Array>>;
  readonly meanGapDays: Float64Array;
  readonly favourites: Readonly<Record<(typeof axes)[number], Int32Array>>;
}

/** In the order of the columns. */
export const wholeNames = [
  'events',
  'activeDays',
  'purchaseDays',
  'orders',
  'locations',
  'channels',
  'brands',
  'skus',
  'recencyDays',
  'activeRecencyDays',
  'tenureDays',
] as const;
export const moneyNames = ['spendMinor', 'grossMinor', 'returnsMinor'] as const;
const axes = ['location', 'channel', 'brand'] as const;

/**
 * Folds the buckets of a window.
 * @param asOfDay last day
 * @param length days of the window; infinite for a lifetime
 */
export function foldWindow(source: WindowSource, asOfDay: number, length: number): WindowColumns {
  const { buckets, types, places } = source;
  const accounts = source.customers.length;
  const firstDay = asOfDay - length + 1;
  const counts = types.map(() => new Int32Array(accounts));
  const whole = Object.fromEntries(wholeNames.map((name) => [name, new Int32Array(accounts)])) as Record<
    (typeof wholeNames)[number],
    Int32Array
  >; // one entry per name
  const money = Object.fromEntries(moneyNames.map((name) => [name, new Float64Array(accounts)])) as Record<
    (typeof moneyNames)[number],
    Float64Array
  >; // one entry per name
  const meanGapDays = new Float64Array(accounts);
  const favourites = { location: new Int32Array(accounts), channel: new Int32Array(accounts), brand: new Int32Array(accounts) };
  const purchase = types.indexOf('purchase');
  const returned = types.indexOf('return');
  const days = new DayMarks(buckets.day, asOfDay);
  const tallies = axes.map((axis) => new Tally(places, axis));
  for (let account = 0; account < accounts; account++) {
    let events = 0;
    let activeDays = 0;
    let purchaseDays = 0;
    let gross = 0;
    let returns = 0;
    let firstEver = asOfDay;
    let lastDay = firstDay - 1;
    let firstPurchase = asOfDay;
    let lastPurchase = firstDay - 1;
    days.begin();
    for (const tally of tallies) tally.begin();
    const end = buckets.starts[account + 1] ?? 0;
    for (let row = buckets.starts[account] ?? 0; row < end; row++) {
      const day = buckets.day[row] ?? 0;
      if (day < firstEver) firstEver = day;
      if (day < firstDay) continue;
      const type = buckets.type[row] ?? 0;
      const place = buckets.place[row] ?? 0;
      const count = buckets.events[row] ?? 0;
      const amount = buckets.grossMinor[row] ?? 0;
      const isPurchase = type === purchase;
      const ofType = counts[type];
      if (ofType) ofType[account] = (ofType[account] ?? 0) + count;
      events += count;
      if (days.isNewActive(day)) activeDays += 1;
      if (day > lastDay) lastDay = day;
      if (isPurchase) {
        gross += amount;
        if (days.isNewPurchase(day)) purchaseDays += 1;
        if (day < firstPurchase) firstPurchase = day;
        if (day > lastPurchase) lastPurchase = day;
      } else if (type === returned) returns += amount;
      for (const tally of tallies) tally.add(place, count, isPurchase, amount);
    }
    const tenure = asOfDay - firstEver;
    const none = length === Number.POSITIVE_INFINITY ? tenure : length;
    whole.events[account] = events;
    whole.activeDays[account] = activeDays;
    whole.purchaseDays[account] = purchaseDays;
    whole.orders[account] = seenSince(source.orders, account, firstDay);
    whole.skus[account] = seenSince(source.articles, account, firstDay);
    whole.recencyDays[account] = purchaseDays > 0 ? asOfDay - lastPurchase : none;
    whole.activeRecencyDays[account] = events > 0 ? asOfDay - lastDay : none;
    whole.tenureDays[account] = tenure;
    money.spendMinor[account] = gross - returns;
    money.grossMinor[account] = gross;
    money.returnsMinor[account] = returns;
    meanGapDays[account] = purchaseDays > 1 ? (lastPurchase - firstPurchase) / (purchaseDays - 1) : none;
    for (const [index, axis] of axes.entries()) {
      const tally = tallies[index];
      if (!tally) continue;
      whole[`${axis}s`][account] = tally.bought;
      favourites[axis][account] = tally.favourite();
    }
  }
  return { counts, whole, money, meanGapDays, favourites };
}

function seenSince({ starts, day, things }: WindowSource['orders'], account: number, firstDay: number): number {
  let seen = 0;
  const end = starts[account + 1] ?? 0;
  for (let row = starts[account] ?? 0; row < end; row++) if ((day[row] ?? 0) >= firstDay) seen += things[row] ?? 0;
  return seen;
}

/** Which days an account has been seen on: a mark per day that is never wiped, only outdated by the next account. */
class DayMarks {
  readonly #first: number;
  readonly #active: Int32Array;
  readonly #purchase: Int32Array;
  #mark = 0;

  constructor(days: Int32Array, lastDay: number) {
    let first = lastDay;
    for (const day of days) if (day < first) first = day;
    this.#first = first;
    this.#active = new Int32Array(lastDay - first + 1);
    this.#purchase = new Int32Array(lastDay - first + 1);
  }

  begin(): void {
    this.#mark += 1;
  }

  isNewActive(day: number): boolean {
    if (this.#active[day - this.#first] === this.#mark) return false;
    this.#active[day - this.#first] = this.#mark;
    return true;
  }

  isNewPurchase(day: number): boolean {
    if (this.#purchase[day - this.#first] === this.#mark) return false;
    this.#purchase[day - this.#first] = this.#mark;
    return true;
  }
}

/** Names of one axis that an account has been seen at, with what happened there. */
class Tally {
  readonly #codes: Int32Array;
  readonly #unsaid: number;
  readonly #seen: number[] = [];
  readonly #mark: Int32Array;
  readonly #boughtMark: Int32Array;
  readonly #events: Float64Array;
  readonly #gross: Float64Array;
  #account = 0;
  /** Distinct names with a purchase. */
  bought = 0;

  constructor(places: Places, axis: (typeof axes)[number]) {
    const names = places[`${axis}s`];
    this.#codes = places[axis];
    this.#unsaid = names.indexOf(unsaid);
    this.#mark = new Int32Array(names.length);
    this.#boughtMark = new Int32Array(names.length);
    this.#events = new Float64Array(names.length);
    this.#gross = new Float64Array(names.length);
  }

  begin(): void {
    this.#account += 1;
    this.#seen.length = 0;
    this.bought = 0;
  }

  add(place: number, count: number, isPurchase: boolean, amount: number): void {
    const code = this.#codes[place] ?? 0;
    if (code === this.#unsaid) return;
    if (this.#mark[code] !== this.#account) {
      this.#mark[code] = this.#account;
      this.#events[code] = 0;
      this.#gross[code] = 0;
      this.#seen.push(code);
    }
    this.#events[code] = (this.#events[code] ?? 0) + count;
    if (!isPurchase) return;
    this.#gross[code] = (this.#gross[code] ?? 0) + amount;
    if (this.#boughtMark[code] === this.#account) return;
    this.#boughtMark[code] = this.#account;
    this.bought += 1;
  }

  /** Position of the name with the most gross spend, then the most signals, then the first by compareText; −1 for none. */
  favourite(): number {
    let best = -1;
    for (const code of this.#seen) {
      const gross = (this.#gross[code] ?? 0) - (best < 0 ? -1 : (this.#gross[best] ?? 0));
      const events = (this.#events[code] ?? 0) - (best < 0 ? 0 : (this.#events[best] ?? 0));
      if (gross > 0 || (gross === 0 && (events > 0 || (events === 0 && code < best)))) best = code;
    }
    return best;
  }
}
