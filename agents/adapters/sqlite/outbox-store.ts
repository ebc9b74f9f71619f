/**
 * Messages at rest, in outbox.db. A message is pending until it is acknowledged, dead, or withheld because nothing in it may leave any
 * more; its text is dropped when it is acknowledged or withheld, so that values do not pile up here. One that tells of an erasure
 * loses its text when it is given up as well. Sends nothing.
 */
import { CohortiumError, sha256 } from '../../../skills/sdk/index.ts';
import type { Database } from './open-database.ts';

export const outboxSchema = `
  CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, subscriber TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL, body_digest TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'acknowledged', 'dead', 'withheld')), attempts INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    UNIQUE (subscriber, sequence)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_by_state ON message (state, subscriber, sequence);
  CREATE TABLE IF NOT EXISTS reply (idempotency_key TEXT PRIMARY KEY, enqueued INTEGER NOT NULL, known INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS disabled (subscriber TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT`;

/** A store of before messages could be withheld gets the state; SQLite changes a check only by copying the table. */
export function admitWithheld(database: Database): void {
  const made = database.prepare<[], string>("SELECT sql FROM sqlite_master WHERE name = 'message'").pluck().get() ?? '';
  if (made.includes("'withheld'")) return;
  const [table = '', index = ''] = outboxSchema.split(';\n');
  database
    .transaction(() => {
      database.exec('DROP INDEX message_by_state; ALTER TABLE message RENAME TO message_before');
      database.exec(`${table}; ${index}; INSERT INTO message SELECT * FROM message_before; DROP TABLE message_before`);
    })
    .immediate();
}

const tellsErasure = String.raw`id LIKE 'erasure\_%' ESCAPE '\'`;
/** Who is to be erased is not named longer than it takes to say so, or to give up saying so. */
const unnamed = `body = CASE WHEN ${tellsErasure} THEN '' ELSE body END, body_digest = CASE WHEN ${tellsErasure} THEN '' ELSE body_digest END`;

export interface MessageRow {
  readonly id: string;
  readonly subscriber: string;
  /** Order of delivery within the subscriber, from 1. */
  readonly sequence: number;
  readonly body: string;
  /** Of the first text; empty where even that is dropped, as an erasure does once the text is not there. */
  readonly body_digest: string;
  readonly state: 'pending' | 'acknowledged' | 'dead' | 'withheld';
  /** All attempts so far. */
  readonly attempts: number;
  /** Attempts since the message was enqueued or re-queued: how far the retry schedule is. */
  readonly tries: number;
  readonly due_ms: number;
  readonly code: string;
  readonly reason: string;
}

export interface NewMessage {
  readonly subscriber: string;
  readonly messageId: string;
  readonly body: string;
}

export interface EnqueueReply {
  readonly enqueued: number;
  readonly known: number;
}

/** Drops digests of texts that are not there any more as they were: they could be guessed at. */
export function forgetFirstTexts(database: Database): void {
  const forget = database.prepare("UPDATE message SET body_digest = '' WHERE id = ?");
  const kept = database.prepare<[], { readonly id: string; readonly body: string; readonly body_digest: string }>(
    "SELECT id, body, body_digest FROM message WHERE body_digest <> ''",
  );
  for (const { id, body, body_digest: digest } of kept.all()) if (sha256(body) !== digest) forget.run(id);
}

/** The statements of one open outbox.db. */
export class MessageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes all messages or none. The same key is answered as it was at first: a crash after the commit must not show in a run.
   * @throws {CohortiumError} ARGUMENT_INVALID when a known id comes with another text
   */
  readonly add = (messages: readonly NewMessage[], idempotencyKey: string): EnqueueReply => {
    const insert = this.#database.prepare(`
      INSERT INTO message (id, subscriber, sequence, body, body_digest)
      VALUES (?, ?, (SELECT coalesce(max(sequence), 0) + 1 FROM message WHERE subscriber = ?), ?, ?) ON CONFLICT (id) DO NOTHING`);
    return this.#database
      .transaction(() => {
        let enqueued = 0;
        for (const { messageId, subscriber, body } of messages) {
          const digest = sha256(body);
          const { changes } = insert.run(messageId, subscriber, subscriber, body, digest);
          const known = changes === 0 ? this.get(messageId) : undefined;
          if (known && ((known.body_digest !== digest && known.body_digest !== '') || known.subscriber !== subscriber)) {
            throw new CohortiumError(
              'ARGUMENT_INVALID',
              `message '${messageId}' is known with another text or subscriber; nothing was enqueued`,
            );
          }
          enqueued += changes;
        }
        this.#database
          .prepare('INSERT INTO reply (idempotency_key, enqueued, known) VALUES (?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING')
          .run(idempotencyKey, enqueued, messages.length - enqueued);
        const reply = this.#database
          .prepare<[string], EnqueueReply>('SELECT enqueued, known FROM reply WHERE idempotency_key = ?')
          .get(idempotencyKey);
        return reply ?? { enqueued, known: messages.length - enqueued };
      })
      .immediate();
  };

  readonly get = (id: string): MessageRow | undefined =>
    this.#database.prepare<[string], MessageRow>('SELECT * FROM message WHERE id = ?').get(id);

  /** The next message in the order of a subscriber; it goes first, also while it waits for a retry. */
  readonly head = (subscriber: string): MessageRow | undefined =>
    this.#database
      .prepare<[string], MessageRow>(`SELECT * FROM message WHERE state = 'pending' AND subscriber = ? ORDER BY sequence LIMIT 1`)
      .get(subscriber);

  readonly subscribersWithPending = (): string[] =>
    this.#database
      .prepare<[], { readonly subscriber: string }>(`SELECT DISTINCT subscriber FROM message WHERE state = 'pending' ORDER BY subscriber`)
      .all()
      .map(({ subscriber }) => subscriber);

  readonly acknowledge = ({ id }: MessageRow, reason: string): void => {
    this.#database
      .prepare(
        `UPDATE message SET state = 'acknowledged', attempts = attempts + 1, tries = tries + 1, body = '', code = '', reason = ?,
           body_digest = CASE WHEN ${tellsErasure} THEN '' ELSE body_digest END WHERE id = ?`, // all but the customer's id could be guessed
      )
      .run(reason, id);
  };

  readonly retryAt = ({ id }: MessageRow, dueMs: number, code: string, reason: string): void => {
    this.#database
      .prepare('UPDATE message SET attempts = attempts + 1, tries = tries + 1, due_ms = ?, code = ?, reason = ? WHERE id = ?')
      .run(dueMs, code, reason, id);
  };

  /** Gives a message up after an attempt. */
  readonly bury = ({ id }: MessageRow, code: string, reason: string): void => {
    this.#database
      .prepare(
        `UPDATE message SET state = 'dead', attempts = attempts + 1, tries = tries + 1, code = ?, reason = ?, ${unnamed} WHERE id = ?`,
      )
      .run(code, reason, id);
  };

  /** Gives up everything that waits for a subscriber, without an attempt. */
  readonly buryPending = (subscriber: string, code: string, reason: string): void => {
    this.#database
      .prepare(`UPDATE message SET state = 'dead', code = ?, reason = ?, ${unnamed} WHERE state = 'pending' AND subscriber = ?`)
      .run(code, reason, subscriber);
  };

  /** Closes a message that was not sent, or not in this form. */
  readonly withhold = ({ id }: MessageRow, reason: string): void => {
    this.#database.prepare(`UPDATE message SET state = 'withheld', body = '', code = '', reason = ? WHERE id = ?`).run(reason, id);
  };

  /** Takes something out of a message before it leaves; it stays the same message, known by the digest of its first text. */
  readonly rewrite = ({ id }: MessageRow, body: string): void => {
    this.#database.prepare('UPDATE message SET body = ? WHERE id = ?').run(body, id);
  };

  readonly disable = (subscriber: string, reason: string): void => {
    this.#database.prepare('INSERT OR REPLACE INTO disabled (subscriber, reason) VALUES (?, ?)').run(subscriber, reason);
  };

  readonly disabledReason = (subscriber: string): string | undefined =>
    this.#database.prepare<[string], { readonly reason: string }>('SELECT reason FROM disabled WHERE subscriber = ?').get(subscriber)
      ?.reason;

  readonly dead = (): MessageRow[] =>
    this.#database.prepare<[], MessageRow>(`SELECT * FROM message WHERE state = 'dead' ORDER BY subscriber, sequence`).all();

  /** Messages of all subscribers by state. */
  readonly counts = (): { readonly acknowledged: number; readonly pending: number; readonly dead: number; readonly withheld: number } => {
    const rows = this.#database
      .prepare<[], { readonly state: MessageRow['state']; readonly n: number }>('SELECT state, count(*) AS n FROM message GROUP BY state')
      .all();
    const of = (state: MessageRow['state']): number => rows.find((row) => row.state === state)?.n ?? 0;
    return { acknowledged: of('acknowledged'), pending: of('pending'), dead: of('dead'), withheld: of('withheld') };
  };

  /** Makes every pending message due now. */
  readonly hasten = (): void => {
    this.#database.prepare("UPDATE message SET due_ms = 0 WHERE state = 'pending'").run();
  };

  /** Makes dead messages due again that have a text still, and their subscribers enabled. @returns how many there were */
  readonly revive = (ids: readonly string[]): number =>
    this.#database
      .transaction(() => {
        const update = this.#database.prepare(
          `UPDATE message SET state = 'pending', tries = 0, due_ms = 0 WHERE id = ? AND state = 'dead' AND body <> ''`,
        );
        const enable = this.#database.prepare('DELETE FROM disabled WHERE subscriber = (SELECT subscriber FROM message WHERE id = ?)');
        let revived = 0;
        for (const id of ids) {
          const { changes } = update.run(id);
          if (changes > 0) enable.run(id);
          revived += changes;
        }
        return revived;
      })
      .immediate();

  readonly together = <Result>(work: () => Result): Result => this.#database.transaction(work).immediate();
}
