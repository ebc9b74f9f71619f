/**
 * Takes publications in, one after the other: settles what cohort runs and axes say against the day before, writes the rows that
 * changed to one file, and makes a version of it with the one transaction that comes after the file is on disk.
 */
import {
  CohortiumError,
  type CallOptions,
  type Clock,
  compareText,
  type ContentStore,
  type MembershipPublication,
  type MembershipReceipt,
  type Ref,
  textColumn,
} from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { customerIdOf, identityOf } from '../../customer-data-graph/identities/identity.ts';
import type { RowPacks } from '../files/row-packs.ts';
import type { MembershipCatalog } from './membership-catalog.ts';
import { type CustomersOf, findIdentityChanges, type IdentityFindings } from './membership-identities.ts';
import { CustomerNumbers } from './membership-numbers.ts';
import { publishFamily, type SeriesLines } from './membership-publication.ts';
import { axisSources, type MembershipSource, runSources } from './membership-sources.ts';
import type { MembershipStates } from './membership-states.ts';
import { assertDurable, explainSqlite } from './open-database.ts';

/** What a publication needs besides the store. */
export interface PublisherOptions {
  readonly content: ContentStore;
  /** Tells when a version was recorded. */
  readonly clock: Clock;
  /** Tells merged customers from those who left; without it nobody is merged. */
  readonly customersOf?: CustomersOf;
}

export class Publisher {
  readonly #path: string;
  readonly #catalog: MembershipCatalog;
  readonly #packs: RowPacks;
  readonly #states: MembershipStates;
  readonly #options: PublisherOptions;
  /** Publications of one process go one after the other: each rests on the version before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, catalog: MembershipCatalog, packs: RowPacks, states: MembershipStates, options: PublisherOptions) {
    this.#path = path;
    this.#catalog = catalog;
    this.#packs = packs;
    this.#states = states;
    this.#options = options;
  }

  publish(publication: MembershipPublication, call: CallOptions): Promise<MembershipReceipt> {
    const next = this.#last.catch(() => undefined).then(() => this.#publish(publication, call));
    this.#last = next;
    return next;
  }

  async #publish(publication: MembershipPublication, { signal, idempotencyKey }: CallOptions): Promise<MembershipReceipt> {
    signal.throwIfAborted();
    const known = this.#catalog.publication(idempotencyKey);
    if (known) return known;
    const day = dayOfIsoDate(publication.asOf);
    if (day === undefined) {
      throw new CohortiumError('ARGUMENT_INVALID', `asOf: an ISO date such as 2026-01-31 was expected; found '${publication.asOf}'`);
    }
    const { sources, ids, former } = this.#read(publication);
    const newest = this.#catalog.newestVersion()?.version ?? 0;
    const version = newest + 1;
    const named = [...new Set([...ids.definition, ...ids.axis, ...former])];
    const isPartial = publication.isPartial === true;
    const { customersOf } = this.#options;
    const { snapshot, asOf } = publication;
    const numbers = new CustomerNumbers(this.#catalog, [named], !isPartial && Boolean(customersOf && snapshot));
    const numbersOf = { definition: numbers.of(ids.definition), axis: numbers.of(ids.axis) };
    const identities =
      customersOf && snapshot
        ? await findIdentityChanges(
            {
              numbers,
              named,
              isMember: publication.touched ? isNotIn(numbers.of(former)) : membersIn(isPartial ? sources : [], numbersOf),
              isPartial,
              catalog: this.#catalog,
              version,
            },
            (gone) => customersOf(gone, { snapshot, asOf }, { signal }),
          )
        : noFindings;
    const customers = isPartial ? numbers.of(named).sort() : Int32Array.from({ length: numbers.count }, (_, number) => number);
    const pack = this.#packs.begin();
    let isOpen = true;
    try {
      const lines: SeriesLines[] = [];
      let nextSeries = this.#catalog.seriesCount();
      const context = {
        catalog: this.#catalog,
        states: this.#states,
        pack,
        day,
        version,
        newest,
        customers,
        identityLines: identities.lines,
      };
      for (const family of families(sources)) {
        lines.push(
          ...publishFamily(
            family,
            () => nextSeries++,
            ({ kind }) => numbersOf[kind],
            context,
          ),
        );
        // A million customers take seconds: whoever waits for this process gets a turn in between.
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        signal.throwIfAborted();
      }
      const isChanged = lines.some(({ entry }) => entry !== null);
      isOpen = false;
      const written = isChanged ? pack.finish() : undefined;
      if (!isChanged) pack.discard();
      const receipt = explainSqlite(this.#path, () =>
        this.#catalog.database
          .transaction(() => this.#commit({ publication, idempotencyKey, day, version, lines, numbers, identities, sources, written }))
          .immediate(),
      );
      assertDurable(this.#catalog.database);
      return receipt;
    } finally {
      if (isOpen) pack.discard();
    }
  }

  #read({ runs, customers, memberships, accounts, asOf, touched }: MembershipPublication) {
    const { content } = this.#options;
    const idsOf = (ref: Ref | null): readonly string[] => (ref ? textColumn(content.getTable(ref), 'customerId') : []);
    if (Boolean(runs) !== Boolean(customers) || Boolean(memberships) !== Boolean(accounts)) {
      throw new CohortiumError('ARGUMENT_INVALID', 'runs come with customers and memberships with accounts; one of a pair is absent');
    }
    const axes = this.#catalog
      .allSeries()
      .filter(({ kind }) => kind === 'axis')
      .map(({ definition }) => definition);
    const sources = [
      ...(runs ? runSources(runs, asOf, content) : []),
      ...(memberships ? axisSources(content.getTable(memberships), axes) : []),
    ];
    if (sources.length === 0 && !runs && !memberships) {
      throw new CohortiumError('ARGUMENT_INVALID', 'a publication without runs and without memberships; at least one was expected');
    }
    const ids = { definition: idsOf(customers), axis: idsOf(accounts) };
    return { sources, ids, former: touched ? this.#formerAmong(idsOf(touched), [...ids.definition, ...ids.axis]) : [] };
  }

  /** Customers of before who are among some identities and not among the customers of today. */
  #formerAmong(identities: readonly string[], today: readonly string[]): readonly string[] {
    const known = new Set(today);
    return identities
      .map((identity) => customerIdOf(identityOf(identity)))
      .filter((id) => !known.has(id) && this.#catalog.customerBy(id)?.isGone === 0);
  }

  #commit(all: {
    readonly publication: MembershipPublication;
    readonly idempotencyKey: string;
    readonly day: number;
    readonly version: number;
    readonly lines: readonly SeriesLines[];
    readonly numbers: CustomerNumbers;
    readonly identities: IdentityFindings;
    readonly sources: readonly MembershipSource[];
    /** Undefined when nothing changed: then there is no version. */
    readonly written: { readonly name: string; readonly bytes: number } | undefined;
  }): MembershipReceipt {
    const { publication, idempotencyKey, day, version, lines, numbers, identities, sources, written } = all;
    const { database } = this.#catalog;
    const insert = (table: string, values: number): ((...row: readonly unknown[]) => unknown) => {
      const statement = database.prepare(
        `INSERT OR REPLACE INTO ${table} VALUES (${Array.from({ length: values }, () => '?').join(', ')})`,
      );
      return (...row) => statement.run(...row);
    };
    const sum = (count: 'joined' | 'left' | 'moved'): number => lines.reduce((total, line) => total + line[count], 0);
    const counts = { joined: sum('joined'), left: sum('left'), moved: sum('moved') };
    this.#commitBases(sources, publication);
    if (!written) {
      if (publication.isPartial !== true) this.#commitRuns(sources, publication);
      insert('publication', 5)(idempotencyKey, version - 1, 0, 0, 0);
      return { version: version - 1, joined: 0, left: 0, moved: 0 };
    }
    // A clock that was set back must not make a later version look older.
    const recordedAt = Math.max(this.#options.clock.now(), this.#catalog.newestVersion()?.recordedAt ?? 0);
    insert('version', 9)(version, publication.asOf, day, recordedAt, counts.joined, counts.left, counts.moved, written.name, written.bytes);
    this.#commitCustomers(numbers, identities);
    const [addSeries, addEntry, addCohort, addName, addReason] = [
      insert('series', 9),
      insert('entry', 9),
      insert('cohort', 3),
      insert('cohort_name', 4),
      insert('reason', 3),
    ];
    for (const { series: of, entry, cohorts, names, reasons } of lines) {
      const { series, definition, window, kind, title, method, confidenceKind, family, precedence } = of;
      addSeries(series, definition, window, kind, title, method, confidenceKind, family, precedence);
      for (const { number, text } of cohorts) addCohort(series, number, text);
      for (const { number, name } of names) addName(series, number, version, name);
      for (const { number, text } of reasons) addReason(series, number, text);
      if (!entry) continue;
      addEntry(series, version, entry.day, entry.base, entry.offset, entry.rows, entry.firstCustomer, entry.lastCustomer, entry.digest);
    }
    if (publication.isPartial !== true) this.#commitRuns(sources, publication);
    insert('publication', 5)(idempotencyKey, version, counts.joined, counts.left, counts.moved);
    return { version, ...counts };
  }

  #commitCustomers({ added, count }: CustomerNumbers, { lines, gone, back }: IdentityFindings): void {
    const { database } = this.#catalog;
    const add = database.prepare('INSERT INTO customer VALUES (?, ?, 0)');
    for (const [index, id] of added.entries()) add.run(count - added.length + index, id);
    const mark = database.prepare('UPDATE customer SET is_gone = ? WHERE number = ?');
    for (const number of gone) mark.run(1, number);
    for (const number of back) mark.run(0, number);
    const line = database.prepare('INSERT OR REPLACE INTO identity_change VALUES (?, ?, ?, ?)');
    for (const { version, customer, other, kind } of lines) line.run(version, customer, other, kind);
  }

  /** Who is touched later is told from here on. */
  #commitBases(sources: readonly MembershipSource[], { snapshot, asOf }: MembershipPublication): void {
    if (!snapshot) return;
    const { database } = this.#catalog;
    const next = database.prepare<[], number>('SELECT coalesce(max(place), -1) + 1 FROM basis').pluck().get() ?? 0;
    const put = database.prepare(
      `INSERT INTO basis VALUES (?, ?, ?, ?, ?) ON CONFLICT (definition, window) DO UPDATE
       SET place = excluded.place, as_of = excluded.as_of, snapshot = excluded.snapshot WHERE excluded.as_of >= basis.as_of`,
    );
    for (const { definition, window, run } of sources) if (run) put.run(definition, window, next, asOf, JSON.stringify(snapshot));
  }

  /** The runs that the next ones take their cohort keys from; a correction of an older day does not go before a newer one. */
  #commitRuns(sources: readonly MembershipSource[], { customers, asOf }: MembershipPublication): void {
    const put = this.#catalog.database.prepare(
      `INSERT INTO newest_run VALUES (?, ?, ?, ?, ?) ON CONFLICT (definition, window) DO UPDATE
       SET as_of = excluded.as_of, run = excluded.run, customers = excluded.customers WHERE excluded.as_of >= newest_run.as_of`,
    );
    for (const { definition, window, run } of sources) {
      if (run) put.run(definition, window, asOf, JSON.stringify(run), JSON.stringify(customers));
    }
  }
}

function isNotIn(numbers: Int32Array): (customer: number) => boolean {
  const suspects = new Set(numbers);
  return (customer) => !suspects.has(customer);
}

const noFindings: IdentityFindings = { lines: [], gone: [], back: [] };

/** Who is in any cohort of some sources. */
function membersIn(
  sources: readonly MembershipSource[],
  numbersOf: Readonly<Record<MembershipSource['kind'], Int32Array>>,
): (customer: number) => boolean {
  const members = new Set(sources.flatMap(({ kind, columns }) => Array.from(columns().account, (row) => numbersOf[kind][row])));
  return (customer) => members.has(customer);
}

/** Sources that must be settled together; in an order that does not depend on how they were given. */
function families(sources: readonly MembershipSource[]): readonly (readonly MembershipSource[])[] {
  const ordered = sources.toSorted((a, b) => compareText(a.definition, b.definition) || compareText(a.window, b.window));
  const groups = Map.groupBy(ordered, ({ family, definition, window }) =>
    JSON.stringify([family, family === null ? definition : '', window]),
  );
  return [...groups.values()];
}
