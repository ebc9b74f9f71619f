/**
 * Lasting numbers of customers, cohorts and reasons within one publication: those that the catalog has, and new ones after them,
 * in the order of their texts, so that the order of rows changes nothing. Written by the transaction that makes the version.
 */
import { compareText } from '../../../skills/sdk/index.ts';
import type { LastingText, MembershipCatalog } from './membership-catalog.ts';

/** Above this many ids all numbers are read at once. */
const fewIds = 20_000;

interface KnownCustomer {
  readonly number: number;
  readonly isGone: boolean;
}

export class CustomerNumbers {
  readonly #catalog: MembershipCatalog;
  readonly #known = new Map<string, KnownCustomer>();
  readonly #first: number;
  /** New ids; the first has the number after the last known one. */
  readonly added: string[] = [];
  /** How many numbers there are, the new ones too. */
  readonly count: number;

  /**
   * @param lists ids of all customers that the publication names
   * @param readsAll whether customers that are not named matter too
   */
  constructor(catalog: MembershipCatalog, lists: readonly (readonly string[])[], readsAll: boolean) {
    this.#catalog = catalog;
    this.#first = catalog.customerCount();
    const few = !readsAll && lists.reduce((sum, ids) => sum + ids.length, 0) <= fewIds;
    if (!few) for (const { id, number, isGone } of catalog.customers()) this.#known.set(id, { number, isGone: isGone === 1 });
    const unknown = new Set<string>();
    for (const ids of lists) for (const id of ids) if (!this.#find(id, few)) unknown.add(id);
    for (const id of [...unknown].sort(compareText)) {
      this.#known.set(id, { number: this.#first + this.added.length, isGone: false });
      this.added.push(id);
    }
    this.count = this.#first + this.added.length;
  }

  /** Numbers of ids that were in the lists. */
  of(ids: readonly string[]): Int32Array {
    return Int32Array.from(ids, (id) => this.#known.get(id)?.number ?? -1);
  }

  numberOf(id: string): number | undefined {
    return this.#known.get(id)?.number ?? this.#catalog.customerBy(id)?.number;
  }

  /** Whether a customer was no customer any more at the publication before. */
  wasGone(id: string): boolean {
    return this.#known.get(id)?.isGone ?? false;
  }

  /** Customers that the publication does not name, of those that were read: all of them when it names many. */
  unnamed(isNamed: (number: number) => boolean): readonly string[] {
    return [...this.#known].filter(([, { number, isGone }]) => !isGone && !isNamed(number)).map(([id]) => id);
  }

  #find(id: string, few: boolean): boolean {
    if (this.#known.has(id)) return true;
    const found = few ? this.#catalog.customerBy(id) : undefined;
    if (found) this.#known.set(id, { number: found.number, isGone: found.isGone === 1 });
    return found !== undefined;
  }
}

/** Numbers within one definition and window: of cohort keys, or of reason names. */
export class LastingNumbers {
  readonly #numbers: Map<string, number>;
  readonly added: LastingText[] = [];

  constructor(known: readonly LastingText[]) {
    this.#numbers = new Map(known.map(({ number, text }) => [text, number]));
  }

  /** New texts get the numbers after the last one, in their own order. */
  of(texts: readonly string[]): Int32Array {
    for (const text of [...new Set(texts)].sort(compareText)) {
      if (this.#numbers.has(text)) continue;
      this.added.push({ number: this.#numbers.size, text });
      this.#numbers.set(text, this.#numbers.size);
    }
    return Int32Array.from(texts, (text) => this.#numbers.get(text) ?? -1);
  }
}
