/**
 * An erasure that was ordered, and what came before it began: a hold, or the end of the key that signed. A process that was killed in
 * between leaves that, and so does a second one.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import { openErasureJournal } from '../../adapters/sqlite/erase-journal.ts';
import { handOf, signAct } from '../record/attest-act.ts';
import { findPerson, newErasureId } from './find-person.ts';
import { runningIn } from './run-erasure.ts';

let desk: RequestDesk;
beforeAll(async () => {
  desk = await openRequestDesk('2026-02-01');
  await someSignals(desk.agent, 'u-1', 'US-CA');
  await desk.workspace
    .records()
    .write([{ kind: 'score', stream: 'a', subject: 'u-1', class: 'decision', body: { customer: 'u-1', tier: 'high' } }], 'first');
});
afterAll(() => desk.close());

/** What a process leaves that was killed right after the order was noted. */
async function ordered(by = 'dpo', isSigned = false): Promise<void> {
  const { workspace } = desk;
  const person = await findPerson(workspace, 'u-1');
  const id = newErasureId();
  const act = { kind: 'erasure.started', stream: id, subject: null, body: { erasure: id, kids: [] }, rationale: 'asked for' } as const;
  const order = isSigned ? await signAct(workspace, handOf(workspace, 'erase', by), act) : undefined;
  const journal = openErasureJournal(workspace.paths.state);
  journal.save({
    id,
    ...(order && { order: { body: order.body, attestation: order.attestation } }),
    owners: ['user:u-1'],
    ids: person.ids,
    signals: [],
    kids: person.ids.flatMap((id) =>
      workspace
        .vault()
        .entriesOf(id)
        .map(({ kid }) => kid),
    ),
    kept: [],
    by,
    why: 'asked for',
    started: null,
    segments: [],
    found: [],
    erased: [],
    bodies: 0,
    redacted: 0,
    recordsHeld: 0,
    isWaiting: false,
  });
  journal.close();
}

describe('an erasure that was ordered and has not begun', () => {
  it.each([
    ['of the person', 'suit-1', { customers: ['u-1'] }],
    ['of a class of records', 'suit-2', { records: ['decision'] }],
    ['of everything', 'suit-3', { everything: true }],
  ])('is stopped by a hold %s that was set meanwhile, and does nothing ever after', async (_what, id, about) => {
    const { agent, workspace } = desk;
    await ordered();
    await agent.erasure.holds.set({ id, matter: 'suit 7', reason: 'a lawsuit', by: 'ada', ...about });
    await expect(agent.erasure.resume()).rejects.toMatchObject({ code: 'ERASURE_HELD' });
    expect(runningIn(workspace.paths.state)).toEqual([]);
    expect(await agent.erasure.resume()).toBeUndefined();
    expect(await workspace.records().about('u-1', ['score'])).toMatchObject([{ state: 'open' }]);
    expect((await agent.graph.customer('u-1')).customerId).toBe('u-1');
    await agent.erasure.holds.release(id, 'ada', 'settled');
  });

  it('names a hold once, and one whose file was taken away by its record', async () => {
    const { agent, workspace } = desk;
    await agent.erasure.holds.set({ id: 'suit-4', matter: 'suit 9', reason: 'a lawsuit', by: 'ada', customers: ['u-1'] });
    expect((await agent.erasure.plan('u-1')).holds).toEqual(["hold 'suit-4' by ada: a lawsuit"]);
    const file = join(workspace.paths.registries, 'holds', 'suit-4.yaml');
    const text = readFileSync(file);
    rmSync(file);
    expect((await agent.erasure.plan('u-1')).holds).toEqual(["hold 'suit-4' for matter suit 9: it was not released"]);
    writeFileSync(file, text);
    await agent.erasure.holds.release('suit-4', 'ada', 'settled');
  });

  it('is forgotten when the key that signed it is revoked, and says so once', async () => {
    const { agent, workspace } = desk;
    await ordered('bob', true);
    await agent.models.revokePerson('bob', 'stolen');
    await expect(agent.erasure.resume()).rejects.toMatchObject({
      code: 'PERSON_KEY_REVOKED',
      message: expect.stringMatching(/^nothing was erased by erasure [0-9a-f]{16}, order it again: the key of 'bob' was revoked/),
    });
    expect(runningIn(workspace.paths.state)).toEqual([]);
    expect(await agent.erasure.resume()).toBeUndefined();
    expect(await workspace.records().about('u-1', ['score'])).toMatchObject([{ state: 'open' }]);
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
  });

  it('goes on where nothing holds it', async () => {
    const { agent } = desk;
    await ordered();
    expect(await agent.erasure.resume()).toMatchObject({ state: 'completed' });
    await expect(agent.graph.customer('u-1')).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND' });
  });
});
