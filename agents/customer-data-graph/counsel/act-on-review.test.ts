/** Steps of persons, with their real keys: who may take them, what is signed, and what stays of it. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Desk, openDesk } from '../../../test/fixtures/counsel-desk.ts';
import { digestOfEnvelope, openEnvelope } from '../record/attest.ts';

const child = { region: 'JP', refused: false, child: true, assessed: true };
const unassessed = { region: 'JP', refused: false, child: false, assessed: false };

let desk: Desk;
let id = '';
beforeEach(async () => {
  desk = openDesk();
  await desk.run([child]);
  id = await desk.idOf(child);
});
afterEach(() => desk.close());

const person = (one: string): { id: string; name: string; key: string } =>
  JSON.parse(readFileSync(`${desk.paths.registries}/people/${one}.json`, 'utf8')) as { id: string; name: string; key: string };

describe('two pairs of eyes', () => {
  it('are two persons with two keys', async () => {
    await desk.recommend(id);
    await expect(desk.decide(id, 'ada')).rejects.toMatchObject({
      code: 'REVIEW_REFUSED',
      message: expect.stringContaining('ada recommended it'),
    });
    // Mary is given the key of Ada: another name, and the same person.
    writeFileSync(`${desk.paths.registries}/people/mary.json`, JSON.stringify({ ...person('mary'), key: person('ada').key }));
    const own = JSON.parse(readFileSync(`${desk.paths.state}/keys/person-ada.json`, 'utf8')) as object;
    writeFileSync(`${desk.paths.state}/keys/person-mary.json`, JSON.stringify({ ...own, person: 'mary' }), { mode: 0o600 });
    await expect(desk.decide(id, 'mary')).rejects.toMatchObject({ code: 'LEDGER_KEY_UNSAFE' });
    expect((await desk.ask(child)).outcome).toBe('counsel');
  });

  it('are of persons in roles', async () => {
    await expect(desk.recommend(id, 'eve')).rejects.toThrow('eve has no role');
    await expect(desk.recommend(id, 'mary')).rejects.toMatchObject({ code: 'REVIEW_REFUSED' });
    await desk.recommend(id);
    await expect(desk.decide(id, 'otto')).rejects.toThrow(
      "otto is operator; 'approve, condition or reject' takes one of: counsel, privacy-officer",
    );
    expect(await desk.decide(id, 'mary')).toMatchObject({ standing: { state: 'approved' } });
  });

  it('are not those of the author of the policy at issue', async () => {
    await desk.run([unassessed]);
    const house = await desk.idOf(unassessed);
    desk.signOverlay('grace', person('grace').key);
    await desk.recommend(house, 'ada', { checkedFacts: ['assessed'] });
    await expect(desk.decide(house, 'grace', { checkedFacts: ['assessed'] })).rejects.toThrow(
      'grace signed a policy that this case is about',
    );
    expect(await desk.decide(house, 'mary', { checkedFacts: ['assessed'] })).toMatchObject({ standing: { state: 'approved' } });
  });

  it('are three for credit, and a refusal by one ends it', async () => {
    await desk.run([child], 'credit');
    const credit = await desk.idOf(child, 'credit');
    await desk.recommend(credit);
    expect(await desk.decide(credit)).toMatchObject({ standing: { state: 'recommended' } });
    expect((await desk.ask(child, 'credit')).outcome).toBe('counsel');
    await expect(desk.decide(credit)).rejects.toThrow('grace has approved it already');
    expect(await desk.decide(credit, 'mary')).toMatchObject({ standing: { state: 'approved' } });
    expect((await desk.ask(child, 'credit')).outcome).toBe('pass');
  });

  it('act in two roles where the operator wants that', async () => {
    const own = openDesk({ counsel: { distinctRoles: true } });
    await own.run([child]);
    const one = await own.idOf(child);
    await own.recommend(one);
    expect((await own.decide(one)).standing.approvals[0]?.signer.role).toBe('privacy-officer');
    await own.close();
  });
});

describe('what is said', () => {
  it('is refused where something is missing or cannot be, and nothing is kept of it', async () => {
    const refused: readonly (readonly [Parameters<Desk['recommend']>[2], string])[] = [
      [{ rationale: '' }, 'a rationale is needed'],
      [{ checkedFacts: [] }, 'which facts were checked'],
      [{ checkedFacts: ['region'] }, 'does not rest on region'],
      [{ expiresAt: '2026-06-30' }, 'from 2026-07-01 to 2027-07-01'],
      [{ expiresAt: '2027-07-02' }, 'from 2026-07-01 to 2027-07-01'],
      [{ expiresAt: 'soon' }, "found 'soon'"],
    ];
    for (const [more, message] of refused) {
      await expect(desk.recommend(id, 'ada', more)).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
        message: expect.stringContaining(message),
      });
    }
    expect(desk.queue().store.review(id)?.events).toHaveLength(1);
  });

  it('is about the law as it was when the case was opened', async () => {
    desk.changeLaw();
    await expect(desk.recommend(id)).rejects.toThrow('child-look reads otherwise now');
  });

  it('makes a decision at least as strict as was recommended, else it is returned', async () => {
    await desk.recommend(id, 'ada', { verdict: 'reject' });
    await expect(desk.decide(id)).rejects.toThrow('return it with your reasons');
    await desk.act(id, 'grace', { kind: 'return', note: 'The letter of May settles it.' });
    await desk.recommend(id);
    expect(await desk.decide(id)).toMatchObject({ standing: { state: 'approved' } });
    expect(await desk.door.reviewMetrics()).toMatchObject({ decided: 1, overturned: 1 });
  });
});

describe('the way of a case', () => {
  it('goes from hand to hand, every step signed and recorded', async () => {
    await desk.act(id, 'otto', { kind: 'assign', to: 'ada', note: 'Yours.' });
    await expect(desk.recommend(id, 'grace')).rejects.toThrow("'recommend' follows in-review");
    await desk.act(id, 'ada', { kind: 'start', note: 'started' });
    await desk.act(id, 'ada', { kind: 'ask', note: 'How old?' });
    await desk.act(id, 'otto', { kind: 'supply', note: 'Seventeen.' });
    await desk.recommend(id);
    await desk.decide(id);
    const { history } = await desk.door.review(id);
    expect(history.map(({ by, step, to }) => `${by} ${step} ${to}`)).toEqual([
      'gate open open',
      'otto assign assigned',
      'ada start in-review',
      'ada ask needs-info',
      'otto supply in-review',
      'ada recommend recommended',
      'grace decide approved',
    ]);
    expect(history.every(({ policyDigest }) => policyDigest.length === 64)).toBe(true);
    const records = await desk.records.ofKind(['review-step']);
    expect(records.map(({ body }) => body)).toEqual(
      history.map(({ place, step, from, to }) => expect.objectContaining({ place, review: id, step, from, to })),
    );
    // The seven steps, and what the two who recommended and decided signed about it.
    expect(desk.ledger.verify()).toMatchObject({ verified: true, size: 9 });
    const attestations = await desk.records.ofKind(['attestation']);
    const said = attestations.map(({ body }) => openEnvelope(body?.['envelope'] as never, (keyId) => keyId));
    expect(said.map(({ predicateType, predicate }) => [predicateType, predicate['identity'], predicate['decision']])).toEqual([
      ['https://cohortium.dev/attestation/counsel-decision/v1', 'person:ada', 'recommend: approve'],
      ['https://cohortium.dev/attestation/counsel-decision/v1', 'person:grace', 'decide: approve'],
    ]);
    const leaves = [...desk.ledger.records()].map((text) => JSON.parse(text) as { kind: string; att?: string });
    expect(leaves.flatMap(({ att }) => att ?? [])).toEqual(attestations.map(({ body }) => digestOfEnvelope(body?.['envelope'] as never)));
    // Names of persons stay out of the ledger. `ada` is also a run of three hexadecimal digits: only whole words count.
    expect([...desk.ledger.records()].join('\n')).not.toMatch(/\b(?:ada|grace|otto)\b/);
  });

  it('ends at once for who withdraws it, and stays ended', async () => {
    await desk.act(id, 'otto', { kind: 'withdraw', note: 'The use is given up.' });
    await expect(desk.recommend(id)).rejects.toMatchObject({ code: 'REVIEW_DECIDED' });
    expect((await desk.ask(child)).outcome).toBe('counsel');
    expect((await desk.run([child])).opened).toEqual({ opened: 1, known: 0 });
  });

  it('is taken back by reopening, and then counts as reversed where it ends otherwise', async () => {
    await desk.settle(id);
    await expect(desk.door.reopenReview(id, 'eve', 'No.')).rejects.toMatchObject({ code: 'REVIEW_REFUSED' });
    await expect(desk.door.reopenReview(id, 'otto', ' ')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    const again = await desk.door.reopenReview(id, 'otto', 'The letter was forged.');
    expect((await desk.ask(child)).outcome).toBe('counsel');
    await expect(desk.door.reopenReview(id, 'otto', 'Again.')).rejects.toThrow(`was opened again as '${again.id}'`);
    await desk.settle(again.id, { verdict: 'reject' });
    expect((await desk.ask(child)).outcome).toBe('fail');
    expect(await desk.door.reviewMetrics()).toMatchObject({ decided: 2, reversed: 1 });
  });

  it('has no review or person of a made-up name', async () => {
    await expect(desk.recommend('rev-0000000000000000')).rejects.toMatchObject({ code: 'REVIEW_NOT_FOUND' });
    await expect(desk.recommend(id, 'nobody')).rejects.toMatchObject({ code: 'PERSON_NOT_FOUND' });
    await expect(desk.act(id, 'otto', { kind: 'assign', to: 'nobody' })).rejects.toMatchObject({ code: 'PERSON_NOT_FOUND' });
  });
});

describe('an emergency', () => {
  const glass = { kind: 'break-glass', note: 'A recall goes out today.', days: 2 } as const;

  it('lets the case through for its days, and leaves it to be decided', async () => {
    await expect(desk.act(id, 'ada', glass)).rejects.toMatchObject({ code: 'REVIEW_REFUSED' });
    expect(await desk.act(id, 'mary', glass)).toMatchObject({ standing: { state: 'open', emergencyUntil: '2026-07-03' } });
    expect((await desk.run([child])).policies).toEqual([`break-glass:${id}`]);
    expect(await desk.door.reviews('waiting')).toHaveLength(1);
    desk.at('2026-07-04T00:00:00Z');
    expect((await desk.ask(child)).outcome).toBe('counsel');
  });

  it('is none for credit, nor for longer than the operator lets it be', async () => {
    await desk.run([child], 'credit');
    await expect(desk.act(await desk.idOf(child, 'credit'), 'mary', glass)).rejects.toThrow('nobody lets it through alone');
    await expect(desk.act(id, 'mary', { ...glass, days: 4 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('is none where nobody of the registry signed it', async () => {
    desk
      .queue()
      .store.append(
        id,
        { event: { kind: 'break-glass', until: '2026-07-09' }, by: 'mary', note: 'x', policyDigest: '', statement: null },
        0,
      );
    expect((await desk.ask(child)).outcome).toBe('counsel');
    await desk.act(id, 'mary', glass);
    expect((await desk.ask(child)).outcome).toBe('pass');
    writeFileSync(`${desk.paths.registries}/people/mary.json`, JSON.stringify({ ...person('mary'), key: person('otto').key }));
    expect((await desk.ask(child)).outcome).toBe('counsel');
  });
});

it('needs the key of the person here', async () => {
  copyFileSync(`${desk.paths.state}/keys/person-otto.json`, `${desk.paths.state}/keys/person-ada.json`);
  await expect(desk.recommend(id)).rejects.toMatchObject({ code: 'LEDGER_KEY_UNSAFE' });
});
