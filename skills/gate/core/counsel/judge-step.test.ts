import { describe, expect, it } from 'vitest';

import { type Actor, type CounselRules, judgeStep, type Step } from './judge-step.ts';
import { afterEvent, opened, type ReviewEvent, type Standing, standingAfter } from './review.ts';

const rules: CounselRules = {
  recommend: ['counsel'],
  approve: ['counsel', 'privacy-officer'],
  handle: ['operator'],
  breakGlass: ['privacy-officer'],
  breakGlassDays: 3,
  approvals: { credit: 2 },
  distinctRoles: false,
};
const ada: Actor = { by: 'ada', principal: 'k1', roles: ['counsel'] };
const grace: Actor = { by: 'grace', principal: 'k2', roles: ['counsel', 'privacy-officer'] };
const otto: Actor = { by: 'otto', principal: 'k4', roles: ['operator'] };

const after = (events: readonly ReviewEvent[]): Standing =>
  events.reduce((standing, event) => afterEvent(standing, event) ?? standing, opened);
const recommended = (verdict: 'approve' | 'condition' | 'reject' = 'approve'): Standing =>
  after([
    { kind: 'assign', to: 'ada' },
    { kind: 'start' },
    { kind: 'recommend', verdict, signer: { by: 'ada', principal: 'k1', role: 'counsel' }, approvers: 1 },
  ]);
const decide = (over: Partial<Extract<Step, { kind: 'recommend' | 'decide' }>> = {}): Step => ({
  kind: 'decide',
  verdict: 'approve',
  rationale: 'Weighed.',
  checkedFacts: ['residency'],
  conditions: [],
  ...over,
});
const judge = (step: Step, actor: Actor, standing: Standing, with_: Partial<CounselRules> = {}, purpose = 'ad-audience') =>
  judgeStep(step, actor, { standing, purpose, facts: ['residency', 'gpc'], policyAuthors: [] }, { ...rules, ...with_ });

describe('four eyes', () => {
  it('lets another person decide, in the role that allows it', () => {
    expect(judge(decide(), grace, recommended())).toEqual({ role: 'counsel' });
  });

  it('refuses who recommended, under another name too', () => {
    expect(judge(decide(), ada, recommended())).toMatchObject({
      because: 'person',
      message: expect.stringContaining('ada recommended it'),
    });
    expect(judge(decide(), { ...grace, principal: 'k1' }, recommended())).toMatchObject({ because: 'person' });
  });

  it('asks for another role where the operator wants that', () => {
    expect(judge(decide(), grace, recommended(), { distinctRoles: true })).toEqual({ role: 'privacy-officer' });
    expect(judge(decide(), { ...grace, roles: ['counsel'] }, recommended(), { distinctRoles: true })).toMatchObject({
      message: expect.stringContaining('recommended in the role counsel'),
    });
  });

  it('refuses the author of the policy at issue', () => {
    const inHand = {
      standing: recommended(),
      purpose: 'ad-audience',
      facts: ['residency'],
      policyAuthors: [{ by: 'grace-old', principal: 'k2' }],
    };
    expect(judgeStep(decide(), grace, inHand, rules)).toMatchObject({ message: expect.stringContaining('signed a policy') });
  });

  it('lets one person make it stricter and never laxer', () => {
    expect(judge(decide({ verdict: 'reject' }), grace, recommended())).toEqual({ role: 'counsel' });
    expect(judge(decide(), grace, recommended('reject'))).toMatchObject({ message: expect.stringContaining('return it') });
  });

  it('takes as many as the purpose needs, and one refusal ends it', () => {
    const two = after([
      { kind: 'assign', to: 'ada' },
      { kind: 'start' },
      { kind: 'recommend', verdict: 'approve', signer: { by: 'ada', principal: 'k1', role: 'counsel' }, approvers: 2 },
      { kind: 'decide', verdict: 'approve', signer: { by: 'grace', principal: 'k2', role: 'counsel' } },
    ]);
    expect(two.state).toBe('recommended');
    expect(judge(decide(), grace, two, {}, 'credit')).toMatchObject({ message: expect.stringContaining('has approved it already') });
    const mary = { by: 'mary', principal: 'k3', role: 'counsel' };
    expect(afterEvent(two, { kind: 'decide', verdict: 'condition', signer: mary })).toMatchObject({
      state: 'conditioned',
      verdict: 'condition',
    });
    expect(afterEvent(two, { kind: 'decide', verdict: 'reject', signer: mary })).toMatchObject({ state: 'rejected' });
  });
});

describe('what has to be said', () => {
  it.each([
    [{ rationale: ' ' }, 'a rationale is needed'],
    [{ checkedFacts: [] }, 'which facts were checked; the case rests on: residency, gpc'],
    [{ checkedFacts: ['shoeSize'] }, 'does not rest on shoeSize'],
    [{ verdict: 'condition' as const }, 'needs a condition'],
    [{ conditions: ['By mail.'] }, "go with the decision 'condition'"],
    [{ verdict: 'condition' as const, conditions: [' '] }, 'a condition is empty'],
  ])('refuses %j', (over, message) => {
    expect(judge(decide(over), grace, recommended())).toMatchObject({ because: 'words', message: expect.stringContaining(message) });
  });

  it('needs a reason for whatever is no decision', () => {
    expect(judge({ kind: 'withdraw', note: '' }, otto, opened)).toMatchObject({ because: 'words' });
  });
});

describe('who may do what', () => {
  it('assigns only to who may recommend', () => {
    expect(judge({ kind: 'assign', to: ada }, otto, opened)).toEqual({ role: 'operator' });
    expect(judge({ kind: 'assign', to: otto }, otto, opened)).toMatchObject({ message: expect.stringContaining('otto may not recommend') });
  });

  it('lets only the assignee recommend', () => {
    const inReview = after([{ kind: 'assign', to: 'ada' }, { kind: 'start' }]);
    expect(judge(decide({ kind: 'recommend' }), ada, inReview)).toEqual({ role: 'counsel' });
    expect(judge(decide({ kind: 'recommend' }), grace, inReview)).toMatchObject({ message: 'it is assigned to ada, not to grace' });
  });

  it('says what a person without the role lacks', () => {
    expect(judge(decide(), { ...grace, roles: [] }, recommended())).toMatchObject({
      message: "grace has no role; 'approve, condition or reject' takes one of: counsel, privacy-officer",
    });
  });

  it('lets an emergency through for some days, and not for credit', () => {
    const emergency = (days: number): Step => ({ kind: 'break-glass', note: 'Recall of a product.', days });
    expect(judge(emergency(3), grace, opened)).toEqual({ role: 'privacy-officer' });
    expect(judge(emergency(4), grace, opened)).toMatchObject({ because: 'words', message: expect.stringContaining('1 to 3 days') });
    expect(judge(emergency(1), grace, opened, {}, 'credit')).toMatchObject({ because: 'person' });
    expect(judge(emergency(1), ada, opened)).toMatchObject({ because: 'person' });
  });

  it('says where a step comes too early or too late', () => {
    expect(judge(decide(), grace, opened)).toMatchObject({
      because: 'state',
      message: "'approve, condition or reject' follows recommended; the review is open",
    });
    expect(judge(decide(), grace, after([{ kind: 'expire' }]))).toMatchObject({
      because: 'state',
      message: expect.stringContaining('the review is expired'),
    });
  });
});

describe('a history', () => {
  it('begins with the opening and holds only what can follow', () => {
    expect(standingAfter([{ kind: 'open' }, { kind: 'assign', to: 'ada' }])).toMatchObject({ state: 'assigned', assignee: 'ada' });
    expect(standingAfter([{ kind: 'assign', to: 'ada' }])).toBeUndefined();
    expect(standingAfter([{ kind: 'open' }, { kind: 'close' }])).toBeUndefined();
  });

  it('forgets a recommendation that was returned', () => {
    expect(afterEvent(recommended(), { kind: 'return' })).toMatchObject({ state: 'in-review', recommendation: null, assignee: 'ada' });
  });

  it('takes an emergency back where the decision is against it', () => {
    const emergency = afterEvent(recommended(), { kind: 'break-glass', until: '2026-01-02' });
    expect(emergency).toMatchObject({ state: 'recommended', emergencyUntil: '2026-01-02' });
    const refused =
      emergency && afterEvent(emergency, { kind: 'decide', verdict: 'reject', signer: { by: 'grace', principal: 'k2', role: 'counsel' } });
    expect(refused).toMatchObject({ state: 'rejected', emergencyUntil: null });
  });
});
