/**
 * A merchant whose truth is known: seeded signals of two years, and what the same customers then go on to spend. The future
 * is drawn by the same process and never written among the signals, only summed. Same options, same bytes.
 */
import { compareText } from '../../../skills/sdk/index.ts';
import { isoDate, makeRng } from '../../../skills/sdk/numeric/index.ts';
import { customerSignals } from './customer-signals.ts';
import { merchantTruth } from './merchant-parameters.ts';
import { type MerchantOptions, planMerchant } from './merchant-plan.ts';
import type { RawSignal } from './raw-signal.ts';
import type { Occasion } from './simulate-customer.ts';
import { addFaults } from './supplied-faults.ts';

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
  const plan = planMerchant(options);
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
