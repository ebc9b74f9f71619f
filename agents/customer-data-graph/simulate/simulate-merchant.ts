/**
 * A merchant whose truth is known: seeded signals of two years, and what the same customers then go on to spend. The future
 * is drawn by the same process and never written among the signals, only summed. Same options, same bytes.
 */
import { CohortiumError, compareText, sha256 } from '../../../skills/sdk/index.ts';
import { dayNumber, dayOfIsoDate, isoDate, makeRng, type Rng } from '../../../skills/sdk/numeric/index.ts';
import { isoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { behaviourOf, characterOf } from './behaviour-signals.ts';
import { firstShares, merchantBrands, merchantChannels, merchantLocations, merchantTruth } from './merchant-parameters.ts';
import type { RawSignal } from './raw-signal.ts';
import { seasonalClock } from './season.ts';
import { type Choices, type Occasion, simulateCustomer } from './simulate-customer.ts';
import { standingOf } from './standing-signals.ts';
import { addFaults } from './supplied-faults.ts';
import { inTheme } from './themes.ts';

export interface MerchantOptions {
  readonly seed: string;
  readonly customers?: number;
  readonly months?: number;
  /** At most 12. */
  readonly locations?: number;
  /** At most 4. */
  readonly channels?: number;
  /** At most 3. */
  readonly brands?: number;
  /** First day, ISO date, the first of a month. */
  readonly startDate?: string;
  /** Days after asOf that the truth looks ahead. */
  readonly horizonDays?: number;
  /** ISO 4217. */
  readonly currency?: string;
}

/** Net spend by name; in minor units. */
type SpendBy = Readonly<Record<string, number>>;

export interface MerchantTruth {
  /** Last day of the signals, ISO date. */
  readonly asOf: string;
  readonly parameters: typeof merchantTruth;
  readonly customers: number;
  /** Signals that say something new and are well formed. */
  readonly validSignals: number;
  /** Signals that repeat another one. */
  readonly duplicates: number;
  /** Signals that capture must refuse. */
  readonly invalid: number;
  /** What the customers spend in the horizonDays after asOf, net of what they return within them. */
  readonly future: {
    readonly horizonDays: number;
    readonly totalSpendMinor: number;
    readonly byLocation: SpendBy;
    readonly byChannel: SpendBy;
    readonly byBrand: SpendBy;
    /** By `location|channel`. */
    readonly byLocationChannel: SpendBy;
    /** Customer-days with a purchase. */
    readonly baskets: number;
  };
}

export interface SimulatedMerchant {
  /** In order of time; with the faults that a real export has. */
  readonly signals: readonly RawSignal[];
  /** What happens after asOf; for tests of the truth. Never to be ingested by a model under test. */
  readonly futureSignals: readonly RawSignal[];
  readonly truth: MerchantTruth;
}

/**
 * Simulates a merchant.
 * @throws {CohortiumError} ARGUMENT_INVALID when an option is out of its range
 */
export function simulateMerchant(options: MerchantOptions): SimulatedMerchant {
  const plan = makePlan(options);
  const root = makeRng(options.seed);
  const past: RawSignal[] = [];
  const future: RawSignal[] = [];
  const ledger = new FutureLedger(plan.endDay, plan.horizonDays);
  for (let number = 1; number <= plan.customers; number++) {
    const customer = customerSignals(root, number, plan);
    ledger.add(customer.occasions);
    for (const { day, signal } of customer.signals) {
      if (day < plan.endDay) past.push(signal);
      else if (day < plan.lastDay) future.push(signal);
    }
  }
  const ordered = past.sort(byTime);
  const { signals, duplicates, invalid } = addFaults(root.split('faults'), ordered);
  return {
    signals,
    futureSignals: future.sort(byTime),
    truth: {
      asOf: isoDate(plan.firstDay + plan.endDay - 1),
      parameters: merchantTruth,
      customers: plan.customers,
      validSignals: ordered.length,
      duplicates,
      invalid,
      future: ledger.sums(),
    },
  };
}

const msPerDay = 86_400_000;

interface Plan {
  readonly customers: number;
  readonly firstDay: number;
  /** Days of history; the first day after asOf, counted from the start. */
  readonly endDay: number;
  /** endDay + horizonDays. */
  readonly lastDay: number;
  readonly horizonDays: number;
  readonly acquisitionDays: number;
  readonly currency: string;
  readonly clock: ReturnType<typeof seasonalClock>;
  readonly choices: { readonly EU: Choices; readonly US: Choices };
  readonly europeanShare: number;
}

function makePlan(options: MerchantOptions): Plan {
  const customers = inRange('customers', options.customers ?? 5000, 1, 10_000_000);
  const months = inRange('months', options.months ?? 24, 3, 120);
  const locationCount = inRange('locations', options.locations ?? 12, 1, merchantLocations.length);
  const channels = firstShares(
    merchantChannels,
    inRange('channels', options.channels ?? 4, 1, merchantChannels.length),
    ([, share]) => share,
  );
  const brands = firstShares(merchantBrands, inRange('brands', options.brands ?? 3, 1, merchantBrands.length), ([, share]) => share);
  const horizonDays = inRange('horizonDays', options.horizonDays ?? 365, 1, 3650);
  const startDate = options.startDate ?? '2024-01-01';
  const firstDay = dayOfIsoDate(startDate);
  if (firstDay === undefined) throw new CohortiumError('ARGUMENT_INVALID', `startDate: an ISO date was expected; found '${startDate}'`);
  const monthIndex = Number(startDate.slice(0, 4)) * 12 + Number(startDate.slice(5, 7)) - 1 + months;
  const dayAfter = dayNumber(Math.floor(monthIndex / 12), (monthIndex % 12) + 1, 1);
  if (dayAfter === undefined) throw new CohortiumError('ARGUMENT_INVALID', `months: ${months} months after ${startDate} is out of range`);
  const endDay = dayAfter - firstDay;
  const inUse = merchantLocations.slice(0, locationCount);
  const choicesOf = (region: 'EU' | 'US'): Choices => {
    const here = inUse.filter((place) => place.region === region);
    return {
      locations: firstShares(here, here.length, ({ share }) => share).map(([{ name }, share]) => [name, share]),
      channels: channels.map(([[name], share]) => [name, share]),
      brands: brands.map(([[name], share]) => [name, share]),
    };
  };
  return {
    customers,
    firstDay,
    endDay,
    lastDay: endDay + horizonDays,
    horizonDays,
    // New customers arrive in the first three quarters of the time, so that all have some history.
    acquisitionDays: Math.floor(endDay * 0.75),
    currency: options.currency ?? 'EUR',
    clock: seasonalClock(firstDay, endDay + horizonDays + 1, merchantTruth.seasonByMonth),
    choices: { EU: choicesOf('EU'), US: choicesOf('US') },
    europeanShare: locationCount === 1 ? 1 : merchantTruth.european,
  };
}

function userIdOf(number: number, { customers }: Pick<Plan, 'customers'>): string {
  return `c${String(number).padStart(String(customers).length, '0')}`;
}

interface DatedSignal {
  readonly day: number;
  readonly signal: RawSignal;
}

function customerSignals(
  root: Rng,
  number: number,
  plan: Plan,
): { readonly occasions: readonly Occasion[]; readonly signals: readonly DatedSignal[] } {
  const userId = userIdOf(number, plan);
  const rng = root.split(userId);
  const acquired = rng.uniform() * plan.acquisitionDays;
  const region = rng.uniform() < plan.europeanShare ? 'EU' : 'US';
  const drawn = simulateCustomer(rng.split('purchases'), plan.choices[region], plan.clock, acquired, plan.lastDay);
  const behaviour = rng.split('behaviour');
  const character = characterOf(behaviour.split('character'), number);
  const { home } = drawn;
  const occasions = inTheme(behaviour.split('articles'), character.theme, drawn.occasions);
  const residency = merchantLocations.find(({ name }) => name === home)?.residency ?? region;
  const standing = standingOf(rng.split('standing'), region, residency, occasions);
  const identity = rng.split('identity');
  const loyaltyId = `L${userId.slice(1)}`;
  const emailHash = sha256(`${userId}@customers.example`);
  const signals: DatedSignal[] = [];
  let serial = 0;
  const emit = (
    time: number,
    type: string,
    customer: RawSignal['customer'],
    rest: Omit<RawSignal, 'id' | 'type' | 'at' | 'customer'>,
  ): void => {
    serial += 1;
    const atMs = plan.firstDay * msPerDay + Math.floor(time * 86_400) * 1000;
    signals.push({ day: Math.floor(time), signal: { id: `${userId}-${serial}`, type, customer, at: isoInstant(atMs), ...rest } });
  };

  if (standing.hasEmail && identity.uniform() < 0.1) {
    const properties = { left: { kind: 'user', value: userId }, right: { kind: 'email', value: emailHash }, reason: 'newsletter' };
    emit(acquired, 'identity-link', { userId }, { properties });
  }
  for (const [index, { time, location, channel, lines }] of occasions.entries()) {
    // The first purchase carries every identity, so that later ones at a till with only the card are the same customer.
    const isCardOnly = index > 0 && standing.isLoyaltyMember && channel === 'store' && identity.uniform() < 0.3;
    const customer = isCardOnly
      ? { loyaltyId }
      : {
          userId,
          ...(standing.isLoyaltyMember && index === 0 ? { loyaltyId } : {}),
          ...(standing.hasEmail && channel === 'web' ? { emailHash } : {}),
        };
    const orderId = `${userId}-o${index + 1}`;
    for (const { brand, amountMinor, sku, returnedOn } of lines) {
      const vertical = merchantBrands.find(([name]) => name === brand)?.[2] ?? 'apparel';
      const place = { location, channel, brand };
      emit(time, 'purchase', customer, { ...place, properties: { orderId, amountMinor, currency: plan.currency, sku, vertical } });
      if (returnedOn === undefined) continue;
      const properties = { orderId, amountMinor, currency: plan.currency, sku, vertical };
      emit(returnedOn + 0.5, 'return', customer, { ...place, properties });
    }
  }
  const friend = (other: number): { readonly joined: number; readonly userId: string } => {
    const otherId = userIdOf(other, plan);
    return { joined: root.split(otherId).uniform() * plan.acquisitionDays, userId: otherId };
  };
  const life = { number, occasions, hasEmail: standing.hasEmail, end: plan.lastDay, friend };
  for (const { type, time, properties, channel } of [...standing.signals, ...behaviourOf(behaviour, character, life)]) {
    emit(time, type, { userId }, { ...(channel === undefined ? {} : { channel }), properties });
  }
  return { occasions, signals };
}

/** Sums what happens after asOf. */
class FutureLedger {
  readonly #from: number;
  readonly #horizonDays: number;
  readonly #sums = {
    location: new Map<string, number>(),
    channel: new Map<string, number>(),
    brand: new Map<string, number>(),
    both: new Map<string, number>(),
  };
  #total = 0;
  #baskets = 0;

  constructor(from: number, horizonDays: number) {
    this.#from = from;
    this.#horizonDays = horizonDays;
  }

  add(occasions: readonly Occasion[]): void {
    const end = this.#from + this.#horizonDays;
    const inside = occasions.filter(({ time }) => time >= this.#from && time < end);
    this.#baskets += new Set(inside.map(({ time }) => Math.floor(time))).size;
    for (const { location, channel, lines } of inside) {
      for (const { brand, amountMinor, returnedOn } of lines) {
        if (returnedOn !== undefined && returnedOn < end) continue;
        this.#total += amountMinor;
        addTo(this.#sums.location, location, amountMinor);
        addTo(this.#sums.channel, channel, amountMinor);
        addTo(this.#sums.brand, brand, amountMinor);
        addTo(this.#sums.both, `${location}|${channel}`, amountMinor);
      }
    }
  }

  sums(): MerchantTruth['future'] {
    return {
      horizonDays: this.#horizonDays,
      totalSpendMinor: this.#total,
      byLocation: sorted(this.#sums.location),
      byChannel: sorted(this.#sums.channel),
      byBrand: sorted(this.#sums.brand),
      byLocationChannel: sorted(this.#sums.both),
      baskets: this.#baskets,
    };
  }
}

function addTo(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function sorted(sums: ReadonlyMap<string, number>): SpendBy {
  return Object.fromEntries([...sums].sort(([a], [b]) => compareText(a, b)));
}

function byTime(a: RawSignal, b: RawSignal): number {
  return compareText(a.at, b.at) || compareText(a.id, b.id);
}

function inRange(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new CohortiumError('ARGUMENT_INVALID', `${name}: a whole number from ${low} to ${high} was expected; found ${value}`);
}
