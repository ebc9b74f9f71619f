/** Reasons that somebody wrote, in records about nobody and in signed statements, after the erasure of who is named in them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { recordKinds } from '../../../skills/audit/record/record-kinds.ts';
import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import type { OpenRecord } from '../record/record-interface.ts';

const named = 'buyer-7788';

let desk: RequestDesk;
beforeEach(async () => {
  desk = await openRequestDesk('2026-04-01');
  for (const user of [named, 'other-5566']) await someSignals(desk.agent, user, 'JP');
});
afterEach(() => desk.close());

/** Every record that the keys open, with what its statement says. */
async function opened(): Promise<readonly { readonly record: OpenRecord; readonly text: string }[]> {
  const records = await desk.workspace.records().ofKind(Object.keys(recordKinds) as OpenRecord['kind'][]);
  return records.map((record) => {
    const envelope = record.body?.['envelope'] as DsseEnvelope | undefined; // of an attestation
    return { record, text: JSON.stringify(record.body) + Buffer.from(envelope?.payload ?? '', 'base64').toString('utf8') };
  });
}

const naming = async (name: string): Promise<readonly string[]> =>
  (await opened()).filter(({ text }) => text.includes(name)).map(({ record }) => record.kind);

const write = async (subject: string | null, body: Readonly<Record<string, string>>) => {
  const call = JSON.stringify([subject, body]);
  const [place] = await desk.workspace.records().write([{ kind: 'feedback', stream: call, subject, body }], call);
  if (!place) throw new Error('nothing was written');
  return place;
};

describe('a reason that names somebody', () => {
  it('goes with them, from records and statements; what was held stays held, and the ledger stays in order', async () => {
    const { agent } = desk;
    const by = 'ada';
    await agent.erasure.holds.set({ id: 'first', matter: `suit of ${named}`, reason: `claims of ${named}`, by, models: ['clv'] });
    await agent.erasure.holds.release('first', by, `${named} has withdrawn`);
    await agent.erasure.holds.set({
      id: 'second',
      matter: `as ${named}`,
      reason: `heard in the suit of ${named}`,
      by,
      customers: ['other-5566'],
    });
    await agent.erasure.holds.set({ id: 'third', matter: 'M-3', reason: 'a claim', by, models: ['clv'] });
    await agent.erasure.redact({ place: await write(null, { note: 'x', rest: 'y' }), fields: ['note'], by, why: `asked for by ${named}` });
    const place = await write('third-9911', { tier: 'high' });
    await agent.erasure.correct({ place, customer: 'third-9911', fields: { tier: 'mid' }, by, why: `was mistaken for ${named}` });
    const before = await naming(named);
    expect(before.filter((kind) => kind === 'attestation').length).toBeGreaterThanOrEqual(5);
    expect(new Set(before)).toEqual(new Set(['custody.held', 'custody.released', 'redaction', 'correction', 'attestation']));

    const report = await agent.erasure.erase({ customer: named, by, why: 'request 12' });
    expect(report).toMatchObject({ state: 'completed' });

    expect(await naming(named)).toEqual([]);
    const { verified, faults } = await agent.verify('deep');
    expect({ verified, faults }).toEqual({ verified: true, faults: [] });
    const third = (await opened()).find(({ record }) => record.body?.['hold'] === 'third');
    expect(third?.record).toMatchObject({ state: 'open', body: { matter: 'M-3' } });
    await expect(agent.erasure.erase({ customer: 'other-5566', by, why: 'request 13' })).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    await agent.erasure.holds.release('second', by, 'settled');
    expect(await agent.erasure.erase({ customer: 'other-5566', by, why: 'request 13' })).toMatchObject({ state: 'completed' });
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
  });
});
