/** Holds on customers, by whatever they are called and whenever their keys were made. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import type { RecordPlace } from '../record/record-interface.ts';

const by = 'ada';
const card = 'loyalty:CARD-77';

let desk: RequestDesk;
beforeEach(async () => {
  desk = await openRequestDesk('2026-04-01');
  for (const user of ['u-100', 'u-200']) await someSignals(desk.agent, user, 'JP');
  await seen('u-100', 'CARD-77');
});
afterEach(() => desk.close());

async function seen(userId: string, loyaltyId: string): Promise<void> {
  const signal = {
    id: `${userId}-${loyaltyId}`,
    type: 'visit',
    customer: { userId, loyaltyId },
    at: '2026-03-01T09:00:00Z',
    properties: {},
  };
  await desk.agent.capture([signal], 'shop');
}

async function valued(subject: string): Promise<RecordPlace> {
  const body = { customer: subject, tier: 'high', note: 'x' };
  const [place] = await desk.workspace.records().write([{ kind: 'score', stream: subject, subject, body }], `score of ${subject}`);
  return place ?? { index: -1, item: null };
}

describe('a hold', () => {
  it.each([
    ['a card that is theirs', card],
    ['a user id with its kind', 'user:u-100'],
    ['their user id', 'u-100'],
  ])('that names a customer by %s keeps all of them', async (_what, name) => {
    const { agent } = desk;
    await agent.erasure.holds.set({ id: 'suit', matter: 'M-1', reason: 'a claim', by, customers: [name] });
    for (const called of ['u-100', card]) {
      expect((await agent.erasure.plan(called)).holds).toEqual(["hold 'suit' by ada: a claim"]);
      await expect(agent.erasure.erase({ customer: called, by, why: 'request 12' })).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    }
    expect((await agent.erasure.plan('u-200')).holds).toEqual([]);
    await agent.erasure.holds.release('suit', by, 'settled');
    expect(await agent.erasure.erase({ customer: card, by, why: 'request 12' })).toMatchObject({ state: 'completed' });
  });

  it('keeps a customer under a name that is known since', async () => {
    const { agent } = desk;
    await agent.erasure.holds.set({ id: 'suit', matter: 'M-1', reason: 'a claim', by, customers: ['u-200'] });
    await seen('u-200', 'CARD-88');
    expect((await agent.erasure.plan('loyalty:CARD-88')).holds).toEqual(["hold 'suit' by ada: a claim"]);
  });

  it.each([
    ['set by command', () => desk.agent.erasure.holds.set({ id: 'suit', matter: 'M-1', reason: 'a claim', by, customers: [card] })],
    [
      'written by hand',
      async () => {
        const folder = join(desk.workspace.paths.registries, 'holds');
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, 'suit.yaml'), `id: suit\nreason: a claim\nby: Ada\nsince: 2026-01-01\ncustomers: ['${card}']\n`);
      },
    ],
  ])('%s keeps bodies whose keys are newer than it', async (_what, hold) => {
    const { agent, workspace } = desk;
    await hold();
    const [place, other] = [await valued('u-100'), await valued('u-200')];
    await expect(agent.erasure.redact({ place, fields: ['note'], by, why: 'asked for' })).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    const corrected = await agent.erasure.correct({ place, customer: 'u-100', fields: { tier: 'mid' }, by, why: 'asked for' });
    expect(corrected).toMatchObject({ redacted: [], kept: ['a hold keeps its key'] });
    expect(await workspace.records().at(place)).toMatchObject({ state: 'open', body: { tier: 'high', note: 'x' } });
    expect(await agent.erasure.redact({ place: other, fields: ['note'], by, why: 'asked for' })).toEqual(['note']);
  });

  it('that names nobody can be read as an identity stops everything, and says where it is', async () => {
    const { agent, workspace } = desk;
    const folder = join(workspace.paths.registries, 'holds');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'suit.yaml'),
      'id: suit\nreason: a claim\nby: Ada\nsince: 2026-01-01\ncustomers: [u-200, email:ada@example.org]\n',
    );
    await expect(agent.erasure.erase({ customer: 'u-100', by, why: 'request 12' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^registries\/holds\/suit\.yaml:5:20: .*email: the SHA-256 as 64 hex digits was expected/),
    });
    expect((await agent.graph.customer('u-100')).customerId).toBe('u-100');
  });
});
