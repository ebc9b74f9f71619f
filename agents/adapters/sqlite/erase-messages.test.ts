import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { sha256 } from '../../../skills/sdk/index.ts';
import { openDatabase } from './open-database.ts';
import { forgetFirstTexts, MessageStore, outboxSchema } from './outbox-store.ts';

it.each(['bury', 'buryPending'] as const)('names nobody any more once it is given up (%s), and is not sent again without a text', (how) => {
  const database = openDatabase(join(mkdtempSync(join(tmpdir(), 'cohortium-told-')), 'outbox.db'), outboxSchema);
  const store = new MessageStore(database);
  const body = '{"customerIds":["c092"]}';
  const ids = ['erasure_ab_crm', 'value_1'];
  store.add(
    ids.map((messageId) => ({ subscriber: 'crm', messageId, body })),
    'one',
  );
  if (how === 'buryPending') store.buryPending('crm', 'EMISSION_REJECTED', 'nobody there');
  else for (const row of ids.flatMap((id) => store.get(id) ?? [])) store.bury(row, 'EMISSION_REJECTED', 'nobody there');
  expect(store.get('erasure_ab_crm')).toMatchObject({
    state: 'dead',
    reason: 'nobody there',
    subscriber: 'crm',
    body: '',
    body_digest: '',
  });
  expect(store.get('value_1')).toMatchObject({ state: 'dead', body, body_digest: sha256(body) });
  expect(store.revive(ids)).toBe(1);
  expect(ids.map((id) => store.get(id)?.state)).toEqual(['dead', 'pending']);
  database.close();
});

it('leaves no digest of a text that is not there as it was, and those of texts that are', () => {
  const database = openDatabase(join(mkdtempSync(join(tmpdir(), 'cohortium-told-')), 'outbox.db'), outboxSchema);
  const store = new MessageStore(database);
  const ids = ['sent', 'rewritten', 'waiting'];
  store.add(
    ids.map((messageId) => ({ subscriber: 'crm', messageId, body: `{"customerId":"c092","in":"${messageId}"}` })),
    'one',
  );
  const [sent, rewritten] = ids.map((id) => store.get(id));
  if (sent) store.acknowledge(sent, '');
  if (rewritten) store.rewrite(rewritten, '{"in":"rewritten"}');
  forgetFirstTexts(database);
  const waiting = store.get('waiting');
  expect(ids.map((id) => store.get(id)?.body_digest)).toEqual(['', '', sha256(waiting?.body ?? '')]);
  database.close();
});

it('leaves no digest that an erased customer could be guessed by once the message is acknowledged', () => {
  const database = openDatabase(join(mkdtempSync(join(tmpdir(), 'cohortium-told-')), 'outbox.db'), outboxSchema);
  const store = new MessageStore(database);
  const body = '{"customerIds":["c092"]}';
  const told = { subscriber: 'crm', messageId: 'erasure_ab_crm', body };
  store.add([told, { subscriber: 'crm', messageId: 'value_1', body }], 'one');
  expect(store.get('erasure_ab_crm')?.body_digest).toBe(sha256(body));
  for (const id of ['erasure_ab_crm', 'value_1']) {
    const row = store.get(id);
    if (row) store.acknowledge(row, '');
  }
  expect(store.get('erasure_ab_crm')).toMatchObject({ state: 'acknowledged', body: '', body_digest: '' });
  expect(store.get('value_1')?.body_digest).toBe(sha256(body));
  expect(store.add([told], 'two')).toEqual({ enqueued: 0, known: 1 });
  database.close();
});
