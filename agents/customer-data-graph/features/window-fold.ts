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
  readonly whole: Readonly<Record<WholeName, Int32Array>>;
  readonly money: Readonly<Record<MoneyName, Float64Array>>;
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
type WholeName = (typeof wholeNames)[number];
type MoneyName = (typeof moneyNames)[number];
const axes = ['location', 'channel', 'brand'] as const;

/**
 * Folds the buckets of a window.
 * @param asOfDay last day
 * @param length days of the window; infinite for a lifetime
 */
export function foldWindow(source: WindowSource, asOfDay: number, length: number): WindowColumns {
  const { types, places } = source;
  const { starts, day: days, place: placeOf, type: typeOf, events: eventsOf, grossMinor } = source.buckets;
  const accounts = source.customers.length;
  const firstDay = firstDayOf(asOfDay, length);
  // Small integers throughout: one infinity in the loop makes every comparison in it slower.
  const isLifetime = length === Number.POSITIVE_INFINITY;
  const span = isLifetime ? 0 : length;
  const counts = types.map(() => new Int32Array(accounts));
  const whole = Object.fromEntries(wholeNames.map((name) => [name, new Int32Array(accounts)])) as Record<WholeName, Int32Array>; // one entry per name
  const money = Object.fromEntries(moneyNames.map((name) => [name, new Float64Array(accounts)])) as Record<MoneyName, Float64Array>; // one entry per name
  const meanGapDays = new Float64Array(accounts);
  const tallies = { location: new Tally(places, 'location'), channel: new Tally(places, 'channel'), brand: new Tally(places, 'brand') };
  const favourites = { location: new Int32Array(accounts), channel: new Int32Array(accounts), brand: new Int32Array(accounts) };
  // Looked up once, because these lines run once per customer and window.
  const { activeDays: ofActiveDays, purchaseDays: ofPurchaseDays, orders, locations, channels, brands, skus } = whole;
  const { events: ofEvents, recencyDays, activeRecencyDays, tenureDays } = whole;
  const { spendMinor, grossMinor: ofGross, returnsMinor } = money;
  const { location, channel, brand } = tallies;
  const purchase = types.indexOf('purchase');
  const returned = types.indexOf('return');
  // A mark per day that is never wiped, only outdated by the next account.
  const earliest = Math.min(source.buckets.earliest, asOfDay);
  const activeMark = new Int32Array(asOfDay - earliest + 1);
  const purchaseMark = new Int32Array(asOfDay - earliest + 1);
  for (let account = 0; account < accounts; account++) {
    const mark = account + 1;
    let events = 0;
    let activeDays = 0;
    let purchaseDays = 0;
    let gross = 0;
    let returns = 0;
    let firstEver = asOfDay;
    let lastDay = 0;
    let firstPurchase = asOfDay;
    let lastPurchase = 0;
    const end = starts[account + 1] ?? 0;
    // Rows of a place come together, and in it rows of a type: each stretch is summed up before it is told.
    for (let row = starts[account] ?? 0; row < end;) {
      const place = placeOf[row] ?? 0;
      let placeEvents = 0;
      let placeGross = 0;
      let isBought = false;
      while (row < end && placeOf[row] === place) {
        const type = typeOf[row] ?? 0;
        let count = 0;
        let amount = 0;
        for (; row < end && typeOf[row] === type && placeOf[row] === place; row++) {
          const day = days[row] ?? 0;
          if (day < firstEver) firstEver = day;
          if (day < firstDay) continue;
          count += eventsOf[row] ?? 0;
          amount += grossMinor[row] ?? 0;
          if (activeMark[day - earliest] !== mark) {
            activeMark[day - earliest] = mark;
            activeDays += 1;
            if (day > lastDay) lastDay = day;
          }
          if (type === purchase && purchaseMark[day - earliest] !== mark) {
            purchaseMark[day - earliest] = mark;
            purchaseDays += 1;
            if (day < firstPurchase) firstPurchase = day;
            if (day > lastPurchase) lastPurchase = day;
          }
        }
        if (count === 0) continue;
        const ofType = counts[type];
        if (ofType) ofType[account] = (ofType[account] ?? 0) + count;
        placeEvents += count;
        if (type === purchase) {
          isBought = true;
          placeGross += amount;
        } else if (type === returned) returns += amount;
      }
      if (placeEvents === 0) continue;
      events += placeEvents;
      gross += placeGross;
      location.add(place, placeEvents, isBought, placeGross);
      channel.add(place, placeEvents, isBought, placeGross);
      brand.add(place, placeEvents, isBought, placeGross);
    }
    const tenure = asOfDay - firstEver;
    const none = isLifetime ? tenure : span;
    ofEvents[account] = events;
    ofActiveDays[account] = activeDays;
    ofPurchaseDays[account] = purchaseDays;
    orders[account] = seenSince(source.orders, account, firstDay);
    skus[account] = seenSince(source.articles, account, firstDay);
    recencyDays[account] = purchaseDays > 0 ? asOfDay - lastPurchase : none;
    activeRecencyDays[account] = events > 0 ? asOfDay - lastDay : none;
    tenureDays[account] = tenure;
    spendMinor[account] = gross - returns;
    ofGross[account] = gross;
    returnsMinor[account] = returns;
    meanGapDays[account] = purchaseDays > 1 ? (lastPurchase - firstPurchase) / (purchaseDays - 1) : none;
    locations[account] = location.bought;
    channels[account] = channel.bought;
    brands[account] = brand.bought;
    favourites.location[account] = location.finish();
    favourites.channel[account] = channel.finish();
    favourites.brand[account] = brand.finish();
  }
  return { counts, whole, money, meanGapDays, favourites };
}

/** First day of a window; of a lifetime one before any. @param length in days, or infinite */
export function firstDayOf(asOfDay: number, length: number): number {
  return length === Number.POSITIVE_INFINITY ? -1_073_741_824 : asOfDay - length + 1;
}

function seenSince({ starts, day, things }: WindowSource['orders'], account: number, firstDay: number): number {
  let seen = 0;
  const end = starts[account + 1] ?? 0;
  for (let row = starts[account] ?? 0; row < end; row++) if ((day[row] ?? 0) >= firstDay) seen += things[row] ?? 0;
  return seen;
}

/** Names of one axis that an account has been seen at, with what happened there. */
class Tally {
  readonly #codes: Int32Array;
  readonly #unsaid: number;
  readonly #seen: number[] = [];
  readonly #isSeen: Uint8Array;
  readonly #isBought: Uint8Array;
  readonly #events: Float64Array;
  readonly #gross: Float64Array;
  /** Distinct names with a purchase. */
  bought = 0;

  constructor(places: Places, axis: (typeof axes)[number]) {
    const names = places[`${axis}s`];
    this.#codes = places[axis];
    this.#unsaid = names.indexOf(unsaid);
    this.#isSeen = new Uint8Array(names.length);
    this.#isBought = new Uint8Array(names.length);
    this.#events = new Float64Array(names.length);
    this.#gross = new Float64Array(names.length);
  }

  add(place: number, count: number, isBought: boolean, amount: number): void {
    const code = this.#codes[place] ?? 0;
    if (code === this.#unsaid) return;
    if (this.#isSeen[code] === 0) {
      this.#isSeen[code] = 1;
      this.#isBought[code] = 0;
      this.#events[code] = 0;
      this.#gross[code] = 0;
      this.#seen.push(code);
    }
    this.#events[code] = (this.#events[code] ?? 0) + count;
    if (!isBought) return;
    this.#gross[code] = (this.#gross[code] ?? 0) + amount;
    if (this.#isBought[code] === 0) this.bought += 1;
    this.#isBought[code] = 1;
  }

  /**
   * Ends the account.
   * @returns position of the name with the most gross spend, then the most signals, then the first by compareText; −1 for none
   */
  finish(): number {
    let best = -1;
    for (const code of this.#seen) {
      this.#isSeen[code] = 0;
      const gross = (this.#gross[code] ?? 0) - (best < 0 ? -1 : (this.#gross[best] ?? 0));
      const events = (this.#events[code] ?? 0) - (best < 0 ? 0 : (this.#events[best] ?? 0));
      if (gross > 0 || (gross === 0 && (events > 0 || (events === 0 && code < best)))) best = code;
    }
    this.#seen.length = 0;
    this.bought = 0;
    return best;
  }
}
