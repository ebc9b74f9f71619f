/**
 * Counts arrivals while they are taken, cheaply: one call for each, sums at the end. What it holds is written in the transaction of
 * the arrivals, or thrown away with it.
 */
import type { Surprise } from '../../../skills/signal-capture/plan/surprise.ts';
import type { Signal } from '../../../skills/signal-capture/validate-signal.ts';
import { type HealthCounts, lagBin } from './health-counters.ts';
import { readValueKinds, type ValueKind } from './value-kinds.ts';

/** What is counted of a signal. */
export type TalliedSignal = Pick<Signal, 'type' | 'tsMs' | 'properties' | 'orderId' | 'sku' | 'amountMinor'>;

/** Counts arrivals of one moment, in the order in which they come. */
export class HealthTally {
  readonly #groups = new Map<string, MutableCounts>();
  readonly #properties = new Map<string, PropertyTally>();
  readonly #surprises = new Map<string, { readonly surprise: Surprise; times: number }>();
  #last: MutableCounts | undefined;
  #lastProperties: PropertyTally | undefined;

  /** A new signal. @param lagMs arrival minus event */
  signal(source: string, signal: TalliedSignal, lagMs: number): void {
    const { type, tsMs } = signal;
    const group = this.#group(source, type);
    group.signals++;
    const bin = lagBin(lagMs);
    while (group.lags.length <= bin) group.lags.push(0);
    group.lags[bin] = (group.lags[bin] ?? 0) + 1;
    const newest = lagMs < 0 ? tsMs + lagMs : tsMs;
    if (group.newestMs === null || newest > group.newestMs) group.newestMs = newest;
    let seen = this.#lastProperties;
    if (seen?.type !== type) {
      seen = this.#properties.get(type);
      if (!seen) this.#properties.set(type, (seen = new PropertyTally(type)));
      this.#lastProperties = seen;
    }
    seen.note(signal);
  }

  repeat(source: string, type: string): void {
    this.#group(source, type).repeats++;
  }

  /** @param type '' when it cannot be told */
  refusal(source: string, type: string, code: string): void {
    const group = this.#group(source, type);
    group.refused++;
    group.codes[code] = (group.codes[code] ?? 0) + 1;
  }

  /** Something that the tracking plan did not expect. */
  surprise(surprise: Surprise): void {
    const { type, kind, name, action } = surprise;
    const key = JSON.stringify([type, kind, name, action]);
    const counted = this.#surprises.get(key);
    if (counted) counted.times++;
    else this.#surprises.set(key, { surprise, times: 1 });
  }

  surprises(): Iterable<{ readonly surprise: Surprise; readonly times: number }> {
    return this.#surprises.values();
  }

  /** In the order in which they first came. */
  groups(): Iterable<{ readonly source: string; readonly type: string } & HealthCounts> {
    return this.#groups.values();
  }

  properties(): Iterable<{ readonly type: string; readonly name: string; readonly kind: ValueKind; readonly signals: number }> {
    return [...this.#properties.values()].flatMap((seen) => seen.entries());
  }

  #group(source: string, type: string): MutableCounts {
    if (this.#last?.source === source && this.#last.type === type) return this.#last;
    const key = JSON.stringify([source, type]);
    let group = this.#groups.get(key);
    if (!group) {
      group = { source, type, signals: 0, repeats: 0, refused: 0, newestMs: null, lags: [], codes: {} };
      this.#groups.set(key, group);
    }
    this.#last = group;
    return group;
  }
}

interface MutableCounts {
  readonly source: string;
  readonly type: string;
  signals: number;
  repeats: number;
  refused: number;
  newestMs: number | null;
  readonly lags: number[];
  readonly codes: Record<string, number>;
}

class PropertyTally {
  readonly type: string;
  /** The text that was read last, and how often in a row: neighbours often say the same. */
  #lastText = '';
  #lastTimes = 0;
  readonly #byName = new Map<string, Map<ValueKind, number>>();
  #orderIds = 0;
  #skus = 0;
  #amounts = 0;

  constructor(type: string) {
    this.type = type;
  }

  note({ properties, orderId, sku, amountMinor }: TalliedSignal): void {
    // These the log keeps in columns of their own. An amount of zero cannot be told from none.
    if (orderId !== '') this.#orderIds++;
    if (sku !== '') this.#skus++;
    if (amountMinor > 0) this.#amounts++;
    if (properties === this.#lastText) {
      this.#lastTimes++;
      return;
    }
    this.#flush();
    this.#lastText = properties;
    this.#lastTimes = 1;
  }

  entries(): { readonly type: string; readonly name: string; readonly kind: ValueKind; readonly signals: number }[] {
    this.#flush();
    this.#add('orderId', 'text', this.#orderIds);
    this.#add('sku', 'text', this.#skus);
    this.#add('amountMinor', 'number', this.#amounts);
    this.#orderIds = this.#skus = this.#amounts = 0;
    return [...this.#byName].flatMap(([name, kinds]) => [...kinds].map(([kind, signals]) => ({ type: this.type, name, kind, signals })));
  }

  #flush(): void {
    if (this.#lastTimes > 0) readValueKinds(this.#lastText, (name, kind) => this.#add(name, kind, this.#lastTimes));
    this.#lastTimes = 0;
    this.#lastText = '';
  }

  #add(name: string, kind: ValueKind, times: number): void {
    if (times === 0) return;
    let kinds = this.#byName.get(name);
    if (!kinds) this.#byName.set(name, (kinds = new Map()));
    kinds.set(kind, (kinds.get(kind) ?? 0) + times);
  }
}
