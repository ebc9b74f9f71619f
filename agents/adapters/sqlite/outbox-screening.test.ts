import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CohortiumError, column, makeTable } from '../../../skills/sdk/index.ts';
import { createContentStore } from '../files/content-store.ts';
import { openDatabase } from './open-database.ts';
import { createOutbox, type OutboxOptions, type Screening, type SqliteOutbox } from './outbox.ts';

const body = (...customers: readonly string[]): string =>
  JSON.stringify({
    type: 'com.cohortium.value.v1',
    data: { sink: 'crm', items: customers.map((customerId) => ({ customerId, clvMinor: 1 })) },
  });

describe('an outbox that looks at messages before they leave', () => {
  let directory: string;
  let received: string[];
  let nowMs: number;
  let outbox: SqliteOutbox;
  let screening: (text: string) => Screening;
  const { signal } = new AbortController();

  const open = (more: Partial<OutboxOptions> = {}): SqliteOutbox =>
    createOutbox({
      directory,
      content: createContentStore(join(directory, 'content')),
      clock: { now: () => nowMs },
      subscribers: [{ id: 'crm', sink: 'crm', purposes: ['analytics'], kind: 'in-process' }],
      secretOf: () => '',
      handlers: { crm: (message) => received.push(message.body) > 0 },
      screen: async ({ body: text }) => screening(text),
      ...more,
    });
  const enqueue = (id: string, text: string): Promise<unknown> => {
    const content = createContentStore(join(directory, 'content'));
    const table = makeTable({ subscriber: column.text(['crm']), messageId: column.text([id]), body: column.text([text]) });
    return outbox.enqueue({ emissions: content.putTable(table) }, { signal, idempotencyKey: id });
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cohortium-screening-'));
    received = [];
    nowMs = 1_000_000;
    screening = () => ({ kind: 'send' });
    outbox = open();
  });
  afterEach(() => {
    outbox.close();
    rmSync(directory, { recursive: true });
  });

  it('sends what is left, under the same id, and closes what has nothing left', async () => {
    screening = (text) => (text === body('a', 'b') ? { kind: 'rewrite', body: body('b') } : { kind: 'withhold', reason: 'record 7' });
    await enqueue('m-1', body('a', 'b'));
    await enqueue('m-2', body('c'));
    await outbox.deliverDue(signal);
    expect(received).toEqual([body('b')]);
    expect(outbox.counts()).toEqual({ acknowledged: 1, pending: 0, dead: 0, withheld: 1 });
    // The step that enqueued them may do so again after a crash: they are known by their first text.
    await enqueue('m-1', body('a', 'b'));
    expect(outbox.counts()).toMatchObject({ acknowledged: 1, pending: 0 });
  });

  it('sends nothing that could not be looked at, and tries again', async () => {
    screening = () => {
      throw new CohortiumError('STORE_BUSY', 'held');
    };
    await enqueue('m-1', body('a'));
    await outbox.deliverDue(signal);
    expect(received).toEqual([]);
    expect(outbox.counts()).toMatchObject({ pending: 1 });
    screening = () => ({ kind: 'send' });
    nowMs += 3_600_000;
    await outbox.deliverDue(signal);
    expect(received).toEqual([body('a')]);
  });

  it('knows a recipient before the first attempt, and nobody of what never left', async () => {
    const tell = (customer: string): number =>
      outbox.optOuts.tell(
        [{ event: `e-${customer}`, consent: 'con-1', customers: [customer], purposes: ['sale'], effectiveMs: 0 }],
        { generation: 'g', place: 1, ordinal: 0 },
        [],
      );
    outbox.close();
    outbox = open({
      handlers: {
        crm: () => {
          throw new Error('killed in the middle');
        },
      },
    });
    screening = (text) => (text === body('a') ? { kind: 'send' } : { kind: 'withhold', reason: 'refused' });
    await enqueue('m-2', body('b'));
    await enqueue('m-1', body('a'));
    await outbox.deliverDue(signal);
    expect([tell('a'), tell('a'), tell('b')]).toEqual([1, 0, 0]);
    expect(outbox.optOuts.list(['a'])).toMatchObject([{ customerId: 'a', sink: 'crm', state: 'pending', purposes: ['sale'] }]);
  });

  it('opens one of before messages could be withheld, with everything in it', async () => {
    await enqueue('m-1', body('a'));
    outbox.close();
    const path = join(directory, 'outbox.db');
    const database = openDatabase(path, '');
    const made = String(database.prepare("SELECT sql FROM sqlite_master WHERE name = 'message'").pluck().get());
    database.exec(`DROP INDEX message_by_state; ALTER TABLE message RENAME TO keep; ${made.replace(", 'withheld'", '')};
      INSERT INTO message SELECT * FROM keep; DROP TABLE keep; CREATE INDEX message_by_state ON message (state, subscriber, sequence)`);
    database.close();
    outbox = open();
    screening = () => ({ kind: 'withhold', reason: 'refused' });
    await outbox.deliverDue(signal);
    expect(outbox.counts()).toEqual({ acknowledged: 0, pending: 0, dead: 0, withheld: 1 });
  });
});
