/**
 * Reads states of memberships back: whole, or of some customers without reading the rest. A state is a full list of rows and
 * the changes since; the newest change that names a customer counts.
 */
import {
  foldRows,
  MembershipRows,
  none,
  noRows,
  rowBytes,
  rowsOfCustomers,
  rowsWhere,
  RowWriter,
} from '../../../skills/cohort/core/memberships/index.ts';
import { CohortiumError, sha256 } from '../../../skills/sdk/index.ts';
import type { RowPacks } from '../files/row-packs.ts';
import type { Entry, MembershipCatalog } from './membership-catalog.ts';

/** States kept in memory, in bytes of rows: one of two million customers, or several small ones. */
const keptBytes = 128 * 1024 * 1024;

/** Above this many customers a state is read whole. */
const manyCustomers = 20_000;

/** Lists up to this long are read whole; above, customers are looked for in them. */
const fewRows = 20_000;

/** Rows read at a time when looking for a customer; about one page of a disk. */
const probeRows = 64;

/** A list is read whole when looking for its customers would read as much. */
const rowsPerProbe = 2 * probeRows;

export class MembershipStates {
  readonly #catalog: MembershipCatalog;
  readonly #packs: RowPacks;
  readonly #kept = new Map<string, MembershipRows>();
  #keptBytes = 0;
  readonly #verified = new Set<string>();
  #scratch = new Uint8Array(0);
  readonly #found = new WeakMap<Int32Array, Map<string, MembershipRows>>();

  constructor(catalog: MembershipCatalog, packs: RowPacks) {
    this.#catalog = catalog;
    this.#packs = packs;
  }

  /**
   * All rows that an entry itself has.
   * @throws {CohortiumError} STORE_CORRUPT when they are not those that were written
   */
  rows(entry: Entry): MembershipRows {
    return entry.rows === 0 ? noRows : this.#read(entry, new Uint8Array(entry.rows * rowBytes));
  }

  #read(entry: Entry, bytes: Uint8Array): MembershipRows {
    this.#packs.read(entry.pack, entry.offset, bytes);
    const key = `${entry.series}/${entry.version}`;
    // Files are never changed: what was right once in this process need not be digested again.
    if (this.#verified.has(key)) return new MembershipRows(bytes);
    if (sha256(bytes) !== entry.digest) {
      throw new CohortiumError(
        'STORE_CORRUPT',
        `memberships of version ${entry.version} in ${entry.pack}.rows were changed; restore the file from a backup`,
      );
    }
    this.#verified.add(key);
    return new MembershipRows(bytes);
  }

  /** Rows to look into at once and let go: the next call overwrites them. */
  #readBriefly(entry: Entry): MembershipRows {
    const length = entry.rows * rowBytes;
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length * 2);
    return this.#read(entry, this.#scratch.subarray(0, length));
  }

  /** Everybody in a cohort, suppressed and lapsed ones too. */
  state(entry: Entry | undefined): MembershipRows {
    if (!entry) return noRows;
    const key = `${entry.series}/${entry.version}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const chain = this.#chain(entry);
    const full = this.rows(chain.at(-1) ?? entry);
    let state = rowsAreLiving(full) ? full : rowsWhere(full, (row) => full.cohort(row) !== none);
    const changes = chain
      .slice(0, -1)
      .reverse()
      .reduce((older, newer) => foldRows(older, this.rows(newer), true), noRows);
    if (changes.length > 0) state = foldRows(state, changes, false);
    this.#keep(key, state);
    return state;
  }

  /** Rows of some customers, ascending; those who are in no cohort are left out. */
  rowsOf(entry: Entry | undefined, customers: Int32Array): MembershipRows {
    if (!entry || customers.length === 0) return noRows;
    const kept = this.#kept.get(`${entry.series}/${entry.version}`);
    if (kept) return rowsOfCustomers(kept, customers);
    if (customers.length > manyCustomers) return rowsOfCustomers(this.state(entry), customers);
    let found = noRows;
    for (const step of this.#chain(entry).toReversed()) {
      const here = this.#foundOnce(step, customers);
      found = found.length === 0 ? here : foldRows(found, here, true);
    }
    return rowsAreLiving(found) ? found : rowsWhere(found, (row) => found.cohort(row) !== none);
  }

  /** The entry, what it rests on, and so on down to the full list. */
  #chain(entry: Entry): readonly Entry[] {
    const chain = [entry];
    for (let at = entry; at.base !== null;) {
      const base = this.#catalog.entryOf(at.series, at.base);
      if (!base)
        throw new CohortiumError('STORE_CORRUPT', `version ${at.version} rests on version ${at.base}, which the catalog does not have`);
      chain.push(base);
      at = base;
    }
    return chain;
  }

  /** The day before and the day itself rest on the same lists: each is searched once for the customers of a publication. */
  #foundOnce(step: Entry, customers: Int32Array): MembershipRows {
    const known = this.#found.get(customers) ?? new Map<string, MembershipRows>();
    this.#found.set(customers, known);
    const key = `${step.series}/${step.version}`;
    const isFew = step.rows <= Math.max(fewRows, customers.length * rowsPerProbe);
    const rows = known.get(key) ?? (isFew ? rowsOfCustomers(this.#readBriefly(step), customers) : this.#probe(step, customers));
    known.set(key, rows);
    return rows;
  }

  /** Customers are numbered without gaps, so where one stands is nearly known before looking. */
  #probe(entry: Entry, customers: Int32Array): MembershipRows {
    const found = new RowWriter();
    const block = new MembershipRows(new Uint8Array(Math.min(probeRows, entry.rows) * rowBytes));
    let blockStart = -1;
    const load = (row: number): void => {
      blockStart = Math.max(0, Math.min(row, entry.rows - block.length));
      this.#packs.read(entry.pack, entry.offset + blockStart * rowBytes, block.bytes);
    };
    for (const customer of customers) {
      if (customer < entry.firstCustomer || customer > entry.lastCustomer) continue;
      let [low, high] = [0, entry.rows - 1];
      let [least, most] = [entry.firstCustomer, entry.lastCustomer];
      if (blockStart < 0) load(0);
      for (let step = 0; low <= high; step++) {
        if (customer >= block.customer(0) && customer <= block.customer(block.length - 1)) {
          const row = block.find(customer);
          if (row !== none) found.copy(block, row);
          break;
        }
        if (step > 0) {
          if (customer < block.customer(0)) [high, most] = [blockStart - 1, block.customer(0)];
          else [low, least] = [blockStart + block.length, block.customer(block.length - 1)];
        }
        if (low > high) break;
        // Every other step halves, so that a list with gaps in odd places costs no more than a search by halves.
        const share = step % 2 === 0 && most > least ? (customer - least) / (most - least) : 0.5;
        load(Math.floor(low + share * (high - low)) - probeRows / 2);
      }
    }
    return found.finish();
  }

  #keep(key: string, state: MembershipRows): void {
    if (state.bytes.length > keptBytes) return;
    this.#kept.set(key, state);
    this.#keptBytes += state.bytes.length;
    for (const [oldest, dropped] of this.#kept) {
      if (this.#keptBytes <= keptBytes) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= dropped.bytes.length;
    }
  }
}

function rowsAreLiving(rows: MembershipRows): boolean {
  for (let row = 0; row < rows.length; row++) if (rows.cohort(row) === none) return false;
  return true;
}
