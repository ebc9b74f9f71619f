import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk } from '../../../test/fixtures/request-desk.ts';
import type { RecordPlace } from '../record/record-interface.ts';

let desk: RequestDesk;
let place: RecordPlace;
beforeEach(async () => {
  desk = await openRequestDesk('2026-02-01');
  const body = { customer: 'kid', surname: 'Missspelt', tier: 'high', amount: 12 };
  const [written] = await desk.workspace
    .records()
    .write([{ kind: 'score', stream: 'a', subject: 'u-1', class: 'decision', body }], 'first');
  place = written ?? { index: -1, item: null };
});
afterEach(() => desk.close());

const said = { by: 'ada', why: 'request 12' };

describe('a correction', () => {
  it('is a record in place of the old one, whose wrong values go and whose leaf and proof stay', async () => {
    const { agent, workspace } = desk;
    const before = JSON.stringify((await agent.proof(place.index)).record);
    const report = await agent.erasure.correct({ place, customer: 'u-1', fields: { surname: 'Misspelt' }, ...said });
    expect(report).toMatchObject({ redacted: ['surname'], kept: [] });
    expect(await workspace.records().at(place)).toMatchObject({
      state: 'redacted',
      redacted: ['surname'],
      body: { tier: 'high', amount: 12 },
    });
    const [correction] = await workspace.records().about('u-1', ['correction']);
    expect(correction?.body).toMatchObject({
      supersedes: { index: place.index, kind: 'score' },
      corrected: ['surname'],
      is: { surname: 'Misspelt', tier: 'high' },
    });
    expect(JSON.stringify((await agent.proof(place.index)).record)).toBe(before);
    expect(await agent.verify()).toMatchObject({ verified: true, faults: [] });
  });

  it('is refused for a field that was never there, for somebody else, and without a name where one is needed', async () => {
    const { agent } = desk;
    const fields = { tier: 'mid' };
    await expect(agent.erasure.correct({ place, customer: 'u-1', fields: { nothing: 1 }, ...said })).rejects.toThrow(
      'it has amount, customer, surname, tier',
    );
    await expect(agent.erasure.correct({ place, customer: 'u-2', fields, ...said })).rejects.toThrow('is not about u-2');
    await expect(agent.erasure.correct({ place, fields, ...said })).rejects.toThrow('say which');
    await expect(agent.erasure.correct({ place: { index: 99, item: null }, fields, ...said })).rejects.toMatchObject({
      code: 'RECORD_NOT_FOUND',
    });
    expect(await desk.workspace.records().at(place)).toMatchObject({ state: 'open' });
  });
});

describe('a redaction', () => {
  it('destroys values and salts of single fields, once, and leaves the others', async () => {
    const { agent, directory, workspace } = desk;
    const bodyBefore = workspace.ledger().at(place).sealed ?? Buffer.alloc(0);
    expect(await agent.erasure.redact({ place, fields: ['surname', 'amount'], ...said })).toEqual(['surname', 'amount']);
    expect(await agent.erasure.redact({ place, fields: ['surname', 'amount'], ...said })).toEqual([]);
    const record = await workspace.records().at(place);
    expect(record).toMatchObject({ redacted: ['amount', 'surname'], body: { customer: 'kid', tier: 'high' } });
    // The old ciphertext is nowhere, so that nobody who has the key can go back.
    for (const name of ['ledger.db', 'ledger.db-wal']) {
      expect(readFileSync(join(directory, '.cohortium', name)).includes(bodyBefore)).toBe(false);
    }
    expect(await agent.verify()).toMatchObject({ verified: true, faults: [] });
  });

  it('is refused where a hold keeps the key', async () => {
    const { agent } = desk;
    await agent.erasure.holds.set({ id: 'case-1', matter: 'M-1', reason: 'a claim', by: 'ada', customers: ['u-1'] });
    await expect(agent.erasure.redact({ place, fields: ['tier'], ...said })).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    const report = await agent.erasure.correct({ place, customer: 'u-1', fields: { tier: 'mid' }, ...said });
    expect(report).toMatchObject({ redacted: [], kept: ['a hold keeps its key'] });
    expect(await desk.workspace.records().at(place)).toMatchObject({ state: 'open' });
  });
});

describe('a hold', () => {
  it.each([
    ['without a matter', { matter: ' ' }, 'the matter'],
    ['on nothing', { customers: [] }, /^models, .* a hold on nothing keeps nothing; nothing is held$/u],
    ['with a name that is none', { id: '../x' }, 'kebab-case'],
    ['on a class that is none', { records: ['stones'] }, /^records\.0: a class of records was expected: decision, /u],
    ['that ends before it begins', { until: '2001-01-31' }, /^until: a day from \S+ on was expected, found 2001-01-31/u],
  ])('is refused %s', async (_, wrong, words) => {
    const hold = { id: 'case-1', matter: 'M-1', reason: 'a claim', by: 'ada', customers: ['u-1'], ...wrong };
    await expect(desk.agent.erasure.holds.set(hold)).rejects.toThrow(words);
    expect(await desk.agent.erasure.holds.list()).toEqual([]);
  });

  it('is refused for a customer whom no store knows, whose name stands in the refusal', async () => {
    const hold = { id: 'case-1', matter: 'M-1', reason: 'a claim', by: 'ada' };
    const { agent } = desk;
    const { erasure } = agent;
    const refused = { code: 'CUSTOMER_NOT_FOUND', message: expect.stringContaining("nothing is kept of 'u-11', 'u-12'; nobody is held") };
    await expect(erasure.holds.set({ ...hold, customers: ['u-1', 'u-11', 'u-12'] })).rejects.toMatchObject(refused);
    expect(await erasure.holds.list()).toEqual([]);
    expect(desk.workspace.vault().entriesOf('u-1')[0]?.state).toBe('live');
    // Whom the log alone knows, and who has no key yet, is held.
    await agent.capture([{ id: 'v', type: 'visit', customer: { userId: 'u-11' }, at: '2026-01-01T00:00:00Z', properties: {} }], 'shop');
    expect(await erasure.holds.set({ ...hold, customers: ['u-11'] })).toMatchObject({ keys: 0 });
    expect((await erasure.plan('u-11')).holds).toEqual(["hold 'case-1' by ada: a claim"]);
  });

  it('is set once under a name, and released with a reason by somebody', async () => {
    const { holds } = desk.agent.erasure;
    await holds.set({ id: 'case-1', matter: 'M-1', reason: 'a claim', by: 'ada', customers: ['u-1'] });
    await expect(holds.set({ id: 'case-1', matter: 'M-2', reason: 'another', by: 'ada', everything: true })).rejects.toMatchObject({
      code: 'HOLD_INVALID',
    });
    await expect(holds.release('case-1', '', 'over')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(holds.release('case-2', 'ada', 'over')).rejects.toMatchObject({ code: 'HOLD_INVALID' });
    const kids = desk.workspace.vault().entriesOf('u-1');
    expect(kids.every(({ state }) => state === 'held')).toBe(true);
    // Two holds on one customer: the key is free when both are gone.
    await holds.set({ id: 'case-2', matter: 'M-2', reason: 'another', by: 'ada', customers: ['u-1'] });
    await holds.release('case-1', 'ada', 'settled');
    expect(desk.workspace.vault().entriesOf('u-1')[0]?.state).toBe('held');
    await holds.release('case-2', 'ada', 'settled');
    expect(desk.workspace.vault().entriesOf('u-1')[0]?.state).toBe('live');
  });
});
