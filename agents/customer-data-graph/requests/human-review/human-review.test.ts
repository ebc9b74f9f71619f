/** A person contests a decision: who may, by when, who looks again, and what follows. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { decidedAbout, openRequestDesk, type RequestDesk, someSignals } from '../../../../test/fixtures/request-desk.ts';
import { actOnReview } from '../../counsel/act-on-review.ts';
import { factsWithSources } from '../../facts/facts-with-sources.ts';
import { addPerson } from '../../govern/models/people.ts';
import type { RecordPlace } from '../../record/record-interface.ts';
import { subjectExportSchema } from '../export/export-schema.ts';
import { referralRefusal } from '../judge-request.ts';
import type { ReceiveRequest, RequestDetail, RequestDoor } from '../request-interface.ts';
import { contestedDecision } from './contested-decision.ts';
import { openCase } from './counsel-case.ts';

const account = { evidence: { method: 'account', points: 0, isDeclared: false, note: '' } } as const;
const why = { rationale: 'The score left out that they had moved.', checkedFacts: ['automation'] } as const;

let desk: RequestDesk;
let requests: RequestDoor;
/** Persons in the log whom no test has taken yet; there from the beginning, so that the graph is made once and not anew for every test. */
const newcomers = Array.from({ length: 20 }, (_, index) => `u-${index + 1}`);
beforeAll(async () => {
  desk = await openRequestDesk('2026-11-02');
  ({ requests } = desk.agent);
  for (const [id, roles] of [
    ['carl', ['counsel']],
    ['grace', ['counsel']],
  ] as const)
    addPerson(desk.workspace.paths, id, undefined, desk.workspace.clock.now(), roles);
  for (const customer of newcomers) await someSignals(desk.agent, customer, 'DE');
});
afterAll(() => desk.close());

/** A customer with a decision for credit. */
async function decided(purpose = 'credit'): Promise<{ readonly customer: string; readonly place: RecordPlace }> {
  const customer = newcomers.shift();
  if (customer === undefined) throw new Error('every person was taken; let there be more of them');
  return { customer, place: await decidedAbout(desk.workspace, customer, purpose) };
}

const receive = async (customer: string, more: Partial<ReceiveRequest> = {}): Promise<string> =>
  (await requests.receive({ kind: 'human-review', manner: 'web-form', claims: [customer], residence: 'DE', ...more })).id;

const contested = async (customer: string, more: Partial<ReceiveRequest> = {}): Promise<RequestDetail> =>
  requests.verify(await receive(customer, more), account, 'ada');

const caseOf = ({ state }: RequestDetail): string => state.referred?.review ?? '';

/** Recommended by one and decided by another; what lets a decision for credit stand takes a third. */
async function decide(review: string, verdict: 'approve' | 'condition' | 'reject'): Promise<void> {
  const conditions = verdict === 'condition' ? ['A person looks at the income first.'] : [];
  await desk.agent.gate.actOnReview(review, { kind: 'recommend', verdict, conditions, ...why }, 'carl');
  await desk.agent.gate.actOnReview(review, { kind: 'decide', verdict, conditions, ...why }, 'grace');
  if (verdict !== 'reject') await desk.agent.gate.actOnReview(review, { kind: 'decide', verdict, conditions, ...why }, 'ada');
}

const refusedBy = async (customer: string): Promise<readonly string[]> =>
  (await desk.agent.consents.show(customer)).standing.flatMap(({ purpose, isRefused }) => (isRefused === true ? [purpose] : [])).sort();

describe('the right to a human review', () => {
  it.each([
    ['DE', '2026-11-02', ['eu-gdpr-22'], '2026-12-02', '2027-01-31'],
    ['GB', '2026-11-02', ['eu-gdpr-22'], '2026-12-02', '2027-01-31'],
    ['US-CA', '2026-11-02', ['us-ca-admt'], '2026-12-17', '2027-01-31'],
    ['US-MN', '2026-11-02', ['us-mn-mcdpa'], '2026-12-17', '2027-01-31'],
    ['US-CT', '2026-11-02', ['us-ct-ctdpa'], '2026-12-17', '2027-01-31'],
    ['US-CT', '2026-06-30', [], '2026-07-30', '2026-08-29'],
    ['BR', '2026-11-02', ['br-lgpd'], '2026-11-17', undefined],
    ['CA-QC', '2026-11-02', ['ca-qc-law25'], '2026-12-02', undefined],
    ['US-VA', '2026-11-02', [], '2026-12-02', '2027-01-01'],
  ] as const)('is given in %s on %s by %j, answered by %s', async (residence, receivedAt, regimes, due, extended) => {
    const { state } = await requests.show(await receive('u-1', { residence, receivedAt }));
    expect([state.regimes, state.respondBy, state.clocks.extended?.due, state.clocks.confirm]).toEqual([regimes, due, extended, null]);
  });

  it('needs somebody who is known, and a role to handle it', async () => {
    const { customer } = await decided();
    const id = await receive(customer);
    expect(await requests.show(id)).toMatchObject({ needed: 'reasonable', status: 'awaiting-identity' });
    await expect(requests.refer(id, 'bob')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });
});

describe('an impostor', () => {
  it('opens no case, and cannot tell whether anything was decided', async () => {
    const { customer, place } = await decided();
    const letters: string[] = [];
    const before = (await desk.agent.gate.reviews('all')).length;
    for (const claim of [customer, 'u-nobody']) {
      const id = await receive(claim, { decision: place, view: 'It is wrong.' });
      const weak = await requests.verify(id, { evidence: { ...account.evidence, method: 'data-points', points: 1 } }, 'ada');
      expect(weak).toMatchObject({ status: 'awaiting-identity', state: { customer: null, referred: null } });
      await expect(requests.refer(id, 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
      await expect(requests.fulfil(id, 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
      await expect(requests.export(id, join(desk.directory, `${id}.zip`), 'ada')).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
      letters.push((await requests.show(id)).letter.replaceAll(id, 'ID'));
    }
    expect(letters[0]).toBe(letters[1]);
    expect((await desk.agent.gate.reviews('all')).length).toBe(before);
  });

  it('who is known gets no decision about somebody else', async () => {
    const [own, other] = [await decided('offer-eligibility'), await decided()];
    const asked = await contested(own.customer, { decision: other.place });
    expect(asked.state.referred).toBeNull();
    await expect(requests.refer(asked.id, 'ada', other.place)).rejects.toThrow(/no such decision about the person/);
    expect((await requests.refer(asked.id, 'ada', own.place)).state.referred).toMatchObject({ decision: own.place });
  });
});

describe('a contested decision', () => {
  it('comes before counsel once it is known who asks: the gravest one, with what the person says', async () => {
    const { customer, place } = await decided();
    await decidedAbout(desk.workspace, customer, 'offer-eligibility');
    const asked = await contested(customer, { view: 'I moved, and pay my bills.' });
    expect(asked.state.referred).toMatchObject({
      decision: place,
      purpose: 'credit',
      isSignificant: 'yes',
      automation: 'solely-automated',
    });
    const sheet = await desk.agent.gate.review(caseOf(asked));
    expect(sheet).toMatchObject({
      contestedBy: asked.id,
      contest: { customer, view: 'I moved, and pay my bills.', decision: place, outcome: 'pass' },
      customers: 1,
      dueDay: asked.respondBy,
      clock: { regime: 'eu-gdpr-22' },
    });
    expect(sheet.examples.map(({ customerId }) => customerId)).toEqual([customer]);
    expect(sheet.steps).not.toContain('break-glass');
    await expect(requests.fulfil(asked.id, 'ada')).rejects.toThrow(/counsel has still to decide/);
    await expect(requests.refer(asked.id, 'ada')).rejects.toThrow(/is before counsel/);
    await expect(requests.verify(asked.id, { ...account, customer: 'u-nobody' }, 'ada')).rejects.toThrow(/who asks is settled/);
  });

  it('stands where counsel says so: nothing is refused, and the person is told why and where to complain', async () => {
    const { customer } = await decided();
    const asked = await contested(customer);
    await decide(caseOf(asked), 'approve');
    const ended = await requests.show(asked.id);
    expect(ended).toMatchObject({
      status: 'fulfilled',
      state: { outcome: { reviewed: { outcome: 'upheld', because: why.rationale, refused: [] } } },
    });
    expect(ended.letter).toMatch(/The decision stands\.[^]*had moved[^]*complain/);
    expect(ended.letter).not.toMatch(/carl|grace/);
    expect(ended.letter).toMatch(/^Three persons of (?:counsel|ours, acting as counsel and [a-z ]+,) looked again at the decision/m);
    expect(await refusedBy(customer)).toEqual([]);
  });

  it.each([
    ['condition', 'changed', ['automated-decision']],
    ['reject', 'withdrawn', ['automated-decision', 'profiling']],
  ] as const)('to %s is %s, and takes effect for the gate', async (verdict, outcome, refused) => {
    const { customer } = await decided();
    const asked = await contested(customer);
    const factsOf = async () => {
      const facts = await factsWithSources(desk.workspace, customer, '2026-11-02');
      return ['automatedDecisionOptOut', 'profilingOptOut'].map((name) => facts.find((fact) => fact.name === name)?.value);
    };
    expect(await factsOf()).toEqual([null, null]);
    await decide(caseOf(asked), verdict);
    const ended = await requests.show(asked.id);
    expect(ended.state.outcome?.reviewed).toMatchObject({ outcome, refused });
    expect(await refusedBy(customer)).toEqual(refused);
    expect(await factsOf()).toEqual([true, outcome === 'withdrawn' ? true : null]);
    if (verdict === 'reject') expect(ended.letter).toMatch(/^Two persons of counsel looked again at the decision/m);
    expect(ended.letter).toContain(`Refused in your name from now on: ${refused.join(', ')}`);
  });

  it('is decided by two who sign, whose words are on record with the step that ends the request', async () => {
    const { customer } = await decided();
    const asked = await contested(customer);
    const review = caseOf(asked);
    await desk.agent.gate.actOnReview(review, { kind: 'recommend', verdict: 'reject', conditions: [], ...why }, 'carl');
    await expect(
      desk.agent.gate.actOnReview(review, { kind: 'decide', verdict: 'reject', conditions: [], ...why }, 'carl'),
    ).rejects.toMatchObject({ code: 'REVIEW_REFUSED' });
    expect((await requests.show(asked.id)).status).toBe('in-progress');
    await desk.agent.gate.actOnReview(review, { kind: 'decide', verdict: 'reject', conditions: [], ...why }, 'grace');
    const { state } = await requests.show(asked.id);
    const last = state.steps.at(-1);
    expect([last?.step.kind, last?.by]).toEqual(['carried-out', 'grace']);
    const record = await desk.workspace.records().at({ index: last?.record ?? -1, item: null });
    expect(record.body?.['step']).toMatchObject({
      outcome: {
        reviewed: {
          review,
          by: [{ person: 'carl' }, { person: 'grace', role: 'counsel', signature: expect.stringMatching(/^[\w+/=]{80,}$/) }],
        },
      },
    });
    const precedent = join(desk.workspace.paths.registries, 'precedents', `${review}.json`);
    expect(readFileSync(precedent, 'utf8')).toContain(state.outcome?.reviewed?.by[1]?.signature ?? 'none');
  });

  it('ends its request after a kill, and one whose signed words are damaged keeps no other from that', async () => {
    const [damaged, other] = [await contested((await decided()).customer), await contested((await decided()).customer)];
    const said = { verdict: 'reject', conditions: [], ...why } as const;
    // Without what the door does afterwards, as a kill leaves it.
    for (const one of [damaged, other]) {
      await actOnReview(desk.workspace, caseOf(one), { kind: 'recommend', ...said }, 'carl');
      await actOnReview(desk.workspace, caseOf(one), { kind: 'decide', ...said }, 'grace');
    }
    const precedent = join(desk.workspace.paths.registries, 'precedents', `${caseOf(damaged)}.json`);
    const text = readFileSync(precedent, 'utf8');
    writeFileSync(precedent, text.replace('had moved', 'had not moved'));
    await desk.agent.gate.reviews('waiting');
    const statuses = async () => [(await requests.show(damaged.id)).status, (await requests.show(other.id)).status];
    expect(await statuses()).toEqual(['in-progress', 'fulfilled']);
    await expect(requests.fulfil(damaged.id, 'ada')).rejects.toMatchObject({ code: 'PRECEDENT_DAMAGED' });
    // What was signed is not lost meanwhile, to a second case or another ending.
    const twin = await contested(damaged.state.customer ?? '');
    const steps = (await requests.show(damaged.id)).state.steps.length;
    const toFulfil = { code: 'REQUEST_REFUSED', message: expect.stringContaining(`run cohortium requests fulfil ${damaged.id}`) };
    await expect(requests.refer(damaged.id, 'ada')).rejects.toMatchObject(toFulfil);
    await expect(requests.deny(damaged.id, 'manifestly-unfounded', '', 'ada')).rejects.toMatchObject(toFulfil);
    await expect(requests.closeAsDuplicate(damaged.id, twin.id, 'ada')).rejects.toMatchObject(toFulfil);
    const shown = await requests.show(damaged.id);
    expect([shown.state.steps.length, shown.deniableAs, shown.next]).toEqual([steps, [], expect.stringContaining('fulfil it')]);
    writeFileSync(precedent, text);
    await desk.agent.gate.reviews('waiting');
    expect(await statuses()).toEqual(['fulfilled', 'fulfilled']);
  });

  it('whose step was lost to a kill takes the case that was opened, and what was signed in it', async () => {
    const [own, other] = [await decided(), await decided('offer-eligibility')];
    const asked = await contested(own.customer, { decision: other.place });
    const decision = await contestedDecision(desk.workspace.records(), own.customer, own.place);
    if (!decision) throw new Error('the decision was recorded above');
    const { id: review } = await openCase(desk.workspace, asked.state, decision);
    const said = { verdict: 'reject', conditions: [], ...why } as const;
    await actOnReview(desk.workspace, review, { kind: 'recommend', ...said }, 'carl');
    await actOnReview(desk.workspace, review, { kind: 'decide', ...said }, 'grace');
    await desk.agent.gate.reviews('waiting');
    await expect(requests.deny(asked.id, 'no-automated-decision', '', 'ada')).rejects.toThrow(`requests refer ${asked.id}, then`);
    expect((await requests.refer(asked.id, 'ada', own.place)).state.referred).toMatchObject({ review });
    expect((await requests.fulfil(asked.id, 'ada')).state.outcome?.reviewed).toMatchObject({ review, outcome: 'withdrawn' });
  });

  it('is not laid before counsel again while recipients of its outcome acknowledge', async () => {
    const asked = await contested((await decided()).customer);
    await decide(caseOf(asked), 'reject');
    const { state } = await requests.show(asked.id);
    expect(referralRefusal({ ...state, status: 'awaiting-sinks' }, { signed: caseOf(asked) })).toMatch(/was carried out/);
    expect(referralRefusal(state, { signed: caseOf(asked) })).toMatch(/is fulfilled; that is final/);
  });

  it('rules no case of the gate, and is open to no waiver, emergency or second round', async () => {
    const { customer } = await decided();
    const asked = await contested(customer);
    const review = caseOf(asked);
    const { gate } = desk.agent;
    const said = { kind: 'recommend', verdict: 'approve', conditions: [], ...why } as const;
    await expect(gate.actOnReview(review, { ...said, scope: { kind: 'waiver' }, expiresAt: '2026-12-01' }, 'carl')).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    await expect(gate.actOnReview(review, { kind: 'break-glass', note: 'now', days: 1 }, 'ada')).rejects.toThrow(/a person contests/);
    await decide(review, 'approve');
    await expect(gate.reopenReview(review, 'ada', 'again')).rejects.toThrow(/a new request opens a new case/);
    expect((await gate.precedents()).find((one) => one.review === review)).toMatchObject({ effect: 'not-used' });
  });

  it('leaves counsel nothing to do where the request ends without it', async () => {
    const { customer } = await decided('offer-eligibility');
    const [first, second] = [await contested(customer), await contested(customer)];
    await requests.withdraw(first.id, 'changed my mind', 'ada');
    await requests.deny(second.id, 'no-significant-effect', '', 'ada');
    for (const one of [first, second]) expect((await desk.agent.gate.review(caseOf(one))).state).toBe('withdrawn');
  });
});

describe('the answer', () => {
  it('says in plain words what was decided, holds the proof of the decision, and is the same twice', async () => {
    const { customer, place } = await decided();
    const asked = await contested(customer, { view: 'I <b>moved</b>.' });
    const file = (name: string): string => join(desk.directory, `${asked.id}-${name}.zip`);
    await expect(requests.export(asked.id, file('early'), 'ada')).rejects.toThrow(/waits for what counsel decides/);
    await decide(caseOf(asked), 'reject');
    await requests.export(asked.id, file('one'), 'ada');
    await requests.export(asked.id, file('two'), 'ada');
    expect(readFileSync(file('one')).equals(readFileSync(file('two')))).toBe(true);
    const files = unzipSync(readFileSync(file('one')));
    const data = subjectExportSchema.parse(JSON.parse(Buffer.from(files['data.json'] ?? []).toString()));
    expect(data.reviews).toMatchObject([
      { request: asked.id, decision: place, outcome: 'withdrawn', because: why.rationale, refused: ['automated-decision', 'profiling'] },
    ]);
    expect(data).toMatchObject({ kind: 'human-review', person: null, signals: [], consents: [], categories: [] });
    expect(data.records.map(({ kind, proof }) => [kind, files[proof ?? ''] !== undefined])).toEqual([['decision', true]]);
    const page = Buffer.from(files['index.html'] ?? []).toString();
    expect(page).toMatch(/The decision was taken back[^]*I &lt;b&gt;moved&lt;\/b&gt;[^]*had moved[^]*automated decision, profiling/);
    // As words: signatures in base64 may spell anything.
    expect(JSON.stringify(data)).not.toMatch(/\b(?:carl|grace)\b/);
  });

  it('to a later request for access has the review as well', async () => {
    const { customer } = await decided();
    const asked = await contested(customer);
    await decide(caseOf(asked), 'condition');
    const { id } = await requests.receive({ kind: 'access', manner: 'web-form', claims: [customer], residence: 'DE' });
    await requests.verify(id, account, 'ada');
    await requests.export(id, join(desk.directory, `${id}.zip`), 'ada');
    const files = unzipSync(readFileSync(join(desk.directory, `${id}.zip`)));
    const data = subjectExportSchema.parse(JSON.parse(Buffer.from(files['data.json'] ?? []).toString()));
    expect(data.reviews).toMatchObject([{ request: asked.id, outcome: 'changed', conditions: ['A person looks at the income first.'] }]);
  });
});

// Last, because the clock only goes on.
describe('time', () => {
  it('makes the request late and decides nothing in a person’s place; an extension is told before', async () => {
    const [late, extended] = [await contested((await decided()).customer), await contested((await decided()).customer)];
    expect((await requests.extend(extended.id, 'the file is with another office', 'ada')).respondBy).toBe('2027-01-31');
    desk.moveTo('2026-12-03T00:00:00Z');
    expect(await requests.show(late.id)).toMatchObject({ isOverdue: true, daysLeft: -1 });
    expect(await requests.show(extended.id)).toMatchObject({ isOverdue: false });
    await expect(requests.extend(late.id, 'busy', 'ada')).rejects.toThrow(/was due on 2026-12-02/);
    const waiting = await desk.agent.gate.reviews('waiting');
    expect(waiting.find(({ id }) => id === caseOf(late))).toMatchObject({ state: 'open', isOverdue: false });
    await decide(caseOf(late), 'reject');
    expect((await requests.show(late.id)).status).toBe('fulfilled');
    expect((await requests.metrics(2026)).byKind.find(({ kind }) => kind === 'human-review')).toMatchObject({ late: 1 });
  });

  it('gives the right of Colorado from 2027 on, by the clock of the operator', async () => {
    desk.moveTo('2027-01-04T00:00:00Z');
    const { state } = await requests.show(await receive('u-1', { residence: 'US-CO' }));
    expect([state.regimes, state.clocks.respond.regime, state.respondBy]).toEqual([['us-co-sb26-189'], '', '2027-02-03']);
    expect((await requests.show(await receive('u-1', { residence: 'US-CO', receivedAt: '2026-12-31' }))).state.regimes).toEqual([]);
  });
});
