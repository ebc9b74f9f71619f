/** Engine, store, keys and ledger together: what two persons decide about a case answers it in later runs, and nothing else does. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Desk, openDesk } from '../../../test/fixtures/counsel-desk.ts';

const child = { region: 'JP', refused: false, child: true, assessed: true };
const unknownChild = { ...child, child: null };
const adult = { ...child, child: false };
const childUnassessed = { ...child, assessed: false };
const refusalUnknown = { region: 'EU', refused: null, child: false, assessed: true };

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.close());

describe('opening cases', () => {
  it('makes one review per case, knows it again, and recounts its customers', async () => {
    expect((await desk.run([child, unknownChild, adult])).opened).toEqual({ opened: 2, known: 0 });
    expect((await desk.run([child])).opened).toEqual({ opened: 0, known: 1 });
    expect(await desk.door.reviews('waiting')).toHaveLength(2);
    expect(desk.queue().store.review(await desk.idOf(child))).toMatchObject({
      customers: 3,
      decisiveFacts: ['child'],
      standing: { state: 'open' },
    });
  });

  it('answers a repeated call as the first time, and keeps nothing of a batch with a fault', async () => {
    const { key, facts } = await desk.ask(child);
    const one = { key, purpose: 'offer-eligibility', sink: 'shop', facts, policies: ['child-look'], unknownFacts: [], customers: 1 };
    const call = (cases: readonly object[], idempotencyKey: string) =>
      desk
        .queue()
        .open({ decisions: desk.content.putJson(cases), asOf: '2026-07-01' }, { signal: new AbortController().signal, idempotencyKey });
    expect(await call([one], 'a')).toEqual({ opened: 1, known: 0 });
    expect(await call([one], 'a')).toEqual({ opened: 1, known: 0 });
    await expect(
      call(
        [
          { ...one, key: 'other' },
          { ...one, key: 'third', customers: -1 },
        ],
        'b',
      ),
    ).rejects.toThrow('customers');
    expect(desk.queue().store.reviews()).toHaveLength(1);
  });

  it('gives a case the same id in every store', async () => {
    await desk.run([child]);
    const other = openDesk({ at: '2027-01-01T00:00:00Z' });
    await other.run([child]);
    expect(await other.idOf(child)).toBe(await desk.idOf(child));
    await other.close();
  });

  it('withdraws what can no longer come, because its rule reads otherwise', async () => {
    await desk.run([child]);
    const before = await desk.idOf(child);
    desk.changeLaw();
    expect((await desk.run([child])).opened).toEqual({ opened: 1, known: 0 });
    expect(desk.queue().store.review(before)?.standing.state).toBe('withdrawn');
    expect(await desk.idOf(child)).not.toBe(before);
  });
});

describe('a decision', () => {
  it('answers its case in later runs, until its rule reads otherwise', async () => {
    expect((await desk.run([child])).outcomes).toEqual(['counsel']);
    const id = await desk.idOf(child);
    expect(await desk.settle(id)).toMatchObject({ standing: { state: 'approved' } });
    expect(await desk.run([child])).toMatchObject({ outcomes: ['pass'], policies: [`review:${id}`], opened: { opened: 0, known: 0 } });
    desk.reopenStore();
    expect((await desk.run([child])).outcomes).toEqual(['pass']);
    desk.changeLaw();
    expect((await desk.run([child])).outcomes).toEqual(['counsel']);
  });

  it('fails a case that was rejected', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, { verdict: 'reject' });
    expect(await desk.run([child])).toMatchObject({ outcomes: ['fail'], policies: [`review:${id}`] });
  });

  it('is not used after its end, and its case opens anew', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, { expiresAt: '2026-07-10' });
    desk.at('2026-07-10T12:00:00Z');
    expect((await desk.run([child])).outcomes).toEqual(['pass']);
    desk.at('2026-07-11T12:00:00Z');
    expect(await desk.run([child])).toMatchObject({ outcomes: ['counsel'], opened: { opened: 1, known: 0 } });
    expect(desk.queue().store.review(id)?.standing.state).toBe('closed');
    expect(await desk.idOf(child)).not.toBe(id);
    expect((await desk.door.precedents())[0]).toMatchObject({ review: id, effect: 'lapsed' });
  });

  it('that has ended does not come back for a run as of a day on which it held', async () => {
    await desk.run([child]);
    await desk.settle(await desk.idOf(child), { expiresAt: '2026-07-10' });
    desk.at('2026-08-01T12:00:00Z');
    expect((await desk.run([child], undefined, '2026-07-05')).outcomes).toEqual(['counsel']);
  });

  it('for a single run answers that day alone', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, { scope: { kind: 'run', asOf: '2026-07-01' } });
    expect((await desk.run([child], undefined, '2026-07-01')).outcomes).toEqual(['pass']);
    expect((await desk.ask(child, undefined, '2026-07-02')).outcome).toBe('counsel');
    expect((await desk.run([child], undefined, '2026-07-02')).opened).toEqual({ opened: 1, known: 0 });
  });

  it('on conditions waits until somebody says that they are met, and signs it', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, { verdict: 'condition', conditions: ['Parents get a letter.'] });
    expect((await desk.run([child])).outcomes).toEqual(['counsel']);
    const unsigned = { event: { kind: 'attest' }, by: 'otto', note: 'Letters went out.', policyDigest: '' } as const;
    desk.queue().store.append(id, unsigned, 0);
    expect((await desk.ask(child)).outcome).toBe('counsel');
    await desk.act(id, 'otto', { kind: 'attest', note: 'Letters went out.' });
    const passed = await desk.ask(child);
    expect(passed.outcome).toBe('pass');
    expect(passed.policies[0]?.citation).toContain('on condition: Parents get a letter.');
  });

  it('never overturns a fail', async () => {
    await desk.run([refusalUnknown]);
    await desk.settle(await desk.idOf(refusalUnknown), { checkedFacts: ['refused'] });
    expect((await desk.ask(refusalUnknown)).outcome).toBe('pass');
    expect((await desk.ask({ ...refusalUnknown, refused: true })).outcome).toBe('fail');
  });
});

describe('a decision that is not as it was signed', () => {
  const tampered: readonly (readonly [string, (text: string) => string])[] = [
    ['another verdict', (text) => text.replaceAll('"verdict":"condition"', '"verdict":"approve"')],
    ['a later end', (text) => text.replace(/"expiresAt":"\d{4}/, '"expiresAt":"2999')],
    ['fewer approvers', (text) => text.replace('"approvers":1', '"approvers":2')],
    ['a condition taken out', (text) => text.replaceAll('["By mail."]', '[]')],
    ['other spacing', (text) => text.replace('{', '{ ')],
    ['nothing in it', () => ''],
  ];

  it('is refused and reported, whatever was changed, and the case stays with counsel', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, { verdict: 'condition', conditions: ['By mail.'] });
    await desk.act(id, 'otto', { kind: 'attest', note: 'By mail.' });
    const file = desk.precedentFile(id);
    const before = readFileSync(file, 'utf8');
    for (const [what, change] of tampered) {
      expect((await desk.ask(child)).outcome).toBe('pass');
      expect(change(before), what).not.toBe(before);
      writeFileSync(file, change(before));
      expect(await desk.run([child]), what).toMatchObject({ outcomes: ['counsel'], opened: { opened: 0, known: 1 } });
      const why = expect.stringContaining(`registries/precedents/${id}.json`);
      expect((await desk.door.precedents())[0], what).toMatchObject({ effect: 'damaged', why });
      writeFileSync(file, before);
    }
    expect(desk.logged).toContain('decision-unused');
  });

  it('is refused where a signer is not who the registry says', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id);
    const file = `${desk.paths.registries}/people/grace.json`;
    const grace = readFileSync(file, 'utf8');
    const mary = JSON.parse(readFileSync(`${desk.paths.registries}/people/mary.json`, 'utf8')) as { key: string };
    writeFileSync(file, JSON.stringify({ ...JSON.parse(grace), key: mary.key }));
    expect((await desk.ask(child)).outcome).toBe('counsel');
    rmSync(file);
    expect((await desk.ask(child)).outcome).toBe('counsel');
    writeFileSync(file, grace);
    expect((await desk.ask(child)).outcome).toBe('pass');
  });

  it('is written again from what was signed where the file is gone', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id);
    const before = readFileSync(desk.precedentFile(id), 'utf8');
    rmSync(desk.precedentFile(id));
    expect((await desk.ask(child)).outcome).toBe('counsel');
    await desk.door.reviews('waiting');
    expect(readFileSync(desk.precedentFile(id), 'utf8')).toBe(before);
    expect((await desk.ask(child)).outcome).toBe('pass');
  });

  it('of another case answers nothing', async () => {
    await desk.run([child, unknownChild]);
    const [id, other] = [await desk.idOf(child), await desk.idOf(unknownChild)];
    await desk.settle(id);
    writeFileSync(desk.precedentFile(other), readFileSync(desk.precedentFile(id)));
    expect((await desk.ask(unknownChild)).outcome).toBe('counsel');
  });
});

describe('a waiver', () => {
  const waiver = { scope: { kind: 'waiver' }, expiresAt: '2026-12-31' } as const;

  it('answers every case that only its rules send, and none that another one sends too', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, waiver);
    expect((await desk.run([child])).policies).toEqual([`review:${id}`]);
    // A case that is met for the first time is answered from the next run on.
    expect(await desk.run([unknownChild])).toMatchObject({ outcomes: ['counsel'], opened: { opened: 0, known: 1 } });
    expect(await desk.run([unknownChild])).toMatchObject({ outcomes: ['pass'], policies: [`waiver:${id}`] });
    expect((await desk.run([childUnassessed])).opened).toEqual({ opened: 1, known: 0 });
    expect((await desk.run([childUnassessed])).outcomes).toEqual(['counsel']);
    expect((await desk.run([unknownChild], 'credit')).opened).toEqual({ opened: 1, known: 0 });
  });

  it('covers the rules that were signed, whatever somebody writes into the store', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id, waiver);
    await desk.run([childUnassessed]);
    const more = desk.queue().store.review(await desk.idOf(childUnassessed))?.rules;
    desk.reopenStore();
    const database = new DatabaseSync(join(desk.paths.state, 'reviews.db'));
    database.exec('DROP TRIGGER counsel_review_stays');
    database.prepare('UPDATE counsel_review SET rules = ? WHERE id = ?').run(JSON.stringify(more), id);
    database.close();
    expect(desk.queue().store.review(id)?.rules).toEqual(more);
    expect((await desk.ask(childUnassessed)).outcome).toBe('counsel');
  });

  it('ends', async () => {
    await desk.run([child]);
    await desk.settle(await desk.idOf(child), waiver);
    await desk.run([unknownChild]);
    expect((await desk.ask(unknownChild, undefined, '2026-12-31')).outcome).toBe('pass');
    expect((await desk.ask(unknownChild, undefined, '2027-01-01')).outcome).toBe('counsel');
  });

  it('is refused without an end, for a rule that forbids, and to reject', async () => {
    await desk.run([child, refusalUnknown]);
    const id = await desk.idOf(child);
    await expect(desk.recommend(id, 'ada', { scope: waiver.scope })).rejects.toThrow('say until when it holds');
    await expect(desk.recommend(id, 'ada', { ...waiver, verdict: 'reject' })).rejects.toThrow('lets cases through');
    await expect(desk.recommend(await desk.idOf(refusalUnknown), 'ada', { ...waiver, checkedFacts: ['refused'] })).rejects.toThrow(
      'refusal forbids a use where it applies',
    );
  });
});

describe('the clock', () => {
  it('is the shortest of the regimes that sent it, and counts business days', async () => {
    await desk.run([child, refusalUnknown]);
    const store = desk.queue().store;
    expect(store.review(await desk.idOf(child))).toMatchObject({
      dueDay: '2026-07-22',
      clock: { regime: 'children', name: 'optOutBusinessDays', amount: 15 },
    });
    expect(store.review(await desk.idOf(refusalUnknown))).toMatchObject({ dueDay: '2026-08-01', clock: { name: 'respondMonths' } });
  });

  it('skips holidays, and falls back on the days of the operator', async () => {
    const own = openDesk({ counsel: { holidays: ['2026-07-03'], slaDays: 5 } });
    await own.run([child, { ...adult, assessed: false }]);
    const due = (await own.door.reviews('waiting')).map(({ dueDay }) => dueDay);
    expect(due).toEqual(['2026-07-06', '2026-07-23']);
    await own.close();
  });

  it('fails what nobody decides in time, whether or not anybody has looked', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    desk.at('2026-07-22T23:59:59Z');
    expect((await desk.ask(child)).outcome).toBe('counsel');
    desk.at('2026-07-23T00:00:00Z');
    expect(await desk.run([child])).toMatchObject({ outcomes: ['fail'], policies: [`review-expired:${id}`] });
    expect(await desk.door.reviews('waiting')).toEqual([]);
    expect(desk.queue().store.review(id)?.standing.state).toBe('expired');
    await expect(desk.recommend(id)).rejects.toMatchObject({ code: 'REVIEW_DECIDED' });
    expect((await desk.door.reviewMetrics()).expired).toBe(1);
  });

  it('starts again where a case is reopened', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    desk.later(60);
    const again = await desk.door.reopenReview(id, 'otto', 'Counsel was ill.');
    expect(again).toMatchObject({ state: 'open', openedAsOf: '2026-07-01' });
    expect(again.id).not.toBe(id);
    expect((await desk.ask(child)).outcome).toBe('counsel');
    await desk.settle(again.id);
    expect((await desk.ask(child)).outcome).toBe('pass');
  });
});
