import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Actor, type CounselRules, judgeStep, type Step } from './judge-step.ts';
import {
  afterEvent,
  isSamePerson,
  opened,
  type ReviewEvent,
  reviewStates,
  type Standing,
  strictness,
  terminalStates,
  transitions,
} from './review.ts';

const rules: CounselRules = {
  recommend: ['counsel'],
  approve: ['counsel', 'privacy-officer'],
  handle: ['operator', 'counsel'],
  breakGlass: ['privacy-officer'],
  breakGlassDays: 3,
  approvals: { credit: 2 },
  distinctRoles: false,
};

/** `ada` and `ada-too` hold one key. */
const people: readonly Actor[] = [
  { by: 'ada', principal: 'k1', roles: ['counsel'] },
  { by: 'ada-too', principal: 'k1', roles: ['counsel', 'privacy-officer'] },
  { by: 'grace', principal: 'k2', roles: ['privacy-officer', 'operator'] },
  { by: 'mary', principal: 'k3', roles: ['counsel', 'privacy-officer'] },
  { by: 'otto', principal: 'k4', roles: ['operator'] },
  { by: 'nobody', principal: 'k5', roles: [] },
];

const verdict = fc.constantFrom('approve' as const, 'condition' as const, 'reject' as const);
const said = fc.record({ rationale: fc.constantFrom('', 'Weighed.'), checkedFacts: fc.subarray(['residency', 'gpc', 'invented']) });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(...people).map((to): Step => ({ kind: 'assign', to })),
  fc
    .constantFrom('start' as const, 'ask' as const, 'supply' as const, 'return' as const, 'attest' as const, 'withdraw' as const)
    .map((kind): Step => ({ kind, note: 'Because.' })),
  // Weighted, so that walks get somewhere.
  {
    arbitrary: fc
      .tuple(fc.constantFrom('recommend' as const, 'decide' as const), verdict, said)
      .map(([kind, one, words]): Step => ({ kind, verdict: one, ...words, conditions: one === 'condition' ? ['Only by mail.'] : [] })),
    weight: 4,
  },
  fc.integer({ min: 0, max: 5 }).map((days): Step => ({ kind: 'break-glass', note: 'Fire.', days })),
);

interface Trace {
  readonly standing: Standing;
  readonly event: ReviewEvent;
}

/** Takes every step that is allowed, as the door does. */
function walk(steps: readonly (readonly [Step, Actor])[], purpose: string): readonly Trace[] {
  let standing = opened;
  const trace: Trace[] = [];
  for (const [step, actor] of steps) {
    const judged = judgeStep(
      step,
      actor,
      { standing, purpose, facts: ['residency', 'gpc'], policyAuthors: [{ by: 'mary', principal: 'k3' }] },
      rules,
    );
    if ('because' in judged) continue;
    const signer = { by: actor.by, principal: actor.principal, role: judged.role };
    const event: ReviewEvent =
      step.kind === 'assign'
        ? { kind: 'assign', to: step.to.by }
        : step.kind === 'recommend'
          ? { kind: 'recommend', verdict: step.verdict, signer, approvers: rules.approvals[purpose] ?? 1 }
          : step.kind === 'decide'
            ? { kind: 'decide', verdict: step.verdict, signer }
            : step.kind === 'break-glass'
              ? { kind: 'break-glass', until: '2026-01-02' }
              : { kind: step.kind };
    const after = afterEvent(standing, event);
    expect(after, `${step.kind} was allowed in ${standing.state}`).toBeDefined();
    if (!after) continue;
    standing = after;
    trace.push({ standing, event });
  }
  return trace;
}

const steps = fc.array(fc.tuple(anyStep, fc.constantFrom(...people)), { minLength: 20, maxLength: 160 });

/** Draws a way that leads to a decision, and then goes on at random, for walks by chance seldom get there. */
const wayThrough = fc.tuple(steps, fc.constantFrom('ada', 'mary'), steps).map(([before, who, after]) => {
  const ada = people.find(({ by }) => by === who) ?? people[0];
  const way = (kind: 'start'): readonly (readonly [Step, Actor])[] =>
    ada
      ? [
          [{ kind: 'assign', to: ada }, people[4] ?? ada],
          [{ kind, note: 'x' }, ada],
          [{ kind: 'recommend', verdict: 'approve', rationale: 'Weighed.', checkedFacts: ['gpc'], conditions: [] }, ada],
        ]
      : [];
  return [...before.slice(0, 3), ...way('start'), ...after];
});

describe('walks through a review', () => {
  it('reach approved or conditioned only by a recommendation and as many other persons as the purpose takes', () => {
    let reached = 0;
    fc.assert(
      fc.property(wayThrough, fc.constantFrom('credit', 'ad-audience'), (taken, purpose) => {
        for (const { standing } of walk(taken, purpose)) {
          if (standing.state !== 'approved' && standing.state !== 'conditioned') continue;
          reached += 1;
          const { recommendation, approvals } = standing;
          expect(recommendation).not.toBeNull();
          expect(approvals.length).toBeGreaterThanOrEqual(purpose === 'credit' ? 2 : 1);
          const signers = [...(recommendation ? [recommendation.signer] : []), ...approvals.map(({ signer }) => signer)];
          for (const [at, one] of signers.entries())
            for (const other of signers.slice(at + 1)) expect(isSamePerson(one, other)).toBe(false);
          // Whose own policy it is about decides nothing.
          expect(approvals.some(({ signer }) => signer.by === 'mary')).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
    expect(reached).toBeGreaterThan(20);
  });

  it('never make a decision laxer than what was recommended', () => {
    fc.assert(
      fc.property(wayThrough, (taken) => {
        for (const { standing } of walk(taken, 'ad-audience')) {
          if (standing.verdict === null || !standing.recommendation) continue;
          expect(strictness(standing.verdict)).toBeGreaterThanOrEqual(strictness(standing.recommendation.verdict));
        }
      }),
    );
  });

  it('go on from nowhere that is terminal, whatever happens', () => {
    const anyEvent: fc.Arbitrary<ReviewEvent> = fc.oneof(
      fc.constantFrom('start', 'ask', 'supply', 'return', 'attest', 'withdraw', 'expire', 'close').map((kind) => ({ kind }) as ReviewEvent),
      fc.constant<ReviewEvent>({ kind: 'open' }),
      fc.constant<ReviewEvent>({ kind: 'assign', to: 'ada' }),
      fc.constant<ReviewEvent>({ kind: 'break-glass', until: '2026-01-01' }),
      fc
        .tuple(fc.constantFrom('recommend' as const, 'decide' as const), verdict, fc.constantFrom('k1', 'k2', 'k3'))
        .map(
          ([kind, one, principal]): ReviewEvent =>
            ({ kind, verdict: one, signer: { by: principal, principal, role: 'counsel' }, approvers: 1 }) as ReviewEvent,
        ),
    );
    const signer = (principal: string) => ({ by: principal, principal, role: 'counsel' });
    const way: readonly ReviewEvent[] = [
      { kind: 'assign', to: 'ada' },
      { kind: 'start' },
      { kind: 'recommend', verdict: 'approve', signer: signer('k1'), approvers: 1 },
      { kind: 'decide', verdict: 'approve', signer: signer('k2') },
    ];
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: way.length }), fc.array(anyEvent, { maxLength: 60 }), (begun, anything) => {
        const events = [...way.slice(0, begun), ...anything];
        let standing = opened;
        let ended: string | undefined;
        for (const event of events) {
          standing = afterEvent(standing, event) ?? standing;
          seen.add(standing.state);
          if (ended !== undefined) expect(standing.state).toBe(ended);
          if (terminalStates.has(standing.state)) ended = standing.state;
        }
      }),
      { numRuns: 500 },
    );
    for (const state of terminalStates) expect(seen).toContain(state);
  });
});

it('the table of transitions names only states, and terminal ones nowhere', () => {
  for (const from of Object.values(transitions)) {
    for (const state of from) {
      expect(reviewStates).toContain(state);
      expect(terminalStates.has(state)).toBe(false);
    }
  }
});
