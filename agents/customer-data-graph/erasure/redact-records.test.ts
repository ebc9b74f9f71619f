/** Reasons that somebody wrote, in records about nobody and in signed statements, after the erasure of who is named in them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { recordKinds } from '../../../skills/audit/record/record-kinds.ts';
import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import { attestRecords } from '../record/attest-records.ts';
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

  it.each([
    ['of the act', { records: ['system-log'] }],
    ['of the statement', { records: ['decision'] }],
  ])('stays with both where a hold keeps one %s, and the ledger is in order before and after the release', async (_what, held) => {
    const { agent } = desk;
    const by = 'ada';
    await agent.erasure.holds.set({ id: 'first', matter: 'M-1', reason: `claims of ${named}`, by, models: ['clv'] });
    await agent.erasure.holds.set({ id: 'second', matter: 'M-2', reason: 'a claim', by, ...held });
    expect(await agent.erasure.erase({ customer: named, by, why: 'request 12' })).toMatchObject({ state: 'completed' });
    expect(await naming(named)).toEqual(['attestation']);
    expect((await opened()).find(({ record }) => record.kind === 'erasure.completed')?.record.body).toMatchObject({
      redacted: 0,
      recordsHeld: 2,
    });
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
    await agent.erasure.holds.release('second', by, 'settled');
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
  });

  it('in a correction that a hold keeps stays there with its statement', async () => {
    const { agent } = desk;
    const by = 'ada';
    const place = await write('other-5566', { tier: 'high' });
    await agent.erasure.correct({ place, customer: 'other-5566', fields: { tier: 'mid' }, by, why: `was mistaken for ${named}` });
    await agent.erasure.holds.set({ id: 'suit', matter: 'M-1', reason: 'a claim', by, customers: ['other-5566'] });
    expect(await agent.erasure.erase({ customer: named, by, why: 'request 12' })).toMatchObject({ state: 'completed' });
    expect([...(await naming(named))].sort()).toEqual(['attestation', 'correction']);
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
  });

  it('is looked for in what persons wrote, and not in what the agent says of its runs', async () => {
    const { agent, workspace } = desk;
    await someSignals(agent, 'anything', 'JP');
    const attestor = workspace.keys().attestor();
    const attestation = await attestRecords(attestor, workspace.keys().origin, {
      time: '2026-04-01T00:00:00Z',
      size: 0,
      effects: [],
      leaves: [],
    });
    await workspace.records().write([{ kind: 'run', stream: 'run-1', subject: null, body: { why: 'anything' }, attestation }], 'run-1');
    expect(await agent.erasure.erase({ customer: 'anything', by: 'ada', why: 'request 12' })).toMatchObject({ state: 'completed' });
    const [run] = (await opened()).filter(({ record }) => record.kind === 'run');
    expect(run?.record).toMatchObject({ state: 'open', body: { why: 'anything' } });
    expect((await opened()).filter(({ record }) => record.kind === 'attestation').every(({ record }) => record.state === 'open')).toBe(
      true,
    );
  });

  it('in the order of another erasure goes; its receipt never gave it, and one that does is named', async () => {
    const { agent, workspace } = desk;
    const first = await agent.erasure.erase({ customer: 'other-5566', by: 'ada', why: `is ${named} once more` });
    const [file] = first.files;
    const receipt = (): DsseEnvelope => JSON.parse(readFileSync(join(workspace.paths.directory, file ?? ''), 'utf8')) as DsseEnvelope; // written above
    const said = (): string => Buffer.from(receipt().payload, 'base64').toString('utf8');
    expect(said()).toContain('as the order says');
    expect(said()).not.toContain(named);
    expect(await naming(named)).not.toEqual([]);
    const older = { ...receipt(), payload: Buffer.from(said().replace('as the order says', `is ${named}`)).toString('base64') };
    writeFileSync(join(workspace.paths.directory, 'registries', 'erasures', 'older.receipt'), JSON.stringify(older, null, 2));
    const report = await agent.erasure.erase({ customer: named, by: 'ada', why: 'request 12' });
    expect(report.left).toEqual(['registries/erasures/older.receipt']);
    expect(await naming(named)).toEqual([]);
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
  });

  it('in the file of a hold on others is named, and comes back by no release', async () => {
    const { agent } = desk;
    await agent.erasure.holds.set({ id: 'suit', matter: `as ${named}`, reason: 'a claim', by: 'ada', customers: ['other-5566'] });
    expect((await agent.erasure.erase({ customer: named, by: 'ada', why: 'request 12' })).left).toEqual(['registries/holds/suit.yaml']);
    await agent.erasure.holds.release('suit', 'ada', 'settled');
    expect(await naming(named)).toEqual([]);
  });
});
