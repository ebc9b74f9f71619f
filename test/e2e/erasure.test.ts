import { createHmac } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agentOver, openAgent } from '../../agents/customer-data-graph/agent.ts';
import type { ErasureReport } from '../../agents/customer-data-graph/erasure/erasure-interface.ts';
import { openWorkspace } from '../../agents/customer-data-graph/workspace.ts';
import { type Ref, refSchema } from '../../skills/sdk/index.ts';
import { canary, canaryTexts, type ErasureShop, erasureShop, runValue } from '../fixtures/erasure-shop.ts';
import { filesWith } from '../fixtures/search-files.ts';

let shop: ErasureShop;
beforeAll(async () => {
  shop = await erasureShop();
});
afterAll(() => rmSync(shop.folder, { recursive: true }));

const order = { by: 'dpo', why: `asked for by ${canary.user}` };

async function erased(
  name: string,
): Promise<{ readonly directory: string; readonly report: ErasureReport; readonly keys: readonly Buffer[] }> {
  const directory = shop.copy(name);
  const workspace = openWorkspace(directory);
  const agent = agentOver(workspace);
  const keys = workspace
    .vault()
    .entriesOf(canary.user)
    .flatMap(({ kid }) => workspace.vault().key(kid) ?? []);
  const report = await agent.erasure.erase({ customer: canary.user, ...order });
  await agent.close();
  return { directory, report, keys };
}

describe('an erasure', () => {
  it('begins with every store holding the person, or nothing would be shown', async () => {
    const directory = shop.copy('before');
    const files = await filesWith(directory, canaryTexts);
    for (const part of [
      'inbox.db',
      'scores.db',
      'catalog.db',
      'outbox.db',
      'consents.db',
      'content/',
      'segments/',
      'received/',
      'sales.csv',
    ]) {
      expect(files.some((file) => file.includes(part))).toBe(true);
    }
    const agent = await openAgent(directory);
    const plan = await agent.erasure.plan(`email:${canary.emailHash}`);
    expect(plan.customerId).toBe(canary.user);
    expect([...plan.identities].sort()).toEqual(
      [`user:${canary.user}`, `email:${canary.emailHash}`, `loyalty:${canary.loyalty}`, `anonymous:${canary.device}`].sort(),
    );
    expect(plan.bodies).toBeGreaterThan(0);
    expect(plan.keys).toBeGreaterThan(0);
    expect(plan.subscribers).toEqual(['desk', 'offers']);
    await agent.close();
    expect(await filesWith(directory, canaryTexts)).toEqual(files);
  });

  it('leaves no byte of the person and no byte of a key anywhere, and a ledger that verifies', async () => {
    const { directory, report, keys } = await erased('erased');
    expect(report.state).toBe('completed');
    expect(report.left).toEqual([]);
    expect(keys.length).toBeGreaterThan(0);
    expect(await filesWith(directory, canaryTexts)).toEqual([]);
    expect(await filesWith(directory, keys)).toEqual([]);
    expect(
      await filesWith(
        directory,
        keys.map((key) => key.toString('hex')),
      ),
    ).toEqual([]);
    const agent = await openAgent(directory);
    for (const level of ['quick', 'full', 'deep'] as const) expect(await agent.verify(level)).toMatchObject({ verified: true, faults: [] });
    await agent.close();
  });

  it('tells subscribers, gives a signed receipt that names nobody, and is on record', async () => {
    const { directory, report } = await erased('receipt');
    expect(report.told).toEqual([
      { subscriber: 'desk', state: 'acknowledged', reason: 'taken' },
      { subscriber: 'offers', state: 'acknowledged', reason: 'taken' },
    ]);
    const agent = await openAgent(directory);
    const { envelope, proof } = await agent.erasure.receipt(report.erasure);
    const statement = Buffer.from(envelope.payload, 'base64').toString('utf8');
    expect(statement).toContain(report.erasure);
    for (const text of canaryTexts) expect(`${statement}${proof}`).not.toContain(text);
    expect(proof).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
    expect(await agent.erasure.list()).toMatchObject([{ erasure: report.erasure, by: 'dpo', isSuppressed: true }]);
    await agent.close();
  });

  it('cannot be undone by trying ids with every key that is left on the machine', async () => {
    const { directory } = await erased('brute');
    const workspace = openWorkspace(directory, { readonly: true });
    const candidates = ['canary-84710', canary.user, 'canary-84712'];
    const secrets: Buffer[] = [];
    for (const name of readdirSync(join(directory, '.cohortium', 'keys'))) {
      for (const match of readFileSync(join(directory, '.cohortium', 'keys', name), 'utf8').matchAll(/[A-Za-z0-9+/_-]{43}=?/g)) {
        secrets.push(Buffer.from(match[0], 'base64'));
      }
    }
    expect(secrets.length).toBeGreaterThan(0);
    const bytes = ['ledger.db', 'vault.db'].map((name) => readFileSync(join(directory, '.cohortium', name)));
    for (const candidate of candidates) {
      for (const secret of secrets) {
        for (const text of [candidate, `user:${candidate}`, JSON.stringify(['suppressed', `user:${candidate}`])]) {
          const guess = createHmac('sha256', secret).update(text).digest();
          for (const file of bytes) {
            expect(file.includes(guess)).toBe(false);
            expect(file.includes(guess.toString('hex'))).toBe(false);
          }
        }
      }
      expect(workspace.vault().entriesOf(candidate)).toEqual([]);
      expect(await workspace.records().about(candidate)).toEqual([]);
    }
    await workspace.close();
  });

  it('lets pipelines run, and the newest run be read, as if the person had never been', async () => {
    const { directory, report } = await erased('later');
    const agent = await openAgent(directory);
    await expect(agent.value({ customerId: canary.user })).rejects.toMatchObject({ code: 'SCORE_NOT_FOUND' });
    expect((await agent.value({ customerId: 'c003' })).customerId).toBe('c003');
    expect((await runValue(agent)).status).toBe('completed');
    await expect(agent.value({ customerId: canary.user })).rejects.toMatchObject({ code: 'SCORE_NOT_FOUND' });
    await agent.close();
    const workspace = openWorkspace(directory, { readonly: true });
    const runs = (await workspace.orchestrator()).list();
    const outputs = runs.slice(0, 1).flatMap(({ steps }) => Object.values(steps).map(({ output }) => output));
    const refs = outputs.flatMap((output) => refsOf(output));
    // What a replay asks before it starts.
    expect(refs.flatMap((ref) => workspace.erasedBy(ref)?.erasure ?? [])).toContain(report.erasure);
    await workspace.close();
    expect(await filesWith(directory, canaryTexts)).toEqual([]);
  });

  it('does not let the person in again unnoticed, until it is lifted', async () => {
    const { directory, report } = await erased('again');
    const agent = await openAgent(directory);
    const again = { id: 'new-1', type: 'visit', customer: { loyaltyId: canary.loyalty }, at: '2025-03-01T00:00:00Z', properties: {} };
    const refused = await agent.capture([again], 'shop');
    expect(refused.entries).toMatchObject([{ code: 'SIGNAL_PERSON_ERASED', raw: '' }]);
    expect(await filesWith(directory, canaryTexts)).toEqual([]);
    const known = expect.stringContaining(`erasure ${report.erasure}, record ${report.record}`);
    await expect(agent.erasure.plan(`loyalty:${canary.loyalty}`)).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND', message: known });
    await agent.erasure.lift(report.erasure, 'dpo', 'customer again');
    await expect(agent.erasure.plan(`loyalty:${canary.loyalty}`)).rejects.toMatchObject({
      message: expect.stringMatching(/^nothing is kept of/u),
    });
    expect(await agent.capture([{ ...again, id: 'new-2' }], 'shop')).toMatchObject({ accepted: 1 });
    await agent.close();
  });

  it('is refused under a hold, and for a name that nothing is kept of', async () => {
    const directory = shop.copy('held');
    const agent = await openAgent(directory);
    const hold = await agent.erasure.holds.set({
      id: 'case-7',
      matter: '2025-K-7',
      reason: 'a claim',
      by: 'counsel',
      customers: [canary.user],
    });
    expect(hold).toMatchObject({ matter: '2025-K-7', isEnded: false });
    expect(hold.keys).toBeGreaterThan(0);
    await expect(agent.erasure.erase({ customer: canary.user, ...order })).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    // The file alone is not the hold.
    rmSync(join(directory, 'registries', 'holds', 'case-7.yaml'));
    expect(await agent.erasure.holds.list()).toMatchObject([{ id: 'case-7', isFileGone: true }]);
    await expect(agent.erasure.erase({ customer: canary.user, ...order })).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    await agent.erasure.holds.release('case-7', 'counsel', 'settled');
    expect(await agent.erasure.holds.list()).toEqual([]);
    await expect(agent.erasure.plan('nobody-of-the-name')).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND' });
    await expect(agent.erasure.plan('nobody')).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND' });
    expect((await agent.erasure.erase({ customer: canary.user, ...order })).state).toBe('completed');
    await agent.close();
  });
});

describe('an older copy that is put back', () => {
  it.each([
    ['the vault', ['vault.db']],
    ['everything but the ledger', null],
  ])(
    'is erased again before anything reads it: %s',
    async (what, files) => {
      const name = `restored-${what.replaceAll(' ', '-')}`;
      const { directory } = await erased(name);
      const state = join(directory, '.cohortium');
      const old = join(shop.folder, 'shop', '.cohortium');
      const keptNow = ['ledger.db', 'ledger.db-wal', 'ledger.db-shm', 'keys', 'lock.db', 'lock.json'];
      for (const file of files ?? readdirSync(old).filter((one) => !keptNow.includes(one))) {
        rmSync(join(state, file), { recursive: true, force: true });
        for (const rest of ['-wal', '-shm']) rmSync(join(state, `${file}${rest}`), { force: true });
        cpSync(join(old, file), join(state, file), { recursive: true });
      }
      if (files === null) {
        rmSync(join(state, 'erasures.db'), { force: true });
        expect((await filesWith(directory, canaryTexts)).length).toBeGreaterThan(5);
        await expect(openAgent(directory, { readonly: true })).rejects.toMatchObject({ code: 'ERASURE_INCOMPLETE' });
      }
      const agent = await openAgent(directory);
      // Opening the directory has done it; what is said counts that.
      const { erased: again } = await agent.erasure.restore();
      if (files === null) expect(again.length).toBeGreaterThan(3);
      expect(await agent.verify()).toMatchObject({ verified: true });
      await agent.close();
      expect(await filesWith(directory, canaryTexts)).toEqual([]);
      const workspace = openWorkspace(directory);
      expect(workspace.vault().entriesOf(canary.user)).toEqual([]);
      await workspace.close();
      await (await openAgent(directory, { readonly: true })).close();
    },
    60_000,
  );
});

function refsOf(value: unknown): readonly Ref[] {
  const ref = refSchema.safeParse(value);
  if (ref.success) return [ref.data];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(refsOf) : [];
}
