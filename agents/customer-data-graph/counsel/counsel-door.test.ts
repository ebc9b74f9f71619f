/** One case on one screen, cases with a known answer, and the numbers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Desk, openDesk } from '../../../test/fixtures/counsel-desk.ts';

const child = { region: 'JP', refused: false, child: true, assessed: true };
const twofold = { ...child, assessed: false };

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.close());

describe('the screen of a case', () => {
  it('has the law, the facts, the clock and what can be done', async () => {
    await desk.run([child]);
    const sheet = await desk.door.review(await desk.idOf(child));
    expect(sheet.rules).toEqual([
      expect.objectContaining({
        id: 'child-look',
        outcome: 'counsel',
        regime: 'children',
        title: 'The act on children',
        citation: 'children § 1',
        demand: 'Look before you use.',
        remedy: 'Ask the parents.',
        verify: ['Whether 16 or 18.', 'The date.'],
        oftenMisstated: 'That it asks for consent.',
        hasChanged: false,
      }),
    ]);
    expect(sheet.facts[0]).toEqual({
      name: 'child',
      value: true,
      says: 'They are a child.',
      of: 'customer',
      isDecisive: true,
      isUnknown: false,
    });
    expect(sheet.facts.filter(({ isDecisive }) => isDecisive)).toHaveLength(1);
    expect(sheet.clock).toEqual({
      regime: 'children',
      name: 'optOutBusinessDays',
      amount: 15,
      dueDay: '2026-07-22',
      daysLeft: 21,
      businessDaysLeft: 15,
    });
    expect(sheet.steps).toEqual(['assign', 'recommend', 'break-glass', 'withdraw']);
    expect(sheet.effect).toBe('held back until it is decided');
  });

  it('names the single facts that would change the outcome, by asking the engine', async () => {
    await desk.run([child]);
    const { counterfactuals } = await desk.door.review(await desk.idOf(child));
    expect(counterfactuals.pass).toEqual([[{ fact: 'child', from: true, to: false }]]);
    // Nothing fails by one fact: it takes the region and the refusal, of which the decision does not hang.
    expect(counterfactuals.fail).toEqual([]);
    for (const changes of counterfactuals.pass) {
      const changed = { ...child, ...Object.fromEntries(changes.map(({ fact, to }) => [fact, to])) };
      expect((await desk.ask(changed)).outcome).toBe('pass');
    }
  });

  it('names pairs where no single fact is enough', async () => {
    await desk.run([twofold]);
    const { counterfactuals } = await desk.door.review(await desk.idOf(twofold));
    expect(counterfactuals.pass).toEqual([
      [
        { fact: 'assessed', from: false, to: true },
        { fact: 'child', from: true, to: false },
      ],
    ]);
  });

  it('says what was said, and what the decision does', async () => {
    await desk.run([child]);
    const id = await desk.idOf(child);
    await desk.settle(id);
    expect(await desk.door.review(id)).toMatchObject({
      state: 'approved',
      effect: `passes, as review:${id}`,
      decided: { verdict: 'approve', by: ['grace'], expiresAt: '2027-07-01', scope: { kind: 'class' } },
      statements: [
        { step: 'recommend', by: 'ada', role: 'counsel', checkedFacts: ['child'] },
        { step: 'decide', by: 'grace', rationale: 'Weighed as the act says.' },
      ],
      steps: ['reopen'],
    });
  });

  it('is of no review that there is not', async () => {
    await expect(desk.door.review('rev-0')).rejects.toMatchObject({ code: 'REVIEW_NOT_FOUND' });
  });
});

describe('a test case', () => {
  const request = {
    purpose: 'offer-eligibility',
    sink: 'shop',
    facts: child,
    rightAnswer: 'reject',
    because: 'the parents said no',
  } as const;

  it('looks like any other until it is decided, and then is revealed and touches nobody', async () => {
    await desk.run([child]);
    const real = await desk.door.review(await desk.idOf(child));
    const test = await desk.door.addTestCase(request, 'otto');
    const { id: _id, ...asListed } = test;
    expect(real).toMatchObject(asListed);
    expect(Object.keys(await desk.door.review(test.id))).toEqual(Object.keys(real));
    expect((await desk.door.review(test.id)).history).toMatchObject([{ by: 'gate', step: 'open', note: '' }]);
    await desk.recommend(test.id);
    const decided = await desk.decide(test.id);
    expect(decided.standing.state).toBe('closed');
    expect((await desk.door.reviews('all')).find(({ id }) => id === test.id)?.test).toEqual({
      rightAnswer: 'reject',
      because: 'the parents said no',
      by: 'otto',
    });
    expect((await desk.ask(child)).outcome).toBe('counsel');
    expect(await desk.door.precedents()).toEqual([]);
    expect((await desk.door.reviewMetrics()).probes).toEqual({ decided: 1, right: 0, missed: 1, detectionRate: 0, caughtByApprover: 0 });
    await expect(desk.door.reopenReview(test.id, 'otto', 'Again.')).rejects.toThrow('was a test case');
  });

  it('is noticed by the approver', async () => {
    const test = await desk.door.addTestCase(request, 'otto');
    await desk.recommend(test.id);
    await desk.decide(test.id, 'grace', { verdict: 'reject' });
    expect(await desk.door.reviewMetrics()).toMatchObject({
      opened: 0,
      probes: { decided: 1, right: 1, missed: 0, detectionRate: 1, caughtByApprover: 1 },
    });
  });

  it('is not acted on by who put it in, and not put in by everybody', async () => {
    const test = await desk.door.addTestCase(request, 'grace');
    await desk.recommend(test.id);
    await expect(desk.decide(test.id)).rejects.toThrow('knows the answer');
    await expect(desk.door.addTestCase(request, 'eve')).rejects.toMatchObject({ code: 'REVIEW_REFUSED' });
  });

  it('is one that the gate leaves to counsel', async () => {
    await expect(desk.door.addTestCase({ ...request, facts: { ...child, child: false } }, 'otto')).rejects.toThrow('the gate answers pass');
    await expect(desk.door.addTestCase({ ...request, facts: { ...child, chlid: true } }, 'otto')).rejects.toThrow(
      "there is no fact 'chlid'",
    );
    await expect(desk.door.addTestCase({ ...request, because: '' }, 'otto')).rejects.toThrow('why the right answer is right');
    await expect(desk.door.addTestCase({ ...request, purpose: 'lottery' }, 'otto')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

it('a queue lists the earliest due first', async () => {
  await desk.run([{ ...child, child: false, assessed: false }]);
  desk.later(1);
  await desk.run([child]);
  expect((await desk.door.reviews('waiting')).map(({ dueDay, policies }) => [dueDay, policies])).toEqual([
    ['2026-07-23', ['child-look']],
    ['2026-07-31', ['house-look']],
  ]);
});
