/**
 * Opt-outs that follow values, in outbox.db: who may have received a value of which customer, and the message that tells each of them.
 * A recipient is written down before the first attempt, so that a crash in the middle of one forgets nobody. The same refusal is told
 * to the same sink once, however often it is looked at.
 */
import { canonicalJson, digestOf } from '../../../skills/sdk/index.ts';
import type { Database } from './open-database.ts';
import type { MessageStore } from './outbox-store.ts';

export const optOutSchema = `
  CREATE TABLE IF NOT EXISTS recipient (
    customer TEXT NOT NULL, subscriber TEXT NOT NULL, sink TEXT NOT NULL, PRIMARY KEY (customer, subscriber, sink)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS opt_out (
    message TEXT PRIMARY KEY, event TEXT NOT NULL, consent TEXT NOT NULL, customer TEXT NOT NULL, subscriber TEXT NOT NULL,
    sink TEXT NOT NULL, purposes TEXT NOT NULL, effective_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS propagated (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation TEXT NOT NULL, place INTEGER NOT NULL, ordinal INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS looked (event TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`;

/** How far refusals were looked at. */
export interface OptOutPlace {
  /** Of the consent store whose rows `place` counts. */
  readonly generation: string;
  readonly place: number;
  /** Newest sealed segment whose refusals were all looked at; holds for a store that was made again, too. */
  readonly ordinal: number;
}

/** One refusal that has to be told, under every id that the customer has. */
export interface RefusalNews {
  /** Id of the consent-event. */
  readonly event: string;
  /** Row of the consent store. */
  readonly consent: string;
  readonly customers: readonly string[];
  /** What may no longer be done. */
  readonly purposes: readonly string[];
  readonly effectiveMs: number;
}

export interface PropagatedOptOut {
  readonly messageId: string;
  readonly event: string;
  readonly consent: string;
  readonly customerId: string;
  readonly subscriber: string;
  readonly sink: string;
  readonly purposes: readonly string[];
  /** ISO 8601. */
  readonly effectiveAt: string;
  readonly state: 'pending' | 'acknowledged' | 'dead' | 'withheld';
  readonly attempts: number;
  readonly reason: string;
}

export const optOutType = 'com.cohortium.opt-out.v1';

interface Recipient {
  readonly customer: string;
  readonly subscriber: string;
  readonly sink: string;
}

export class OptOutMessages {
  readonly #database: Database;
  readonly #messages: MessageStore;

  constructor(database: Database, messages: MessageStore) {
    this.#database = database;
    this.#messages = messages;
  }

  /** Writes down who is about to receive what is in a message. */
  readonly begin = (subscriber: string, body: string): void => {
    const { sink, customers } = valuesIn(body);
    if (customers.length === 0) return;
    const add = this.#database.prepare('INSERT INTO recipient VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#database.transaction(() => customers.forEach((customer) => add.run(customer, subscriber, sink))).immediate();
  };

  /** True while nobody has received anything. */
  readonly isNobodyTold = (): boolean => this.#database.prepare('SELECT 1 FROM recipient LIMIT 1').get() === undefined;

  readonly place = (): OptOutPlace =>
    this.#database.prepare<[], OptOutPlace>('SELECT generation, place, ordinal FROM propagated').get() ?? {
      generation: '',
      place: 0,
      ordinal: 0,
    };

  /** Events among these that were looked at while they waited in the inbox. */
  readonly lookedAt = (events: readonly string[]): ReadonlySet<string> =>
    new Set(
      this.#database
        .prepare<[string], string>('SELECT event FROM looked WHERE event IN (SELECT value FROM json_each(?))')
        .pluck()
        .all(JSON.stringify(events)),
    );

  /**
   * Enqueues what has to be told, and moves on; all or nothing.
   * @param waiting events that were looked at and are in no segment yet
   * @returns messages that are new
   */
  readonly tell = (news: readonly RefusalNews[], { generation, place, ordinal }: OptOutPlace, waiting: readonly string[]): number => {
    const recipients = this.#database.prepare<[string], Recipient>(
      'SELECT customer, subscriber, sink FROM recipient WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY customer, subscriber, sink',
    );
    const note = this.#database.prepare('INSERT INTO opt_out VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    const move = this.#database.prepare(
      `INSERT INTO propagated VALUES (1, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET generation = excluded.generation, place = excluded.place, ordinal = excluded.ordinal`,
    );
    const look = this.#database.prepare('INSERT INTO looked VALUES (?) ON CONFLICT DO NOTHING');
    return this.#database
      .transaction(() => {
        let told = 0;
        for (const { event, consent, customers, purposes, effectiveMs } of news) {
          for (const { customer, subscriber, sink } of recipients.all(JSON.stringify(customers))) {
            const id = `opt_${digestOf([event, customer, subscriber, sink]).slice(0, 32)}`;
            const isNew = note.run(id, event, consent, customer, subscriber, sink, JSON.stringify(purposes), effectiveMs).changes > 0;
            if (!isNew) continue;
            this.#messages.add([{ subscriber, messageId: id, body: bodyOf(id, customer, sink, purposes, effectiveMs) }], id);
            told++;
          }
        }
        for (const event of waiting) look.run(event);
        move.run(generation, place, ordinal);
        return told;
      })
      .immediate();
  };

  /** Who may have received a value of a customer under any of these ids. */
  readonly recipientsOf = (customers: readonly string[]): readonly Pick<Recipient, 'subscriber' | 'sink'>[] =>
    this.#database
      .prepare<[string], Pick<Recipient, 'subscriber' | 'sink'>>(
        'SELECT DISTINCT subscriber, sink FROM recipient WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY subscriber, sink',
      )
      .all(JSON.stringify(customers));

  /** Every opt-out that was told or waits to be, oldest first. */
  readonly list = (customers?: readonly string[]): readonly PropagatedOptOut[] =>
    this.#database
      .prepare<[string | null, string | null], Omit<PropagatedOptOut, 'purposes' | 'effectiveAt'> & { purposes: string; ms: number }>(
        `SELECT o.message AS messageId, o.event, o.consent, o.customer AS customerId, o.subscriber, o.sink, o.purposes,
           o.effective_ms AS ms, m.state, m.attempts, m.reason
         FROM opt_out o JOIN message m ON m.id = o.message
         WHERE ? IS NULL OR o.customer IN (SELECT value FROM json_each(?)) ORDER BY o.effective_ms, o.message`,
      )
      .all(...both(customers === undefined ? null : JSON.stringify(customers)))
      .map(({ ms, purposes, ...rest }) => ({
        ...rest,
        purposes: JSON.parse(purposes) as string[], // written above and nowhere else
        effectiveAt: new Date(ms).toISOString(),
      }));
}

function both<Value>(value: Value): [Value, Value] {
  return [value, value];
}

function bodyOf(id: string, customerId: string, sink: string, purposes: readonly string[], effectiveMs: number): string {
  const effectiveAt = new Date(effectiveMs).toISOString();
  return canonicalJson({
    specversion: '1.0',
    type: optOutType,
    source: '/cohortium',
    id,
    time: effectiveAt,
    datacontenttype: 'application/json',
    data: { customerId, sink, purposes: [...purposes], effectiveAt },
  });
}

/** The customers whose values a message carries; a third party's may carry none. */
export function valuesIn(body: string): { readonly sink: string; readonly customers: readonly string[] } {
  try {
    const { data } = JSON.parse(body) as { readonly data?: { readonly sink?: unknown; readonly items?: unknown } | null }; // read with care below
    const items: readonly unknown[] = Array.isArray(data?.items) ? data.items : [];
    const customers = items.flatMap((item) =>
      typeof item === 'object' && item !== null && 'customerId' in item && typeof item.customerId === 'string' ? [item.customerId] : [],
    );
    return { sink: typeof data?.sink === 'string' ? data.sink : '', customers };
  } catch {
    return { sink: '', customers: [] };
  }
}
